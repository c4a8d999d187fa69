"""Nothing is lost and nothing of somebody else's is touched: files, folders, names, the terminal, the disk, the cache."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from valuescape.experiments.commands.cli import app
from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.runs import parts
from valuescape.experiments.runs.batch_run import failed
from valuescape.experiments.runs.engines import Here
from valuescape.experiments.runs.files import MARK, claim, slug, written
from valuescape.experiments.runs.parts import ADDRESS, MEASURE, RUN, roles_in
from valuescape.experiments.runs.run_folder import write_run
from valuescape.experiments.runs.run_summary import outcome
from valuescape.experiments.runs.store import load
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.words import visible

SMALL = {
    "name": "small",
    "agents": 8,
    "structure": {"ring": {"degree": 2}},
    "value_system": "stance",
    "initial": {"values": "uniform"},
    "rules": ["averaging"],
    "steps": 3,
    "record": ["spread"],
}
ASKED = {"scenario": SMALL, "design": {"grid": {"averaging.strength": [0.1, 0.4]}}, "seeds": 3}
NOBODY = 4_000_000  # no process has this number: Linux ends at 2**22


def valuescape(*words: object) -> tuple[int, str]:
    """The exit code and what came on the error stream."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stderr


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def swept(folder: Path):
    return Sweep.from_dict(ASKED).run(folder, Here())


@pytest.fixture(scope="module")
def sweep_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("sweep") / "study.yaml"
    file.write_text(yaml.safe_dump(ASKED))
    return file


# --- files -----------------------------------------------------------------------------------------------------------------


def test_a_file_is_the_old_one_or_the_new_one(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("old")
    file.chmod(0o600)
    with pytest.raises(RuntimeError), written(file) as new:
        new.write_text("half")
        raise RuntimeError
    assert (file.read_text(), [p.name for p in tmp_path.iterdir()]) == ("old", ["table.csv"])
    with written(file) as new:
        new.write_text("new")
        assert file.read_text() == "old"
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o600)


def test_a_link_stays_and_a_device_is_no_file(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "file").write_text("old")
    (tmp_path / "near").symlink_to(tmp_path / "far" / "file")
    with written(tmp_path / "near") as new:
        new.write_text("new")
    assert (tmp_path / "near").is_symlink()
    assert (tmp_path / "far" / "file").read_text() == "new"
    with written(Path("/dev/null")) as new:
        assert new == Path("/dev/null")


FULL = """
import resource, sys
from valuescape.experiments.commands.cli import app
import signal, pandas, pyarrow.parquet, matplotlib.figure
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
sys.argv = ["valuescape", *sys.argv[1:]]
app()
"""


@pytest.mark.parametrize("option", ["--csv", "--parquet", "--figure"])
def test_a_full_disk_keeps_the_old_table(tmp_path, option):
    """The system lets no file grow beyond 100 bytes, as a full disk does: the old file stays, one sentence, exit code 2."""
    swept(tmp_path / "runs")
    old = tmp_path / f"table.{'png' if option == '--figure' else option[2:]}"
    old.write_bytes(b"precious")
    command = [sys.executable, "-c", FULL, "results", str(tmp_path / "runs"), option, str(old)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.stderr == f"valuescape: {old}: cannot be written: File too large; what it held before is unchanged\n"
    assert (done.returncode, old.read_bytes()) == (2, b"precious")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["runs", old.name])


def test_a_disk_that_fills_up_ends_a_sweep_in_words_and_the_same_goes_on(tmp_path, monkeypatch, sweep_file):
    """No part can be synced after the first run's: what was whole is kept, the sentence names the file, nothing is left."""
    monkeypatch.setattr("valuescape.experiments.runs.store.EVERY_RUNS", 1)
    calls, sync = [0], os.fsync

    def full(handle: int) -> None:
        calls[0] += 1
        if calls[0] > 12:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        code, said = valuescape("sweep", sweep_file, "--out", tmp_path / "a", "-q")
    assert code == 2
    assert ".parquet: cannot be written: No space left on device" in said
    assert said.count("\n") == 1
    kept = len(load(tmp_path / "a").runs)
    assert 0 < kept < 6
    assert valuescape("sweep", sweep_file, "--out", tmp_path / "a", "-q")[0] == 0
    swept(tmp_path / "b")
    assert load(tmp_path / "a").runs["spread"].tolist() == load(tmp_path / "b").runs["spread"].tolist()
    assert not [name for name in content(tmp_path / "a") if ".partial" in name]


# --- folders ---------------------------------------------------------------------------------------------------------------


def test_a_sweep_never_touches_what_it_did_not_write(tmp_path):
    """A folder of somebody's own is refused; in ours only half-written files of our own form go."""
    theirs = tmp_path / "notes"
    theirs.mkdir()
    (theirs / ".draft.parquet.1").write_text("mine")
    (theirs / "sub").mkdir()
    (theirs / "sub" / ".a.b").write_text("mine too")
    before = content(theirs)
    with pytest.raises(
        InputError, match="notes holds files that valuescape did not write: choose a new folder, or an empty"
    ):
        swept(theirs)
    assert content(theirs) == before

    ours = tmp_path / "ours"
    swept(ours)
    own = [".swp.x.1", "parts/.hidden.file", "series/notes.txt", "parts/runs-mine.parquet", ".runs.parquet.7"]
    for name in own:
        (ours / name).write_text("mine")
    left = [f".runs.parquet.{NOBODY}.partial.parquet", f"parts/.runs-000009.parquet.{NOBODY}.partial.parquet"]
    for name in left:
        (ours / name).write_text("half")
    running = f"parts/.runs-000008.parquet.{os.getppid()}.partial.parquet"
    (ours / running).write_text("another process writes this now")
    swept(ours)
    assert {name for name in own if (ours / name).read_text() == "mine"} == set(own)
    assert not any((ours / name).exists() for name in left)
    assert (ours / running).is_file()


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "karate", "--set", "steps=2", "--seeds", "2"],
        ["reproduce", "gamson"],
        ["explain", "RUN"],
        ["replay", "RUN", "--step", "1"],
    ],
    ids=lambda words: words[0],
)
def test_every_out_refuses_a_folder_of_somebody_elses_before_the_work(tmp_path, words, run):
    (tmp_path / "README.md").write_text("mine")
    code, said = valuescape(*[run if word == "RUN" else word for word in words], "--out", tmp_path)
    assert (code, "did not write" in said) == (2, True)
    assert content(tmp_path) == {"README.md": b"mine"}


@pytest.fixture
def run(tmp_path_factory):
    society = Society(Scenario.from_dict(SMALL), rng=1, ledger=True).run()
    return write_run(tmp_path_factory.mktemp("runs"), society, {**outcome(society), "seconds": 0.0})


def test_a_run_again_keeps_what_somebody_put_beside_it(run):
    """Notes in the folder, in a folder of its own and a link; our files are new, a diagnosis of the old run is gone."""
    (run / "notes.txt").write_text("mine")
    (run / "series" / "mine.csv").write_text("mine too")
    (run / "link").symlink_to("notes.txt")
    (run / "diagnosis.json").write_text("{}")
    (run / "provenance.json").write_text((run / "provenance.json").read_text().replace('"seed": 1', '"seed": 99'))
    again = write_run(run.parent, Society(Scenario.from_dict(SMALL), rng=1).run(), {"seconds": 0.0})
    assert again == run
    assert ((run / "notes.txt").read_text(), (run / "series" / "mine.csv").read_text()) == ("mine", "mine too")
    assert (run / "link").is_symlink()
    assert not (run / "diagnosis.json").exists()
    assert '"seed": 1' in (run / "provenance.json").read_text()
    assert [p.name for p in run.parent.iterdir()] == [run.name]


def test_what_a_killed_run_left_is_put_in_order_by_the_next(run):
    """Killed between the two renames: the earlier folder comes back. Half-written ones go; a name of another form stays."""
    out, society = run.parent, Society(Scenario.from_dict(SMALL), rng=2).run()
    run.replace(out / f".{run.name}.{NOBODY}.replaced")
    (out / f".{run.name}.{NOBODY}.partial").mkdir()
    (out / f".mine.{NOBODY}.partial").mkdir()
    write_run(out, society, {"seconds": 0.0})
    assert run.is_dir()
    assert {p.name for p in out.iterdir() if p.name.startswith(".")} == {f".mine.{NOBODY}.partial"}


def test_a_folder_of_that_name_that_is_not_ours_is_refused_before_the_run(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(yaml.safe_dump(SMALL))
    folder = tmp_path / "o" / f"small-{Scenario.from_dict(SMALL).digest[:8]}-0"
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("mine")
    code, said = valuescape("run", file, "--out", tmp_path / "o", "-q")
    assert (code, "holds files that valuescape did not write: choose another --out" in said) == (2, True)
    assert content(tmp_path / "o") == {f"{folder.name}/thesis.txt": b"mine"}


def test_claim_takes_an_empty_folder_and_its_own(tmp_path):
    claim(tmp_path / "a" / "b")
    (tmp_path / "a" / "b" / "table.csv").write_text("ours")
    claim(tmp_path / "a" / "b")
    assert set(content(tmp_path / "a" / "b")) == {MARK, "table.csv"}
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"--out .*file: cannot make a folder there: File exists"):
        claim(tmp_path / "file")


# --- names, and the terminal -----------------------------------------------------------------------------------------------

EVIL = ["../../evil", "/etc/evil", "a\\b", "a\nb", "a\x1b[2Jb", "a\x00b", ".hidden", "", "  ", "x" * 101, "a\u202eb"]


@pytest.mark.parametrize("name", EVIL, ids=ascii)
def test_a_name_is_checked_when_it_is_read(name):
    for read, data in ((Scenario.from_dict, {**SMALL, "name": name}), (Sweep.from_dict, {**ASKED, "name": name})):
        with pytest.raises(InputError, match=r"^name = .* a folder bears it, so 1 to 100 characters, no slash") as mistake:
            read(data)
        assert visible(str(mistake.value)) == str(mistake.value)


@pytest.mark.parametrize("name", ["my society", "Zürich: Rat (2)", "..", "COM1.txt", "社会", "a'b\"c;$(rm)"])
def test_nothing_is_written_outside_out(tmp_path, name):
    out = tmp_path / "deep" / "out"
    if name != "..":
        folder = write_run(out, Society(Scenario.from_dict({**SMALL, "name": name}), rng=1), {"seconds": 0.0})
        assert folder.parent == out
        assert slug(name) in folder.name
    assert set("/\\:;$'\" \n") & set(slug(name)) == set()
    assert slug("..") == "-"
    assert {p.name for p in tmp_path.iterdir()} <= {"deep"}


def test_a_users_text_cannot_act_on_the_terminal(tmp_path):
    """An escape code in a sentence, an attribute and a key: shown as its code by every command, on both streams."""
    hostile = "clear \x1b[2J \x9b1A \r over \u202e back"
    file = tmp_path / "s.yaml"
    file.write_text(yaml.safe_dump({**SMALL, "sentence": hostile, "interventions": {"i": {"set": {}, "sentence": hostile}}}))
    bad = tmp_path / "bad.yaml"
    bad.write_text(yaml.safe_dump({**SMALL, hostile: 1}))
    for words in (["run", file, "--out", tmp_path / "o"], ["describe", file], ["show", file], ["check", file], ["run", bad]):
        result = CliRunner().invoke(app, [str(w) for w in words], color=False)
        seen = result.stdout + result.stderr
        assert not set(seen) & set("\x1b\x9b\r\u202e"), words
        assert words[0] == "check" or "\\x1b[2J" in seen or "\\e[2J" in seen, words


@pytest.mark.parametrize("file", sorted(Path("experiments/commands").glob("*.py")), ids=lambda p: p.stem)
def test_only_printing_writes_on_the_terminal(file):
    """Whatever is said passes the one place that makes it harmless."""
    text = (Path(__file__).parent.parent / file).read_text(encoding="utf-8")
    if file.stem not in ("printing", "ending"):
        assert "stdout" not in text.replace("`stdout`", "") and "typer.echo" not in text


# --- the store -------------------------------------------------------------------------------------------------------------


def test_a_column_says_what_it_is_wherever_it_stands(tmp_path):
    results = swept(tmp_path)
    roles = roles_in(pq.read_schema(tmp_path / "runs.parquet"))
    assert roles == {
        **dict.fromkeys(["run", "seed", "intervention", "status", "error", "seconds", "ended_at", "code"], RUN),
        "averaging.strength": ADDRESS,
        "spread": MEASURE,
    }
    before = results.runs
    table = pq.read_table(tmp_path / "runs.parquet")
    pq.write_table(table.select(sorted(table.column_names, reverse=True)), tmp_path / "runs.parquet")
    assert (results.addresses, results.measures) == (["averaging.strength"], ["spread"])
    pd.testing.assert_frame_equal(results.runs[before.columns], before)
    assert valuescape("results", tmp_path, "--figure", tmp_path / "f.png")[0] == 0
    assert valuescape("replay", tmp_path, "--run", before["run"][4])[0] == 0


def test_a_measure_that_bears_the_name_of_a_column_is_refused():
    from valuescape import Measure

    class Status(Measure):
        """Always one. values (N, K). Test of 2026."""

        kernel = staticmethod(lambda values: 1.0)

    with pytest.raises(InputError, match="record: a measure is called status, which the table of runs calls something else"):
        Sweep.from_dict({**ASKED, "scenario": {**SMALL, "record": [Status()]}})


FILES = ["runs.parquet", "series/all.parquet", "parts/runs-000001.parquet", "series/part-000001.parquet"]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    """One bit in the middle of the data."""
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(bytes(data))


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [cut, empty, flip, Path.unlink], ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_or_missing_file_is_named_and_made_again(tmp_path, monkeypatch, name, harm):
    """Half of the runs joined, half in parts; one file is harmed: said in one sentence, and the same sweep mends it."""
    monkeypatch.setattr("valuescape.experiments.runs.store.EVERY_RUNS", 1)
    swept(tmp_path / "whole")
    half = Sweep.from_dict({**ASKED, "seeds": 1})
    half.run(tmp_path / "a", Here())
    with monkeypatch.context() as patched:
        patched.setattr("valuescape.experiments.runs.store.Store.compact", lambda store: store.flush())
        swept(tmp_path / "a")
    harmed = tmp_path / "a" / name
    if not harmed.is_file():
        harmed = sorted((tmp_path / "a" / harmed.parent.name).glob(f"{harmed.name.split('-')[0]}-*.parquet"))[0]
    untouched = {k: v for k, v in content(tmp_path / "a").items() if k.endswith(".parquet") and k != str(harmed)}
    assert untouched
    harm(harmed)
    if harm is not Path.unlink:
        code, said = valuescape("results", tmp_path / "a", "--series")
        assert code == 2
        assert f"{harmed} is damaged" in said and "keeps all that is whole, and makes the lost runs again" in said
        assert said.count("\n") == 1
    again, told = Sweep.from_dict(ASKED), []
    mended = again.run(tmp_path / "a", Here(), tell=told.append)
    if harm is not Path.unlink:
        assert told == [f"{harmed} was damaged: it is set aside as {harmed.name}.damaged, and its runs are made again."]
        assert harmed.with_name(f"{harmed.name}.damaged").is_file()
    whole = load(tmp_path / "whole")
    pd.testing.assert_frame_equal(mended.runs.drop(columns="seconds"), whole.runs.drop(columns="seconds"))
    one, other = (r.series.sort_values(["run", "step"]).reset_index(drop=True) for r in (mended, whole))
    pd.testing.assert_frame_equal(one, other)


def test_the_runs_of_whole_files_are_not_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr("valuescape.experiments.runs.store.EVERY_RUNS", 2)
    with monkeypatch.context() as patched:
        patched.setattr("valuescape.experiments.runs.store.Store.compact", lambda store: store.flush())
        swept(tmp_path)
    cut(tmp_path / "parts" / "runs-000001.parquet")
    made = []

    class Counting(Here):
        def run(self, payload, jobs):
            made.extend(jobs)
            return super().run(payload, jobs)

    Sweep.from_dict(ASKED).run(tmp_path, Counting())
    assert len(made) == 2


RUN_FILES = ["scenario.yaml", "provenance.json", "outcome.json", "runs.parquet", "series/part-0.parquet"]


@pytest.mark.parametrize("name", RUN_FILES)
@pytest.mark.parametrize("harm", [empty, Path.unlink], ids=lambda harm: harm.__name__)
def test_a_damaged_run_folder_is_words_in_every_command(run, name, harm):
    harm(run / name)
    for command in ("status", "results", "report", "replay", "explain"):
        code, said = valuescape(command, run)
        assert code in (0, 1, 2)
        assert code != 2 or (said.startswith("valuescape: ") and said.count("valuescape: ") == 1), (command, said)


@pytest.mark.parametrize("what", ["empty", "file", "nowhere", "not ours"])
def test_status_on_anything_is_words(tmp_path, what):
    path = tmp_path / "x"
    if what in ("empty", "not ours"):
        path.mkdir()
    if what == "file":
        path.write_text("x")
    if what == "not ours":
        (path / "scenario.yaml").write_text("[")
    code, said = valuescape("status", path)
    sentence = {
        "empty": "x is no folder of a run or a sweep: it holds no scenario.yaml",
        "file": "x is a file: the folder of a run or a sweep is wanted",
        "nowhere": "there is no folder",
        "not ours": "x holds no runs",
    }[what]
    assert (code, sentence in said) == (2, True)


def test_a_sweep_in_which_all_failed_is_words(tmp_path):
    """Report, results and figure say so."""

    class Breaking(Here):
        def run(self, payload, jobs):
            return (failed(job, InputError("it broke"), 0.0) for job in jobs)

    asked = {"scenario": SMALL, "design": {"grid": {"structure.degree": [4]}}, "seeds": 2}
    results = Sweep.from_dict(asked).run(tmp_path, Breaking())
    assert set(results.runs["status"]) == {"failed"}
    code, said = valuescape("report", tmp_path)
    assert (code, f"{tmp_path}: all 2 runs failed: " in said) == (2, True)
    assert valuescape("results", tmp_path)[0] == 0
    assert valuescape("status", tmp_path)[0] == 0
    assert valuescape("results", tmp_path, "--figure", tmp_path / "f.png")[0] == 2


def test_explain_on_a_run_without_booked_gaps_is_words(run):
    code, said = valuescape("explain", run)
    assert (code, "valuescape: small: no gap is booked: its agents have no values, or" in said) == (2, True)


# --- the output, and the cache ---------------------------------------------------------------------------------------------

CLI = "from valuescape.experiments.commands.cli import app; app()"


def shell(line: str, **environment: str) -> tuple[int, str]:
    """A line of the shell in which `vs` is the command: its exit code, and what came on the error stream."""
    given = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    line = f"set -o pipefail; vs() {{ {sys.executable} -c '{CLI}' \"$@\"; }}; {line}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=given, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("vs list rules --json > /dev/full", "the standard output takes nothing more: No space left on device"),
        ("vs list rules > /dev/full", "the standard output takes nothing more: No space left on device"),
        ("vs --help > /dev/full", "the standard output takes nothing more: No space left on device"),
        ("vs list rules | head -c 1 > /dev/null", "the standard output takes nothing more: Broken pipe"),
        ("vs list rules >&-", "the standard output is closed: nothing can be printed"),
    ],
)
def test_an_output_that_takes_nothing_is_one_sentence(line, said):
    assert shell(line) == (2, f"valuescape: {said}\n")


KERNEL = """
import numpy as np
from valuescape.model import kernel_cache
from valuescape.agents.dilemmas import prosocial_score
print(prosocial_score(np.full((2, 2), 0.5), np.array([0.5, 0.5])) if False else "", end="")
from valuescape.model.activation import draw_events
who, at = draw_events(np.uint64(7), 0, 5, np.ones(4, bool))
print(*who, sum(draw_events.stats.cache_hits.values()), len(kernel_cache.troubles))
"""


def kernels(cache: Path | str) -> tuple[str, int, int]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "VALUESCAPE_CACHE": str(cache)}
    done = subprocess.run([sys.executable, "-c", KERNEL], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    *who, hits, troubles = done.stdout.split()
    return " ".join(who), int(hits), int(troubles)


@pytest.mark.slow
def test_a_damaged_cache_file_is_made_anew(tmp_path):
    """Each file of the kernel cut, emptied, one bit changed: the same answer, compiled again, and kept again."""
    first = kernels(tmp_path)
    assert (first[1], kernels(tmp_path)) == (0, (first[0], 1, 0))
    files = [p for p in tmp_path.rglob("activation.draw_events*") if p.suffix in (".nbi", ".nbc")]
    assert len(files) == 2
    for file, harm in zip(files, (flip, cut), strict=True):
        harm(file)
        assert kernels(tmp_path) == (first[0], 0, 0)
        assert kernels(tmp_path) == (first[0], 1, 0)


def test_without_a_place_for_the_cache_kernels_are_compiled_all_the_same(tmp_path):
    (tmp_path / "file").touch()
    answer, hits, troubles = kernels(tmp_path / "file")
    assert (len(answer.split()), hits, troubles) == (5, 0, 1)


def test_a_full_disk_under_the_cache_stops_no_kernel(tmp_path, monkeypatch):
    from valuescape.model import compilation, kernel_cache

    monkeypatch.setattr(kernel_cache, "troubles", [])
    monkeypatch.setattr(compilation, "cache_directory", lambda: tmp_path)

    @compilation.njit
    def twice(x):
        return 2 * x

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(kernel_cache._CheckedFiles, "_save_data", full)
    assert twice(np.int64(4)) == 8
    assert kernel_cache.troubles == [f"{twice._cache._cache_path}: No space left on device"]


def test_a_home_that_cannot_be_written_is_said_once(tmp_path):
    """The command does its work; a sentence at its end says why the next one will compile again."""
    (tmp_path / "home").touch()
    line = "vs check " + str(tmp_path / "s.yaml")
    (tmp_path / "s.yaml").write_text(yaml.safe_dump({**SMALL, "rules": []}))
    code, said = shell(line, HOME=str(tmp_path / "home"), VALUESCAPE_CACHE="", XDG_CACHE_HOME="")
    assert code == 0
    assert said.startswith("valuescape: compiled kernels cannot be kept, so each command compiles them anew: ")
    assert said.count("\n") == 1


def test_parts_are_known_by_their_exact_names():
    assert [parts.number(Path(n)) for n in ("runs-000012.parquet", "part-0.parquet", "runs-x.parquet", "all.parquet")] == [
        12, 0, -1, -1,
    ]  # fmt: skip
