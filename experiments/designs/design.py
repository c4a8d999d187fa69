"""Designs: which points of the space of addresses a sweep visits. A point is {address: value}.

One of these stands in a sweep file:

    design: {grid: {averaging.strength: [0.1, 0.5], deffuant.tolerance: {low: 0, high: 0.5, count: 6}}}
    design: {points: [{averaging.strength: 0.1}, {averaging.strength: 0.5}]}
    design: {csv: {file: points.csv}}
    design: {latin_hypercube: {ranges: {deffuant.tolerance: [0, 1], structure: [ring, complete]}, samples: 100}}
    design: {sobol: {ranges: [averaging.strength, deffuant.tolerance], samples: 64}}
    design: {morris: {ranges: [averaging.strength, deffuant.tolerance], trajectories: 10}}

A range that is left out is the range between the address's own bounds. An address is a parameter (`averaging.strength`),
or a whole part: `structure`, `layers.NAME`, `value_system`, `initial.FIELD`, `RULE.activation`, or `activation`, that of
every rule. SALib draws the samples (Iwanaga, Usher, Herman 2022, doi 10.18174/sesmo.18155).
"""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from valuescape.experiments.designs.axes import ALLOWED, Axis, axis_of, is_axis
from valuescape.experiments.designs.changes import read_value
from valuescape.experiments.designs.places import address_of, of_its_type, range_of
from valuescape.model.errors import InputError, in_our_words, unknown
from valuescape.model.kinds import snake
from valuescape.model.limits import limit
from valuescape.model.text_files import read_table
from valuescape.model.words import in_digits, quoted

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario

Point = dict[str, Any]
MOST_POINTS = limit("A sweep", "the points of a design", 1_000_000, "points", "refused before any is made")


def must_be_few(count: float, where: str) -> None:
    """Refuse a design of more points than a sweep has."""
    if count > MOST_POINTS:
        raise InputError(f"{where} has {in_digits(count)} points: a sweep has at most {MOST_POINTS:,}")


class Design(BaseModel):
    """The base of all designs: `points(scenario)` gives the points in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def points(self, scenario: Scenario) -> list[Point]:
        """The points that it visits, in order."""
        raise TypeError(f"{type(self).__name__} has no points")

    @classmethod
    def name(cls) -> str:
        """Its name in a sweep file."""
        return snake(cls.__name__)


class Spaced(BaseModel):
    """Values at equal distances."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    count: int = Field(ge=1, description="how many values")
    low: float | None = Field(None, description="the first value; the address's lower bound if left out")
    high: float | None = Field(None, description="the last value; the address's upper bound if left out")


class Grid(Design):
    """Every combination of the values of each address; the address that is named last varies fastest."""

    axes: dict[str, list[Any] | Spaced] = Field(
        description="the values of each address: {address: [values]}, or {address: {low, high, count}} for equal distances"
    )

    @field_validator("axes", mode="before")
    @classmethod
    def _lists_or_distances(cls, given: Any) -> Any:
        return (
            {name: _axis(axis, f"design.grid.{name}") for name, axis in given.items()} if isinstance(given, dict) else given
        )

    def points(self, scenario: Scenario) -> list[Point]:
        if not self.axes:
            raise InputError("design.grid is empty: at least one address")
        counts = (len(axis) if isinstance(axis, list) else axis.count for axis in self.axes.values())
        must_be_few(math.prod(counts), "design.grid")
        levels = [self._levels(scenario, name, axis) for name, axis in self.axes.items()]
        return [dict(zip(self.axes, values, strict=True)) for values in product(*levels)]

    def _levels(self, scenario: Scenario, name: str, axis: list[Any] | Spaced) -> list[Any]:
        address = address_of(scenario, name, "design.grid")
        if isinstance(axis, list):
            if not axis:
                raise InputError(f"design.grid.{name} = []: at least one value")
            return [address.spec.check(value, f"design.grid.{name}") for value in axis]
        low, high = range_of(address, [axis.low, axis.high], f"design.grid.{name}")
        return [of_its_type(address, x) for x in np.linspace(low, high, axis.count)]


def _axis(given: Any, where: str) -> list[Any] | Spaced:
    if isinstance(given, list | Spaced):
        return given
    if not isinstance(given, dict):
        raise InputError(f"{where} = {quoted(given)}: a list of values, or {{low, high, count}}")
    try:
        return Spaced.model_validate(given)
    except ValidationError as error:
        raise in_our_words(error, where, Spaced.model_fields) from None


class Points(Design):
    """The points as they are listed."""

    rows: list[Point] = Field(description="the points: a list of {address: value}")

    def points(self, scenario: Scenario) -> list[Point]:
        if not self.rows:
            raise InputError("design.points = []: at least one point")
        return [_checked(scenario, row, f"design.points[{i}]") for i, row in enumerate(self.rows)]


class Csv(Design):
    """The rows of a CSV file: the header names the addresses, and an empty cell leaves the scenario's own value."""

    file: str = Field(description="the CSV file, one row per point; looked for beside the sweep file")
    encoding: str = Field("", description="the encoding of the file, where it is neither UTF-8 nor marked as UTF-16")

    def points(self, scenario: Scenario) -> list[Point]:
        table = read_table(Path(self.file), "design.csv.file", self.encoding)
        for name in table.header:
            table.index(name, "address")
        points = []
        for line, row in zip(table.lines, table.rows, strict=True):
            where = f"{table.name} line {line}"
            named = zip(table.header, row, strict=True)
            point = {name: read_value(cell, f"{where}, {name}") for name, cell in named if cell}
            points.append(_checked(scenario, point, where))
        return points


class _Sampled(Design):
    """Points drawn inside ranges."""

    ranges: dict[str, Any] | list[str] = Field(
        description="{address: [low, high]}, {address: [values]} or {address: {values: [...]}}; or a list of addresses,"
        " which then vary between their own bounds, over their words, or over true and false"
    )
    seed: int = Field(0, ge=0, description="the seed that the points are drawn from")

    @field_validator("ranges", mode="before")
    @classmethod
    def _axes_or_addresses(cls, given: Any) -> Any:
        where = f"design.{cls.name()}.ranges"
        if isinstance(given, list) and all(isinstance(name, str) for name in given):
            return given
        if not isinstance(given, dict):
            raise InputError(f"{where} = {quoted(given)}: {{address: [low, high]}}, or a list of addresses")
        for name, axis in given.items():
            if not is_axis(axis):
                raise InputError(f"{where}.{name} = {quoted(axis)}: {ALLOWED}")
        return given

    def axes(self, scenario: Scenario) -> list[Axis]:
        """What is drawn from at each address."""
        where = f"design.{self.name()}.ranges"
        ranges = self.ranges if isinstance(self.ranges, dict) else dict.fromkeys(self.ranges)
        if not ranges:
            raise InputError(f"{where} is empty: at least one address")
        return [axis_of(scenario, name, given, where) for name, given in ranges.items()]

    def problem(self, scenario: Scenario) -> dict[str, Any]:
        """The axes in the form that SALib takes."""
        axes = self.axes(scenario)
        return {"num_vars": len(axes), "names": [a.name for a in axes], "bounds": [[a.low, a.high] for a in axes]}

    def _points_at(self, scenario: Scenario, rows: np.ndarray) -> list[Point]:
        axes = self.axes(scenario)
        return [{a.name: a.value(x) for a, x in zip(axes, row, strict=True)} for row in rows]


class LatinHypercube(_Sampled):
    """Each range is cut into as many slices as there are points, and each slice holds one point.

    McKay, Beckman, Conover (1979), Technometrics 21, 239-245.
    """

    samples: int = Field(ge=1, description="how many points")

    def points(self, scenario: Scenario) -> list[Point]:
        from SALib.sample import latin

        must_be_few(self.samples, "design.latin_hypercube")
        return self._points_at(scenario, latin.sample(self.problem(scenario), self.samples, seed=self.seed))


class Sobol(_Sampled):
    """Saltelli's sample for Sobol indices of D addresses: samples (D + 2) points."""

    samples: int = Field(ge=2, description="the size of the sample, a power of 2")

    def points(self, scenario: Scenario) -> list[Point]:
        from SALib.sample import sobol

        if self.samples & (self.samples - 1):
            raise InputError(f"design.sobol.samples = {self.samples} is no power of 2, and Sobol's sequence needs one")
        must_be_few(self.samples * (len(self.ranges) + 2), "design.sobol")
        drawn = sobol.sample(self.problem(scenario), self.samples, calc_second_order=False, seed=self.seed)
        return self._points_at(scenario, drawn)


class Morris(_Sampled):
    """Elementary effects of D addresses along trajectories: trajectories (D + 1) points.

    Each address is visited at four levels: of a list of values, at no more than four. Morris (1991), Technometrics 33,
    161-174.
    """

    trajectories: int = Field(ge=1, description="how many trajectories")

    def points(self, scenario: Scenario) -> list[Point]:
        from SALib.sample import morris

        must_be_few(self.trajectories * (len(self.ranges) + 1), "design.morris")
        drawn = morris.sample(self.problem(scenario), self.trajectories, num_levels=4, seed=self.seed)
        return self._points_at(scenario, drawn)


DESIGNS: dict[str, type[Design]] = {d.name(): d for d in (Grid, Points, Csv, LatinHypercube, Sobol, Morris)}
_BARE = {"grid": "axes", "points": "rows", "csv": "file"}


def read_design(given: Any) -> Design:
    """A design from `{name: its keys}`; without one, the scenario as it is."""
    if isinstance(given, Design):
        return given
    if given is None:
        return Points(rows=[{}])
    if not isinstance(given, dict) or len(given) != 1:
        raise InputError(f"design = {quoted(given)}: {{NAME: its keys}}, where NAME is one of {', '.join(DESIGNS)}")
    ((name, values),) = given.items()
    if name not in DESIGNS:
        raise unknown("design", name, DESIGNS)
    bare = _BARE.get(name)
    if bare and not (isinstance(values, dict) and bare in values and set(values) <= set(DESIGNS[name].model_fields)):
        values = {bare: values}
    try:
        return DESIGNS[name].model_validate(values)
    except ValidationError as error:
        raise in_our_words(error, f"design.{name}", DESIGNS[name].model_fields) from None


def write_design(design: Design) -> dict[str, Any]:
    """A design as plain data; `read_design` gives the same design."""
    return {design.name(): design.model_dump(mode="json")}


def _checked(scenario: Scenario, point: Point, where: str) -> Point:
    return {name: address_of(scenario, name, where).spec.check(value, f"{where}.{name}") for name, value in point.items()}
