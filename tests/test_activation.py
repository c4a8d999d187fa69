"""Exact statements about activation and draws: nothing here is statistical."""

from __future__ import annotations

import re
from hashlib import blake2b

import numpy as np
import pytest
from probes import Meeting, Probe

from valuescape.agents.conformity import Averaging
from valuescape.experiments.laws.small_society import Shaking, Web, act_of, contents, ours, same_bits, society_around
from valuescape.model.errors import InputError
from valuescape.model.rule import Rule
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.streams import at_step, shuffled

RULES = ours("rule")
steppers = [c for c in RULES if c.reach != "society" and "agents" not in c.named() and "sequential" in c.activations]
OUT = {"name": "out", "nodes": [1, 4, 7, 8, 11]}


def ids_in_order(act, step):
    """Who may start, in the order that the step has for them."""
    able = act.eligible() if act.rule.reach == "partner" else act.free()
    return shuffled(at_step(act.order_key, step), np.flatnonzero(able).astype(np.int32))


@pytest.mark.parametrize("cls", steppers, ids=lambda cls: cls.name())
def test_a_sequential_step_equals_every_agents_own_step_in_that_order(cls):
    one = society_around(cls, {"activation": "sequential"})
    two = society_around(cls, {"activation": "sequential"})
    act = act_of(two, cls)
    one.acts, two.acts = one.acts[-1:], two.acts[-1:]
    for step in range(3):
        one.step()
        for i in ids_in_order(act, step):
            two.agent(int(i)).step()
        two.clock += 1
        assert same_bits(contents(one), contents(two)) == []


def test_a_second_step_of_an_agent_within_a_step_draws_anew():
    society = society_around(Shaking, {"activation": "sequential"})
    agent = society.agent(2)
    before = agent.values.copy()
    agent.step()
    first = agent.values.copy()
    agent.values = before
    agent.step()
    assert not np.array_equal(first, agent.values)


def noted(rules, groups=(), seed=3, steps=7, structure=None, events=None):
    """`probe_drawn` and `probe_met` after every step of a society of 13."""
    given = {"agents": 13, "structure": structure or Web(), "initial": {"values": "uniform"}, "rules": rules}
    society = Society(Scenario.from_dict({**given, "groups": groups, "events": events}), rng=seed)
    notes = []
    for _ in range(steps):
        society.step()
        notes.append({f: society.state[f].copy() for f in ("probe_drawn", "probe_met") if f in society.state})
    return notes


@pytest.mark.parametrize("activation", ["synchronous", "sequential", "random"])
@pytest.mark.parametrize("meeting", ["sequential", "random", "matching"])
def test_a_further_rule_anywhere_leaves_every_other_rules_draws_as_they_were(activation, meeting):
    rules = [Probe(activation=activation), Meeting(activation=meeting)]
    alone = noted(rules)
    for further in (Shaking(), Averaging(), Shaking(activation="random"), Probe(label="another", on="nobody", every=2)):
        groups = [{"name": "all"}, {"name": "nobody", "count": 0}]
        for place in range(3):
            beside = noted([*rules[:place], further, *rules[place:]], groups)
            assert all(same_bits(a, b) == [] for a, b in zip(alone, beside, strict=True))


@pytest.mark.parametrize("structure", [Web(), {"ring": {"degree": 4}}, "complete"], ids=["web", "ring", "complete"])
@pytest.mark.parametrize("activation", ["sequential", "random"])
def test_a_twin_without_five_agents_keeps_the_picks_of_all_others(activation, structure):
    """Five agents are taken out of the rules' `on`: the other eight draw the same and meet the same."""
    groups = [{"name": "in"}, OUT]
    rules = [[cls(activation=activation, on=on) for cls in (Probe, Meeting)] for on in (("in", "out"), "not out")]
    whole, twin = (noted(r, groups, structure=structure) for r in rules)
    stay = np.setdiff1d(np.arange(13), OUT["nodes"])
    for one, other in zip(whole, twin, strict=True):
        assert same_bits({f: a[stay] for f, a in one.items()}, {f: a[stay] for f, a in other.items()}) == []
        assert (other["probe_drawn"][OUT["nodes"]] == 0).all()
    assert (whole[-1]["probe_drawn"][OUT["nodes"]] > 0).all()


def test_the_synchronous_twin_keeps_them_too():
    groups = [{"name": "in"}, OUT]
    whole, twin = noted([Probe()], groups), noted([Probe(on="in")], groups)
    stay = np.setdiff1d(np.arange(13), OUT["nodes"])
    assert all(np.array_equal(a["probe_drawn"][stay], b["probe_drawn"][stay]) for a, b in zip(whole, twin, strict=True))


def test_the_physicists_clock_draws_as_many_events_as_it_is_told():
    """`events: 1`: one agent revises a step; by default N events, with replacement."""
    one = noted([Probe(activation="random")], events=1, steps=1)[0]["probe_drawn"]
    assert (one > 0).sum() == 1
    society = society_around(Shaking, {"activation": "random"})
    calls = []
    act = act_of(society, Shaking)
    act._run = lambda who, *rest: calls.append(who.copy())
    for step in range(200):
        act(step)
    assert all(who.size == 13 for who in calls)
    counts = np.bincount(np.concatenate(calls), minlength=13)
    assert abs(counts / 200 - 1).max() < 5 / np.sqrt(200)  # 2,600 events over 13 agents: 5 standard errors


class Plainly(Rule):
    """Nothing happens between two who meet, without a kernel. Example (2026)."""

    writes = ("values",)
    reach = "partner"
    activations = ("matching",)

    def kernel(self, who, mate, values, new_values):
        """Nothing."""


def test_a_partner_rule_without_a_kernel_needs_ties_too():
    with pytest.raises(InputError, match="needs ties, and the scenario has no structure"):
        Society(Scenario.from_dict({"agents": 4, "initial": {"values": "uniform"}, "rules": [Plainly()]}), rng=1)


def test_matching_gives_every_agent_at_most_one_partner():
    for structure in (Web(), {"ring": {"degree": 4}}, "complete"):
        given = {"agents": 13, "structure": structure, "rules": [Meeting(activation="matching")]}
        society = Society(Scenario.from_dict(given), rng=5)
        act = act_of(society, Meeting)
        pairs = []
        act._run = lambda who, at, free, step, mate, pairs=pairs: pairs.append((who.copy(), mate.copy()))
        for step in range(30):
            act(step)
        edges = {tuple(sorted(e)) for e in society.state.ties["main"].edges().tolist()}
        for who, mate in pairs:
            everybody = [*who, *mate]
            assert len(set(everybody)) == len(everybody) >= 2
            assert {tuple(sorted(p)) for p in zip(who.tolist(), mate.tolist(), strict=True)} <= edges
        assert len({tuple(who) for who, _ in pairs}) > 20


def test_a_rule_acts_in_its_window_only():
    society = Society(
        Scenario.from_dict(
            {"agents": 3, "value_system": 2, "initial": {"values": "uniform"}, "rules": [Probe(begin=2, end=9, every=3)]}
        )
    )
    moved = []
    for step in range(12):
        before = society.state.probe_drawn.copy()
        society.step()
        if not np.array_equal(before, society.state.probe_drawn):
            moved.append(step)
    assert moved == [2, 5, 8]


def test_together_adds_changes_seen_from_the_same_state():
    """Two averagings of strength .3 and .2 together are one of .5; one after the other they are not."""
    given = {"agents": 13, "structure": Web(), "initial": {"values": "uniform"}}
    both = [{"averaging": {"strength": 0.3}}, {"averaging": {"strength": 0.2, "label": "second"}}]
    ends = []
    for rules in ([{"together": both}], [{"together": both[::-1]}], [{"averaging": {"strength": 0.5}}], both):
        ends.append(Society(Scenario.from_dict({**given, "rules": rules}), rng=2))
        ends[-1].run_for(5)
    together, reversed_, one, split = (e.state.values for e in ends)
    assert np.allclose(together, one, rtol=0, atol=1e-14)
    assert np.allclose(together, reversed_, rtol=0, atol=1e-15)
    assert np.abs(split - one).max() > 1e-3


THREE = [{"name": "a", "count": 5}, {"name": "b", "count": 5}, {"name": "c"}]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({"strength": 0.7, "on": "a"}, {"strength": 0.6, "on": "b"}, None),
        ({"strength": 0.7, "on": "not a"}, {"strength": 0.6, "on": "a"}, None),
        ({"strength": 0.7, "on": ["a", "c"]}, {"strength": 0.6, "on": ["b", "c"]}, "for c: averaging.strength 0.7 + human"),
        ({"strength": 0.7, "on": "not b"}, {"strength": 0.6}, "for a: averaging.strength 0.7 + human_pull.strength 0.6"),
        ({"strength": {"a": 0.9, "others": 0.1}}, {"strength": {"b": 0.9, "others": 0.1}}, None),
        ({"strength": {"a": 0.9}}, {"strength": 0.2}, "for a: averaging.strength 0.9 + human_pull.strength 0.2"),
        ({"strength": {"b": 0.9}}, {"strength": 0.2, "on": "a"}, None),
        ({"strength": [0.9, 0.1] * 6 + [0.9]}, {"strength": [0.1, 0.9] * 6 + [0.1]}, None),
        (
            {"strength": [0.1] * 12 + [0.8]},
            {"strength": [0.1] * 12 + [0.3]},
            "averaging.strength 0.8 + human_pull.strength 0.3",
        ),
        ({"strength": 0.7, "end": 4}, {"strength": 0.6, "begin": 4}, None),
        ({"strength": 0.7, "end": 5}, {"strength": 0.6, "begin": 4}, "averaging.strength 0.7 + human_pull.strength 0.6"),
        ({"strength": {"uniform": [0.1, 0.5]}}, {"strength": 0.5}, None),
        ({"strength": {"normal": [0.1, 0.01]}}, {"strength": 0.5}, "averaging.strength 1 + human_pull.strength 0.5"),
    ],
)
def test_the_rates_in_together_add_up_agent_by_agent(first, second, said):
    """Refused only where one agent would close more than a whole gap in a step; where it is allowed, it runs in range."""
    given = {
        "agents": 13,
        "structure": "complete",
        "initial": {"values": "uniform"},
        "human_values": "flat",
        "groups": THREE,
    }
    rules = [{"together": [{"averaging": first}, {"human_pull": second}]}]
    if said is not None:
        with pytest.raises(InputError, match=rf"together: the rates on values add up to more than 1.*{re.escape(said)}"):
            Scenario.from_dict({**given, "rules": rules})
        return
    society = Society(Scenario.from_dict({**given, "rules": rules, "steps": 6}), rng=1)
    within = np.concatenate([society.state.values.ravel(), society.state.human_values.ravel()])
    society.run()
    assert within.min() - 1e-12 <= society.state.values.min()
    assert society.state.values.max() <= within.max() + 1e-12


def test_a_group_that_is_fixed_has_no_rates_to_add():
    given = {"agents": 13, "structure": "complete", "initial": {"values": "uniform"}, "human_values": "flat"}
    rules = [
        {"together": [{"averaging": {"strength": 0.7, "on": ["a", "b"]}}, {"human_pull": {"strength": 0.6, "on": "not b"}}]}
    ]
    groups = [{"name": "a", "count": 5, "fixed": True}, {"name": "b"}]
    Scenario.from_dict({**given, "rules": rules, "groups": groups})
    with pytest.raises(InputError, match="more than 1 for a"):
        Scenario.from_dict({**given, "rules": rules, "groups": [{**groups[0], "fixed": False}, groups[1]]})


def test_fixed_agents_speak_and_are_not_written_on():
    given = {"agents": 13, "structure": {"ring": {"degree": 2}}, "initial": {"values": "uniform"}}
    leaders = {"name": "leaders", "nodes": [0, 6], "fixed": True, "initial": {"values": {"same": {"value": 1}}}}
    groups = [{"name": "rest"}, leaders]
    for rule in ({"averaging": {}}, {"averaging": {"activation": "random"}}):
        society = Society(Scenario.from_dict({**given, "groups": groups, "rules": [rule]}), rng=1)
        society.run_for(400)
        assert (society.state.values[[0, 6]] == 1.0).all()
        assert np.allclose(society.state.values, 1.0, atol=1e-6)


def test_a_python_rule_draws_what_a_kernel_draws():
    """`draw(ids, d)` is uniform(split(key, at), d): the same rule, written twice, gives the same bits."""

    class Shaken(Shaking):
        """v <- v + width (x - v) in plain Python. values (N, K). Test of 2026."""

        def kernel(self, who, values, new_values, draw, width):
            for d in range(values.shape[1]):
                new_values[who, d] = values[who, d] + width * (draw(who, d) - values[who, d])

    given = {"agents": 9, "initial": {"values": "uniform"}}
    for activation in ("synchronous", "sequential"):
        compiled = Society(Scenario.from_dict({**given, "rules": [Shaking(label="s", activation=activation)]}), rng=4)
        plain = Society(Scenario.from_dict({**given, "rules": [Shaken(label="s", activation=activation)]}), rng=4)
        compiled.run_for(4)
        plain.run_for(4)
        assert np.allclose(compiled.state.values, plain.state.values, rtol=0, atol=1e-15)


class PlainMeeting(Meeting):
    """Meeting in plain Python: met_i <- (31 met_i + partner + 1) mod 99991. probe_met (N,). Test of 2026."""

    def kernel(self, who, mate, free, probe_met, new_probe_met):
        for i, j in zip(who, mate, strict=True):
            if free[i]:
                new_probe_met[i] = (31 * probe_met[i] + j + 1) % 99991


@pytest.mark.parametrize("activation", ["sequential", "random", "matching"])
def test_a_python_rule_meets_whom_a_kernel_meets(activation):
    compiled = noted([Meeting(label="m", activation=activation)])
    plain = noted([PlainMeeting(label="m", activation=activation)])
    assert all(same_bits(a, b) == [] for a, b in zip(compiled, plain, strict=True))
    assert compiled[-1]["probe_met"].any()


class PlainProbe(Probe):
    """Every event draws anew, of `draw` and of `rng`: drawn_i <- 31 drawn_i + pick. probe_drawn (N,). Test of 2026."""

    def kernel(self, who, draw, rng, probe_drawn, new_probe_drawn):
        SEEN.append((who.tolist(), draw(who, 0).tolist(), rng.random()))
        new_probe_drawn[who] = probe_drawn[who] + 1


SEEN: list = []


def test_an_agent_that_comes_twice_in_a_step_draws_twice_in_python_too():
    SEEN.clear()
    counted = noted([PlainProbe(activation="random")], steps=4)[-1]["probe_drawn"]
    assert counted.sum() == len(SEEN) == 4 * 13
    assert max(counted) > 4
    assert len({draw for _, (draw,), _ in SEEN}) == len({number for *_, number in SEEN}) == len(SEEN)


# --- a new process ----------------------------------------------------------------------------------------------------

EVERY_RULE = """
import sys
sys.path.insert(0, "tests")
from hashlib import blake2b
from valuescape.experiments.laws.small_society import contents, ours, society_around
for cls in ours("rule"):
    society = society_around(cls, seed=11)
    society.run_for(4)
    digest = blake2b(digest_size=12)
    for name, array in sorted(contents(society).items()):
        digest.update(name.encode() + array.tobytes())
    print(cls.name(), digest.hexdigest())
"""


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bits_in_a_new_process(child):
    """Every rule, four steps, in a process with another hash seed."""
    here = []
    for cls in RULES:
        society = society_around(cls, seed=11)
        society.run_for(4)
        digest = blake2b(digest_size=12)
        for name, array in sorted(contents(society).items()):
            digest.update(name.encode() + array.tobytes())
        here.append(f"{cls.name()} {digest.hexdigest()}")
    assert child(EVERY_RULE, PYTHONHASHSEED="12345").split("\n")[:-1] == here
