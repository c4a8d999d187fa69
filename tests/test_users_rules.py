"""A user's rule is held to what it says: bounds, finite numbers, its own rows, its own fields; indices are checked."""

from __future__ import annotations

import numpy as np
import pytest

from valuescape import Field, Rule, Scenario, Society, njit, param
from valuescape.model.errors import InputError

GIVEN = {
    "agents": 9,
    "structure": {"ring": {"degree": 2}},
    "initial": {"values": "uniform", "traits": "chance"},
    "groups": [{"name": "most"}, {"name": "few", "count": 2, "fixed": True}],
    "rules": [],
}


def run(rule, **changes):
    society = Society(Scenario.from_dict({**GIVEN, "rules": [rule], **changes}), rng=1)
    society.run_for(2)
    return society


@njit
def to_minus_three(who, traits, new_traits):
    for i in who:
        new_traits[i, 0] = -3


class Negative(Rule):
    """t <- -3. traits (N, F). Test of 2026."""

    writes = ("traits",)
    kernel = to_minus_three


@njit
def to_nowhere(who, values, new_values):
    for i in who:
        new_values[i, 0] = np.nan


class Nowhere(Rule):
    """v <- nan. values (N, K). Test of 2026."""

    writes = ("values",)
    kernel = to_nowhere


@njit
def to_all(who, values, new_values):
    for i in range(values.shape[0]):
        new_values[i, 0] = 0.25


class Greedy(Rule):
    """v <- 1/4 of everybody, whoever revises. values (N, K). Test of 2026."""

    writes = ("values",)
    kernel = to_all


@njit
def beyond(who, values, new_values):
    for i in who:
        new_values[i, values.shape[1] + i] = 0.5


class Beyond(Rule):
    """Writes past the last dimension. values (N, K). Test of 2026."""

    writes = ("values",)
    kernel = beyond


class Bump(Rule):
    """v <- v + amount in plain Python. values (N, K). Test of 2026."""

    amount: float = param(0.0, -10, 10, "how much is added")
    writes = ("values",)

    def kernel(self, who, values, new_values, amount):
        new_values[who] = values[who] + amount


class Elsewhere(Rule):
    """Writes a field that it only reads. values, traits (N, .). Test of 2026."""

    writes = ("values",)

    def kernel(self, who, traits, values, new_values):
        traits[who] = 1


@pytest.mark.parametrize("activation", ["synchronous", "sequential", "random"])
@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Negative, r"negative at step 0 wrote traits of agent \d = -3 lies outside \[0, inf\)"),
        (Nowhere, r"nowhere at step 0 wrote values of agent \d = \[nan, .*\], which is not finite"),
        (Greedy, r"greedy at step 0 wrote values of agent \d, which is not its to write"),
    ],
)
def test_what_it_wrote_is_looked_at(rule, message, activation):
    with pytest.raises(InputError, match=message):
        run(rule(activation=activation))


def test_a_plain_body_is_looked_at_too():
    run(Bump())
    with pytest.raises(InputError, match=r"bump at step 0 wrote values of agent \d = \d\.\d+ lies outside \[0, 1\]"):
        run(Bump(amount=5.0))


def test_only_its_own_group_is_its_to_write():
    """A kernel that writes outside `on` does not convert the others."""
    with pytest.raises(InputError, match="wrote values of agent 0, which is not its to write"):
        run(Greedy(on="few"), groups=[{"name": "most"}, {"name": "few", "count": 2}])


def test_a_wrong_index_in_a_kernel_raises():
    with pytest.raises(
        InputError, match=r":Beyond \(test_users_rules.py, .*\) raised IndexError: .* out of bounds at step 0"
    ):
        run(Beyond())


def test_a_field_that_it_does_not_write_is_read_only():
    with pytest.raises(
        InputError, match=r":Elsewhere \(test_users_rules.py line \d+\) raised ValueError: .*read-only at step 0"
    ):
        run(Elsewhere())


def test_inside_together_it_is_looked_at_as_well():
    with pytest.raises(InputError, match="bump at step 0 wrote values"):
        Society(Scenario.from_dict({**GIVEN, "rules": [{"together": [Bump(amount=5.0), "averaging"]}]}), rng=1).run()


def test_shipped_kernels_are_compiled_without_checks_and_users_with_them():
    from valuescape.agents.conformity import average

    assert not average.targetoptions.get("boundscheck")
    assert to_all.targetoptions["boundscheck"] is True


def test_an_unknown_length_of_an_axis_is_refused():
    with pytest.raises(TypeError, match="no parameter says how long the axis Q of strange is"):

        class Strange(Rule):
            """Nothing. strange (N, Q). Test of 2026."""

            fields = (Field("strange", ("N", "Q")),)
            writes = ("strange",)

            def kernel(self, who, new_strange):
                """Nothing."""
