"""How long runs that are made step by step will take, said before the first of them: an engine around an engine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from valuescape.experiments.commands.printing import duration, notice
from valuescape.experiments.runs.batch_run import trial_run
from valuescape.experiments.runs.ensemble import reason_against
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from valuescape.experiments.runs.batch_run import Job, Payload, Result
    from valuescape.experiments.runs.engines import Engine


@dataclass
class Forewarning:
    """The engine, which says once how long its work takes at least, where the runs cannot be made together.

    least: how many runs of the first one's length the work amounts to, at least; jobs: on how many workers. The first run is
    made for it beforehand, and is not kept. Where that run fails, nothing is said: the work itself says why.
    """

    engine: Engine
    least: float
    jobs: int
    told: bool = False

    def run(self, payload: Payload, jobs: Sequence[Job]) -> Iterator[Result]:
        """Results as they come."""
        if not self.told:
            self.told = True
            self._tell(payload, jobs[0])
        yield from self.engine.run(payload, jobs)

    def _tell(self, payload: Payload, job: Job) -> None:
        reason = reason_against(payload, job)
        trial = trial_run(payload, job) if reason else None
        if trial is None or trial.status != "done":
            return
        whole = trial.seconds * self.least / min(self.jobs, os.cpu_count() or 1)
        one = f"{in_digits(trial.seconds, 2)} s" if trial.seconds < 10 else duration(trial.seconds)
        notice(
            f"Runs are made step by step: {reason}. One takes {one}, so this takes at least {duration(whole)} with "
            f"--jobs {self.jobs}: {self.least:,.0f} such runs, and more where the outcome is in doubt."
        )
