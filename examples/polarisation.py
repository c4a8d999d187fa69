"""A failure mode of one's own: a harm with the least size that matters, and the cause without which it would be smaller.

`python polarisation.py` tests it, with all others, where one listens only to those who are near.
"""

from __future__ import annotations

from valuescape import Scenario
from valuescape.analysis.effects import Harm
from valuescape.experiments.failures.diagnosis import examine
from valuescape.experiments.runs.engines import Here
from valuescape.model.kinds import Failure


class Polarisation(Failure):
    """The society comes apart into camps: harm the polarisation of Esteban and Ray, `esteban_ray`. (N, K).

    Esteban & Ray (1994), Econometrica 62, 819-851.
    """

    harms = (Harm("esteban_ray", 0.05, "polarisation", "a twentieth of the way from one camp to two of equal size"),)
    cuts = ("listening",)


SCENARIO = {
    "name": "camps",
    "agents": 60,
    "structure": "complete",
    "value_system": "stance",
    "initial": {"values": "uniform"},
    "rules": [{"bounded_confidence": {"tolerance": 0.15}}],
    "record": ["esteban_ray"],
    "steps": 20,
}

if __name__ == "__main__":
    found = examine(Scenario.from_dict(SCENARIO), range(30), Here())
    for row in found.findings.itertuples():
        print(f"{row.failure}: {row.harm} {row.effect:+.3f} ({row.low:+.3f} to {row.high:+.3f}): {row.verdict}")
