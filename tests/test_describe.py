"""`valuescape describe`: the keys of files come from the classes that declare them, and every example is valid."""

from __future__ import annotations

import json

import pytest
import yaml
from typer.testing import CliRunner

from valuescape.experiments import gallery
from valuescape.experiments.commands.cli import app
from valuescape.experiments.commands.describing import in_a_scenario
from valuescape.experiments.commands.families import families
from valuescape.experiments.commands.file_keys import PARTS, Key
from valuescape.experiments.commands.listing import DECLARED, KINDS
from valuescape.experiments.designs.design import DESIGNS, Spaced
from valuescape.experiments.designs.sweep import Stop, Sweep
from valuescape.experiments.runs.batch_run import run_job
from valuescape.model.description import Group, Intervention, Together
from valuescape.model.errors import InputError
from valuescape.model.kinds import known
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

CLASSES = [Scenario, Group, Together, Intervention, Stop, Spaced, *DESIGNS.values()]
SWEEPS = {"sweep", "design"}


def words(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def keys_of(part: str) -> dict[str, Key]:
    return {key.name: key for keys in PARTS[part].keys().values() for key in keys}


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_key_says_at_its_field_what_it_means(cls):
    assert [name for name, key in cls.model_fields.items() if not key.description] == []


def test_every_key_of_a_sweep_says_what_it_means():
    assert [name for name, key in Sweep.keys().items() if not key.description] == []
    assert set(Sweep.model_fields) - set(Sweep.keys()) == {"folder"}


@pytest.mark.parametrize("part", PARTS)
def test_the_command_prints_every_key_with_its_meaning_and_the_example(part):
    printed = words("describe", part)
    for key in keys_of(part).values():
        assert key.name in printed and key.meaning
    assert " ".join(PARTS[part].example.split()) in printed


def test_default_type_and_bounds_are_those_of_the_class():
    scenario, group, sweep, design = map(keys_of, ("scenario", "groups", "sweep", "design"))
    assert set(scenario) == set(Scenario.model_fields)
    assert (scenario["steps"].default, scenario["steps"].allowed) == ("100", "a whole number in [0, 1e+09]")
    assert (scenario["traits"].default, scenario["traits"].allowed) == ("1", "a whole number in [1, 10000]")
    assert (scenario["value_system"].default, scenario["rules"].default) == ("schwartz10", "[]")
    assert scenario["rules"].allowed == "a list of rules or `together` blocks"
    assert scenario["initial"].allowed == "{name: initial}"
    assert (group["name"].default, group["fixed"].default) == ("required", "false")
    assert (group["share"].default, group["share"].allowed) == ("none", "a number in [0, 1]")
    assert (sweep["scenario"].default, sweep["design"].default) == ("required", "none")
    assert sweep["half_width"].allowed == "a number in (0, inf)"
    assert design["axes"].allowed == "{name: list of values or {low, high, count}}"
    assert keys_of("initial")["values"].allowed == "numbers in [0, 1]"
    assert "anchors" not in keys_of("initial") and "expressed" not in keys_of("initial")


@pytest.mark.parametrize("part", PARTS)
def test_every_example_is_valid_and_uses_its_part(part):
    """A scenario of it is built and makes two steps; a sweep of it makes a run."""
    data = yaml.safe_load(PARTS[part].example)
    if part in SWEEPS:
        asked = Sweep.from_dict(data)
        assert run_job(asked.payload(), asked.jobs()[0]).status == "done"
        assert set(data) <= set(Sweep.keys()) and "design" in data
        return
    society = Society(Scenario.from_yaml(PARTS[part].example), rng=1)
    society.run_for(2)
    assert part == "scenario" or part in PARTS[part].example
    assert set(data) <= set(Scenario.model_fields)


def test_no_declared_thing_and_no_scenario_bears_the_name_of_a_part():
    names = {name for kind in DECLARED.values() for name in known(kind)} | set(gallery.scenarios())
    assert names & set(PARTS) == set()


def test_a_rule_a_measure_and_a_structure_say_how_a_scenario_names_them():
    assert "in a scenario rules: [committed_agents: {share: 0.1}] " in words("describe", "committed_agents")
    assert "in a scenario structure: {small_world: {degree: 6}} " in words("describe", "small_world") + " "
    assert "in a scenario record: [human_gap] " in words("describe", "human_gap")


@pytest.mark.parametrize("kind", ["rule", "measure", "structure"])
def test_what_a_scenario_would_say_is_read_as_that(kind):
    for name, cls in known(kind).items():
        key, entry = next(iter(yaml.safe_load(in_a_scenario(cls)).items()))
        (said,) = entry if isinstance(entry, list) else (entry,)
        assert key == {"rule": "rules", "measure": "record", "structure": "structure"}[kind]
        assert name == said or list(said) == [name]
        assert isinstance(said, str) or set(said[name]) <= set(cls.parameters())


def test_what_there_is_about_something_is_listed_over_all_kinds():
    found = json.loads(CliRunner().invoke(app, ["list", "--about", "Committed minority", "--json"]).stdout)
    assert [row["name"] for row in found["reproductions"]] == ["naming_game"]
    only = json.loads(CliRunner().invoke(app, ["list", "rules", "--about", "committed", "--json"]).stdout)
    assert list(only) == ["rules"] and "committed_agents" in [row["name"] for row in only["rules"]]
    nothing = CliRunner().invoke(app, ["list", "--about", "xyzzy"])
    assert nothing.exit_code == 2 and "nothing here has all of these words" in nothing.stderr


def test_the_help_names_every_part_and_every_kind():
    assert all(part in words("describe", "--help") for part in PARTS)
    assert all(kind in words("list", "--help") for kind in KINDS)


def test_a_scenario_of_one_s_own_is_described_by_its_file(tmp_path):
    (tmp_path / "mine.yaml").write_text(PARTS["scenario"].example)
    printed = words("describe", str(tmp_path / "mine.yaml"))
    assert "few-leaders (scenario)" in printed and "averaging.strength" in printed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"set": 3}, "set = 3 is not a mapping of names to values"),
        ({"measures": "spread"}, "measures = 'spread' is not a list"),
        ({"steps": "x"}, "steps = 'x' is not a whole number"),
        ({"record_every": 0}, "record_every = 0 lies outside [1, inf)"),
        ({"stop": {"measur": "spread"}}, "stop.measure is missing"),
        (
            {"stop": {"measure": "spread", "half_width": 1, "most": 3}},
            "unknown key in stop: `most`. Did you mean `at_most`?",
        ),
        ({"design": {"grid": {"averaging.strength": 3}}}, "strength = 3: a list of values, or {low, high, count}"),
        ({"design": {"grid": {"averaging.strength": {"count": 0}}}}, "strength.count = 0 lies outside [1, inf)"),
        ({"design": {"sobol": {"ranges": 3, "samples": 4}}}, "ranges = 3: {address: [low, high]}, or a list of addresses"),
        ({"design": {"sobol": {"ranges": {"agents": 1}, "samples": 4}}}, "ranges.agents = 1: [low, high], {values: [...]}"),
    ],
)
def test_a_mistake_in_a_sweep_names_its_key_and_its_value(change, message):
    with pytest.raises(InputError) as caught:
        Sweep.from_dict({"scenario": "karate-split", **change})
    assert message in str(caught.value)


def test_every_rule_stands_in_one_family_and_rules_are_found_by_family_and_by_need():
    listed = json.loads(CliRunner().invoke(app, ["list", "rules", "--json"]).stdout)["rules"]
    assert {row["family"] for row in listed} == set(families())
    by_family = [row for name in families() for row in rules_of("--family", name)]
    assert sorted(row["name"] for row in by_family) == [row["name"] for row in listed]
    assert {row["name"] for row in rules_of("--family", "ties")} >= {"seek_alike", "unheard", "cut_bridges"}
    needing = {row["name"] for row in rules_of("--needs", "coalition")}
    assert needing == {row["name"] for row in listed if "coalition" in row["needs"].split(", ")} >= {"coalition_pull"}
    assert [row["name"] for row in rules_of("--family", "payoffs", "--needs", "coalition")] == ["collude", "divide_payoff"]
    printed = words("list", "rules")
    assert all(f"{name} (" in printed for name in families())
    assert "cooperation" in words("list", "measures", "--needs", "cooperates")


def rules_of(*how: str) -> list[dict[str, str]]:
    return json.loads(CliRunner().invoke(app, ["list", "rules", *how, "--json"]).stdout)["rules"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("list", "rules", "--family", "tie"), "unknown family of rules: `tie`. Did you mean `ties`?"),
        (("list", "rules", "--needs", "coalitoin"), "unknown field that is needed: `coalitoin`. Did you mean `coalition`?"),
        (("list", "structures", "--needs", "payoff"), "--needs payoff: rules and measures need fields, structures do not"),
        (("list", "measures", "--family", "ties"), "--family ties: only rules stand in families"),
        (("describe", "granoveter"), "unknown name `granoveter`. Did you mean `granovetter`?"),
    ],
)
def test_a_mistake_names_what_is_near(asked, said):
    result = CliRunner().invoke(app, list(asked))
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_thing_is_found_by_author_and_year():
    assert "threshold (rule, " in words("describe", "granovetter") and "Am. J. Sociol. 83" in words(
        "describe", "Granovetter 1978"
    )
    deffuant = words("describe", "deffuant")
    assert "deffuant (rule, " in deffuant and "deffuant is also cited by name kind source uniform initial" in deffuant
    many = words("describe", "nowak")
    assert "nowak is cited by" in many and all(name in many for name in ("imitate_best", "lattice", "cooperation"))
    alone = words("describe", "nowak sigmund 1998")
    assert "gossip" in alone and "imitate_best" not in alone
    assert CliRunner().invoke(app, ["describe", "nowak 1066"]).exit_code == 2


def test_a_field_says_who_changes_it_and_who_needs_it():
    printed = words("describe", "coalition")
    assert "coalition (field of the state)" in printed and "Shape (N), int" in printed
    changed, needed = printed.split("rules that change it")[1].split("rules that need it")
    assert "join_nearest" in changed and "coalition_pull" not in changed and "coalition_pull" in needed
    assert "who lives (family of rules)" in words("describe", "who lives") and "die" in words("describe", "who lives")


def test_a_word_finds_what_speaks_of_it():
    printed = words("describe", "platform")
    assert "Nothing is called platform; these speak of it:" in printed and "coalition_pull rule Members are drawn" in printed
    assert {row["name"] for row in rules_of("--family", "who is committed")} >= {"committed_agents", "committed_stances"}
    assert CliRunner().invoke(app, ["describe", "zz"]).exit_code == 2
