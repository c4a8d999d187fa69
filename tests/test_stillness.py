"""`until: settled`: a run ends when nothing changes any more, and not before; where the answer is no, it goes on."""

from __future__ import annotations

import pickle

import pytest

from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.designs.tip import Outcome
from valuescape.experiments.runs.engines import choose
from valuescape.experiments.runs.ensemble import reason_against
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

FAR = {"values": {"same": {"value": 1.0}}}


def scenario(*rules, until="settled", steps=60, agents=2, initial=None, **more):
    return Scenario.from_dict(
        {
            "agents": agents, "structure": "complete", "value_system": "stance", "human_values": [0.0],
            "initial": initial or FAR, "rules": list(rules), "until": until, "steps": steps, "record": ["human_gap"], **more,
        }
    )  # fmt: skip


def end(*rules, **how):
    return Society(scenario(*rules, **how), rng=1).run().clock


def test_it_ends_one_step_after_the_last_change_and_nothing_would_have_changed_later():
    society = Society(scenario({"human_pull": {"strength": 1.0}}), rng=1).run()
    assert society.clock == 2
    before = society.state.values.copy()
    society.run_for(50)
    assert (society.state.values == before).all()


def test_a_society_that_goes_round_has_not_settled():
    """Two who take over each other's opinion at once: 1, 0, 1, 0, ..."""
    swap = {"averaging": {"strength": 1.0}}
    groups = [{"name": "one", "count": 1, "initial": {"values": {"same": {"value": 0.0}}}}, {"name": "other"}]
    assert end(swap, groups=groups, steps=40) == 40
    assert end(swap, groups=groups, steps=40, until="settled for 5 steps") == 40
    assert end({"averaging": {"strength": 0.5}}, groups=groups, steps=40) == 2


@pytest.mark.parametrize(
    ("rule", "how", "clock"),
    [
        ({"human_pull": {"strength": 1.0, "every": 3}}, {}, 4),  # it acts in the first and in the fourth step
        ({"human_pull": {"strength": 1.0, "begin": 10}}, {}, 12),
        ({"human_pull": {"strength": 0.0, "end": 20}}, {}, 21),
        ({"human_pull": {"strength": 0.0}}, {"schedule": {"human_pull.strength": [[8, 1.0]]}}, 10),
        ({"human_pull": {"strength": 1.0}}, {"until": "settled for 7 steps"}, 8),
        ({"human_pull": {"strength": 0.5}}, {"until": "settled within 1e-3"}, 10),  # it moves by 2**-t in step t
    ],
)
def test_what_is_ahead_and_what_is_asked_for_is_waited_for(rule, how, clock):
    assert end(rule, **how) == clock


def test_a_drift_that_adds_up_is_no_rest():
    """Less than D in each step, and more than D in N of them."""
    slow = {"human_pull": {"strength": 1e-3}}
    assert end(slow, until="settled for 1 step within 2e-3", steps=100) == 1
    assert end(slow, until="settled for 20 steps within 2e-3", steps=100) == 100


def test_rules_that_draw_are_asked_for_how_many_steps():
    with pytest.raises(
        InputError, match="deffuant draws at random, so one step without a change proves nothing: say for how many"
    ):
        scenario("deffuant")
    sequential = {"human_pull": {"strength": 1.0, "activation": "sequential"}}
    assert end(sequential) == 2


def test_a_chance_society_ends_where_it_stays():
    society = Society(
        scenario("deffuant", agents=20, initial={"values": "uniform"}, until="settled for 5 steps", steps=5000), rng=3
    )
    assert society.run().clock < 5000
    before = society.state.values.copy()
    society.run_for(20)
    assert (society.state.values == before).all()


def test_it_goes_on_from_a_snapshot_and_in_a_fork_as_it_did():
    society = Society(scenario({"human_pull": {"strength": 1.0}}, until="settled for 7 steps"), rng=1)
    society.run_for(4)
    kept = pickle.loads(pickle.dumps(society.snapshot()))
    other = society.fork()
    assert society.run().clock == other.run().clock == 8
    society.restore(kept)
    society.running = True
    assert society.run().clock == 8
    with pytest.raises(InputError, match="until: for how long nothing has changed is not known at step 8"):
        society.adopt(scenario({"human_pull": {"strength": 1.0}}, until="settled for 9 steps"))


def test_a_sweep_makes_such_runs_step_by_step_and_says_so(tmp_path):
    asked = Sweep.from_dict(
        {"scenario": scenario({"human_pull": {"strength": 1.0}}).to_dict(), "design": {"grid": {"human_pull.every": [1, 4]}},
         "seeds": 2}
    )  # fmt: skip
    assert reason_against(asked.payload(), asked.jobs()[0]) == "`until: settled` looks at the whole state in every step"
    runs = asked.run(tmp_path / "s", choose(1)).runs
    assert runs["ended_at"].tolist() == [2, 2, 5, 5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("settled for x steps", "the steps are a whole number in [1, 1e+09]"),
        ("settled for 0 steps", "the steps are a whole number in [1, 1e+09]"),
        ("settled within -1", "-1 is no distance: a number from 0"),
        ("settled within nan", "nan is no distance"),
        ("setled", "or `settled`"),
    ],
)
def test_a_mistake_says_what_is_allowed(text, said):
    with pytest.raises(InputError) as caught:
        scenario("human_pull", until=text)
    assert said in str(caught.value)


def test_an_outcome_is_a_measure():
    with pytest.raises(InputError, match="an outcome is a measure, a comparison and a number"):
        Outcome(scenario("human_pull"), "settled").parts()
