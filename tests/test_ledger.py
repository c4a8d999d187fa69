"""The account adds up: entries of each gap sum to its change, and shares by source to the traced rules' entries."""

from __future__ import annotations

import json
from itertools import permutations
from math import fsum

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from valuescape.analysis import ledger_accounts
from valuescape.experiments.commands.cli import app
from valuescape.experiments.laws.small_society import Web
from valuescape.experiments.runs.explanation import can_be_off, shapley, who_moved_whom
from valuescape.experiments.runs.replay import Stored
from valuescape.model.errors import InputError
from valuescape.model.ledger import BOUNDS, OUTSIDE
from valuescape.model.rule import Rule
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

TRIAD = [
    {"averaging": {"strength": 0.2}},
    {"human_pull": {"strength": 0.1}},
    {"user_pull": {"strength": 0.2}},
    {"task_pull": {"strength": 0.05}},
    {"user_adapts": {"strength": 0.15}},
    {"user_returns": {"strength": 0.1}},
    {"task_restated": {"strength": 0.2}},
    {"society_follows": {"strength": 0.1}},
]
GIVEN = {
    "agents": 500,
    "structure": {"ring": {"degree": 6}},
    "human_values": "pan_cultural",
    "groups": [
        {"name": "many"},
        {"name": "own", "share": 0.3, "placement": "random", "human_values": "not pan_cultural"},
        {"name": "fixed", "count": 7, "fixed": True},
    ],
    "initial": {"values": "uniform", "preferences": "uniform", "objectives": "uniform"},
    "rules": [
        {"together": TRIAD},
        {"averaging": {"label": "later", "strength": 0.3, "activation": "random", "every": 3}},
        {"deffuant": {"begin": 20, "end": 90}},
        {"turnover": {"chance": 0.02}},
    ],
    "steps": 200,
    "schedule": {"human_pull.strength": [[50, 0.3], [120, 0.0]], "user_adapts.strength": [[80, 0.4]]},
}


SIDES = {
    "human": ("values", "own_human_values"), "human_now": ("values", "human_values"),
    "preference": ("values", "own_preferences"), "preference_now": ("values", "preferences"),
    "objective": ("values", "own_objectives"), "task": ("values", "objectives"),
    "user_capture": ("preferences", "own_preferences"), "task_capture": ("objectives", "own_objectives"),
    "society_capture": ("human_values", "own_human_values"),
}  # fmt: skip


def reports(society: Society, sides: dict[str, tuple[str, str]] = SIDES) -> dict[str, float]:
    """The gaps by the definition: mean over agents of ||v - target|| / sqrt(K), in numpy."""
    state = society.state

    def rows(name: str) -> np.ndarray:
        array = state[name]
        return array if "human" not in name else array[state.group if len(array) > 1 else np.zeros(state.n, int)]

    far = {gap: rows(one) - rows(other) for gap, (one, other) in sides.items() if one in state and other in state}
    return {gap: float(np.sqrt((apart**2).mean(axis=1)).mean()) for gap, apart in far.items()}


@pytest.fixture(scope="module")
def booked() -> tuple[Society, dict[str, float]]:
    society = Society(Scenario.from_dict(GIVEN), rng=3, ledger=True)
    before = reports(society)
    society.run()
    return society, before


def test_the_entries_of_each_gap_sum_to_its_change(booked):
    society, before = booked
    after = reports(society)
    assert set(society.ledger.gaps) == set(SIDES), "agents influence users, and so tasks and society: nothing is the same"
    for gap in SIDES:
        total = fsum(e.amount for e in society.ledger.entries if e.gap == gap)
        assert abs(total - (after[gap] - before[gap])) < 1e-12
        assert abs(total - society.ledger.change(gap)) < 1e-12
        assert abs(after[gap] - before[gap]) > 1e-3


def test_who_captures_a_user_books_to_the_capture_and_nothing_to_the_headline(booked):
    society, _ = booked
    books = {e.gap for e in society.ledger.entries if e.rule == "user_adapts"}
    assert books == {"user_capture", "preference_now"}
    captured = fsum(e.amount for e in society.ledger.entries if e.rule == "user_adapts" and e.gap == "user_capture")
    assert captured > 0.1


def test_the_change_of_the_reference_itself_is_booked(booked):
    """`society_follows` writes no values: what it books on the human gap is the movement of h alone."""
    society, _ = booked
    moved = [e.amount for e in society.ledger.entries if e.rule == "society_follows" and e.gap == "human"]
    assert len(moved) > 200
    assert fsum(moved) < -1e-3
    booked_to = {e.gap for e in society.ledger.entries if e.rule == "society_follows"}
    assert booked_to == {"human", "human_now", "society_capture"}


def test_entries_add_up_group_by_group_and_step_by_step(booked):
    society, _ = booked
    for gap in SIDES:
        standing = society.ledger.standing(gap)
        for number in range(3):
            amounts = [e.amount for e in society.ledger.entries if e.gap == gap and e.group == number]
            assert abs(fsum(amounts) - (standing[number] - society.ledger.start[gap][number])) < 1e-12
    assert {e.rule for e in society.ledger.entries} == {r.label for r in society.scenario.flat_rules}
    assert {e.step for e in society.ledger.entries} == set(range(200))


def test_the_frame_says_the_same_by_name(booked):
    society, _ = booked
    frame = society.ledger.frame()
    assert list(frame.columns) == ["step", "rule", "gap", "group", "amount"]
    assert len(frame) == len(society.ledger.entries)
    assert set(frame["group"]) == {"many", "own", "fixed"}
    assert abs(frame.loc[frame.gap == "task", "amount"].sum() - society.ledger.change("task")) < 1e-10


def test_the_ledger_changes_nothing():
    plain, sourced = (Society(Scenario.from_dict({**GIVEN, "agents": 60}), rng=3, ledger=how) for how in (False, "sources"))
    plain.run_for(30)
    sourced.run_for(30)
    assert plain.state.values.tobytes() == sourced.state.values.tobytes()


@pytest.mark.parametrize("structure", [Web(), "complete"], ids=["web", "complete"])
@pytest.mark.parametrize("together", [True, False])
def test_shares_by_source_add_up_to_the_traced_rules_entries(structure, together):
    rules = [{"averaging": {"strength": 0.3}}, {"anchored_averaging": {"strength": 0.4, "susceptibility": 0.6}}]
    rules = [{"together": rules}] if together else rules
    given = {**GIVEN, "agents": 40, "structure": structure, "schedule": {}, "rules": rules}
    society = Society(Scenario.from_dict(given), rng=5, ledger="sources")
    society.run_for(25)
    for gap, credit in society.ledger.by_source.items():
        amounts = [e.amount for e in society.ledger.entries if e.gap == gap]
        assert abs(fsum(credit) - fsum(amounts)) < 1e-11
        assert np.abs(credit).max() > 1e-4


def test_who_moved_whom_by_hand():
    """Two agents, one of whom listens: all of its movement is the other's; d is |v - h|/1 in one dimension."""
    groups = [
        {"name": "listens", "count": 1, "initial": {"values": {"same": {"value": 0.2}}}},
        {"name": "speaks", "fixed": True, "initial": {"values": {"same": {"value": 0.6}}}},
    ]
    rules = [{"averaging": {"strength": 0.5}}, "human_pull"]
    given = {"agents": 2, "value_system": 1, "human_values": [1.0], "structure": "complete", "rules": rules}
    society = Society(Scenario.from_dict({**given, "groups": groups}), rng=1, ledger="sources")
    society.step()
    assert np.allclose(society.ledger.by_source["human"], [0.0, -0.1], atol=1e-15)  # .2 -> .4, half of it an agent's mean


class Outwards(Rule):
    """v <- v + 0.4 where v > 1/2, v - 0.4 elsewhere, inside [0, 1]: two of them overshoot. values (N, K). Test of 2026."""

    writes = ("values",)

    def kernel(self, who, values, new_values):
        new_values[who] = np.clip(values[who] + np.where(values[who] > 0.5, 0.4, -0.4), 0, 1)


def test_what_the_bounds_take_back_is_an_entry_of_its_own():
    rules = [{"together": [Outwards(), Outwards(label="again"), {"averaging": {"strength": 0.1}}, "human_pull"]}]
    society = Society(Scenario.from_dict({**GIVEN, "agents": 30, "schedule": {}, "rules": rules}), rng=5, ledger=True)
    before = reports(society)
    society.run_for(3)
    assert society.state.values.max() <= 1.0
    assert set(society.ledger.gaps) == {"human", "preference", "objective"}
    for gap, after in reports(society, {gap: SIDES[gap] for gap in society.ledger.gaps}).items():
        assert abs(fsum(e.amount for e in society.ledger.entries if e.gap == gap) - (after - before[gap])) < 1e-12
    assert BOUNDS in {e.rule for e in society.ledger.entries}


def test_what_happens_between_steps_is_booked_to_nobody():
    society = Society(Scenario.from_dict({**GIVEN, "agents": 30, "schedule": {}}), rng=5, ledger=True)
    before = reports(society)
    society.run_for(2)
    society.agent(4).values = np.ones(10)
    society.run_for(1)
    assert set(society.ledger.gaps) == set(SIDES)
    for gap, after in reports(society, {gap: SIDES[gap] for gap in society.ledger.gaps}).items():
        assert abs(fsum(e.amount for e in society.ledger.entries if e.gap == gap) - (after - before[gap])) < 1e-12
    assert {e.step for e in society.ledger.entries if e.rule == OUTSIDE} == {2}


def by_permutations(players, value):
    """Shapley by the definition: the mean over all orders of what a player adds when its turn comes."""
    shares = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        present = frozenset()
        for player in order:
            shares[player] += (value(present | {player}) - value(present)) / len(orders)
            present |= {player}
    return shares


def worth_of(seed):
    """A game whose worth is a fixed random number of each set."""
    return lambda on: float(np.random.default_rng([seed, *sorted(map(ord, on))]).normal())


@pytest.mark.parametrize("players", ["", "a", "abc", "abcde"])
def test_shapley_is_the_mean_over_all_orders_and_sums_to_the_whole(players):
    value = worth_of(len(players))
    found = ledger_accounts.shapley(list(players), value)
    assert found == pytest.approx(by_permutations(players, value), abs=1e-13)
    assert abs(fsum(found.values()) - (value(frozenset(players)) - value(frozenset()))) <= 4e-16 * max(1, len(players))


def test_shapley_of_eight_with_symmetric_rules_and_a_dummy():
    """Worth: a's and b's product with whatever else is there, h adds nothing: same share for a and b, none for h."""
    value = lambda on: len(on & set("ab")) * (1 + len(on & set("cdefg"))) ** 0.5  # noqa: E731
    asked = []
    found = ledger_accounts.shapley(list("abcdefgh"), lambda on: asked.append(on) or value(on))
    assert found["a"] == pytest.approx(found["b"], abs=1e-15) and found["h"] == 0.0
    assert fsum(found.values()) == pytest.approx(value(frozenset("abcdefgh")) - value(frozenset()), abs=1e-14)
    assert len(asked) == len(set(asked)) == 2**8
    with pytest.raises(InputError, match="9 rules need 512 runs; they are exact for up to 8"):
        ledger_accounts.shapley(list("abcdefghi"), value)
    with pytest.raises(InputError, match="named twice"):
        ledger_accounts.shapley(list("aa"), value)


SMALL = {
    "name": "small", "agents": 12, "structure": {"ring": {"degree": 2}}, "value_system": "stance", "human_values": [1.0],
    "initial": {"values": {"uniform": {"high": 0.5}}, "preferences": "uniform"}, "steps": 6, "record": ["human_gap"],
    "rules": [{"averaging": {"strength": 0.3}}, {"human_pull": {"strength": 0.1}}, {"user_pull": {"strength": 0.2}},
              {"user_returns": {"strength": 0.5}}],
}  # fmt: skip


def ran(**more):
    scenario = Scenario.from_dict({**SMALL, **more})
    return Stored(scenario, 4, Society(scenario, rng=4).run().series(), "")


def test_shapley_over_the_rules_of_a_run():
    """Each share by all 24 orders of runs with only some rules in the list; users who never moved have nothing to return."""
    run = ran()
    labels = [r.label for r in run.scenario.flat_rules]
    found = shapley(run)
    assert can_be_off(run.scenario) == labels and len(found) == 2 * len(labels)

    def ends(on, gap):
        rules = [r for r in SMALL["rules"] if next(iter(r)) in on]
        state = Society(Scenario.from_dict({**SMALL, "rules": rules}), rng=4).run().state
        target = state.human_values[0] if gap == "human" else state.preferences
        return float(np.abs(state.values - target).mean())

    for gap, part in found.groupby("gap"):
        shares = dict(zip(part["rule"], part["share"], strict=True))
        known = {s: ends(s, gap) for n in range(5) for s in {frozenset(p) for p in permutations(labels, n)}}
        assert shares == pytest.approx(by_permutations(labels, known.__getitem__), abs=1e-12)
        assert fsum(shares.values()) == pytest.approx(known[frozenset(labels)] - known[frozenset()], abs=1e-14)
        assert shares["user_returns"] == 0.0
        row = part.set_index("rule").loc["human_pull"]
        assert row["alone"] == pytest.approx(known[frozenset({"human_pull"})] - known[frozenset()], abs=1e-13)
    two = shapley(run, ["averaging", "human_pull"])
    assert set(two["rule"]) == {"averaging", "human_pull"} and two["share"].abs().max() > 1e-3
    with pytest.raises(InputError, match="Did you mean `averaging`"):
        shapley(run, ["avergaing"])


def test_more_than_eight_rules_are_to_be_named():
    rules = [{"human_pull": {"label": f"pull{i}", "strength": 0.01}} for i in range(9)]
    run = ran(rules=rules, steps=2)
    with pytest.raises(InputError, match=r"Name at most 8 of pull0, .*: the others stay on"):
        shapley(run)
    assert len(shapley(run, ["pull0", "pull8"])) == 4


def test_net_and_gross_by_rule_group_and_step(booked):
    frame = booked[0].ledger.frame()
    for by in (("gap", "rule"), ("gap", "rule", "group"), ("gap", "step")):
        found = ledger_accounts.account(frame, *by)
        expected = frame.groupby(list(by))["amount"].agg(net="sum", gross=lambda a: a.abs().sum(), entries="size")
        found = found.set_index(list(by)).loc[expected.index]
        for column in expected:
            assert np.allclose(found[column], expected[column], atol=1e-11)
        assert np.allclose(found["up"] + found["down"], found["net"], atol=1e-11)
    assert len(ledger_accounts.account(frame)) == frame.groupby(["gap", "rule"]).ngroups


@pytest.mark.parametrize("agents", [40, 130])
def test_who_moved_whom_adds_up_by_source_and_by_whom_was_moved(agents):
    """One traced rule: the sum over sources is each group's booked entry; up to 120 agents each one's own."""
    groups = [{"name": "few", "share": 0.3}, {"name": "many"}]
    given = {**GIVEN, "agents": agents, "structure": Web(), "schedule": {}, "groups": groups}
    given["rules"] = [{"averaging": {"strength": 0.3}}]
    society = Society(Scenario.from_dict(given), rng=5, ledger="sources")
    before = society.state.values.copy()
    society.run_for(8)
    frame, ledger = society.ledger.frame(), society.ledger
    for gap, moved in ledger.moved.items():
        assert moved.shape == ((agents if agents <= 120 else 2), agents)
        parts = moved.sum(axis=1)
        groups = np.bincount(society.state.group, parts) if agents <= 120 else parts
        amounts = [frame[(frame.gap == gap) & (frame.group == name)]["amount"].sum() for name in society.group_names]
        assert np.allclose(groups, amounts, atol=1e-12)
        if agents <= 120:
            target = society.state[SIDES[gap][1]]
            far = [np.sqrt(((v - target) ** 2).mean(axis=1)) for v in (before, society.state.values)]
            assert np.allclose(parts, (far[1] - far[0]) / agents, atol=1e-12)
            assert (moved[-1] == 0).all() and (moved[:, -1] == 0).all(), "the last agent is alone"


def test_who_moved_whom_as_a_table_and_from_a_run():
    moved = np.array([[0.0, -0.5], [0.25, 0.0], [0.0, 0.1]])
    found = ledger_accounts.who_moved_whom(moved, ["x", "y", "z"], ["a", "b"])
    assert found.values.tolist() == [["b", "x", -0.5], ["a", "y", 0.25], ["b", "z", 0.1]]
    with pytest.raises(InputError, match=r"\(3, 2\) for 2 parts and 3 sources"):
        ledger_accounts.who_moved_whom(moved, ["x", "y"], ["a", "b", "c"])
    run = ran()
    frames = who_moved_whom(run)
    society = Society(run.scenario, rng=4, ledger=True).run()
    for gap, frame in frames.items():
        booked = fsum(e.amount for e in society.ledger.entries if e.gap == gap and e.rule == "averaging")
        assert frame["amount"].sum() == pytest.approx(booked, abs=1e-13)
    with pytest.raises(InputError, match="none of its rules can tell"):
        who_moved_whom(ran(rules=["human_pull"]))


def test_the_command_shows_shares_and_sources(tmp_path):
    import yaml

    (tmp_path / "small.yaml").write_text(yaml.safe_dump(SMALL))
    go = lambda *words: CliRunner().invoke(app, [*map(str, words)])  # noqa: E731
    folder = go("run", tmp_path / "small.yaml", "--out", tmp_path, "-q").stdout.strip()
    said = go("explain", folder, "--shapley", "--rule", "averaging", "--rule", "user_pull", "--json")
    assert [r["rule"] for r in json.loads(said.stdout)["shapley"]] == ["averaging", "user_pull"] * 2
    said = go("explain", folder, "--shapley", "--who", "--by", "step", "--out", tmp_path / "told")
    assert "all rules" in said.stdout and "who moved whom" in said.stdout and "by step" in said.stdout
    kept = {p.name for p in (tmp_path / "told").iterdir()}
    assert kept >= {"shapley.csv", "shapley-human.png", "who-moved-whom-human.png", "top-sources-human.png", "booked.csv"}
    assert len(pd.read_csv(tmp_path / "told" / "shapley.csv")) == 8
    assert go("explain", folder, "--rule", "averaging").exit_code == 2
    assert go("explain", folder, "--by", "rule").exit_code == 2
