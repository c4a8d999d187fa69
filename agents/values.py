"""Value systems, and the populations that societies start from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from valuescape.model.alignment import ValueSystem, register_value_system
from valuescape.model.errors import InputError, unknown
from valuescape.model.kinds import Initial
from valuescape.model.parameters import param
from valuescape.model.streams import key_of, normal_rows, order_keys, pick_rows, uniform_rows
from valuescape.model.words import in_digits, quoted

_SCHWARTZ = (
    "self_direction", "stimulation", "hedonism", "achievement", "power",
    "security", "conformity", "tradition", "benevolence", "universalism",
)  # fmt: skip
# The published ranking over nations (Schwartz & Bardi 2001), 1 = most important.
_RANKING = (
    "benevolence", "self_direction", "universalism", "security", "conformity",
    "achievement", "hedonism", "stimulation", "tradition", "power",
)  # fmt: skip
_PROSOCIAL = {"benevolence": 0.5, "universalism": 0.5, "achievement": -0.5, "power": -0.5}

SCHWARTZ = register_value_system(
    ValueSystem(
        name="schwartz10",
        dimensions=_SCHWARTZ,
        angles=tuple(36.0 * k for k in range(10)),
        higher_order={
            "openness": ("self_direction", "stimulation", "hedonism"),
            "self_enhancement": ("achievement", "power"),
            "conservation": ("security", "conformity", "tradition"),
            "self_transcendence": ("benevolence", "universalism"),
        },
        prosocial=tuple(_PROSOCIAL.get(d, 0.0) for d in _SCHWARTZ),
        profiles={
            "pan_cultural": tuple(round(0.9 - 0.8 * _RANKING.index(d) / 9, 12) for d in _SCHWARTZ),
            "prosocial": tuple(0.5 + 0.8 * _PROSOCIAL.get(d, 0.0) for d in _SCHWARTZ),
            "flat": (0.5,) * 10,
        },
        source="circle order: Schwartz (1992), Adv. Exp. Soc. Psychol. 25, 1-65; pan_cultural: the ranking of Schwartz &"
        " Bardi (2001), J. Cross-Cult. Psychol. 32, 268-290, doi 10.1177/0022022101032003002, at equal steps from .9 to .1"
        " (the ranking is published; the steps are ours)",
    )
)

STANCE = register_value_system(
    ValueSystem(
        name="stance",
        dimensions=("stance",),
        profiles={"for": (1.0,), "against": (0.0,)},
        source="one opinion on [0, 1], the setting of most opinion dynamics",
    )
)

AID = register_value_system(
    ValueSystem(
        name="aid",
        dimensions=("equity", "own_citizens", "efficiency"),
        prosocial=(1.0, -1.0, 0.0),
        profiles={
            "equity_first": (0.9, 0.2, 0.4),
            "own_citizens_first": (0.3, 0.9, 0.4),
            "efficiency_first": (0.3, 0.3, 0.9),
            "balance": (0.7, 0.4, 0.6),
        },
        source="the running example of Carichon, Khandelwal, Fauchard, Farnadi (2025), arXiv 2506.01080, Table 1: need-based"
        " equity, own citizens first, cost efficiency; the numbers are ours",
    )
)


def _width(shape: tuple[int, ...]) -> int:
    """How many numbers one agent's row of a field holds."""
    return math.prod(shape[1:])


def _noise(rng: np.random.Generator, context: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normals for the agents of a group; an agent more leaves the others' as they are."""
    return normal_rows(key_of(rng), context.ids, _width(shape)).reshape(shape)


def _chosen(rng: np.random.Generator, context: Any, count: int) -> np.ndarray:
    """(n,) bool: `count` of the agents of a group at random; an agent more changes the choice of one other at most."""
    rank = np.argsort(np.argsort(order_keys(key_of(rng), context.ids), kind="stable"), kind="stable")
    return rank < count


class Uniform(Initial):
    """Independent uniform draws: x_ik ~ U[low, high]. Shape (n, K).

    The usual start of opinion dynamics, e.g. Deffuant et al. (2000), Adv. Complex Syst. 3, 87-98.
    """

    low: float = param(0.0, 0, 1, "smallest value")
    high: float = param(1.0, 0, 1, "largest value")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        if self.high < self.low:
            raise InputError(f"initial.{context.field}.high = {in_digits(self.high)} is below low = {in_digits(self.low)}")
        drawn = uniform_rows(key_of(rng), context.ids, _width(shape)).reshape(shape)
        return self.low + (self.high - self.low) * drawn


class Around(Initial):
    """Normal draws around a profile p, held inside [0, 1]: x_ik = clip(p_k + spread z_ik). Shape (n, K).

    profile: a name of the value system, `only DIMENSION`, `not NAME` (1 - p), or K numbers. spread 0: everybody at p.
    Individual differences around a shared profile: Schwartz & Bardi (2001), doi 10.1177/0022022101032003002.
    """

    profile: str | tuple[float, ...] = param("flat", meaning="the centre: a profile's name or one number per dimension")
    spread: float = param(0.1, 0, 1, "standard deviation before clipping")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        centre = context.value_system.profile(self.profile, f"initial.{context.field}.profile")
        return np.clip(centre + self.spread * _noise(rng, context, shape), 0.0, 1.0)


class PanCultural(Initial):
    """Schwartz's pan-cultural profile with normal individual differences: x_ik = clip(p_k + spread z_ik). Shape (n, K).

    p is the published ranking of the ten values at equal steps from .9 (benevolence) to .1 (power); the steps are ours.
    Schwartz & Bardi (2001), J. Cross-Cult. Psychol. 32, 268-290, doi 10.1177/0022022101032003002.
    """

    spread: float = param(0.1, 0, 1, "standard deviation before clipping")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        return Around(profile="pan_cultural", spread=self.spread).build(n, shape, rng, context)


class Corner(Initial):
    """Everybody at one corner of the cube: x_ik = high on the named dimensions, low elsewhere. Shape (n, K).

    An extreme profile, for leaders and committed agents (Mobilia 2003, Phys. Rev. Lett. 91, 028701).
    """

    dimensions: tuple[str, ...] = param((), meaning="the dimensions that stand at `high`")
    high: float = param(1.0, 0, 1, "the value there")
    low: float = param(0.0, 0, 1, "the value elsewhere")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        names = context.value_system.dimensions
        for name in self.dimensions:
            if name not in names:
                raise unknown(f"dimension in initial.{context.field}.dimensions:", name, names)
        row = np.array([self.high if name in self.dimensions else self.low for name in names])
        return np.tile(row, (n, 1))


class TwoCamps(Initial):
    """Two camps on either side of a profile p: x = clip(p + (distance/2) side + spread z). Shape (n, K).

    side is +1 or -1 on every dimension; a share `first` of the agents, drawn at random, is on the + side. The distance
    between the camps' centres is d = `distance` where nothing is clipped.
    A polarised start as in Esteban & Ray (1994), Econometrica 62, 819-851.
    """

    profile: str | tuple[float, ...] = param("flat", meaning="the middle between the camps")
    distance: float = param(0.6, 0, 1, "distance between the camps' centres")
    first: float = param(0.5, 0, 1, "share of the camp above the middle")
    spread: float = param(0.05, 0, 1, "standard deviation before clipping")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        centre = context.value_system.profile(self.profile, f"initial.{context.field}.profile")
        above = _chosen(rng, context, round(self.first * n))
        side = np.where(above, 1.0, -1.0)[:, None]
        return np.clip(centre + side * self.distance / 2 + self.spread * _noise(rng, context, shape), 0.0, 1.0)


class Grid(Initial):
    """Equally spaced on the diagonal: x_ik = (i + 1/2) / n. Shape (n, K). The same in every run.

    The exact regression start of Hegselmann & Krause (2002), JASSS 5(3)2.
    """

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        return np.broadcast_to(((np.arange(n) + 0.5) / n)[:, None], shape).copy()


class Same(Initial):
    """Every entry is one number: x = value. Any field, shape (n, ...).

    A null start, as for the all-C and all-D lattices of Nowak & May (1992), Nature 359, 826-829.
    """

    value: float = param(0.0, None, None, "the number")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        return np.full(shape, self.value)


class Listed(Initial):
    """Given numbers, one row per agent in the order of its group: x_i = rows[i]. Shape (n, ...).

    For data that stands in the scenario itself, as the opinions of DeGroot (1974), J. Am. Stat. Assoc. 69, 118-121.
    """

    rows: tuple[float | tuple[float, ...], ...] = param((), meaning="one number or one row per agent")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        if len(self.rows) != n:
            raise InputError(f"initial.{context.field}.rows has {len(self.rows)} rows for {n} agents")
        widths = {len(row) if isinstance(row, tuple) else 1 for row in self.rows}
        width = int(np.prod(shape[1:]))
        if n and widths != {width}:
            wrong = max(widths, key=lambda found: found != width)
            raise InputError(f"initial.{context.field}.rows has {wrong} numbers in a row, not {width}")
        return np.asarray(self.rows, float).reshape(shape)


class CopyOf(Initial):
    """Starts where another field of the same agent stands, with noise: x = clip(y + spread z). Shape (n, K).

    For users whose preferences are near what their agent values, as after preference tuning (Gabriel 2020, Minds and
    Machines 30, 411-437).
    """

    field: str = param("values", meaning="the field that is copied")
    spread: float = param(0.0, 0, 1, "standard deviation of the noise")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        source = context.state[self.field][context.ids]
        if source.shape != shape:
            raise InputError(
                f"initial.{context.field}.field = {quoted(self.field)} has the shape {source.shape}, not {shape}"
            )
        return np.clip(source + self.spread * _noise(rng, context, shape), 0.0, 1.0)


class Chance(Initial):
    """Yes with a chance, independently: x ~ Bernoulli(share). Fields of whole numbers or yes/no, shape (n, ...).

    With `exact`, round(share n) of the rows are yes, drawn at random (Nowak & May 1992, Nature 359, 826-829).
    """

    share: float = param(0.5, 0, 1, "chance of yes")
    exact: bool = param(False, meaning="the share itself, not the chance")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        if self.exact:
            row = _chosen(rng, context, round(self.share * n)).reshape((n,) + (1,) * (len(shape) - 1))
            return np.broadcast_to(row, shape).astype(np.int32)
        drawn = uniform_rows(key_of(rng), context.ids, _width(shape)).reshape(shape)
        return (drawn < self.share).astype(np.int32)


class Kinds(Initial):
    """Independent draws from {0, ..., q - 1}, uniform. Traits, shape (n, F).

    The start of culture: Axelrod (1997), J. Conflict Resolut. 41, 203-226.
    """

    q: int = param(10, 1, 32767, "how many values a trait has")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        return pick_rows(key_of(rng), context.ids, _width(shape), self.q).reshape(shape)
