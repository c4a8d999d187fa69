"""Own minds are the targets of the twin without influences and without scope that agents make, bit for bit."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from valuescape.experiments.laws.small_society import Web, lively, ours
from valuescape.model.errors import InputError
from valuescape.model.own_minds import OwnMinds
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.state import Field

TARGETS = ("human_values", "preferences", "objectives")
GIVEN = {
    "agents": 24,
    "structure": Web(),
    "layers": {"users": {"ring": {"degree": 2}}},
    "human_values": "pan_cultural",
    "groups": [{"name": "most"}, {"name": "firm", "count": 5, "fixed": True, "human_values": "not pan_cultural"}],
    "initial": {"values": "uniform", "preferences": "uniform", "objectives": "uniform", "coalition": {"kinds": {"q": 3}},
                "felt": "uniform", "traits": {"kinds": {"q": 2}}},
    "traits": 2,
    "reserve": 6,
    "steps": 25,
    "record": [],
}  # fmt: skip
ANYWAY = {
    "user_returns": {"strength": 0.1},
    "preference_averaging": {"strength": 0.3},
    "task_restated": {"strength": 0.2},
    "proxy_objective": {"strength": 0.1, "image": "rotated"},
    "society_follows": {"strength": 0.2},
}
INFLUENCES = {"user_adapts": {"strength": 0.3}, "task_copied": {"strength": 0.3}}
MAKERS = {
    "seek_alike": {},
    "follow_success": {},
    "dissent_protection": {"share": 0.3},
    "committed_agents": {"share": 0.2, "come_from": "reserve", "contacts": 3},
    "join_nearest": {},
}
CONTENT = {"averaging": {"strength": 0.2}, "noise": {"sd": 0.05}, "user_pull": {"strength": 0.1}}


def society(rules, seed=3, *, ledger="totals", steps=None, **more) -> Society:
    given = {**GIVEN, **more, "rules": rules}
    made = Society(Scenario.from_dict(given), rng=seed, ledger=ledger)
    made.run_for(made.scenario.steps if steps is None else steps)
    return made


def flat(rules):
    for rule in rules:
        yield from rule["together"] if isinstance(rule, dict) and "together" in rule else [rule]


def without(rules, labels):
    """The rules without those of the labels; a block that they leave empty goes too."""
    kept = []
    for rule in rules:
        if isinstance(rule, dict) and "together" in rule:
            parts = [part for part in rule["together"] if called(part) not in labels]
            kept += [{"together": parts}] if parts else []
        elif called(rule) not in labels:
            kept.append(rule)
    return kept


def called(rule) -> str:
    if isinstance(rule, Rule):
        return rule.label
    name, settings = next(iter(rule.items()))
    return settings.get("label", name)


def demand_twin(rules, seed=3, **more) -> Society:
    """The own minds of a society are the targets of its twin; answers with the society."""
    minds = OwnMinds.of(Scenario.from_dict({**GIVEN, **more, "rules": rules}), TARGETS)
    out = {*minds.influences, *minds.makers}
    schedule = {a: e for a, e in more.get("schedule", {}).items() if a.split(".")[0] not in out}
    one = society(rules, seed, **more)
    twin = society(without(rules, out), seed, **{**more, "schedule": schedule}) if without(rules, out) else None
    for target in TARGETS:
        if target in one.state:
            other = twin.state[target] if twin is not None and target in twin.state else one.state[START[target]]
            assert one.state[f"own_{target}"].tobytes() == other.tobytes(), (target, [called(r) for r in flat(rules)])
    return one


U_START, H_START = ["preference_gap_from_start"], ["human_gap_from_start"]
START = {"human_values": "human_values", "preferences": "preferences", "objectives": "objectives"}


def writers() -> list[type[Rule]]:
    return [cls for cls in ours("rule") if set(cls.writes) & set(TARGETS)]


def test_the_lists_of_this_file_are_whole():
    """Every rule that writes a target is an influence or moves it anyway, as the design says which."""
    named = {cls.name() for cls in writers()} - {"wish_for_task", "task_again"}  # a cut that puts back what it changes
    assert named == {*ANYWAY, *INFLUENCES}
    for name in named:
        minds = OwnMinds.of(Scenario.from_dict({**GIVEN, "rules": [{name: {}}]}), TARGETS)
        assert minds.influences == ((name,) if name in INFLUENCES else ())
    for name in MAKERS:
        minds = OwnMinds.of(Scenario.from_dict({**GIVEN, "rules": [{name: {}}]}), TARGETS)
        assert minds.makers == (name,) and minds.influences == ()


@pytest.mark.parametrize("cls", writers(), ids=lambda cls: cls.name())
def test_every_rule_that_writes_a_target_beside_influences_and_scope(cls):
    """In every order of revision; after capture, and with ties, commitment and lives that agents make."""
    for activation in cls.activations:
        rule = {cls.name(): {**lively(cls), "activation": activation}}
        around = [{name: dict(INFLUENCES[name])} for name in INFLUENCES if name != cls.name()]
        made = demand_twin([{"seek_alike": {}}, *around, rule, {"averaging": {"strength": 0.2}}])
        target = next(name for name in cls.writes if name in TARGETS)
        capture = np.abs(made.state[target] - made.state[f"own_{target}"]).max()
        assert capture > 1e-3 or (target == "human_values" and cls.name() not in INFLUENCES)


def mix(seed: int) -> tuple[list, dict]:
    """Rules drawn at random: which, how strong, in what order of revision, when, on which layer; some of them together."""
    rng = np.random.default_rng(seed)
    rules, block = [], []
    chosen = [*ANYWAY, *INFLUENCES, *rng.choice([*MAKERS], 2, replace=False), *rng.choice([*CONTENT], 1)]
    for name in rng.permutation(chosen):
        if rng.random() < 0.2:
            continue
        given = {**ANYWAY, **INFLUENCES, **MAKERS, **CONTENT}[name]
        settings = dict(given)
        if rng.random() < 0.3:
            settings |= {"begin": int(rng.integers(0, 8)), "every": int(rng.integers(1, 4))}
        if rng.random() < 0.2:
            settings |= {"end": 18}
        if name == "preference_averaging" and rng.random() < 0.4:
            settings["layer"] = "users"
        together = name in (*ANYWAY, *INFLUENCES, "averaging", "user_pull") and rng.random() < 0.4
        if together:
            block.append({str(name): settings})
            continue
        if name in ("user_returns", "preference_averaging", "task_restated", "user_adapts", "task_copied"):
            settings["activation"] = str(rng.choice(["synchronous", "sequential", "random"]))
        rules.append({str(name): settings})
    if block:
        rules.insert(int(rng.integers(0, len(rules) + 1)), {"together": block})
    names = {called(r) for r in flat(rules)}
    addresses = [a for a in ("user_returns.strength", "user_adapts.strength", "task_restated.strength")
                 if a.split(".")[0] in names - {called(r) for r in block}]  # fmt: skip
    schedule = {a: [[6, float(rng.random())], [14, 0.0], [17, 0.4]] for a in addresses}
    return rules, {"schedule": schedule, "works_with": str(rng.choice(["coalition", "society"]))}


@pytest.mark.parametrize("seed", range(24))
def test_mixes_of_rules(seed):
    rules, more = mix(seed)
    made = demand_twin(rules, seed, **more)
    entries = made.ledger.totals
    for gap in made.ledger.gaps:
        total = sum(net for (of, _), (net, _) in entries.items() if of == gap)
        assert abs(total - made.ledger.change(gap)) < 1e-12


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_scope_that_agents_make_is_held_apart(maker):
    """Users talk along ties and among the living that nobody's values made; where scope matters, the own mind differs."""
    made = demand_twin([{maker: dict(MAKERS[maker])}, {"preference_averaging": {"strength": 0.3}}, *[
        {name: dict(rule)} for name, rule in CONTENT.items()
    ], {"society_follows": {"strength": 0.2}}])  # fmt: skip
    apart = "own_preferences" in made.state.arrays
    assert apart == (maker in ("seek_alike", "follow_success", "committed_agents"))
    if apart and maker != "follow_success":
        assert np.abs(made.state.preferences - made.state.own_preferences).max() > 1e-3


def test_no_influence_and_no_such_scope_costs_nothing():
    made = society([{"averaging": {"strength": 0.2}}, *[{name: dict(rule)} for name, rule in ANYWAY.items()]])
    assert not [name for name in made.state.arrays if name.startswith("own_")] and [*made.state.ties] == ["main", "users"]
    assert all(act.own is None for act in made._flat_acts())
    assert np.shares_memory(made.state.own_preferences, made.state.preferences)
    nobody_asks = society([{name: dict(rule)} for name, rule in {**ANYWAY, **INFLUENCES}.items()], ledger=False)
    assert not [name for name in nobody_asks.state.arrays if name.startswith("own_")]
    assert all(act.own is None for act in nobody_asks._flat_acts())


def test_only_what_an_own_mind_needs_is_held_apart():
    """Users talk on a layer of their own: the ties that agents make elsewhere are no matter of theirs."""
    rules = [{"seek_alike": {}}, {"preference_averaging": {"layer": "users"}}, {"task_copied": {"strength": 0.2}}]
    made = society(rules)
    assert {name for name in made.state.arrays if name.startswith("own_")} == {"own_objectives"}
    assert [*made.state.ties] == ["main", "users"]


@pytest.mark.parametrize("seed", [0, 5])
def test_what_is_asked_for_changes_nothing_else(seed):
    rules, more = mix(seed)
    asked, plain = society(rules, seed, **more), society(rules, seed, ledger=False, **more)
    for name, array in plain.state.arrays.items():
        assert asked.state.arrays[name].tobytes() == array.tobytes(), name
    only = society(rules, seed, ledger=False, **{**more, "until": "human_gap < -1"})
    if "own_human_values" in only.state:
        assert only.state.own_human_values.tobytes() == asked.state.own_human_values.tobytes()


# --- the examples ------------------------------------------------------------------------------------------------------


def gap(state, target: str) -> float:
    goal = state[target]
    goal = goal[state.group] if "human" in target and len(goal) > 1 else goal
    return float(np.sqrt(((state.values - goal) ** 2).mean(axis=1)).mean())


@pytest.mark.parametrize("together", [True, False])
def test_who_follows_a_legitimate_change_fully_has_no_gap(together):
    """Users talk, society follows them, and one agent's work captures nobody: whoever serves ends at its own mind."""
    change = [{"preference_averaging": {"strength": 0.3}}, {"society_follows": {"strength": 0.2}}]
    change = [{"together": change}] if together else change
    users = society([*change, {"user_pull": {"strength": 1.0}}], reserve=0, groups=[], record=U_START)
    assert gap(users.state, "own_preferences") == 0.0 and gap(users.state, "u0") > 0.1
    humans = society([*change, {"human_pull": {"strength": 1.0}}], reserve=0, groups=[], record=H_START)
    assert gap(humans.state, "own_human_values") == 0.0 and gap(humans.state, "h0") > 0.1
    half = society([*change, {"human_pull": {"strength": 1.0, "end": 5}}], reserve=0, groups=[])
    assert gap(half.state, "own_human_values") > 0.01


@pytest.mark.parametrize("name, raw, own", [("user_adapts", "preferences", "own_preferences"),
                                            ("task_copied", "objectives", "own_objectives")])  # fmt: skip
def test_capture_gains_nothing_on_the_headline(name, raw, own):
    """An influence moves no value and no own mind: the headline is the same to the last bit, the raw gap is not."""
    rest = [{"averaging": {"strength": 0.1}}, {"user_returns": {"strength": 0.05}}]
    with_it, twin = society([{name: INFLUENCES[name]}, *rest]), society(rest)
    assert gap(with_it.state, own) == gap(twin.state, raw)
    assert gap(with_it.state, raw) != gap(with_it.state, own)
    if name == "user_adapts":
        assert gap(with_it.state, raw) < gap(with_it.state, own) - 0.05


def test_an_open_rule_that_follows_a_captured_target_follows_its_own_mind():
    """h, o <- u where users are captured fully: real ones end at the agents' values, own ones at the users' own."""
    rules = [{name: {"strength": 1.0}} for name in ("user_adapts", "task_restated", "society_follows")]
    made = society(rules, reserve=0, groups=[], record=U_START)
    state = made.state
    assert (state.objectives == state.values).all() and (state.own_objectives == state.u0).all()
    assert np.allclose(state.human_values[0], state.values.mean(axis=0), atol=1e-12)
    assert np.allclose(state.own_human_values[0], state.u0.mean(axis=0), atol=1e-12)
    assert made.ledger.change("objective") != 0.0 and made.ledger.change("task") < made.ledger.change("objective")


def test_users_and_tasks_of_fixed_agents_move_and_their_values_do_not():
    every = {**ANYWAY, **INFLUENCES}
    for name, settings in every.items():
        made = society([{name: settings}, {"averaging": {"strength": 0.3}}], reserve=0)
        first = Society(made.scenario, rng=3).state
        fixed = made.state.fixed
        target = next(f for f in type(made.scenario.rule(name)).writes if f in TARGETS)
        rows = slice(None) if target == "human_values" else fixed
        assert fixed.sum() == 5 and (made.state.values[fixed] == first.values[fixed]).all()
        moved = np.abs(made.state[target][rows] - first[target][rows]).max()
        assert moved > 1e-3 or name == "user_returns", name


# --- time --------------------------------------------------------------------------------------------------------------


def everything(s: Society) -> dict[str, bytes]:
    ties = {layer: t.neighbour.tobytes() + t.weight.tobytes() for layer, t in s.state.ties.items()}
    return {name: array.tobytes() for name, array in s.state.arrays.items()} | ties


def test_snapshot_restore_fork_and_pickle_keep_own_minds():
    rules, more = [{"seek_alike": {}}, {"committed_agents": dict(MAKERS["committed_agents"])}, *mix(5)[0]], mix(5)[1]
    rules = list({called(rule): rule for rule in rules if "together" not in rule}.values())
    rules += [{"preference_averaging": {"label": "chat", "strength": 0.2}}]
    whole = society(rules, **more)
    assert [n for n in whole.state.arrays if n.startswith("own_")] and any(t.startswith("own_") for t in whole.state.ties)
    there = society(rules, steps=9, **more)
    taken = pickle.loads(pickle.dumps(there.snapshot()))
    fork, copied = there.fork(), pickle.loads(pickle.dumps(there))
    there.run_for(3)
    there.restore(taken)
    elsewhere = society(rules, seed=99, ledger=False, steps=2, **more)
    elsewhere.restore(taken)
    for other in (there, fork, copied, elsewhere):
        other.run_for(16)
        assert everything(other) == everything(whole)


def test_a_rule_that_is_adopted_splits_the_own_minds_from_then_on():
    rest = [{"averaging": {"strength": 0.2}}, {"preference_averaging": {"strength": 0.3}}]
    more = [{"user_adapts": {"strength": 0.3, "begin": 9}}, {"seek_alike": {"begin": 9}}]
    scenario = Scenario.from_dict({**GIVEN, "rules": [*rest, *more]})
    there = society(rest, steps=9)
    assert "own_preferences" not in there.state.arrays
    there.adopt(scenario)
    there.run_for(16)
    whole = society([*rest, *more])
    assert everything(there) == everything(whole)
    made = society([{"seek_alike": {}}, {"averaging": {"strength": 0.2}}], steps=9)
    late = [{"seek_alike": {}}, {"averaging": {"strength": 0.2}}, {"preference_averaging": {"begin": 9}}]
    with pytest.raises(InputError, match="what ties main would be without the agents' influence is not known at step 9"):
        made.adopt(Scenario.from_dict({**GIVEN, "rules": late}))


def test_an_agents_own_step_moves_the_own_minds_too():
    """`agent.step()` lets the open rules of one agent act, in both."""
    rules = [{"user_adapts": {"strength": 0.3}}, {"user_returns": {"strength": 0.2}}, {"preference_averaging": {}}]
    one, twin = society(rules, steps=0), society(rules[1:], steps=0)
    for s in (one, twin):
        for row in (3, 7, 3, 11):
            s.agent(row).step()
    assert one.state.own_preferences.tobytes() == twin.state.preferences.tobytes()
    assert np.abs(one.state.preferences - twin.state.preferences).max() > 1e-3


# --- rules of one's own ------------------------------------------------------------------------------------------------

MOOD = Field("mood", ("N",), low=0, high=1, starts=True, meaning="how users feel")


class Mood(Rule):
    """m <- mean of u: neither target nor content, and yet moved by capture. preferences (N, K), mood (N,). Test of 2026."""

    writes = ("mood",)
    fields = (MOOD,)

    def kernel(self, who, preferences, new_mood):
        new_mood[who] = preferences[who].mean(axis=1)


class Moody(Rule):
    """o <- o + strength (m - o). objectives (N, K), mood (N,). Test of 2026."""

    strength: float = param(0.3, 0, 1, "share of the gap", off=0.0)
    writes = ("objectives",)
    fields = (MOOD,)

    def kernel(self, who, objectives, mood, new_objectives, strength):
        new_objectives[who] = objectives[who] + strength * (mood[who, None] - objectives[who])


class Both(Rule):
    """u <- half v, half u0. Test of 2026."""

    writes = ("preferences",)

    def kernel(self, who, values, u0, new_preferences):
        new_preferences[who] = (values[who] + u0[who]) / 2


class Hidden(Rule):
    """u <- v, where `values` is optional. Test of 2026."""

    writes = ("preferences",)

    def kernel(self, who, preferences, new_preferences, values=None):
        new_preferences[who] = values[who] if values is not None else preferences[who]


class Reaching(Rule):
    """u <- v by way of the Mesa agent. Test of 2026."""

    writes = ("preferences",)
    activations = ("sequential",)

    def kernel(self, who, agents, new_preferences):
        for i in who:
            new_preferences[i] = agents(int(i)).values


def test_what_hangs_on_a_captured_target_is_held_apart_too():
    made = demand_twin([{"user_adapts": {"strength": 0.3}}, Mood(), Moody(), {"averaging": {"strength": 0.2}}])
    assert "own_mood" in made.state.arrays
    assert np.abs(made.state.objectives - made.state.own_objectives).max() > 1e-3


def test_an_optional_argument_makes_an_influence_all_the_same():
    made = demand_twin([Hidden(), {"averaging": {"strength": 0.2}}, {"user_returns": {"strength": 0.2}}])
    assert np.abs(made.state.preferences - made.state.own_preferences).max() > 1e-3


def test_a_body_that_mixes_both_or_reaches_past_its_arguments_is_refused():
    with pytest.raises(InputError, match=r"both moves preferences by values and by u0 in one body: .*split it in two rules"):
        Scenario.from_dict({**GIVEN, "rules": [Both()]})
    with pytest.raises(InputError, match="reaching writes preferences and uses agents"):
        Scenario.from_dict({**GIVEN, "rules": [Reaching()]})
    with pytest.raises(TypeError, match="`writes` names own_preferences, which no rule moves"):
        type("Bold", (Rule,), {"writes": ("own_preferences",), "kernel": lambda who, new_own_preferences: None})
    with pytest.raises(TypeError, match="preferences, which moves for a fixed agent too, and values, its mind"):
        type("Two", (Rule,), {"writes": ("values", "preferences"), "kernel": lambda who, new_values, new_preferences: None})


GROWN = Field("grown", ("N",), meaning="a number without bounds")


class Broken(Rule):
    """v <- 1/2 and g <- 1, and for agent 4 nan and infinity from step 2 on. values (N, K), grown (N,). Test of 2026."""

    writes = ("values", "grown")
    fields = (GROWN,)
    which: str = param("grown", choices=("grown", "values"), meaning="which of the two breaks")

    def kernel(self, who, step, new_values, new_grown, which):
        new_values[4, 1] = np.nan if step >= 2 and which == "values" else 0.5
        new_grown[4] = np.inf if step >= 2 and which == "grown" else 1.0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("which, at", [("grown", 2), ("values", 24)])
def test_a_state_that_is_not_finite_is_a_failed_run(which, at, dtype):
    """At once where a field has no bounds; at the latest at the end of the run elsewhere."""
    made = society([Broken(which=which), {"user_returns": {"strength": 0.1}}], steps=0, dtype=dtype, record_every=2)
    for act in made._flat_acts():
        act.watched = False  # as a shipped rule, whose rows are not looked at one by one
    with pytest.raises(InputError, match=rf"^broken at step {at} wrote {which} of agent 4 = .*, which is not finite"):
        made.run()
