"""Designs: which points of the space of addresses a sweep visits. A point is {address: value}.

    design: {grid: {averaging.strength: [0.1, 0.5], deffuant.tolerance: {low: 0, high: 0.5, count: 6}}}
    design: {points: [{averaging.strength: 0.1}, {averaging.strength: 0.5}]}
    design: {csv: {file: points.csv}}
    design: {latin_hypercube: {ranges: {averaging.strength: [0, 1]}, samples: 100}}
    design: {sobol: {ranges: [averaging.strength, deffuant.tolerance], samples: 64}}
    design: {morris: {ranges: [averaging.strength, deffuant.tolerance], trajectories: 10}}

Ranges default to the address's own bounds. Sampling by SALib (Iwanaga, Usher, Herman 2022, doi 10.18174/sesmo.18155).
"""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from valuescape.experiments.gallery import read_value
from valuescape.model.errors import InputError, in_our_words, unknown
from valuescape.model.words import in_brackets

if TYPE_CHECKING:
    from valuescape.model.addresses import Address
    from valuescape.model.scenario import Scenario

Point = dict[str, Any]


def address_of(scenario: Scenario, name: str, where: str) -> Address:
    """An address of the scenario by name."""
    known = scenario.bounds()
    if name not in known:
        raise unknown(f"address in {where}:", name, known)
    return known[name]


class Design(BaseModel):
    """The base of all designs: `points(scenario)` are the points in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def points(self, scenario: Scenario) -> list[Point]:
        """The points that it visits, in order."""
        raise TypeError(f"{type(self).__name__} has no points")

    @classmethod
    def word(cls) -> str:
        """What it is called in a file."""
        return "".join("_" + c.lower() if c.isupper() else c for c in cls.__name__).lstrip("_")


class Spaced(BaseModel):
    """So many values at equal steps; low and high default to the address's bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    count: int = Field(ge=1)
    low: float | None = None
    high: float | None = None


class Grid(Design):
    """Every combination of the values given for each address (a list, or {low, high, count}); the last varies fastest."""

    axes: dict[str, list[Any] | Spaced]

    def points(self, scenario: Scenario) -> list[Point]:
        levels = [self._levels(scenario, name, axis) for name, axis in self.axes.items()]
        return [dict(zip(self.axes, values, strict=True)) for values in product(*levels)]

    def _levels(self, scenario: Scenario, name: str, axis: list[Any] | Spaced) -> list[Any]:
        address = address_of(scenario, name, "design.grid")
        if isinstance(axis, list):
            return [address.spec.check(value, f"design.grid.{name}") for value in axis]
        low, high = range_of(address, [axis.low, axis.high], f"design.grid.{name}")
        return [as_its_type(address, x) for x in np.linspace(low, high, axis.count)]


class Points(Design):
    """The points as they are listed."""

    rows: list[Point]

    def points(self, scenario: Scenario) -> list[Point]:
        return [_checked(scenario, row, f"design.points[{i}]") for i, row in enumerate(self.rows)]


class Csv(Design):
    """A row a point: the header names the addresses, an empty cell leaves the scenario's own value."""

    file: str

    def points(self, scenario: Scenario) -> list[Point]:
        path = Path(self.file)
        if not path.is_file():
            raise InputError(f"design.csv.file: there is no file {path}")
        with path.open(newline="", encoding="utf-8-sig") as handle:
            rows = list(csv.DictReader(handle))
        if not rows:
            raise InputError(f"design.csv.file: {path.name} has no rows")
        read = []
        for line, row in enumerate(rows, 2):
            where = f"{path.name} line {line}"
            if None in row or None in row.values():
                raise InputError(f"design.csv.file: {where} has another number of cells than the header")
            point = {
                name.strip(): read_value(cell.strip(), f"{where}, {name}") for name, cell in row.items() if cell.strip()
            }
            read.append(_checked(scenario, point, where))
        return read


class _Sampled(Design):
    """Points drawn inside ranges: {address: [low, high]}, or a list of addresses, whose own bounds are the ranges."""

    ranges: dict[str, tuple[float, float] | None] | list[str]
    seed: int = Field(0, ge=0)

    def problem(self, scenario: Scenario) -> dict[str, Any]:
        """The ranges as SALib wants them."""
        where = f"design.{self.word()}.ranges"
        ranges = self.ranges if isinstance(self.ranges, dict) else dict.fromkeys(self.ranges)
        if not ranges:
            raise InputError(f"{where} is empty: at least one address")
        found = [(n, range_of(address_of(scenario, n, where), r, f"{where}.{n}")) for n, r in ranges.items()]
        return {"num_vars": len(found), "names": [n for n, _ in found], "bounds": [list(r) for _, r in found]}

    def _cast(self, scenario: Scenario, rows: np.ndarray) -> list[Point]:
        problem = self.problem(scenario)
        addresses = [address_of(scenario, n, "design") for n in problem["names"]]
        return [{a.name: as_its_type(a, x) for a, x in zip(addresses, row, strict=True)} for row in rows]


class LatinHypercube(_Sampled):
    """So many points, one in each of as many slices of every range: McKay, Beckman, Conover (1979)."""

    samples: int = Field(ge=1)

    def points(self, scenario: Scenario) -> list[Point]:
        from SALib.sample import latin

        return self._cast(scenario, latin.sample(self.problem(scenario), self.samples, seed=self.seed))


class Sobol(_Sampled):
    """Saltelli's sample for Sobol indices: samples (D + 2) points; samples is a power of 2."""

    samples: int = Field(ge=2)

    def points(self, scenario: Scenario) -> list[Point]:
        from SALib.sample import sobol

        if self.samples & (self.samples - 1):
            raise InputError(f"design.sobol.samples = {self.samples} is no power of 2, and Sobol's sequence needs one")
        drawn = sobol.sample(self.problem(scenario), self.samples, calc_second_order=False, seed=self.seed)
        return self._cast(scenario, drawn)


class Morris(_Sampled):
    """Elementary effects along trajectories: trajectories (D + 1) points. Morris (1991), Technometrics 33, 161-174."""

    trajectories: int = Field(ge=1)

    def points(self, scenario: Scenario) -> list[Point]:
        from SALib.sample import morris

        drawn = morris.sample(self.problem(scenario), self.trajectories, num_levels=4, seed=self.seed)
        return self._cast(scenario, drawn)


DESIGNS: dict[str, type[Design]] = {d.word(): d for d in (Grid, Points, Csv, LatinHypercube, Sobol, Morris)}
_BARE = {"grid": "axes", "points": "rows", "csv": "file"}


def read_design(given: Any) -> Design:
    """A design from `{word: what it needs}`; None: the scenario as it is."""
    if isinstance(given, Design):
        return given
    if given is None:
        return Points(rows=[{}])
    if not isinstance(given, dict) or len(given) != 1:
        raise InputError(f"design = {given!r}: one of {', '.join(DESIGNS)}, with what it needs")
    ((word, values),) = given.items()
    if word not in DESIGNS:
        raise unknown("design", word, DESIGNS)
    bare = _BARE.get(word)
    if bare and not (isinstance(values, dict) and set(values) == {bare}):
        values = {bare: values}
    try:
        return DESIGNS[word].model_validate(values)
    except ValidationError as error:
        raise in_our_words(error, f"design.{word}", DESIGNS[word].model_fields) from None


def write_design(design: Design) -> dict[str, Any]:
    """The other way."""
    return {design.word(): design.model_dump(mode="json")}


def _checked(scenario: Scenario, point: Point, where: str) -> Point:
    return {name: address_of(scenario, name, where).spec.check(value, f"{where}.{name}") for name, value in point.items()}


def as_its_type(address: Address, x: float) -> float | int:
    """The number as the address takes it: a whole one where it takes whole ones."""
    return round(float(x)) if address.spec.type is int else float(x)


def range_of(address: Address, given: Any, where: str) -> tuple[float, float]:
    """The range given, or the address's bounds where a side is None."""
    spec = address.spec
    if not spec.numeric:
        raise InputError(f"{where}: {address.name} is {spec.allowed}: it has no range, list its values in a grid")
    low, high = given if given is not None else (None, None)
    low, high = spec.low if low is None else low, spec.high if high is None else high
    if low is None or high is None:
        raise InputError(f"{where}: {address.name} takes {spec.allowed}: give [low, high]")
    for x in (low, high):
        spec.check(as_its_type(address, x), where)
    if low > high:
        raise InputError(f"{where} = {in_brackets(low, high)}: the first is above the second")
    return float(low), float(high)
