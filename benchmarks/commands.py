"""S14 and S15: what a user waits for at the terminal beside what Mesa's import alone takes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from valuescape.benchmarks.timing import REPEATS, Found, Row, of_command

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

VALUESCAPE = str(Path(sys.executable).with_name("valuescape"))
TIES = {
    "name": "ties",
    "agents": 10_000,
    "structure": {"regular": {"degree": 10}},
    "value_system": 10,
    "initial": {"values": "uniform"},
    "rules": [{"averaging": {"strength": 0.5}}],
    "record": ["spread"],
    "steps": 20,
}


def import_of_mesa() -> float:
    """Processor seconds of an interpreter that imports Mesa."""
    return of_command([sys.executable, "-c", "import mesa"])


def until_the_table(command: Sequence[str], word: str) -> float:
    """Processor seconds until a line with this word is printed."""
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as started:
        if started.stdout is None:
            raise SystemExit("the command cannot be listened to")
        for line in started.stdout:
            if word in line:
                spent = Path(f"/proc/{started.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
                started.stdout.read()
                return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")
    raise SystemExit(f"{' '.join(command)} printed no line with {word}")


def beyond(row: str, what: str, ours: Callable[[], float], base: Callable[[], float], least: float, peer: str) -> Found:
    """Seconds of ours beyond the base's, in turns, beside its bound."""
    ours()
    more = np.array([ours() - base() for _ in range(REPEATS)])
    low, middle, high = np.quantile(more, [0.25, 0.5, 0.75]) / least
    return Found(row, what, peer, middle * least, least, "s", middle, low, high, 1.0, True)


def waiting() -> list[Found]:
    """S14: the first table, the last line, the help, and two analyses."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        run = [VALUESCAPE, "run", "karate", "--out", f"{folder}/run"]
        beside = "the bound, beyond `import mesa`"
        found.append(
            beyond(
                "S14", "`run karate`, to the table", lambda: until_the_table(run, "human_gap"), import_of_mesa, 1.0, beside
            )
        )
        found.append(beyond("S14", "`run karate`, to the last line", lambda: of_command(run), import_of_mesa, 2.0, beside))
        found.append(beyond("S14", "`--help`", lambda: of_command([VALUESCAPE, "--help"]), lambda: 0.0, 0.2, "the bound"))
        made = next(str(path) for path in Path(folder, "run").iterdir())
        for name, asked in {
            "`diagnose` of a karate run": ["diagnose", made],
            "`tip echo-chamber`": ["tip", "echo-chamber", "--over", "deffuant.tolerance", "--until", "spread < 0.1"],
        }.items():
            seconds = np.array([of_command([VALUESCAPE, *asked], ends=(0, 1), cwd=folder) for _ in range(4)])[1:]
            low, middle, high = np.quantile(seconds, [0.25, 0.5, 0.75])
            found.append(Found("S14", name, "no bound is named", middle, np.nan, "s", middle, low, high, None, True))
    return found


def many_ties() -> list[Found]:
    """S15: `run` and `check` with 100,000 ties, beyond the model's own time."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ties.yaml"
        path.write_text(yaml.safe_dump(TIES), encoding="utf-8")
        read = f"Scenario.from_yaml(open({str(path)!r}, encoding='utf-8').read())"
        model = f"from valuescape import Scenario, Society; Society({read}, rng=1).run()"
        base = lambda: of_command([sys.executable, "-c", model])  # noqa: E731
        run = [VALUESCAPE, "run", str(path), "--out", f"{folder}/run"]
        beside = "the bound, beyond the model's own time"
        found.append(beyond("S15", "`run`, 100,000 ties", lambda: of_command(run), base, 3.0, beside))
        found.append(
            beyond("S15", "`check`, 100,000 ties", lambda: of_command([VALUESCAPE, "check", str(path)]), base, 3.0, beside)
        )
    return found


def first_run() -> list[Found]:
    """What a newcomer waits for: the first `run karate`, with nothing compiled yet, by the clock on the wall."""
    seconds = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            begun = time.perf_counter()
            of_command(
                [VALUESCAPE, "run", "karate", "--out", f"{folder}/run"],
                env={**os.environ, "VALUESCAPE_CACHE": f"{folder}/cache"},
            )
            seconds.append(time.perf_counter() - begun)
    low, middle, high = np.quantile(seconds, [0.25, 0.5, 0.75]) / 15
    return [
        Found(
            "S14",
            "the first `run karate`, nothing compiled",
            "the bound",
            middle * 15,
            15.0,
            "s",
            middle,
            low,
            high,
            1.0,
            True,
        )
    ]


ROWS = (
    Row("S14", "what one waits for", lambda: [*waiting(), *first_run()]),
    Row("S15", "100,000 ties at the terminal", many_ties),
)
