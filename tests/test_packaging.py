"""The package as others install it: a wheel in a fresh environment, in any folder, beside anybody's modules."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.utils import canonicalize_name

from tests import lock
from tests.installed import OWN_NAMES, ROOT, Installed, build_wheel, foreign_wheel, own_folder, tracked
from valuescape.experiments.commands.window import open_window, server_command
from valuescape.experiments.gallery import scenarios
from valuescape.experiments.runs.engines import choose
from valuescape.experiments.runs.extras import require
from valuescape.experiments.runs.provenance import commit
from valuescape.model.compilation import code_hash
from valuescape.model.errors import InputError

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# What draws the page, drives a browser, checks types, talks to a cluster: none of it is needed to make a run.
NOT_FOR_A_RUN = {"solara", "solara-assets", "ipywidgets", "ipython", "jedi", "altair", "anywidget", "dask", "distributed",
                 "tornado", "requests", "playwright", "pyright", "nodeenv", "ruff", "pytest", "hypothesis"}  # fmt: skip
SWEEP = {"scenario": "karate-split", "design": {"grid": {"averaging.strength": [0.1, 0.5]}}, "seeds": 2}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


# What is in it


def test_the_wheel_holds_the_packages_with_their_data_and_nothing_else(wheel):
    """Every file of a room that git would keep, under `valuescape/`; no tests, no docs, no second name at the top."""
    rooms = {Path(*name.split(".")[1:]).parts[0] for name in PROJECT["tool"]["setuptools"]["packages"] if "." in name}
    kept = {path for path in tracked() if path.parts[0] in rooms} | {Path("__init__.py"), Path("app.py"), Path("py.typed")}
    with zipfile.ZipFile(wheel) as archive:
        held = {Path(name) for name in archive.namelist() if ".dist-info/" not in name}
        (top,) = [name for name in archive.namelist() if name.endswith("top_level.txt")]
        assert archive.read(top).split() == [b"valuescape"]
    assert held == {Path("valuescape") / path for path in kept}
    assert {path.suffix for path in held} == {".py", ".yaml", ".csv", ".gz", ".js", ".svg", ".css", ".json", ".typed"}


def test_the_wheel_says_its_extras(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        said = archive.read(name).decode()
    for extra, asked in PROJECT["project"]["optional-dependencies"].items():
        found = re.findall(rf"^Requires-Dist: ([\w-]+).*; extra == [\"']{extra}[\"']$", said, re.MULTILINE)
        assert found == [re.match(r"[\w-]+", line)[0] for line in asked]


def test_a_run_needs_neither_page_nor_cluster_nor_browser():
    """A plain `uv run` installs no group, and the core's dependencies, indirect ones included, hold nothing of them."""
    assert PROJECT["tool"]["uv"]["default-groups"] == []
    assert set(lock.closure(["valuescape"])) & NOT_FOR_A_RUN == set()
    assert set(lock.closure(["valuescape[app,cluster,inspect,llm]", *lock.groups()["dev"]])) >= NOT_FOR_A_RUN


IMPORTS = """
import sys
from valuescape.experiments.commands.cli import app
for words in {commands}:
    sys.argv = ["valuescape", *words]
    try:
        app()
    except SystemExit as end:
        assert not end.code, words
    print("imported:", *(name for name in {names} if name in sys.modules), file=sys.stderr)
"""
COMMANDS = [
    ["list", "scenarios"],
    ["check", "karate-split"],
    ["sweep", "sweep.yaml", "--quiet"],
    ["compare", "karate-split", "--set", "averaging.strength=0.3"],
    ["run", "karate-split", "--steps", "3", "--quiet"],
    ["run", "karate-split", "--steps", "3", "--quiet", "--figures"],
]


def test_a_command_imports_what_it_needs(tmp_path):
    """No command but `app` imports what the extras bring; matplotlib comes with figures, seaborn with those of sweeps."""
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(SWEEP))
    names = sorted({name.replace("-", "_") for name in NOT_FOR_A_RUN} | {"IPython", "matplotlib", "seaborn"})
    command = [sys.executable, "-P", "-c", IMPORTS.format(commands=COMMANDS, names=names)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    after = [line.split()[1:] for line in done.stderr.splitlines() if line.startswith("imported:")]
    assert after == [[], [], [], [], [], ["matplotlib"]]


def test_the_readmes_commands_name_what_there_is_and_ci_says_the_same():
    start = (ROOT / "README.md").read_text().split("## Start")[1].split("\n## ")[0]
    main, tests = re.findall(r"^pip install uv && (uv run .*?) +#", start, re.MULTILINE)
    run = (ROOT / ".ci" / "run").read_text().splitlines()
    assert main == "uv run valuescape run karate" and any(line.startswith(main) for line in run)
    assert run[-1] == tests
    assert set(re.findall(r"--group (\w+)", start)) == {"dev"} <= set(lock.groups())
    assert set(re.findall(r"--extra (\w+)", start)) == set(PROJECT["project"]["optional-dependencies"])


# Versions


def test_the_versions_that_are_written_down_are_those_of_these_tests():
    """`make lock` wrote what is installed here, and holds everything that extras and groups need."""
    held = lock.written()
    assert lock.closure(["valuescape[app,cluster,inspect,llm]", *lock.groups()["dev"]]).items() <= held.items()
    named = {re.match(r"[\w-]+", line)[0].lower() for asked in lock.groups().values() for line in asked}
    assert named - {"valuescape"} <= set(held)


def test_no_host_is_named_where_versions_are_kept():
    assert "://" not in (ROOT / "pyproject.toml").read_text()
    assert not [path for path in tracked() if path.name == "uv.lock"]


def test_versions_are_written_in_place_of_the_old_ones(tmp_path, monkeypatch):
    text = (ROOT / "pyproject.toml").read_text()
    monkeypatch.setattr(lock, "PYPROJECT", tmp_path / "pyproject.toml")
    lock.PYPROJECT.write_text(text)
    before = lock.written()
    lock.write({})
    assert lock.written() == {}
    lock.write(before)
    assert lock.PYPROJECT.read_text() == text


# Where an extra is missing


def without(monkeypatch, missing):
    """As if a distribution were not installed."""
    from importlib.metadata import PackageNotFoundError, version

    def known(name):
        if name == missing:
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr("valuescape.experiments.runs.extras.version", known)


@pytest.mark.parametrize("missing", ["solara", "solara-assets", "starlette"])
def test_the_page_names_its_extra(monkeypatch, missing):
    without(monkeypatch, missing)
    with pytest.raises(InputError) as mistake:
        open_window(port=8765, host="127.0.0.1", browser=False)
    assert str(mistake.value) == "the page needs the extra `app`: pip install 'valuescape[app]'"


def test_a_cluster_names_its_extra_before_anything_is_done(monkeypatch):
    without(monkeypatch, "distributed")
    with pytest.raises(InputError) as mistake:
        choose(1, "tcp://127.0.0.1:8786")
    assert str(mistake.value) == "--cluster needs the extra `cluster`: pip install 'valuescape[cluster]'"
    require("app", "the page")


def test_the_page_is_served_by_its_name_and_nothing_of_the_working_directory_is_imported_in_its_place():
    command = server_command("valuescape.app", "127.0.0.1", 1)
    assert command[1:6] == ["-P", "-m", "solara", "run", "valuescape.app"]


# Which code it is


@pytest.fixture
def repository(tmp_path):
    """A user's repository with one commit."""

    def git(*words):
        said = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
        subprocess.run(["git", *said, "-C", tmp_path, *words], check=True, capture_output=True)

    git("init")
    (tmp_path / "their.py").write_text("a = 1\n")
    git("add", "their.py")
    git("commit", "-m", "theirs")
    return tmp_path


def test_the_commit_of_a_repository_around_the_package_is_not_ours(repository, monkeypatch):
    """An environment inside a user's repository: its commit says nothing about this code, whatever git's variables name."""
    inside = repository / ".venv" / "site-packages" / "valuescape"
    inside.mkdir(parents=True)
    head = subprocess.run(["git", "-C", repository, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
    assert commit(inside) is None
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    assert commit(inside) is None
    assert commit(repository) == head.strip()
    (repository / "their.py").write_text("a = 2\n")
    assert commit(repository) == head.strip() + "+"


def test_the_commit_is_none_where_git_knows_nothing(tmp_path, monkeypatch):
    assert commit(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert commit() is None


HASHES = "from valuescape.model.compilation import code_hash; print(code_hash())"


def test_only_our_own_files_are_in_the_hash(tmp_path, child):
    """Neither another's package beside ours, nor a build, an environment or an editor's copy within; a module of ours is."""
    ours = tmp_path / "valuescape"
    for path in tracked():
        if path.suffix == ".py" and path.parts[0] != "tests":
            (ours / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, ours / path)

    def hashed():
        return child(HASHES, cwd=tmp_path, PYTHONPATH=str(tmp_path), PYTHONSAFEPATH="1").strip()

    assert hashed() == code_hash()
    for foreign in ("agents/other.py", "valuescape/build/lib/valuescape/model/old.py", "valuescape/.venv/a.py",
                    "valuescape/agents/.venv/lib/b.py", "valuescape/model/.#state.py", "valuescape/agents/build/c.py",
                    "valuescape/model/state copy.py", "valuescape/agents/notes.txt"):  # fmt: skip
        (tmp_path / foreign).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / foreign).write_text("a = 1\n")
    assert hashed() == code_hash()
    (ours / "agents" / "one_more.py").write_text("a = 1\n")
    assert hashed() != code_hash()


# The wheel in a fresh environment (minutes: it is installed and its kernels are compiled)


@pytest.fixture(scope="module")
def core(tmp_path_factory, wheel):
    """The wheel without extras, and with the network cut; in the end nothing has asked for another machine."""
    made = Installed(tmp_path_factory.mktemp("core"), wheel)
    yield made
    assert made.abroad() == ""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    return foreign_wheel(tmp_path_factory.mktemp("foreign"))


def arrange(core: Installed, foreign: Path, order: str) -> None:
    """Alone, or installed after or before a distribution that holds a package `agents`."""
    core.pip("uninstall", "valuescape")
    core.pip("uninstall", "openai-agents")
    for wheel in {"alone": [core.wheel], "after": [foreign, core.wheel], "before": [core.wheel, foreign]}[order]:
        core.pip("install", "--no-deps", wheel)


@pytest.mark.slow
def test_the_core_holds_what_a_run_needs_and_no_more(core, tmp_path):
    code = "from importlib.metadata import distributions; print(*(d.name.lower() for d in distributions()))"
    installed = {canonicalize_name(name) for name in core.evaluate(tmp_path, code).split()}
    assert installed == {*lock.closure(["valuescape"]), "valuescape"}


@pytest.mark.slow
def test_bare_names_are_not_ours_and_the_front_door_is(core, tmp_path):
    names = [name for name in OWN_NAMES if name != "solara"]
    code = f"from importlib.util import find_spec; print([name for name in {names} if find_spec(name)])"
    assert core.evaluate(tmp_path, code) == "[]"
    code = "import valuescape as v; print(v.__file__, *(getattr(v, name) is not None for name in v.__all__))"
    file, *there = core.evaluate(tmp_path, code).split()
    assert Path(file) == core.site / "valuescape" / "__init__.py" and set(there) == {"True"}
    assert (core.site / "valuescape" / "py.typed").is_file()


@pytest.mark.slow
def test_the_installed_code_is_this_code_and_no_commit_of_a_repository_around_it(core, tmp_path):
    code = "from valuescape.experiments.runs.provenance import provenance as p; print(p()['code'], p()['commit'])"
    subprocess.run(["git", "init", "--quiet", core.folder], check=True)
    assert core.evaluate(tmp_path, code).split() == [code_hash(), "None"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("whose", "order"), [("nobody's", "alone"), ("the user's", "alone"), ("the user's", "after"), ("nobody's", "before")]
)
def test_every_command_works_in_any_folder_and_beside_anybody(core, foreign, tmp_path, whose, order):
    arrange(core, foreign, order)
    folder = own_folder(tmp_path / "own") if whose == "the user's" else tmp_path
    (listed,) = json.loads(core.run(folder, "list", "scenarios", "--json").stdout).values()
    assert [entry["name"] for entry in listed] == list(scenarios())
    (folder / "mine.yaml").write_text(core.run(folder, "show", "karate-split").stdout)
    assert "34" in core.run(folder, "check", "mine.yaml").stdout
    (run,) = core.run(folder, "run", "karate", "--steps", 5, "--quiet").stdout.split()
    assert json.loads((folder / run / "provenance.json").read_text())["code"] == code_hash()
    (folder / "sweep.yaml").write_text(yaml.safe_dump({**SWEEP, "scenario": "mine.yaml"}))
    core.run(folder, "sweep", "sweep.yaml", "--jobs", 2, "--quiet", "--out", "swept")
    core.run(folder, "results", "swept", "--csv", "rows.csv")
    assert len((folder / "rows.csv").read_text().splitlines()) == 1 + 2 * 2
    core.run(folder, "compare", "mine.yaml", "--set", "averaging.strength=0.3")
    core.run(folder, "report", run)
    core.run(folder, "report", "swept")
    assert (folder / "swept" / "report.html").is_file()
    core.run(folder, "reproduce", "--quick")


@pytest.mark.slow
@pytest.mark.parametrize("order", ["after", "before"])
def test_uninstalling_one_leaves_the_other_whole(core, foreign, tmp_path, order):
    ours, theirs = "import valuescape.agents.conformity as a; print(a.__name__)", "import agents; print(agents.WHOSE)"
    arrange(core, foreign, order)
    assert core.evaluate(tmp_path, theirs) == "somebody else's"
    core.pip("uninstall", "openai-agents")
    assert core.evaluate(tmp_path, ours) == "valuescape.agents.conformity"
    core.run(tmp_path, "run", "karate-split", "--steps", 3, "--quiet")
    assert not (core.site / "agents").exists()
    arrange(core, foreign, order)
    core.pip("uninstall", "valuescape")
    assert core.evaluate(tmp_path, theirs) == "somebody else's"
    assert not (core.site / "valuescape").exists()
    arrange(core, foreign, "alone")


@pytest.mark.slow
def test_page_and_cluster_name_their_extra(core, tmp_path):
    commands = {
        "app": (["app", "--no-browser"], "the page needs the extra `app`: pip install 'valuescape[app]'"),
        "cluster": (["sweep", "sweep.yaml", "--cluster", "tcp://127.0.0.1:1"],
                    "--cluster needs the extra `cluster`: pip install 'valuescape[cluster]'"),
    }  # fmt: skip
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(SWEEP))
    for words, said in commands.values():
        done = core.run(tmp_path, *words, code=2)
        assert done.stderr.splitlines()[-1] == f"valuescape: {said}"
        assert not (tmp_path / "runs").exists()
