"""People's answers: kinds of survey and panel, the smallest input of each, and the message or what comes of it."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from valuescape.agents.questionnaires import ESS21, PVQ21, PVQ40, QUESTIONNAIRES
from valuescape.agents.values import SCHWARTZ
from valuescape.experiments.commands.cli import app
from valuescape.experiments.designs.panels import PanelOptions, read_panel
from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.runs.engines import Here
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

TIES = "source,target\ndan,cem\ncem,bob\nbob,ann\n"  # the agents stand in the order dan, cem, bob, ann
NAMED = {"from_file": {"file": "ties.csv", "ties": "undirected"}}
BY_ID = "id,stance\nann,0.1\nbob,0.2\ncem,0.3\ndan,0.9\n"
EVEN = [0.9, 0.3, 0.2, 0.1]


def society(folder, answers, *, structure=NAMED, agents=None, rules=(), ties=TIES, dimensions="stance", **survey):
    (folder / "ties.csv").write_text(ties)
    (folder / "people.csv").write_text(answers)
    data = {
        "structure": structure, "value_system": dimensions, "rules": list(rules), "steps": 1, "record": ["spread"],
        "initial": {"values": {"survey": {"file": "people.csv", **survey}}}, **({"agents": agents} if agents else {}),
    }  # fmt: skip
    return Society(Scenario.from_dict(data, folder), rng=0)


JOINED = {
    "by id, never by position": (BY_ID, {}, EVEN),
    "another order, a row of nobody": ("stance;ID\n0,2;bob\n0,5;eve\n0,9;dan\n0,1;ann\n0,3;cem\n", {}, EVEN),
    "another word for the column": (BY_ID.replace("id", "person"), {}, EVEN),
    "a column that is named": (BY_ID.replace("id", "who"), {"id": "who"}, EVEN),
    "by position, by a word": (BY_ID, {"id": "none"}, [0.1, 0.2, 0.3, 0.9]),
    "1 to 5": (BY_ID.replace("0.", ""), {"scale": {"low": 1, "high": 9, "reversed": False}}, [1, 0.25, 0.125, 0]),
    "5 to 1": (BY_ID.replace("0.", ""), {"scale": {"low": 1, "high": 9, "reversed": True}}, [0, 0.75, 0.875, 1]),
    "a gap of nobody": (BY_ID + "eve,\n", {}, EVEN),
}


@pytest.mark.parametrize("kind", JOINED)
def test_answers_come_to_those_who_gave_them(tmp_path, kind):
    answers, how, expected = JOINED[kind]
    assert society(tmp_path, answers, **how).state.values.ravel() == pytest.approx(expected, abs=1e-12)


REFUSED = [
    ("no id", "stance\n0.1\n0.2\n0.3\n0.9\n", {}, r"\.id is missing: the agents have names \(dan, cem, bob\)"),
    ("another column holds them", BY_ID.replace("id", "who"), {}, r"`id: who` holds them all"),
    ("an agent without a row", BY_ID.replace("dan", "eve"), {}, r"for 1 of 4 agents: dan; rows of no agent: eve"),
    ("capitals", BY_ID.replace("dan", "Dan"), {}, r"dan is perhaps Dan: ids are compared letter by letter"),
    ("two rows of one", BY_ID.replace("bob", "ann"), {}, r"people\.csv lines 2 and 3 are both ann"),
    ("a row of nobody's", BY_ID.replace("bob", ""), {}, r"people\.csv line 3 has no id"),
    ("unknown column", BY_ID, {"id": "who"}, r"who"),
    ("no direction", BY_ID, {"scale": {"low": 1, "high": 7}}, r"scale\.reversed is missing: false where a higher answer"),
    ("no low", BY_ID, {"scale": {"high": 7, "reversed": False}}, r"scale\.low = None is not a number"),
    ("upside down", BY_ID, {"scale": {"low": 7, "high": 1, "reversed": True}}, r"scale\.low = 7 is not below high = 1"),
    ("unknown scale", BY_ID, {"scale": "ess"}, r"ess21"),
    ("no scale", BY_ID.replace("0.9", "7"), {}, r"line 5, stance = 7 lies outside \[0, 1\]: `scale: \{low: 1, high: 7"),
    ("a code", BY_ID.replace("0.9", "9"), {"scale": {"low": 0, "high": 7, "reversed": False}}, r"`missing: \[9\]` if that"),
    ("a word", BY_ID.replace("0.9", "NA"), {}, r"line 5, stance = 'NA' is not a number: `missing: \[NA\]`"),
    ("a gap", BY_ID.replace("0.9", ""), {}, r"line 5, stance is no answer, and 1 of 4 people have such gaps"),
    ("dropped and needed", BY_ID.replace("0.9", ""), {"incomplete": "drop"}, r"people\.csv that agents need have gaps"),
    ("no answer at all", BY_ID.replace("0.9", ""), {"incomplete": "mean of the rest"}, r"line 5 has no answer at all"),
    ("a word that is none", BY_ID, {"incomplete": "guess"}, r"one of refuse, drop, mean of the rest"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "answers", "how", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_a_survey_leaves_open_is_asked_for(tmp_path, kind, answers, how, message):
    with pytest.raises(InputError, match=message):
        society(tmp_path, answers, **how)


def test_without_names_rows_are_taken_in_order_or_drawn(tmp_path):
    ring = {"structure": {"ring": {"degree": 2}}}
    assert society(tmp_path, BY_ID, agents=4, **ring).state.values.ravel().tolist() == [0.1, 0.2, 0.3, 0.9]
    drawn = society(tmp_path, BY_ID.replace("0.9", ""), agents=50, incomplete="drop", **ring).state.values
    assert set(drawn.ravel()) == {0.1, 0.2, 0.3}
    with pytest.raises(InputError, match="the agents have no names to be matched"):
        society(tmp_path, BY_ID, agents=4, id="id", **ring)


# --- the questionnaires -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "items"), [(PVQ21, 21), (PVQ40, 40)])
def test_every_item_belongs_to_one_value(key, items):
    assert sorted(item for each in key.values() for item in each) == list(range(1, items + 1))
    assert set(key) == set(SCHWARTZ.dimensions) and len(ESS21) == 21


@pytest.mark.parametrize("name", QUESTIONNAIRES)
def test_benevolent_people_come_out_benevolent(tmp_path, name):
    """Answers 6 to benevolence, 1 to power, 3 else (7 minus that where 1 is most): benevolence - power = 5/10 exactly."""
    test = QUESTIONNAIRES[name]
    most = dict.fromkeys(test.key["benevolence"], 6) | dict.fromkeys(test.key["power"], 1)
    answers = [most.get(item, 3) for item in range(1, len(test.columns) + 1)]
    answers = [7 - x for x in answers] if test.one_is_most else answers
    text = ",".join(test.columns) + "\n" + ",".join(map(str, answers)) + "\n"
    made = society(tmp_path, text * 1, structure="complete", agents=3, dimensions="schwartz10", scale=name)
    values = dict(zip(SCHWARTZ.dimensions, made.state.values[0], strict=True))
    assert values["benevolence"] - values["power"] == pytest.approx(0.5)
    assert max(values, key=values.get) == "benevolence" and min(values, key=values.get) == "power"


def test_the_european_social_survey_does_not_come_in_upside_down(tmp_path):
    rows = "".join(f"{i}," + ",".join(["2"] * 21) + "\n" for i in range(3))
    for header in (ESS21, [f"{name}a" for name in ESS21]):
        text = "idno," + ",".join(header) + "\n" + rows
        how = {"structure": "complete", "agents": 3, "dimensions": "schwartz10"}
        assert society(tmp_path, text, scale="ess21", **how).state.values == pytest.approx(0.5)
        with pytest.raises(InputError, match="where 1 is `very much like me`, the other way round: `scale: ess21`"):
            society(tmp_path, text, scale="pvq21", columns=list(header), **how)


def test_a_gap_takes_the_mean_of_the_persons_other_items_of_that_value(tmp_path):
    """Universalism has items 3, 8, 19: without 19, (2 + 4)/2 stands there, and the scores are as with 3 there."""
    header = ",".join(f"q{i}" for i in range(1, 22))
    answers = ["3"] * 21
    answers[2], answers[7] = "2", "4"
    how = {
        "structure": "complete",
        "agents": 2,
        "dimensions": "schwartz10",
        "scale": "pvq21",
        "incomplete": "mean of the rest",
    }
    full = society(tmp_path, f"{header}\n{','.join(answers)}\n", **how).state.values.copy()
    answers[18] = "99"
    gap = society(tmp_path, f"{header}\n{','.join(answers)}\n", missing=[99], **how).state.values
    assert gap == pytest.approx(full)


# --- parameters ---------------------------------------------------------------------------------------------------------

SOFT = "agent,s\nann,0.1\nbob,0.2\ncem,0.3\ndan,0.9\n"


def strengths(folder, text, **how):
    (folder / "s.csv").write_text(text)
    rule = {"averaging": {"strength": {"csv": str(folder / "s.csv"), "column": "s", **how}}}
    return society(folder, BY_ID, rules=[rule]).settings["averaging"]["strength"].tolist()


def test_a_column_of_parameters_is_joined_likewise(tmp_path):
    assert strengths(tmp_path, SOFT) == EVEN
    assert strengths(tmp_path, SOFT, id="none") == [0.1, 0.2, 0.3, 0.9]
    with pytest.raises(InputError, match=r"averaging\.strength: s\.csv has no row.*: dan"):
        strengths(tmp_path, SOFT.replace("dan", "eve"))
    with pytest.raises(InputError, match=r"averaging\.strength\.id is missing"):
        strengths(tmp_path, SOFT.replace("agent", "x"))


# --- panels -------------------------------------------------------------------------------------------------------------

LONG = "agent,wave,climate\nann,1,0.1\nbob,1,0.9\nann,2,0.2\nbob,2,0.8\n"
TWO = [[[0.1], [0.9]], [[0.2], [0.8]]]
PANELS = {
    "long": (LONG, {}, (["climate"], [1.0, 2.0])),
    "other words": (LONG.replace("agent", "idno").replace("wave", "Time"), {}, (["climate"], [1.0, 2.0])),
    "named columns": (LONG.replace("agent", "who").replace("wave", "turn"), {"agent": "who", "wave": "turn"}, None),
    "waves in words with numbers": (LONG.replace(",1,", ",W2,").replace(",2,", ",W10,"), {}, (["climate"], ["W2", "W10"])),
    "waves that are dates": (LONG.replace(",1,", ",2020-11-03,").replace(",2,", ",2021-01-02,"), {}, None),
    "waves in words": (LONG.replace(",1,", ",before,").replace(",2,", ",after,"), {}, (["climate"], ["before", "after"])),
    "semicolons": (LONG.replace(",", ";").replace(".", ","), {}, None),
    "a pandas index": ("\n".join(f"{i - 1 if i else ''},{x}" for i, x in enumerate(LONG.splitlines())), {}, None),
    "ids as floats": (LONG.replace("ann", "1.0").replace("bob", "2.0"), {}, None),
    "an age": ("\n".join(f"{x},{'age' if not i else 30 + i % 2}" for i, x in enumerate(LONG.splitlines())), {}, None),
    "a text": ("\n".join(f"{x},{'land' if not i else 'AT'}" for i, x in enumerate(LONG.splitlines())), {}, None),
    "wide": ("agent,t1,t2\nann,0.1,0.2\nbob,0.9,0.8\n", {}, (["opinion"], [1.0, 2.0])),
    "wide, one topic of two": ("id,age,clim_1,clim_2,tax_1\na,3,.1,.2,1\nb,4,.9,.8,2\n", {}, (["clim"], [1.0, 2.0])),
    "wide, waves in words": (
        "id,climate_before,climate_after\na,.1,.2\nb,.9,.8\n", {"topics": ("climate",)}, (["climate"], ["before", "after"])),
    "gaps dropped": (LONG + "eve,1,0.5\neve,2,99\n", {"missing": ("99",), "incomplete": "drop"}, None),
}  # fmt: skip


@pytest.mark.parametrize("kind", PANELS)
def test_panels_of_every_kind(tmp_path, kind):
    text, how, expected = PANELS[kind]
    (tmp_path / "p.csv").write_text(text)
    panel = read_panel(tmp_path / "p.csv", PanelOptions(**how))
    assert panel.opinions.tolist() == TWO
    assert expected is None or (panel.topics, panel.waves) == expected


NO_PANELS = [
    ("two columns of waves", LONG.replace("climate", "year"), {}, "the columns wave, year: --wave says which the waves are"),
    ("no agent", LONG.replace("agent", "x"), {}, "no column called agent, id or the like: x, wave, climate: --agent"),
    ("nobody moves", LONG.replace("0.2", "0.1").replace("0.8", "0.9"), {}, "climate: the same for each agent in every wave"),
    ("a constant", "agent,wave,x\na,1,1\nb,1,1\na,2,1\nb,2,1\n", {}, "x: the same for everybody"),
    ("a running number", "agent,wave,x\na,1,1\nb,1,2\na,2,3\nb,2,4\n", {}, "x: a running number"),
    ("all one year older", "agent,wave,x\na,1,20\nb,1,31\na,2,21\nb,2,32\n", {}, "x: it moves by the same for everybody"),
    ("a word among numbers", LONG.replace("0.2", "NA"), {}, "line 4, climate = 'NA' is not a number: --missing NA"),
    ("a gap", LONG.replace("0.2", ""), {}, "agent ann is missing in wave 2: --incomplete drop leaves out the 1"),
    ("waves apart", "agent,x1,x2,y1,y3\na,1,2,3,4\nb,1,4,3,5\n", {}, "y has other waves than x: 2, 3"),
    ("a topic that is none", LONG, {"topics": ("tax",)}, "tax"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "how", "message"), NO_PANELS, ids=[row[0] for row in NO_PANELS])
def test_what_a_panel_leaves_open_is_asked_for(tmp_path, kind, text, how, message):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        read_panel(tmp_path / "p.csv", PanelOptions(**how))
    assert message in str(caught.value)


@pytest.mark.parametrize("seed", range(150))
def test_a_damaged_survey_or_panel_is_read_or_refused_in_words(tmp_path, seed):
    """Bytes flipped, lines cut, cells swapped: never another error, and no number that is none."""
    draw = random.Random(seed)
    data = bytearray((LONG if seed % 2 else BY_ID).encode())
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(data))
        if draw.random() < 0.5:
            data[at] ^= 1 << draw.randrange(8)
        else:
            lines = bytes(data).split(b"\n")
            k = draw.randrange(len(lines))
            cells = lines[k].split(b",")
            draw.shuffle(cells)
            lines[k] = b",".join(cells[: draw.randint(1, len(cells))])
            data = bytearray(b"\n".join(lines))
    try:
        if seed % 2:
            (tmp_path / "p.csv").write_bytes(data)
            found = read_panel(tmp_path / "p.csv").opinions
        else:
            society(tmp_path, BY_ID)
            (tmp_path / "people.csv").write_bytes(data)
            scenario = {"structure": NAMED, "value_system": "stance", "rules": [], "record": [],
                        "initial": {"values": {"survey": {"file": "people.csv"}}}}  # fmt: skip
            found = Society(Scenario.from_dict(scenario, tmp_path), rng=0).state.values
    except InputError as mistake:
        assert str(mistake)
    else:
        assert np.isfinite(found).all()


# --- what check, replay and a sweep say -------------------------------------------------------------------------------


def written(folder):
    (folder / "ties.csv").write_text(TIES)
    (folder / "people.csv").write_text("id,land,a,b\nann,AT,1,1\nbob,AT,2,1\ncem,AT,9,1\ndan,AT,7,1\neve,AT,3,1\n")
    scale = {"low": 1, "high": 7, "reversed": True}
    survey = {"file": "people.csv", "columns": ["a", "b"], "scale": scale, "missing": [9], "incomplete": "mean of the rest"}
    data = {"structure": NAMED, "value_system": 2, "human_values": [0.5, 0.5], "initial": {"values": {"survey": survey}},
            "rules": [{"averaging": {"strength": 0.5}}], "steps": 2, "record": ["spread"]}  # fmt: skip
    (folder / "s.yaml").write_text(yaml.safe_dump(data))
    return folder / "s.yaml"


def test_check_says_all_before_a_run(tmp_path):
    done = CliRunner().invoke(app, ["check", str(written(tmp_path)), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["read"]["initial.values"] == [
        "people.csv: 5 rows; read as v1, v2: a, b",
        "Scale: 1 to 7, and 1 is most of the value",
        "Missing answers: 1 (9: 1), of 1 of 5 people, who are given the mean of the rest there",
        "Columns not read: land",
        "people.csv: rows and agents are matched by the column id, 4 of 4 agents",
        "Rows of people.csv that are of no agent and not used, 1: eve",
    ]


def test_replay_says_which_file_has_changed_and_a_sweep_refuses(tmp_path):
    file = written(tmp_path)
    run = CliRunner().invoke(app, ["run", str(file), "--out", str(tmp_path / "runs"), "--quiet"])
    folder = run.stdout.strip().splitlines()[-1]
    said = json.loads((tmp_path / "runs" / folder.rsplit("/", 1)[-1] / "provenance.json").read_text())
    assert set(said["files"]) == {"ties.csv", "people.csv"}
    same = CliRunner().invoke(app, ["replay", folder])
    assert same.exit_code == 0 and "changed" not in same.output
    asked = Sweep.from_dict({"scenario": "s.yaml", "seeds": 1, "design": {"grid": {"averaging.strength": [0.1]}}}, tmp_path)
    asked.run(tmp_path / "sweep", Here())
    (tmp_path / "people.csv").write_text((tmp_path / "people.csv").read_text().replace("AT,7", "AT,5"))
    other = CliRunner().invoke(app, ["replay", folder])
    assert other.exit_code == 1 and "The file people.csv has changed since the run was made" in other.output
    again = Sweep.from_dict({"scenario": "s.yaml", "seeds": 1, "design": {"grid": {"averaging.strength": [0.1]}}}, tmp_path)
    with pytest.raises(InputError, match=r"holds the runs of another scenario \(people\.csv has changed\): choose another"):
        again.run(tmp_path / "sweep", Here())
