"""The contract of docs/contract.md, held: tables, what is refused at definition, words, starts, listeners, the committed.

`tests/deletions.py` (run by hand) deletes every single fact of every shipped rule and says what notices.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from deletions import LOUD
from given_ties import hears

import valuescape
from valuescape import Rule, njit, param
from valuescape.experiments.laws.small_society import contents, ours, same_bits, society_around
from valuescape.experiments.reports import contract_page
from valuescape.experiments.reports.contract_page import HELPERS, PAGE, REFUSED, TABLES, filled, flags, made_parts, refusal
from valuescape.model.binding import arguments_of
from valuescape.model.compilation import KERNEL_ROOMS, code_hash
from valuescape.model.errors import InputError
from valuescape.model.kinds import Measure, Structure, _registry
from valuescape.model.rule import known_fields
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

ROOT = Path(__file__).resolve().parent.parent
RULES = ours("rule")
every_rule = pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.name())


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_the_code_makes_now():
    """Every table once, every example whole: `make docs`."""
    page = PAGE.read_text()
    parts = made_parts(page)
    assert len(parts) == len(set(parts))
    assert {part for part in parts if "/" not in part} == set(TABLES)
    examples = {f"examples/{file.name}" for file in (ROOT / "examples").glob("*.py")} - {"examples/mesa_viz.py"}
    assert {part for part in parts if "/" in part} == examples and len(examples) == 7
    assert filled(page) == page, "make docs"


def test_its_links_lead_to_its_headings():
    page = PAGE.read_text()
    lines = re.findall(r"^#+ (.*)", page, re.MULTILINE)
    headings = {re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in lines}
    assert set(re.findall(r"\(#([^)]+)\)", " ".join(page.split()))) <= headings
    assert all(name in page for name in valuescape.__all__)


def test_every_rule_and_field_and_argument_is_in_the_tables():
    rules, fields = contract_page.rule_rows(), contract_page.field_rows()
    assert all(f"| `{cls.name()}` |" in rules for cls in RULES)
    shipped = {field.name for cls in RULES for field in cls.fields}
    assert all(f"| `{name}` |" in fields for name in shipped)
    words = {a for cls in RULES for body in cls.bodies() for a in set(arguments_of(body)) - set(cls.parameters())}
    words = {word for word in words if not word.startswith("new_")} - set(known_fields())
    tables = TABLES["layer"]() + TABLES["reserved"]() + TABLES["plain"]()
    assert all(f"| `{word}` |" in tables for word in words) and len(words) > 12


def test_the_functions_of_the_table_compile_and_say_what_they_give():
    rows = contract_page.helper_rows().splitlines()[2:]
    assert len(rows) == sum(map(len, HELPERS.values()))
    assert all(re.search(r"\| \S[^|]{15,} \|$", row) for row in rows)


def test_a_class_of_rules_has_nine_things_to_say():
    """Nineteen flags before the contract was halved."""
    assert flags(Rule) == [
        "kernel", "whole", "trace", "writes", "reach", "activations", "fields", "looks_at", "signed",
    ]  # fmt: skip
    assert set(flags(Measure)) == {
        "kernel", "each", "low", "high", "better", "usual", "unit", "layer", "fewest_dimensions", "of_nobody",
        "invariant_under", "gamed_by",
    }  # fmt: skip
    assert flags(Structure) == ["is_complete"]


# --- any module alone -------------------------------------------------------------------------------------------------

IMPORTS = """
import gc, importlib, sys
for name in {heavy}:
    importlib.import_module(name)
gc.freeze()
failed = 0
for module in {modules}:
    ours = [name for name in sys.modules if name.partition(".")[0] == module.partition(".")[0]]
    for name in ours:
        del sys.modules[name]
    try:
        importlib.import_module(module)
    except BaseException as error:
        print(module, repr(error), flush=True)
        failed += 1
print("failed", failed)
"""
LIBRARIES = ["numpy", "numba", "pydantic", "mesa", "mesa.discrete_space", "scipy.stats", "scipy.spatial", "igraph"]
LIBRARIES += ["networkx", "pandas", "yaml", "matplotlib.figure"]
LOW_ROOMS, HIGH_ROOMS = ("model", "agents", "social_structures", "analysis"), ("experiments", "views")


def modules_of(rooms) -> list[str]:
    """Every module of these rooms by its dotted name, packages by theirs."""
    files = [file.relative_to(ROOT) for room in rooms for file in sorted((ROOT / room).rglob("*.py"))]
    dotted = ["valuescape." + str(file.with_suffix("")).replace(os.sep, ".") for file in files]
    return [name.removesuffix(".__init__") for name in dotted]


def imported_alone(modules, libraries, cwd=ROOT) -> list[str]:
    """Each module while nothing else of its package is imported (other people's libraries are): which fail, how many."""
    code = IMPORTS.format(heavy=libraries, modules=modules)
    known_hash = {**os.environ, "VALUESCAPE_CODE_KEY": code_hash(KERNEL_ROOMS)}  # the same, not made anew each time
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, env=known_hash, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_any_module_of_the_lower_floors_can_be_imported_alone():
    modules = modules_of(LOW_ROOMS)
    assert len(modules) > 75
    assert imported_alone(modules, LIBRARIES) == ["failed 0"]


@pytest.mark.slow
def test_any_other_module_can_be_imported_alone():
    modules = [*modules_of(HIGH_ROOMS), "valuescape.app", "valuescape"]
    assert len(modules) > 100
    drawing = ["typer", "rich", "seaborn", "solara", "ipyvuetify", "anywidget", "altair"]
    assert imported_alone(modules, [*LIBRARIES, *drawing]) == ["failed 0"]


def test_a_circle_of_imports_and_what_another_must_have_imported_are_found(tmp_path):
    """`first` goes round by `second`, which works alone; `third` counts on somebody having imported `planted.fourth`."""
    planted = tmp_path / "planted"
    planted.mkdir()
    written = {
        "__init__": "",
        "first": "from planted.second import b\na = 1\n",
        "second": "b = 1\nimport planted.first\n",
        "third": "import planted\nc = planted.fourth.d\n",
        "fourth": "from planted import second\nd = 1\n",
        "fifth": "from planted.sixth import f\ne = 1\n",
        "sixth": "from planted.fifth import e\nf = 1\n",
    }
    for name, text in written.items():
        (planted / f"{name}.py").write_text(text)
    *said, failed = imported_alone(["planted", *(f"planted.{name}" for name in written if name != "__init__")], [], tmp_path)
    assert [line.split()[0] for line in said] == ["planted.third", "planted.fifth", "planted.sixth"]
    assert failed == "failed 3"


# --- what is refused when a class is defined --------------------------------------------------------------------------

MESSAGES = [
    "Mine has no `kernel`: the function that makes its change",
    "Mine: the body's argument `valeus` is no core field, none of its `fields`, no parameter, no reserved word and no"
    " new_<field> of `writes` = ('values',)",
    "Mine: `new_values = ...` changes nothing: write into it, as in new_values[who] = ...",
    "Mine: `writes` names values, and the body has no new_values",
    "Mine: the body's argument `new_values` is no core field, none of its `fields`, no parameter, no reserved word and no"
    " new_<field> of `writes` = ()",
    "Mine: `writes` names ties, and the body has no argument `ties`",
    "Mine: values is a field or reserved word, and a parameter",
    "Mine: no parameter says how long the axis V of words is",
    "Mine: no parameter says what V is, below which word stays",
    "Mine: the field payoff is declared elsewhere, and otherwise",
    "Mine: `writes` names expressed, and not falsified, which says whose differ",
    "Mine: `writes` names mood, no core field and none of its `fields`",
    "Mine.reach = 'pair': one of own, partner, society",
    "Mine: reach `partner` writes on two at a time, so never synchronous: `activations`",
    "Mine: the body's argument `mate` needs reach `partner`: nobody is met otherwise",
    "Mine.looks_at = 'ties': `partner` or `everybody`, or nothing",
    "Mine.looks_at = 'partner': its arguments name no ties to pick from",
]


@pytest.mark.parametrize(("what", "message"), list(zip(REFUSED, MESSAGES, strict=True)))
def test_it_is_refused_at_definition_in_these_words(what, message):
    assert refusal(REFUSED[what][1]) == message


def test_a_compiled_body_is_refused_as_a_plain_one_is():
    with pytest.raises(TypeError, match=r"Lost: `new_values = \.\.\.` changes nothing"):

        class Lost(Rule):
            """v <- v / 2. values (N, K). Test of 2026."""

            writes = ("values",)

            @njit
            def kernel(who, values, new_values):  # noqa: N805
                new_values = values / 2  # noqa: F841

    with pytest.raises(TypeError, match=r"Drawing: the body's argument `draw` is no core field"):

        class Drawing(Rule):
            """v <- v. values (N, K). Test of 2026."""

            writes = ("values",)

            @njit
            def kernel(who, draw, new_values):  # noqa: N805
                new_values[0] = draw

    with pytest.raises(TypeError, match=r"Idle\.activations = \('now',\): some of synchronous, sequential, random, match"):

        class Idle(Rule):
            """v <- v. values (N, K). Test of 2026."""

            writes = ("values",)
            activations = ("now",)

            def kernel(self, who, new_values):
                """Nothing."""


def test_what_is_refused_is_not_known():
    refusal(REFUSED["no body"][1])
    assert not {"mine", "lost", "drawing", "idle"} & set(_registry["rule"])


# --- a choice is a word -----------------------------------------------------------------------------------------------

WORDS = ("low", "middle", "high")


class _SpokenWord(Rule):
    """v <- 0, 1/2 or 1 by a word, in plain Python. values (N, K). Test of 2026."""

    where: str = param("low", choices=WORDS, meaning="where everybody goes")
    writes = ("values",)

    def kernel(self, who, new_values, where):
        """The choice is its word."""
        new_values[who] = {"low": 0.0, "middle": 0.5, "high": 1.0}[where]


@njit
def by_number(who, new_values, where):
    for i in who:
        new_values[i] = where / 2


class _CompiledWord(Rule):
    """v <- 0, 1/2 or 1 by the number of a word, compiled. values (N, K). Test of 2026."""

    where: str = param("low", choices=WORDS, meaning="where everybody goes")
    writes = ("values",)
    kernel = by_number


@pytest.mark.parametrize("cls", [_SpokenWord, _CompiledWord])
def test_a_choice_is_its_word_in_plain_python_and_its_number_where_it_is_compiled(cls):
    given = {"agents": 3, "initial": {"values": "uniform"}, "steps": 9}
    for number, word in enumerate(WORDS):
        society = Society(Scenario.from_dict({**given, "rules": [cls(where=word, label="word")]}), rng=1)
        society.step()
        assert (society.state.values == number / 2).all()
        society.set("word.where", "low")
        society.step()
        assert (society.state.values == 0).all(), "a change while it runs is a word too"


# --- what an initial may fill -------------------------------------------------------------------------------------------

ELSEWHERE = {
    "expressed": "it starts as values",
    "anchors": "it starts as values",
    "u0": "it starts as preferences",
    "o0": "it starts as objectives",
    "human_values": "`human_values: NAME` of the scenario or of a group gives it",
    "h0": "it starts as human_values",
    "group": "`groups` gives it",
    "fixed": "`fixed: true` of a group gives it",
    "team": "`works_with` gives it",
    "spent": "what the institutions have cost the agent so far; rules make it",
    "heard_before": "it starts as values",
}


@pytest.mark.parametrize(("field", "why"), ELSEWHERE.items())
@pytest.mark.parametrize("where", ["initial", "groups.all.initial"])
def test_an_initial_of_a_field_that_does_not_start_is_refused_by_name(field, why, where):
    initial = {"values": "uniform", field: "uniform"}
    given = {"agents": 4, "human_values": "flat"}
    given |= {"initial": initial} if where == "initial" else {"groups": [{"name": "all", "initial": initial}]}
    with pytest.raises(InputError) as caught:
        Scenario.from_dict(given)
    assert str(caught.value) == f"{where}.{field}: {field} is not filled by an initial: {why}"


def test_exactly_the_fields_that_start_can_be_named():
    """Every field of the shipped rules: taken, or refused because an initial does not fill it."""
    shipped = {name for name in known_fields() if not name.startswith(("probe_", "test_"))}
    taken = set()
    for name in shipped:
        try:
            Scenario.from_dict({"agents": 4, "initial": {"values": "uniform", name: {"same": {"value": 0}}}, "traits": 1})
            taken.add(name)
        except InputError as refused:
            assert f"{name} is not filled by an initial" in str(refused)
    assert taken == {name for name in shipped if known_fields()[name].starts}
    assert {"values", "preferences", "objectives", "traits", "coalition", "cooperates", "active"} <= taken


# --- who is moved on directed ties --------------------------------------------------------------------------------------

PAIRS = {
    "deffuant": ("values", {"tolerance": 1.0}),
    "noisy_bounded_confidence": ("values", {"tolerance": 1.0, "noise": 0.1}),
    "memory_convention": ("traits", {"words": 4, "length": 3}),
    "naming_game": ("inventory", {"words": 4}),
    "win_stay_lose_shift": ("traits", {"words": 4, "length": 3, "stay": 0.9}),
}
STARTS = {
    "values": "uniform",
    "traits": {"kinds": {"q": 4}},
    "inventory": {"chance": {"share": 0.5}},
}


def test_these_are_all_rules_that_move_two():
    assert {cls.name() for cls in RULES if cls.reach == "partner"} == set(PAIRS)


@pytest.mark.parametrize("activation", ["random", "matching", "sequential"])
@pytest.mark.parametrize("rule", PAIRS)
@pytest.mark.parametrize("directed", [True, False])
def test_on_directed_ties_only_who_listens_is_moved(rule, activation, directed):
    """Eight listen to a superior, agent 0, who listens to nobody; on undirected ties it hears them too."""
    field, parameters = PAIRS[rule]
    n, ends = 9, np.arange(1, 9)
    structure = hears(ends, np.zeros(8, int)) if directed else "star"
    given = {
        "agents": n,
        "structure": structure,
        "value_system": 3,
        "traits": 1,
        "initial": {field: STARTS[field]},
        "rules": [{rule: {**parameters, "activation": activation}}],
    }
    society = Society(Scenario.from_dict(given), rng=2)
    written = {name: society.state[name].copy() for name in type(society.acts[0].rule).writes}
    society.run_for(50)
    moved = {name: (society.state[name] != was).reshape(n, -1).any(axis=1) for name, was in written.items()}
    assert moved[field][1:].any() and any(rows[0] for rows in moved.values()) != directed


def test_who_listens_to_a_superior_ends_where_it_stands():
    given = {"agents": 4, "structure": hears([1, 2, 3], [0, 0, 0]), "value_system": 2, "initial": {"values": "uniform"}}
    society = Society(Scenario.from_dict({**given, "rules": [{"deffuant": {"tolerance": 1}}]}), rng=3)
    superior = society.state.values[0].copy()
    society.run_for(100)
    assert np.array_equal(society.state.values[0], superior)
    assert np.allclose(society.state.values, superior, rtol=0, atol=1e-9)


# --- the committed ------------------------------------------------------------------------------------------------------

HELD = [1, 4, 5, 9]
# The society around these changes late, or only where agents differ in capability, or not at all.
SLOW = {"santos_pacheco", "proportional"}
UNEQUAL = {"capability_pays", "capability_speaks", "narrow_gaps"}
QUIET = {
    "user_returns",  # users stand where they began, and it brings them back there
    "task_again",  # it gives back what was put aside, and nothing was
    "society_follows", "unheard",  # they write no rows of agents
}  # fmt: skip


def committed(cls, fixed, activation, seed=1):
    """A society of which four are committed, or the same with nobody committed, after five steps; and how it started."""
    groups = [{"name": "rest"}, {"name": "held", "nodes": HELD, "fixed": fixed}]
    more = {"initial": {"capability": "uniform"}} if cls.name() in UNEQUAL else {}
    society = society_around(cls, {**LOUD.get(cls.name(), {}), "activation": activation}, seed, groups=groups, **more)
    before = contents(society)
    society.run_for(25 if cls.name() in SLOW else 5)
    return before, contents(society)


def on_the_committed(cls, before, after):
    """The fields that the rule writes and that differ for committed agents (who lived)."""
    fields = [name for name in cls.writes if name != "ties" and known_fields()[name].dims[:1] == ("N",)]
    living = [i for i in HELD if before["active"][i]]
    return [name for name in fields if before[name][living].tobytes() != after[name][living].tobytes()]


def test_which_rules_reach_the_committed():
    """A mind is what one holds: values, traits, words, memories. Users, pay, standing and coalitions are not."""
    minds = {name for name, field in known_fields().items() if field.mind}
    assert minds >= {"values", "traits", "inventory", "memory"}
    assert not minds & {"preferences", "payoff", "reputation", "coalition", "expressed"}
    for cls in RULES:
        assert cls.moves_fixed() == ("fixed" in cls.writes or not minds & set(cls.writes)), cls.name()


@pytest.mark.parametrize("cls", [c for c in RULES if not c.moves_fixed()], ids=lambda cls: cls.name())
def test_a_rule_that_writes_a_mind_writes_nothing_on_the_committed(cls):
    """Neither their minds nor what it writes besides; and others it does change."""
    changed = False
    for activation in cls.activations:
        before, after = committed(cls, True, activation)
        assert on_the_committed(cls, before, after) == []
        changed = changed or bool(same_bits(before, after))
    assert changed, "the society around it does not move at all"


NO_MIND = [c for c in RULES if c.moves_fixed() and "fixed" not in c.used()]


@pytest.mark.parametrize("cls", NO_MIND, ids=lambda cls: cls.name())
def test_a_rule_that_writes_no_mind_does_not_know_who_is_committed(cls):
    """A society with four committed agents goes on, bit for bit, as the same society with none; and they change too.

    In one start of six at least: in some nobody has a reason to move.
    """
    changed = False
    starts = (seed for seed in range(1, 7) if not changed)
    for seed, activation in ((seed, activation) for seed in starts for activation in cls.activations):
        before, after = committed(cls, True, activation, seed)
        assert same_bits({k: v for k, v in after.items() if k != "fixed"}, committed(cls, False, activation, seed)[1]) == []
        changed = changed or bool(on_the_committed(cls, before, after))
    assert changed == (cls.name() not in QUIET)


@pytest.mark.parametrize("cls", ours("rule"), ids=lambda cls: cls.name())
def test_a_rule_declares_nothing_that_it_has_anyway(cls):
    """A class attribute that equals what is inherited says nothing: it would be a fact without an effect."""
    facts = {"writes", "reach", "activations", "fields", "looks_at", "signed", "whole", "trace"}
    base = cls.__mro__[1]
    assert {name for name in facts & set(vars(cls)) if vars(cls)[name] == getattr(base, name)} == set()
