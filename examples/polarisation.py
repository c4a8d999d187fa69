"""A detector: a failure mode of one's own, held against runs in which its alleged cause is cut.

`python polarisation.py` tests it where one listens only to those who are near.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from valuescape import Scenario, Society
from valuescape.analysis.detection import Detector, rise
from valuescape.experiments.failures.null_runs import null_of


class Polarisation(Detector):
    """The society comes apart into camps: S = [p - p_0]+ / (1 - p_0), p = `esteban_ray`, (T,).

    Esteban & Ray (1994), Econometrica 62, 819-851. The null hears a crowd that listens to nobody.
    """

    reads = ("esteban_ray",)
    cuts = "that those whom one hears conform in their turn"
    protocol = "one listens to the values of step 0, permuted over the agents anew in each step"
    null = "hearing"

    def path(self, series: Mapping[str, np.ndarray]) -> np.ndarray:
        """The statistic at each record, in [0, 1]; 0 where nothing is wrong."""
        polarisation = series["esteban_ray"]
        return rise(polarisation) / (1.0 - polarisation[0])


SCENARIO = {
    "name": "camps",
    "agents": 200,
    "structure": "complete",
    "value_system": "stance",
    "initial": {"values": "grid"},
    "rules": [{"bounded_confidence": {"tolerance": 0.2}}],
    "record": ["esteban_ray"],
    "steps": 20,
}

if __name__ == "__main__":
    scenario = Scenario.from_dict(SCENARIO)
    null = null_of(scenario, "polarisation")
    nulls = [Society(null, rng=seed).run().series() for seed in range(100, 140)]
    onset, severity = Polarisation().detect(Society(scenario, rng=1).run().series(), nulls)
    print(f"from step {onset}, severity {severity:.2f}" if onset is not None else "it did not happen")
