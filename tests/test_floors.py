"""The house: imports point down and never in a circle, rooms of one floor do not know each other, one name is ours."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import networkx
import pytest

import valuescape

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "model": 0,
    "agents": 1,
    "social_structures": 1,
    "analysis": 1,
    "experiments": 2,
    "evaluation": 3,
    "language_models": 3,
    "benchmarks": 3,
    "views": 3,
    "app": 3,
}
ABOVE = {"app": {"views", "evaluation"}, "views": {"evaluation"}, "benchmarks": {"evaluation"},
         "language_models": {"evaluation"}}  # fmt: skip
GLOBAL_RANDOM = {"random", "seed", "rand", "randn", "randint", "choice", "shuffle", "permutation", "uniform", "normal"}


@cache
def sources() -> list[Path]:
    """Every Python file of the project that git would keep, tests included."""
    found = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in sorted(found.stdout.splitlines()) if (ROOT / line).is_file()]


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def module_of(path: Path) -> str:
    """The dotted name by which the file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("valuescape", *(parts[:-1] if parts[-1] == "__init__" else parts)))


@cache
def imported(path: Path) -> set[str]:
    """The dotted names of every import in the file, wherever it stands: modules, and what is taken from them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def packages(path: Path) -> set[str]:
    """The top-level names that the file imports."""
    return {name.split(".")[0] for name in imported(path)}


def rooms(path: Path) -> set[str]:
    """The rooms of the house that the file imports from."""
    return {name.split(".")[1] for name in imported(path) if name.startswith("valuescape.")} & set(FLOORS)


HOUSE = [path for path in sources() if room_of(path) in FLOORS]


@pytest.mark.parametrize("path", HOUSE, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path):
    mine = room_of(path)
    for room in rooms(path) - {mine} - ABOVE.get(mine, set()):
        assert FLOORS[room] < FLOORS[mine], f"{mine} (floor {FLOORS[mine]}) imports {room} (floor {FLOORS[room]})"


def test_the_house_is_not_empty():
    assert {"model", "agents", "social_structures", "analysis", "experiments"} <= {room_of(path) for path in HOUSE}


def test_nothing_of_the_house_imports_the_tests():
    names = {path.stem for path in sources() if room_of(path) == "tests"} | {"tests"}
    assert [str(path) for path in HOUSE if packages(path) & names] == []


def test_every_import_says_the_package():
    """`from valuescape.model.scenario import Scenario`, in code, tests, examples and docs: no bare `model`, `agents`, ..."""
    bare = {str(p.relative_to(ROOT)): sorted(packages(p) & set(FLOORS)) for p in sources() if packages(p) & set(FLOORS)}
    assert bare == {}
    said = re.compile(rf"^\s*(?:from|import) (?:{'|'.join(FLOORS)})\b", re.MULTILINE)
    texts = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert [str(p.relative_to(ROOT)) for p in texts if said.search(p.read_text())] == []


def test_no_files_import_each_other_in_a_circle():
    """Every import counts, also one inside a function or for types only."""
    of = {module_of(path): path for path in HOUSE}
    graph = networkx.DiGraph((mine, name) for mine, path in of.items() for name in imported(path) & set(of) if name != mine)
    graph.remove_edges_from([("valuescape", name) for name in of])  # the front door names what is behind it, lazily
    assert [sorted(ring) for ring in networkx.strongly_connected_components(graph) if len(ring) > 1] == []


def test_a_name_stands_once_in_the_house():
    stems = [path.stem for path in HOUSE if path.stem != "__init__"]
    assert {name for name in stems if stems.count(name) > 1} == set()


# Scripts that make a published model again without us: they must not use what is ours.
INDEPENDENT = ROOT / "experiments" / "reproductions" / "independent"


def test_no_global_generator_is_used():
    """No `import random` (a private `random.Random` is `from random import Random`), no np.random.<draw>, no hash()."""
    for path in HOUSE:
        if path.stem == "global_generators":  # which looks at them, and draws nothing
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert "random" not in {alias.name for alias in node.names}, f"{path}: import random"
            if isinstance(node, ast.ImportFrom) and node.module == "random":
                assert {alias.name for alias in node.names} == {"Random"}, path
            if isinstance(node, ast.Attribute) and node.attr in GLOBAL_RANDOM and isinstance(node.value, ast.Attribute):
                assert ast.unparse(node.value) not in ("np.random", "numpy.random"), f"{path}:{node.lineno}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "hash", f"{path}:{node.lineno}: hash() differs from process to process"


def test_kernels_are_made_with_our_njit():
    """numba compiles in `model/compilation.py` only, so that every kernel is cached under the hash of the code.

    `near_memory`, `same_for_all` and `ties` tell numba what a kernel calls or is handed (vectors on the stack, rows fetched
    ahead, what holds for all), and compile nothing.
    """
    known_to_numba = ("near_memory", "same_for_all", "ties")
    allowed = {f"model/{n}.py" for n in ("compilation", "kernel_cache", "global_generators", *known_to_numba)}
    assert {str(p.relative_to(ROOT)) for p in HOUSE if "numba" in packages(p) and p.parent != INDEPENDENT} <= allowed


def test_mesa_stays_behind_society():
    allowed = {"model/society.py", "app.py"}
    users = {str(p.relative_to(ROOT)) for p in HOUSE if "mesa" in packages(p) and room_of(p) not in ("benchmarks", "views")}
    assert users <= allowed


def test_the_package_is_ours():
    assert Path(valuescape.__file__).resolve() == ROOT / "__init__.py"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [*project["project"]["dependencies"], *project["project"].get("optional-dependencies", {}).values()]
    groups += list(project.get("dependency-groups", {}).values())
    assert "openai-agents" not in str(groups)
    there = {module_of(p) for p in HOUSE if p.name == "__init__.py"} | {"valuescape"}
    assert set(project["tool"]["setuptools"]["packages"]) == there


def test_nothing_unfinished_is_left():
    unfinished = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|NotImplement" + "ed")
    assert [str(p.relative_to(ROOT)) for p in sources() if unfinished.search(p.read_text())] == []


def test_no_path_of_one_machine_is_in_a_file():
    private = re.compile(r"/(home|Users|root|work)/\w+")
    assert [str(p.relative_to(ROOT)) for p in sources() if private.search(p.read_text())] == []


def test_help_answers_without_the_heavy_imports(child):
    printed = child(
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from valuescape.experiments.commands.cli import app\n"
        "result = CliRunner().invoke(app, ['--help'])\n"
        "assert result.exit_code == 0 and 'run' in result.output, result.output\n"
        "print(sorted({'mesa', 'numba', 'pandas', 'matplotlib', 'scipy'} & set(sys.modules)))\n"
    )
    assert printed.strip() == "[]"
