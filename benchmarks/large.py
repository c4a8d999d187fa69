"""S9 to S11, S13: a million agents and ten million, work that two processors share, and how the cost of a step grows."""

from __future__ import annotations

import gc
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np

from valuescape.benchmarks.batches import FORUM, command, sweep_file, two_workers
from valuescape.benchmarks.timing import Found, Row, compared, must_agree, of_command, processor, turns, wall
from valuescape.model.compilation import njit
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

MEGABYTE, GIGABYTE = 1e6, 2**30


@njit
def gathered(values, start, neighbour, out):
    """out_i <- the sum of the neighbours' rows, (N, K): what any rule that listens to all neighbours must read."""
    for i in range(start.size - 1):
        for d in range(values.shape[1]):
            out[i, d] = 0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            for d in range(values.shape[1]):
                out[i, d] += values[j, d]


def listeners(agents: int, dimensions: int, degree: int, **more: Any) -> Scenario:
    """Averaging on a random network."""
    return Scenario.from_dict(
        {
            "agents": agents,
            "structure": {"random_network": {"degree": degree}},
            "value_system": dimensions,
            "initial": {"values": "uniform"},
            "rules": [{"averaging": {"strength": 0.5}}],
            "steps": 10**6,
            **more,
        }
    )


def resident() -> int:
    """Bytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize()


def only(row: str, what: str, value: float, unit: str, target: float, check: str) -> Found:
    """A number with no peer: it is set beside its own bound."""
    return Found(
        row, what, "its bound", value, target, unit, value / target, value / target, value / target, 1.0, True, check
    )


def a_million() -> list[Found]:
    """S9: what a million agents hold in memory, and a step beside a pure gather over the same rows."""
    n = 1_000_000
    warm = Society(listeners(1000, 10, 10, dtype="float32"), rng=1)
    warm.run_for(2)
    before = resident()
    society = Society(listeners(n, 10, 10, dtype="float32"), rng=1)
    gc.collect()
    held = resident() - before
    society.run_for(2)
    gc.collect()
    held = max(held, resident() - before)
    ties = society.state.ties["main"]
    out = np.empty_like(society.state.values)
    gathered(society.state.values, ties.start, ties.neighbour, out)
    sides = turns(
        lambda: processor(lambda: society.run_for(2)) / 2,
        lambda: processor(lambda: gathered(society.state.values, ties.start, ties.neighbour, out)),
    )
    memory = only("S9", "resident memory over the interpreter, N = 1,000,000, K = 10, degree 10, float32",
                  held / MEGABYTE, "MB", 600.0, "after two steps")  # fmt: skip
    return [memory, compared("S9", "averaging, N = 1,000,000, float32", "a pure gather", sides, "ns an agent", 1e9 / n, 0.7,
                             "the same rows are read")]  # fmt: skip


def ten_million() -> list[Found]:
    """S10: built, and twenty steps."""
    begun = time.perf_counter()
    society = Society(listeners(10_000_000, 4, 6, dtype="float32"), rng=1)
    built = time.perf_counter() - begun
    society.run_for(20)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIGABYTE
    check = f"built in {built:.0f} s, 20 steps in {time.perf_counter() - begun - built:.0f} s"
    return [only("S10", "peak memory, N = 10,000,000, K = 4, degree 6, 20 steps", peak, "GiB", 20.0, check)]


def cost_of(agents: int, dimensions: int, degree: int) -> float:
    """Nanoseconds of a step for each value that is read (agents x degree x dimensions), the median of seven."""
    society = Society(listeners(agents, dimensions, degree), rng=1)
    society.run_for(1)
    steps = max(1, 20_000_000 // (agents * dimensions * degree))
    read = steps * agents * dimensions * degree
    return float(np.median([processor(lambda: society.run_for(steps)) for _ in range(7)])) * 1e9 / read


def last_cache() -> int:
    """Bytes of this machine's last cache."""
    said = Path("/sys/devices/system/cpu/cpu0/cache/index3/size")
    return int(said.read_text(encoding="utf-8").strip().removesuffix("K")) * 1024 if said.is_file() else 32 * 2**20


def growth() -> list[Found]:
    """S11: the cost of each value that is read, as agents, dimensions, degree and runs grow."""
    sizes = (1000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 2_000_000, 4_000_000)
    agents = {n: cost_of(n, 10, 10) for n in sizes}
    outside = [n for n in sizes if n * 10 * 8 > last_cache()]
    dimensions = {k: cost_of(10_000, k, 10) for k in (1, 2, 4, 10, 20, 64)}
    degrees = {d: cost_of(10_000, 10, d) for d in (4, 8, 16, 32, 64)}
    runs = {r: of_runs(r) for r in (500, 1000, 2000, 4000, 8000)}
    found = []
    # Where a step's own work is smaller than its call, or the state grows out of a cache, another law holds.
    for what, curve, inside in (
        ("agents, out of the caches", agents, outside),
        ("dimensions", dimensions, [10, 20, 64]),
        ("degree", degrees, [8, 16, 32, 64]),
        ("runs of a sweep", runs, [1000, 2000, 4000, 8000]),
    ):
        costs = [curve[x] for x in inside]
        ratio = max(costs) / min(costs)
        unit = "ms a run" if what.startswith("runs") else "ns a value read"
        kept = {"x": list(curve), "y": list(curve.values()), "unit": unit}
        found.append(
            Found("S11", f"largest cost over smallest as {what} grow, {inside[0]:,} to {inside[-1]:,}", "linear", max(costs),
                  min(costs), unit, ratio, ratio, ratio, 1.5, True, "", kept)
        )  # fmt: skip
    return found


def of_runs(runs: int) -> float:
    """Milliseconds a run of a whole sweep of so many, start-up included."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = sweep_file(Path(folder), FORUM, runs)
        return float(np.median([of_command(command(path)) for _ in range(3)])) * 1e3 / runs


def two_threads() -> list[Found]:
    """S13: one big society whose synchronous rule two threads share, by the clock on the wall."""
    n, scenario = 1_000_000, listeners(1_000_000, 10, 10, record=["spread"])
    shared, alone = (Society(scenario, rng=1, threads=count) for count in (2, 1))
    sides = turns(lambda: wall(lambda: shared.run_for(3)) / 3, lambda: wall(lambda: alone.run_for(3)) / 3)
    check = must_agree("two threads", shared.state.values, alone.state.values, 0.0)
    return [compared("S13", f"averaging, N = {n:,}, two threads", "one thread", sides, "ns an agent", 1e9 / n, 1.5, check)]


ROWS = (
    Row("S9", "a million agents", a_million),
    Row("S10", "ten million agents", ten_million),
    Row("S11", "how the cost grows", growth),
    Row("S13", "two workers, and two threads", lambda: [*two_workers(), *two_threads()]),
)
