"""The distance d, and what it is taken to; the system that values come from.

    d(a, b) = ||a - b||_2 / sqrt(K)  in [0, 1]

A gap is the mean of d over the living agents (`analysis/gaps.py`). A target is an array with one row per agent, one row
for all, or one row per group: `row` (N,) int32 says which row is whose.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError, in_our_words, unknown
from valuescape.model.limits import LARGEST_NUMBER, MOST_DIMENSIONS
from valuescape.model.words import in_digits


@njit
def distance(a, b):
    """d(a, b) of two vectors (K,)."""
    total = 0.0
    for k in range(a.size):
        total += (a[k] - b[k]) ** 2
    return np.sqrt(total / a.size)


@njit
def apart(dims, a, i, b, j):
    """d(a_i, b_j) of rows of two arrays (N, K), the same bits as `distance`; `dims` tells the compiler K."""
    if len(dims) == 1:
        return abs(a[i, 0] - b[j, 0])
    total = 0.0
    for d in range(len(dims)):
        total += (a[i, d] - b[j, d]) ** 2
    return np.sqrt(total / len(dims))


@njit
def inside(x):
    """x held in [0, 1]: a sum of shares may overshoot by a rounding."""
    return min(1.0, max(0.0, x))


@njit
def reference_row(i, group, human_values):
    """The row of `human_values` (H, K) that agent i is held to: its group's, where groups name their own."""
    return np.int64(group[i]) if human_values.shape[0] > 1 else 0


@njit
def gap_sums(values, target, row, group, active, count, total):
    """Add each living agent's d(values_i, target_row(i)) to `total` (G,) and 1 to `count` (G,) of its group."""
    for i in range(values.shape[0]):
        if active[i]:
            total[group[i]] += distance(values[i], target[row[i]])
            count[group[i]] += 1


class ValueSystem(BaseModel):
    """The dimensions that values are measured on.

    dimensions: K names; angles: their places on the value circle in degrees, where the system has one; higher_order:
    named sets of dimensions; prosocial: weights (K,) that sum to 0, the direction from self- to other-regarding;
    profiles: named vectors (K,) in [0, 1]; source: where it was published.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    dimensions: tuple[str, ...]
    angles: tuple[float, ...] | None = None
    higher_order: dict[str, tuple[str, ...]] = {}
    prosocial: tuple[float, ...] | None = None
    profiles: dict[str, tuple[float, ...]] = {}
    source: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> ValueSystem:
        k = len(self.dimensions)
        if k < 1 or len(set(self.dimensions)) != k:
            raise InputError(f"value_system.dimensions = {list(self.dimensions)}: at least one, and no name twice")
        if k > MOST_DIMENSIONS:
            raise InputError(f"value_system.dimensions: {k:,} of them, and at most {MOST_DIMENSIONS:,} are allowed")
        vectors: dict[str, Any] = {"angles": self.angles, "prosocial": self.prosocial, **self.profiles}
        for name, vector in vectors.items():
            if vector is not None and len(vector) != k:
                raise InputError(f"value_system.{name} has {len(vector)} numbers for {k} dimensions")
            if vector is not None and not all(abs(x) <= LARGEST_NUMBER for x in vector):
                raise InputError(f"value_system.{name} = {list(vector)}: a number is not finite, or too large")
        if self.prosocial is not None and abs(sum(self.prosocial)) > 1e-9:
            raise InputError(f"value_system.prosocial sums to {in_digits(sum(self.prosocial), 4)}, not to 0")
        for name, profile in self.profiles.items():
            if not all(0 <= x <= 1 for x in profile):
                raise InputError(f"value_system.profiles.{name} = {list(profile)} leaves [0, 1]")
        return self

    @property
    def k(self) -> int:
        """The number of dimensions."""
        return len(self.dimensions)

    def profile(self, given: str | tuple[float, ...] | list[float], address: str) -> np.ndarray:
        """A profile by name, by `only DIMENSION`, or as K numbers in [0, 1]; `not NAME` turns one around (1 - v)."""
        if isinstance(given, str):
            if given.startswith("not "):
                return 1.0 - self.profile(given.removeprefix("not "), address)
            if given.startswith("only "):
                name = given.removeprefix("only ")
                if name not in self.dimensions:
                    raise unknown(f"dimension of the value system {self.name} in {address}:", name, self.dimensions)
                return np.array([float(d == name) for d in self.dimensions])
            if given not in self.profiles:
                raise unknown(f"profile of the value system {self.name} in {address}:", given, self.profiles)
            return np.array(self.profiles[given])
        vector = np.asarray(given, float)
        if vector.shape != (self.k,):
            asked = f"the {self.k} dimensions of the value system {self.name}"
            raise InputError(f"{address} has {vector.size} numbers for {asked}")
        if not ((vector >= 0) & (vector <= 1)).all():
            raise InputError(f"{address} = {list(given)} leaves [0, 1]")
        return vector


_SYSTEMS: dict[str, ValueSystem] = {}


def register_value_system(system: ValueSystem) -> ValueSystem:
    """Make a value system known by its name."""
    _SYSTEMS[system.name] = system
    return system


def value_systems() -> dict[str, ValueSystem]:
    """All known value systems by name."""
    from valuescape.model.kinds import load_all

    load_all()
    return dict(sorted(_SYSTEMS.items()))


def registered(name: str) -> ValueSystem | None:
    """The value system of a name, without loading more than it takes to find it; None where there is none."""
    from valuescape.model.kinds import load_named

    if name not in _SYSTEMS:
        load_named(name)
    return _SYSTEMS.get(name) or value_systems().get(name)


def find_value_system(given: str | int | dict[str, Any] | ValueSystem) -> ValueSystem:
    """A value system by name, a number of dimensions without names, or described in place."""
    if isinstance(given, ValueSystem):
        return given
    if isinstance(given, dict):
        try:
            return ValueSystem.model_validate(given)
        except ValidationError as error:
            raise in_our_words(error, "value_system", ValueSystem.model_fields) from None
    if isinstance(given, int) and not isinstance(given, bool):
        if not 1 <= given <= MOST_DIMENSIONS:
            raise InputError(f"value_system = {in_digits(given)}: at least one dimension, at most {MOST_DIMENSIONS:,}")
        return ValueSystem(name=f"plain-{given}", dimensions=tuple(f"v{k + 1}" for k in range(given)))
    found = registered(given) if isinstance(given, str) else None
    if found is None:
        raise unknown("value system", given, value_systems())
    return found
