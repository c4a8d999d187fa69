"""One run in this process, from its first step to its last."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from valuescape.experiments.runs.interruption import as_a_stop
from valuescape.experiments.runs.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society


@dataclass(frozen=True)
class FinishedRun:
    """A society after its last step, the seconds that the run took, and the values (N, K) at step 0 (None without any).

    stopped: what ended the run before its last step; the records then go up to the last step that was whole.
    """

    society: Society
    seconds: float
    first: np.ndarray | None
    stopped: KeyboardInterrupt | None = None


def simulate(
    scenario: Scenario, seed: int, *, quiet: bool = True, ledger: bool = True, threads: int = 1,
    stopped: Callable[[], bool] | None = None,
) -> FinishedRun:  # fmt: skip
    """Run the scenario to its end, or until `stopped` says yes, with a progress bar on the terminal unless `quiet`."""
    from valuescape.model.society import Society

    begun = time.perf_counter()
    society = Society(scenario, rng=seed, ledger=ledger, threads=threads)
    first = society.state.values.copy() if "values" in society.state else None
    interrupted = None
    try:
        with as_a_stop(), progress(scenario.steps, scenario.name, quiet=quiet) as advance:
            while society.running and not (stopped is not None and stopped()):
                society.step()
                advance(1)
    except KeyboardInterrupt as stop:
        interrupted = stop
    return FinishedRun(society, time.perf_counter() - begun, first, interrupted)
