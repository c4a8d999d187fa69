"""The evaluation as it is used: users' files that go wrong, going on after an interruption, the page, `docs/submit.md`."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from valuescape.evaluation.agent_tasks import agent_tasks
from valuescape.evaluation.baselines import Nothing, StaticAnchoring
from valuescape.evaluation.bounds import bound_of
from valuescape.evaluation.cells import CUT
from valuescape.evaluation.evaluating import Folder, Plan, evaluate, made_in, stored
from valuescape.evaluation.guarded import LONGEST_OF_OURS, LONGEST_SPARING, Guarded, Unit, submissions_in
from valuescape.evaluation.leaderboard import Board, page
from valuescape.evaluation.policy import Heard, Seen
from valuescape.evaluation.reference import reference_rows
from valuescape.evaluation.submission import AGENTS, MECHANISMS, find_baseline, shipped
from valuescape.evaluation.task_set import tasks
from valuescape.experiments.commands.cli import app
from valuescape.experiments.commands.upstairs import declares_submission
from valuescape.model.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "submit.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
COMMANDS = re.findall(r"^valuescape .*", GUIDE, re.MULTILINE)
BAD = """
import time
from valuescape.evaluation.mechanism import Mechanism, Proposal


class Raises(Mechanism):
    def propose(self, task):
        return 1 / 0


class Hangs(Mechanism):
    def propose(self, task):
        time.sleep(1000)


class Ends(Mechanism):
    def propose(self, task):
        import os
        os._exit(3)


class Nonsense(Mechanism):
    def propose(self, task):
        return 7


class Spends(Mechanism):
    def propose(self, task):
        return Proposal(last=({"human_pull": {"label": "more", "strength": 1.0}},))
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "mine.py") -> str:
        (tmp_path / name).write_text(text)
        return name

    return write


def test_the_shipped_ones_are_found_by_name():
    assert len(shipped(MECHANISMS)) >= 18 and len(shipped(AGENTS)) >= 8
    assert isinstance(find_baseline("static-anchoring", MECHANISMS).make(), StaticAnchoring)
    assert type(find_baseline("nothing", MECHANISMS).make()) is Nothing
    with pytest.raises(InputError, match="anchorin"):
        find_baseline("anchorin", MECHANISMS)


def test_a_file_is_known_for_a_submission_by_its_text(file):
    assert declares_submission(file(PYTHON[0])) and declares_submission(file(PYTHON[1], "other.py"))
    assert not declares_submission(file("raise SystemExit", "third.py"))
    assert not declares_submission(file("class (", "fourth.py")) and not declares_submission("nowhere.py")


@pytest.mark.slow
def test_what_goes_wrong_in_a_users_code_is_its_row_and_ends_nothing(file):
    found = {s.name: s for s in submissions_in([file(BAD)])}
    said = {"Raises": "mine.py line 8", "Hangs": "nothing came for 20 seconds", "Ends": "it ended its process",
            "Nonsense": "propose returned int", "Spends": "overspends: 2400 of 240"}  # fmt: skip
    assert set(found) == set(said)
    with Guarded(20.0) as process:
        for name, reason in said.items():
            rows = made_in(process, Unit(tasks()["cascade"], found[name], (0, 1), ("small",)))
            assert len(rows) == 4 and all(reason in row.error for row in rows), (name, rows[0].error)
        good = made_in(process, Unit(tasks()["cascade"], find_baseline("nothing", MECHANISMS), (0,), ("small",)))
    assert not any(row.error for row in good)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import time\ntime.sleep(1000)\nclass A(Mechanism): pass", "nothing came"),
        ("import os\nos._exit(1)", "it ended its process"),
        ("x = 1 / 0", "ZeroDivisionError"),
        ("x = 1", "declares no submission"),
    ],
)
def test_a_file_that_cannot_be_imported_is_one_sentence(file, text, said):
    with pytest.raises(InputError, match=said):
        submissions_in([file(text)], limit=15.0)


def plain(rows):
    """Rows as data, in which what is no number equals itself."""
    return {name: {task: [row.to_dict() for row in of] for task, of in each.items()} for name, each in rows.items()}


@pytest.mark.slow
def test_rows_are_the_same_for_any_number_of_processes_and_are_not_made_twice(tmp_path):
    plan = Plan((tasks()["cascade"], tasks()["takeover"]),
                (*(find_baseline(n, MECHANISMS) for n in ("nothing", "rewiring")), None), (0, 1), ("small",))  # fmt: skip
    alone, both = (plain(evaluate(plan, tmp_path / name, jobs)) for name, jobs in (("one", 1), ("two", 2)))
    assert alone == both and set(alone) == {"nothing", "rewiring", CUT}
    assert plain(stored(tmp_path / "one")[1]) == alone
    stamps = {f: f.stat().st_mtime_ns for f in (tmp_path / "one").rglob("rows/*/*.json")}
    one = next(iter(stamps))
    one.unlink()
    with pytest.raises(InputError, match="not finished"):
        stored(tmp_path / "one")
    assert plain(evaluate(plan, tmp_path / "one", 1)) == alone
    assert [f for f in stamps if f.stat().st_mtime_ns != stamps[f]] == [one]
    changed = Unit(plan.tasks[0], find_baseline("pulses", MECHANISMS), (0, 1), ("small",))
    assert Folder(tmp_path / "one").rows(changed) is None


def reference_board() -> Board:
    known = tasks()
    rows = {name: each for name, each in reference_rows().items() if set(each) == set(known)}
    return Board(rows, {name: bound_of(task) for name, task in known.items()})


def test_the_page_needs_no_other_file_and_holds_every_submission():
    board = reference_board()
    html = page(board, "A <title> & more")
    assert "A &lt;title&gt; &amp; more" in html and not re.search(r"(src|href)=|@import|url\(", html)
    assert all(f">{name}<" in html for name in shipped(MECHANISMS)) and html.count("<svg") == 1
    nothing = next(s for s in board.ranked if s.name == "nothing")
    assert nothing.score == pytest.approx(0, abs=0.01) and not nothing.failed
    assert nothing.name in [row[1] for row in board.table()] and set(board.front()) <= set(shipped(MECHANISMS))


def test_the_leaderboard_of_the_reference_results_is_a_command(tmp_path):
    done = CliRunner().invoke(app, ["leaderboard", "--json", "--out", str(tmp_path / "board.html")])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert {s["submission"] for s in said["standings"]} == set(shipped(MECHANISMS))
    assert (tmp_path / "board.html").is_file()
    refused = CliRunner().invoke(app, ["leaderboard", str(tmp_path)])
    assert refused.exit_code == 2


def test_the_findings_are_what_the_results_say():
    from valuescape.evaluation.findings_page import PAGE, text

    assert PAGE.read_text(encoding="utf-8") == text()


def test_the_guide_names_what_there_is():
    from valuescape.evaluation.budget import FLAT, PRICED

    assert all(re.search(rf"\b{name}\b", GUIDE) for name in (*FLAT, *PRICED))
    assert {c.split()[1] for c in COMMANDS} == {"evaluate", "leaderboard", "check"}


@pytest.mark.slow
def test_the_guide_leads_from_nothing_to_a_score(file):
    """Every file and command of it, in a folder of its own, as a newcomer would."""
    file(PYTHON[0], "my_mechanism.py")
    file(PYTHON[1], "my_agent.py")
    for command in COMMANDS:
        words = command.split("#")[0].split()[1:]
        if not words or words == ["evaluate"]:
            continue  # the whole table
        extra = ["--tasks", "cascade"] if "--quick" in words and "my_mechanism.py" in words else []
        done = CliRunner().invoke(app, [*words, *extra, *(["--quick"] if "--held-out" in words else [])])
        assert done.exit_code == 0, (command, done.output)
        of_few = words[0] == "evaluate" and "--quick" in words and "--held-out" not in words
        assert ("0 and 1 were fixed on 8 seeds" in " ".join(done.output.split())) == of_few, command
    assert "EarlyTeacher" in Path("runs/evaluation/leaderboard.html").read_text()


@pytest.mark.slow
def test_baselines_are_run_in_the_same_variants_and_what_they_say_is_kept(tmp_path, monkeypatch):
    from valuescape.evaluation import command_line
    from valuescape.evaluation.reference import gathered
    from valuescape.evaluation.variant_scores import variant_scores, write_variants

    monkeypatch.setattr(command_line, "VARIANTS", {MECHANISMS: 1})
    monkeypatch.setattr(command_line, "VARIED_SEEDS", (0, 1))
    how = {"track": MECHANISMS, "names": [], "jobs": 1, "cluster": None, "quick": False, "as_json": False, "quiet": True}
    words = ["nothing", "universalisation"]
    assert command_line.evaluate_all(words, held_out="w", out=tmp_path / "run", reference=True, **how) == 0
    bounds, rows, drawn = gathered([tmp_path / "run"])
    assert not bounds and not rows and drawn[MECHANISMS].secret == "w"
    found = drawn[MECHANISMS]
    assert len(found.fallen) + sum(map(len, found.variants.values())) == len(tasks())
    assert all(each["nothing"] == pytest.approx(0, abs=1e-3) for of in found.variants.values() for each in of.values())
    write_variants(drawn, tmp_path / "kept.json")
    assert variant_scores(tmp_path / "kept.json") == drawn


def test_a_table_for_a_terminal_is_short_and_rounded():
    from valuescape.evaluation.command_line import narrow

    shown = narrow(("rank", "", "score", "95 %", "welfare", "failed"),
                   [["1 (1-2)", "mine", "-0.0049", "-0.0951 to +1.0000", "0.5000", ""]])  # fmt: skip
    assert [column.header for column in shown.columns] == ["rank", "", "score", "95 %"]
    assert [next(iter(column.cells)) for column in shown.columns] == ["1 (1-2)", "mine", "+0.00", "-0.10 to +1.00"]


def test_the_guide_names_what_an_agent_sees_and_a_wrong_name_is_answered_with_the_right_ones():
    table = GUIDE[GUIDE.index("| `seen.` |") : GUIDE.index("It is scored where")]
    named = set(re.findall(r"`(\w+)`", table))
    assert named == {"plays", *(each.name for kind in (Seen, Heard) for each in fields(kind))}
    with pytest.raises(AttributeError, match="a Heard has no values: it has shows, cooperated, paid, coalition"):
        _ = Heard((0.5,), None, None).values  # pyright: ignore[reportAttributeAccessIssue]


KEEPS = """
from valuescape.evaluation.policy import Policy


class Keeps(Policy):
    sentence = "Stays as it is."
"""


def test_a_sparing_evaluation_is_of_visitors_on_three_seeds_at_no_other_dose(file, monkeypatch):
    name, limits = file(KEEPS), []
    plain_ask = Guarded.ask

    def ask(self, what, limit=None):
        limits.append(limit)
        return plain_ask(self, what, limit)

    monkeypatch.setattr(Guarded, "ask", ask)
    how = ["evaluate", name, "background", "--tasks", "wrong-majority", "--out", "out", "--json"]
    result = CliRunner().invoke(app, [*how, "--sparing"])
    assert result.exit_code == 0, result.output
    assert limits == [None, LONGEST_SPARING, LONGEST_OF_OURS]  # the import, one's own, a shipped one
    _, rows = stored(Path("out"))
    assert {s.rsplit(":", 1)[-1] for s in rows} == {"Keeps", "background"}
    for each in rows.values():
        found = each["wrong-majority"]
        assert [(r.member, r.seed) for r in found] == [("visitor", s) for s in (0, 1, 2)] * 2
        assert not any(r.error or "tips_at" in r.extra for r in found)
    whole = Plan((agent_tasks()["wrong-majority"],), (find_baseline("background", AGENTS),), (0, 1, 2), ("visitor",), AGENTS)
    (unit,) = whole.units()
    assert Folder(Path("out")).rows(unit) is None  # a whole one has other doses too, and makes its rows again
    assert Folder(Path("out")).rows(replace(unit, is_sparing=True)) is not None
    refused = CliRunner().invoke(app, ["evaluate", "nothing", "--sparing"])
    assert refused.exit_code == 2 and "--sparing is for agents in open tasks" in refused.output
