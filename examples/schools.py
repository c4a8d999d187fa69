"""An initial: a population that falls into schools of thought.

In a scenario beside this file: `initial: {values: {"schools:Schools": {profiles: [pan_cultural, "only power"]}}}`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from valuescape import Initial, param


class Schools(Initial):
    """Each agent belongs to one of several profiles p_1 ... p_S at random, and stands near it: x_i = clip(p + spread z_i).

    Shape (n, K). profiles: names of the value system, `only DIMENSION`, `not NAME`. Example (2026).
    """

    profiles: tuple[str, ...] = param(("flat",), meaning="the profiles that there are, by name")
    spread: float = param(0.1, 0, 1, "standard deviation before clipping")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        """One row per agent; `context` knows the value system, the field, the rows that are filled."""
        where = f"initial.{context.field}.profiles"
        centres = np.array([context.value_system.profile(name, where) for name in self.profiles])
        school = rng.integers(len(centres), size=n)
        return np.clip(centres[school] + self.spread * rng.standard_normal(shape), 0.0, 1.0)
