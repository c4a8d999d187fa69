"""What every test file shares: the hypothesis profile, and a child process of the same Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
