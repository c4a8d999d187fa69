"""The house: imports point down, rooms of one floor do not know each other, files stay small, `agents` is ours."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest

import agents

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "model": 0,
    "agents": 1,
    "social_structures": 1,
    "analysis": 1,
    "experiments": 2,
    "evaluation": 3,
    "benchmarks": 3,
    "views": 3,
    "app": 3,
}
ABOVE = {"app": {"views", "evaluation"}, "views": {"evaluation"}, "benchmarks": {"evaluation"}}
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


def imported(path: Path) -> set[str]:
    """The top-level names of every import in the file, wherever it stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add((node.module or "").split(".")[0])
    return found


HOUSE = [path for path in sources() if room_of(path) in FLOORS]


@pytest.mark.parametrize("path", HOUSE, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path):
    mine = room_of(path)
    for room in (imported(path) & set(FLOORS)) - {mine} - ABOVE.get(mine, set()):
        assert FLOORS[room] < FLOORS[mine], f"{mine} (floor {FLOORS[mine]}) imports {room} (floor {FLOORS[room]})"


def test_the_house_is_not_empty():
    assert {"model", "agents", "social_structures", "analysis", "experiments"} <= {room_of(path) for path in HOUSE}


def test_nothing_of_the_house_imports_the_tests():
    names = {path.stem for path in sources() if room_of(path) == "tests"} | {"tests"}
    assert [str(path) for path in HOUSE if imported(path) & names] == []


def test_no_file_is_longer_than_400_lines():
    long = {str(p.relative_to(ROOT)): n for p in sources() if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}


def test_no_global_generator_is_used():
    """No `import random` (a private `random.Random` is `from random import Random`), no np.random.<draw>, no hash()."""
    for path in HOUSE:
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
    """numba itself is imported in `model/compilation.py` only, so that every kernel is cached under the hash of the code."""
    assert {str(p.relative_to(ROOT)) for p in HOUSE if "numba" in imported(p)} <= {"model/compilation.py"}


def test_mesa_stays_behind_society():
    allowed = {"model/society.py", "app.py"}
    users = {str(p.relative_to(ROOT)) for p in HOUSE if "mesa" in imported(p) and room_of(p) not in ("benchmarks", "views")}
    assert users <= allowed


def test_agents_is_ours():
    assert Path(agents.__file__).resolve() == ROOT / "agents" / "__init__.py"
    assert "openai-agents" not in {(d.metadata["Name"] or "").lower() for d in distributions()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [*project["project"]["dependencies"], *project["project"].get("optional-dependencies", {}).values()]
    groups += list(project.get("dependency-groups", {}).values())
    assert "openai-agents" not in str(groups)


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
        "from experiments.cli import app\n"
        "result = CliRunner().invoke(app, ['--help'])\n"
        "assert result.exit_code == 0 and 'run' in result.output, result.output\n"
        "print(sorted({'mesa', 'numba', 'pandas', 'matplotlib', 'scipy'} & set(sys.modules)))\n"
    )
    assert printed.strip() == "[]"
