"""What every test file shares: the hypothesis profile, bytecode of our sources, and a child process of the same Python."""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from py_compile import PycInvalidationMode

import matplotlib
import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

matplotlib.use("Agg")
settings.register_profile(
    "valuescape",
    deadline=None,
    derandomize=True,
    max_examples=20,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("valuescape")


def pytest_configure(config):
    """Where Python may not write bytecode, each of some hundred child processes would compile our sources again.

    A changed source is known by its hash, so none is ever run as it was.
    """
    if not hasattr(config, "workerinput"):
        rooms = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
        for room in rooms:
            folder = ROOT.joinpath(*room.split(".")[1:])
            compileall.compile_dir(folder, maxlevels=0, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """While tests are collected, and no longer, pytest keeps what it makes of them: a module that a test writes, changes and
    imports within a second would be run as it was.
    """
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        return (yield)
    finally:
        sys.dont_write_bytecode = before


@pytest.fixture
def child():
    """Run Python code in a new process of the same environment: `child(code, **environment)` gives what it printed."""

    def run(code: str, cwd: Path = ROOT, **environment: str) -> str:
        command, env = [sys.executable, "-c", code], {**os.environ, **environment}
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def tab(monkeypatch):
    """A tab of the window with a small ring in it, as if nothing had been compiled before; nobody draws."""
    from tests.played import SMALL
    from valuescape.views.tab import Tab

    monkeypatch.setattr(Tab, "ack_timeout", 0.01)
    monkeypatch.setattr("valuescape.experiments.live.preparation._STEPPED", set())
    made = Tab()
    assert made.open_text(SMALL)
    yield made
    made.close()
