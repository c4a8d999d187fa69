"""Time belongs to the model: a moment is kept and restored, changed and forked, and what was lived can be lived again."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mesa import DataCollector
from played import GAME, SMALL

from valuescape.experiments import gallery
from valuescape.experiments.laws.small_society import around, contents, ours, same_bits, society_around
from valuescape.experiments.live.session import with_rule
from valuescape.experiments.runs.replay import departs, replay, stored
from valuescape.experiments.runs.run_folder import write_run
from valuescape.model.errors import InputError
from valuescape.model.records import Records
from valuescape.model.rule import Rule
from valuescape.model.scenario import Scenario
from valuescape.model.schedule import changed, in_order, value_at
from valuescape.model.society import Society, ValueAgent
from valuescape.social_structures.networks import Ring

NAMES = sorted(gallery.scenarios())


def everything(society):
    """All that a society is, as bytes by name."""
    found = {name: array.tobytes() for name, array in contents(society).items()}
    found |= {f"{layer} version": ties.version for layer, ties in society.state.ties.items()}
    for label, values in society.settings.items():
        found |= {f"{label}.{name}": np.asarray(value).tobytes() for name, value in values.items()}
    found["records"] = society.records.table().tobytes()
    found["clock"] = (society.clock, society.steps, society.time, society.running)
    found["generators"] = (society.random.getstate(), str(society.rng.bit_generator.state))
    found["visits"] = None if society._visits is None else (society._visits.tobytes(), society._visited_at)
    ledger = society.ledger
    if ledger is not None:
        found["ledger"] = (ledger.entries, {key: tuple(amounts) for key, amounts in ledger.totals.items()})
        for name in ledger.gaps:
            found[f"gap {name}"] = (ledger.start[name].tobytes(), ledger.last[name].tobytes())
            found[f"moved {name}"] = ledger.moved[name].tobytes() if name in ledger.moved else None
    return found


def differing(one, other):
    """The names of what differs between two societies."""
    one, other = everything(one), everything(other)
    return [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]


def slider(society):
    """A live address of a number, and another value that it allows; None where there is no such address."""
    for address, known in society.scenario.bounds().items():
        if known.live and known.spec.type is float and known.spec.high is not None and address.count(".") == 1:
            value = (known.spec.low + known.spec.high) / 3
            if known.value != value:
                return address, value
    return None


# --- snapshot and restore ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_restored_society_goes_on_bit_for_bit(name):
    society = Society(gallery.load(name), rng=5, ledger="sources")
    society.run_for(3)
    kept = society.snapshot()
    society.run_for(4)
    end = everything(society)
    society.restore(kept)
    assert society.clock == 3
    society.run_for(4)
    assert [name for name, content in everything(society).items() if content != end.get(name)] == []
    other = Society(gallery.load("karate"), rng=0)  # a snapshot says all: it can be restored where there was something else
    other.restore(pickle.loads(pickle.dumps(kept)))
    other.run_for(4)
    assert [name for name, content in everything(other).items() if content != end.get(name)] == []


@pytest.mark.parametrize("cls", ours("rule"), ids=lambda cls: cls.name())
def test_every_rule_goes_on_from_a_snapshot_as_it_did(cls):
    society = society_around(cls)
    society.run_for(2)
    kept = society.snapshot()
    society.run_for(3)
    end = contents(society)
    society.restore(kept)
    society.run_for(3)
    assert same_bits(contents(society), end) == [] and contents(society).keys() == end.keys()


def test_a_snapshot_is_not_changed_by_what_comes_after_and_can_be_restored_again():
    society = Society(gallery.load("karate"), rng=2, ledger=True)
    moments, ends = [], []
    for _ in range(5):
        moments.append(society.snapshot())
        ends.append(everything(society))
        society.run_for(3)
    for at in (4, 0, 2, 2, 1, 3):
        society.restore(moments[at])
        assert everything(society) == ends[at]
        society.set("averaging.strength", 0.1 * at)  # another path each time
        society.run_for(7)
    with pytest.raises(ValueError, match="read-only"):
        moments[0].state.arrays["values"][0] = 0.5


def test_snapshots_share_what_does_not_change():
    """Anchors, preferences of the start, ties: one copy for all; values, which move in every step: one copy each."""
    society = Society(gallery.load("echo-chamber"), rng=1)
    society.step()
    kept = []
    for _ in range(20):
        kept.append(society.snapshot())
        society.step()
    ids = {name: len({id(moment.state.arrays[name]) for moment in kept}) for name in kept[0].state.arrays}
    assert ids["values"] == 20 and ids["group"] == ids["fixed"] == ids["active"] == 1
    ties = [moment.state.ties["main"] for moment in kept if moment.state.ties]
    assert len({id(one.weight) for one in ties}) <= 1 and len({id(one.neighbour) for one in ties}) <= 1
    sizes = [len(pickle.dumps(moment)) for moment in kept]
    assert max(sizes) < 1.2 * min(sizes)


def test_a_snapshot_takes_no_more_memory_in_a_long_run():
    society = Society(Scenario.from_yaml(SMALL), rng=1, ledger="totals")
    society.run_for(2000)
    taken = society.snapshot()
    assert taken.records._store is society.records._store and not society.ledger.entries
    assert taken.bytes < 100_000


def test_arrays_and_ties_stay_the_same_objects():
    society = Society(Scenario.from_yaml(GAME), rng=1)
    values, ties = society.state.values, society.state.ties["main"]
    kept = society.snapshot()
    society.run_for(3)
    society.restore(kept)
    assert society.state.values is values and society.state.ties["main"] is ties
    assert np.array_equal(values, kept.state.values)


class Remembering(ValueAgent):
    """An agent with a memory of its own, which draws from Mesa's generators and knows another agent."""

    def __init__(self, model, row):
        super().__init__(model, row)
        self.moods = [self.model.random.random()]

    def step(self):
        self.friend = self.neighbours[self.model.random.randrange(2)]
        self.moods.append(float(self.model.rng.random()) + self.friend.moods[0])
        self.values = np.clip(self.values + 0.01 * (self.moods[-1] - 1), 0, 1)


def test_what_mesa_agents_hold_is_kept_with_whom_they_know():
    scenario = Scenario.from_yaml(SMALL.replace("rules: [", "rules: [own_step, "))
    society = Society(scenario, rng=3, agent_class=Remembering)
    start = society.snapshot()
    society.run_for(2)
    kept, moods, friends = (
        society.snapshot(),
        [list(a.moods) for a in society.agents],
        [a.friend.row for a in society.agents],
    )
    society.run_for(3)
    end, last = everything(society), [a.moods for a in society.agents]
    society.restore(kept)
    assert [a.moods for a in society.agents] == moods and [a.friend.row for a in society.agents] == friends
    assert all(a.friend is society.agent(a.friend.row) for a in society.agents)
    society.run_for(3)
    assert everything(society) == end and [a.moods for a in society.agents] == last
    society.restore(start)  # before any agent was built
    assert society._rows == []
    society.run_for(5)
    assert everything(society) == end and [a.moods for a in society.agents] == last
    assert [a.unique_id for a in society.agents] == list(range(1, 41))
    other = Society(scenario, rng=8, agent_class=Remembering)
    other.restore(pickle.loads(pickle.dumps(kept)))
    other.run_for(3)
    assert everything(other) == end and [a.moods for a in other.agents] == last


def test_an_agent_that_holds_what_cannot_be_kept_is_named():
    society = Society(Scenario.from_yaml(SMALL), rng=3)
    society.agent(3).handler = lambda: 1
    with pytest.raises(InputError, match="an agent holds something that a snapshot cannot keep"):
        society.snapshot()


def test_the_grid_follows_a_restored_society():
    society = Society(Scenario.from_yaml(GAME.replace("rules:", "rules:\n  - cut_bridges: {share: 0.1}")), rng=1)
    near = {a.row for cell in society.grid[0].connections.values() for a in cell.agents}
    kept = society.snapshot()
    society.run_for(3)
    assert len(society.state.ties["main"]) < 180
    _ = society.grid
    society.restore(kept)
    assert {a.row for cell in society.grid[0].connections.values() for a in cell.agents} == near


def test_a_step_that_raises_can_be_taken_back_and_mesa_goes_on():
    """Mesa plans the next step at the end of one: after a step that raised, none would come, and nothing would be said."""
    text = SMALL.replace("rules: [", "rules: [committed_agents: {share: 0.5, come_from: reserve, begin: 5}, ")
    society = Society(Scenario.from_yaml(text), rng=1)
    society.run_for(5)
    kept = society.snapshot()
    for _ in range(2):
        with pytest.raises(InputError, match="newcomers"):
            society.step()
        assert (society.clock, society.steps, society.time) == (5, 5, 5.0)
    society.restore(kept)
    society.set("committed_agents.share", 0.0)
    society.run_for(3)
    assert (society.clock, society.steps, society.time) == (8, 8, 8.0)


# --- set and fork -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_what_was_set_stands_in_the_scenario_and_a_fork_without_changes_is_the_original(name):
    society = Society(gallery.load(name), rng=4, ledger=True)
    society.run_for(2)
    fork = society.fork()
    assert differing(society, fork) == []
    there = slider(society)
    if there is not None:
        society.set(*there)
        assert society.changes == [(2, *there)]
        assert differing(fork.fork(dict([there])), society) == []
    society.run_for(3)
    fork.run_for(3)
    again, plain = (Society(s.scenario, rng=4, ledger=True) for s in (society, fork))
    for one, other in ((again, society), (plain, fork)):
        one.run_for(5)
        assert differing(one, other) == []


def test_a_folder_that_is_written_after_a_change_replays(tmp_path):
    society = Society(gallery.load("karate", {"steps": 12}), rng=3, ledger=True)
    society.run_for(4)
    society.set("averaging.strength", 0.9)
    society.run_for(2)
    society.set("user_pull.strength", 0.5, until=9)
    society.run()
    folder = write_run(tmp_path, society, {"seconds": 0.0})
    then = stored(folder)
    assert then.scenario.schedule == {"averaging.strength": ((4, 0.9),), "user_pull.strength": ((6, 0.5), (9, 0.005))}
    for step in range(13):
        assert departs(then, replay(then, step)) is None
    assert differing(replay(then, ledger=True), society) == []
    done = subprocess.run(
        [sys.executable, "-m", "valuescape.experiments.commands.cli", "replay", str(folder)], capture_output=True, text=True
    )
    assert done.returncode == 0 and "the same, bit for bit" in done.stdout, done.stdout + done.stderr


FAR = "averaging.strength.far"
ALL = "averaging.strength"
acts = st.tuples(
    st.integers(0, 4),
    st.sampled_from([ALL, FAR, "averaging.strength.near", "deffuant.tolerance", "human_pull.strength"]),
    st.floats(0, 1),
    st.none() | st.integers(1, 6),
)


@given(st.lists(acts, max_size=8), st.booleans())
def test_any_sequence_of_changes_is_a_schedule(sequence, scheduled):
    """Changes for everybody and for groups, for good and for a while, over a schedule that is there or not."""
    text = SMALL.replace("record:", f"schedule: {{{ALL}: [[3, 0.5], [9, 0.1]], {FAR}: [[5, 0.3]]}}\nrecord:")
    society = Society(Scenario.from_yaml(text if scheduled else SMALL), rng=2)
    for wait, address, value, lasting in sequence:
        society.run_for(wait)
        society.set(address, value, until=None if lasting is None else society.clock + lasting)
        assert society.value_of(address) == value
        label, name = address.split(".")[:2]
        mine = society.members(address.split(".")[2] if address.count(".") == 2 else "everybody")
        assert (np.asarray(society.settings[label][name])[mine if mine is not None else ...] == value).all()
    society.run_for(8)
    again = Society(society.scenario, rng=2)
    again.run_for(society.clock)
    assert differing(society, again) == []
    assert Scenario.from_yaml(society.scenario.to_yaml()).digest == society.scenario.digest


def test_a_change_stands_until_its_end_and_then_the_schedule_goes_on():
    plan = {"a.x": ((2, 0.2), (6, 0.6), (9, 0.9))}
    assert changed(plan, {"a.x": 0.0}, "a.x", 1.0, 4) == {"a.x": ((2, 0.2), (4, 1.0))}
    assert changed(plan, {"a.x": 0.0}, "a.x", 1.0, 4, 8) == {"a.x": ((2, 0.2), (4, 1.0), (8, 0.6), (9, 0.9))}
    assert changed(plan, {"a.x": 0.0}, "a.x", 1.0, 1, 2) == {"a.x": ((1, 1.0), *plan["a.x"])}
    assert changed({}, {"a.x": 0.0}, "a.x", 1.0, 4, 5) == {"a.x": ((4, 1.0), (5, 0.0))}
    pulses = changed(changed({}, {"a.x": 0.0}, "a.x", 0.5, 4, 10), {"a.x": 0.0}, "a.x", 0.8, 6, 8)
    assert pulses == {"a.x": ((4, 0.5), (6, 0.8), (8, 0.5), (10, 0.0))}
    with pytest.raises(InputError, match=r"a\.x has no single value to go back to"):
        changed({}, {"a.x": None}, "a.x", 1.0, 4, 5)


def test_everybody_and_groups_in_one_schedule():
    plan = changed({}, {}, "a.x.far", 0.7, 3)
    assert changed(plan, {}, "a.x", 0.2, 3) == {"a.x": ((3, 0.2),)}  # everybody: the group too
    both = changed(plan, {}, "a.x", 0.2, 5)
    assert [value_at(both, "a.x.far", step, 0.0) for step in (2, 3, 5)] == [0.0, 0.7, 0.2]
    later = {"a.x": ((6, 0.1),)}
    stands = changed(later, {}, "a.x.far", 0.7, 3)  # from now on, whatever is said to everybody later
    assert in_order(stands) == [(3, "a.x.far", 0.7), (6, "a.x", 0.1), (6, "a.x.far", 0.7)]
    back = changed(plan, {"a.x": 0.4}, "a.x", 0.2, 5, 8)  # afterwards each has its own again
    assert in_order(back, 8) == [(8, "a.x", 0.4), (8, "a.x.far", 0.7)]
    assert value_at({"a.x": ((1, {"far": 0.3, "others": 0.1}),)}, "a.x.far", 2, 0.0) == 0.3


def test_what_may_not_be_set_is_refused_and_nothing_changes():
    society = Society(Scenario.from_yaml(SMALL), rng=1)
    society.run_for(3)
    before = everything(society)
    for address, value, until, message in (
        (ALL, 1.4, None, r"averaging.strength = 1.4 lies outside \[0, 1\]"),
        ("structure.degree", 6, None, "unknown live address `structure.degree`"),
        (ALL, 0.5, 3, "until = 3: a change that begins at step 3 ends at a later step"),
    ):
        with pytest.raises(InputError, match=message):
            society.set(address, value, until=until)
    with pytest.raises(InputError, match=r"unknown address `averaging\.strenth`"):
        society.value_of("averaging.strenth")
    assert society.changes == [] and everything(society) == before


def test_a_distribution_cannot_be_gone_back_to_for_a_group_but_for_everybody():
    text = SMALL.replace("strength: 0.0123", "strength: {uniform: [0.1, 0.4]}")
    society = Society(Scenario.from_yaml(text), rng=1)
    drawn = society.settings["averaging"]["strength"].copy()
    society.run_for(2)
    society.set(ALL, 0.9, until=4)
    society.run_for(3)
    assert np.array_equal(society.settings["averaging"]["strength"], drawn) and len(set(drawn)) == 40
    with pytest.raises(InputError, match=r"averaging\.strength\.far has no single value to go back to"):
        society.set(FAR, 0.9, until=7)


# --- further rules ----------------------------------------------------------------------------------------------------

RULES = [cls.name() for cls in ours("rule")]


@pytest.mark.parametrize("name", NAMES)
def test_a_society_that_adopts_a_rule_is_the_declared_one(name):
    """Three rules for each scenario, other ones for each."""
    first, adopted = NAMES.index(name) * len(RULES) // len(NAMES), 0
    for rule in RULES[first:] + RULES[:first]:
        society = Society(gallery.load(name), rng=6)
        society.run_for(3)
        try:
            scenario = with_rule(society.scenario, rule, 3)
            society.adopt(scenario)
            society.run_for(3)
        except InputError:  # it does not fit, or asks for what this scenario has not
            continue
        declared = Society(scenario, rng=6)
        declared.run_for(6)
        assert differing(society, declared) == [], rule
        adopted += 1
        if adopted == 3:
            return
    pytest.fail(f"only {adopted} rules can be added")


def test_adopting_before_and_after_a_change_and_back_again():
    first = Society(Scenario.from_yaml(SMALL), rng=6, ledger=True)
    first.run_for(2)
    kept = first.snapshot()
    first.set(ALL, 0.5)
    first.run_for(3)
    first.adopt(with_rule(first.scenario, "join_nearest", 5, {"tolerance": 0.3}))
    first.set(FAR, 0.7)
    first.run_for(3)
    whole = first.scenario
    declared = Society(whole, rng=6, ledger=True)
    declared.run_for(8)
    assert differing(first, declared) == []
    first.restore(kept)
    assert "coalition" not in first.state
    first.adopt(whole)  # the same past, and all that is still to come
    assert (first.state.coalition == -1).all()
    first.run_for(6)
    assert differing(first, declared) == []
    first.restore(kept)
    first.set(ALL, 0.9)
    first.adopt(Scenario.from_yaml(SMALL))  # the change was made at this step: it lies ahead, and is dropped
    first.run_for(6)
    plain = Society(Scenario.from_yaml(SMALL), rng=6, ledger=True)
    plain.run_for(8)
    assert differing(first, plain) == []


OTHER_PASTS = [
    ("rules", lambda d: d["rules"][0]["averaging"].update(strength=0.3)),
    ("rules", lambda d: d["rules"].reverse()),
    ("rules", lambda d: d["rules"].append({"user_pull": {"begin": 2, "strength": 0.1}})),
    ("rules", lambda d: (d["rules"].pop(), d["interventions"].clear())),
    ("schedule", lambda d: d.update(schedule={ALL: [[2, 0.4]]})),
    ("structure", lambda d: d["structure"].update(ring={"degree": 6})),
    ("initial", lambda d: d.update(initial={"values": "uniform", "preferences": "uniform"})),
    ("record", lambda d: d.update(record=["spread"])),
]


@pytest.mark.parametrize(("key", "change"), OTHER_PASTS)
def test_a_scenario_with_another_past_is_refused(key, change):
    text = SMALL.replace("initial: {", "initial: {preferences: uniform, ")
    society = Society(Scenario.from_yaml(text), rng=6)
    society.run_for(3)
    before, data = everything(society), society.scenario.to_dict()
    change(data)
    with pytest.raises(InputError, match=f"{key}: under this scenario, what happened before step 3"):
        society.adopt(Scenario.from_dict(data))
    assert everything(society) == before


def test_complete_ties_that_were_not_stored_stay_so():
    """Stored rows draw other partners than ties of everybody to everybody: the past would have been otherwise."""
    text = "agents: 12\nstructure: complete\ninitial: {values: uniform}\nrules: [deffuant: {tolerance: 0.9}]\nsteps: 9"
    society = Society(Scenario.from_yaml(text), rng=1)
    scenario = with_rule(society.scenario, "seek_alike", 2)
    assert society.state.ties["main"].implicit
    society.run_for(2)
    with pytest.raises(InputError, match="complete ties would be stored, and stored ones draw other partners"):
        society.adopt(scenario)
    fresh = Society(Scenario.from_yaml(text), rng=1)
    fresh.adopt(scenario)
    fresh.run_for(4)
    declared = Society(scenario, rng=1)
    declared.run_for(4)
    assert differing(fresh, declared) == []


def test_what_is_expressed_cannot_become_an_array_of_its_own_under_a_rule_that_reads_it_in_turns():
    """Deffuant's pairs read what the pair before them wrote; of an array of its own they would have read the old values."""
    society = Society(gallery.load("echo-chamber"), rng=6)
    scenario = with_rule(society.scenario, "falsify_preferences", 3)
    society.run_for(3)
    with pytest.raises(
        InputError, match="expressed would be an array apart from values, and deffuant, which has acted already"
    ):
        society.adopt(scenario)
    fresh = Society(gallery.load("echo-chamber"), rng=6)
    fresh.adopt(scenario)
    fresh.run_for(6)
    declared = Society(scenario, rng=6)
    declared.run_for(6)
    assert differing(fresh, declared) == []


def test_a_later_end_takes_back_the_record_of_the_last_step():
    text = SMALL.replace("steps: 30", "steps: 7\nrecord_every: 5")
    society = Society(Scenario.from_yaml(text), rng=1).run()
    assert society.records.table()[:, 0].tolist() == [0, 5, 7]
    longer = society.scenario.vary({"steps": 12})
    society.adopt(longer)
    assert society.running and society.records.table()[:, 0].tolist() == [0, 5]
    society.run()
    assert differing(society, Society(longer, rng=1).run()) == []
    with pytest.raises(InputError, match="steps: under this scenario"):
        society.adopt(longer.vary({"steps": 11}))


# --- what is recorded -------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=60))
def test_records_are_lists_whatever_is_copied_and_taken_back(moves):
    """Against plain lists: append to one of the tables, copy one, take rows back."""
    tables, lists = [Records(("a", "b"))], [[]]
    for count, (which, what) in enumerate(moves):
        at = which % len(tables)
        if what == 0:
            tables.append(tables[at].copy())
            lists.append(list(lists[at]))
        elif what == 1:
            row = [float(len(lists[at])), float(count % 2)]
            tables[at].append(row)
            lists[at].append(row)
        else:
            tables[at].cut(len(lists[at]) // 2)
            lists[at] = lists[at][: len(lists[at]) // 2]
        for table, plain in zip(tables, lists, strict=True):
            assert table.table().tolist() == plain and len(table) == len(plain)
            assert pickle.loads(pickle.dumps(table)).table().tolist() == plain
            assert table.latest == (plain[-1][0] if plain else -1)


def test_mesas_data_collector_reads_the_records():
    society = Society(Scenario.from_yaml(SMALL.replace("steps: 30", "steps: 30\nrecord_every: 4")), rng=1)
    society.run_for(6)
    society.datacollector.collect(society)  # a Mesa user may ask for a record of his own; the second one is the first
    society.datacollector.collect(society)
    frame = society.datacollector.get_model_vars_dataframe()
    assert list(society.datacollector.model_reporters) == list(frame.columns) == ["spread", "human_gap"]
    assert society.series()["step"].tolist() == [0, 4, 6] and frame["spread"].iloc[-1] == society.measure("spread")
    society.restore(Society(Scenario.from_yaml(SMALL), rng=2).snapshot())
    assert len(society.datacollector.get_model_vars_dataframe()) == len(society.series()) == 1


def test_a_data_collector_of_the_users_own_collects_beside_the_records():
    society = Society(Scenario.from_yaml(SMALL), rng=1)
    society.datacollector = DataCollector({"agents": lambda m: len(m.agents)}, {"first": lambda agent: agent.values[0]})
    society.run_for(3)
    assert society.datacollector.get_model_vars_dataframe()["agents"].tolist() == [40] * 3
    assert len(society.datacollector.get_agent_vars_dataframe()) == 3 * 40
    assert society.series()["step"].tolist() == [0, 1, 2, 3]


class Standing(Rule):
    """Nothing: v <- v. values (N, K). For tests, 2026."""

    writes = ("values",)

    def kernel(self, who, values, new_values):
        new_values[who] = values[who]


def test_a_scenario_of_instances_takes_changes():
    """Structures and rules that are handed over as objects are kept as they are."""
    described = around(Standing, structure=Ring(degree=4), record=["spread"])
    society = Society(Scenario.from_dict({**described, "rules": [Standing(), {"human_pull": {"strength": 0.1}}]}), rng=1)
    society.set("human_pull.strength", 0.4)
    assert society.scenario.structure is not None and society.scenario.rule("standing") == Standing()
    assert society.scenario.schedule == {"human_pull.strength": ((0, 0.4),)}
