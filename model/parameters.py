"""Parameters: default, bounds, meaning, and what else is true of one, declared once, beside the parameter.

`param` is a pydantic field with a `Parameter` attached; the class that declares it (`model.kinds.Declared`) validates
every value through `Parameter.check`, so that all messages read alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from valuescape.model.errors import InputError, unknown
from valuescape.model.joins import Join, joined
from valuescape.model.limits import LARGEST_NUMBER
from valuescape.model.sources import file_of
from valuescape.model.text_files import read_table
from valuescape.model.words import in_brackets, in_digits, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DISTRIBUTIONS = {
    "uniform": ("low", "high"),
    "normal": ("mean", "standard deviation"),
    "beta": ("a", "b"),
}
OTHERS = "others"
_DIGITS = 300  # fewer than the largest float has
_LARGEST_INT = 10**_DIGITS


@dataclass(frozen=True)
class Parameter:
    """What is said of one parameter: bounds (inclusive), meaning, and the facts that `param` explains."""

    low: float | None = None
    high: float | None = None
    meaning: str = ""
    per_agent: bool = False
    choices: tuple[str, ...] = ()
    off: Any = None
    rate: bool = False
    live: bool = True
    size: str = ""
    weighs: str = ""
    type: type = field(default=float)

    @property
    def numeric(self) -> bool:
        """Whether values are numbers (true and false, words and lists are not)."""
        return self.type in (int, float)

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.type is bool:
            return "true or false"
        what = "a whole number" if self.type is int else "a number"
        if self.low is None and self.high is None:
            return what
        return f"{what} in {in_brackets(self.low, self.high)}"

    def check(self, value: Any, address: str) -> Any:
        """The value, converted and inside the bounds, or an `InputError` that names address, value and bounds."""
        if self.choices:
            if value not in self.choices:
                raise InputError(f"{address} = {quoted(value)} is not allowed: {self.allowed}: {self.meaning}")
            return value
        if self.type is bool:
            if not isinstance(value, bool | np.bool_):
                raise InputError(f"{address} = {quoted(value)} is not true or false: {self.meaning}")
            return bool(value)
        if self.per_agent and isinstance(value, dict | list | tuple | np.ndarray):
            return self._check_per_agent(value, address)
        return self._check_number(value, address)

    def _check_number(self, value: Any, address: str) -> float | int:
        if isinstance(value, bool | np.bool_ | str) or not isinstance(value, int | float | np.integer | np.floating):
            raise InputError(f"{address} = {quoted(value)} is not a number: {self.meaning}")
        if isinstance(value, int) and abs(value) > _LARGEST_INT:
            raise InputError(f"{address} is a whole number of more than {_DIGITS} digits: {self.meaning}")
        if self.type is int:
            if value != int(value) if math.isfinite(value) else True:
                raise InputError(f"{address} = {quoted(value)} is not a whole number: {self.meaning}")
            value = int(value)
        else:
            value = float(value)
            if math.isnan(value):
                raise InputError(f"{address} = nan is not a number: {self.meaning}")
        outside = (self.low is not None and value < self.low) or (self.high is not None and value > self.high)
        if outside:
            allowed = in_brackets(self.low, self.high)
            raise InputError(f"{address} = {in_digits(value)} lies outside {allowed}: {self.meaning}")
        bound = self.high if value > 0 else self.low
        if bound is None:
            must_be_moderate(value, address, self.meaning)
        return value

    def _check_per_agent(self, value: Any, address: str) -> Any:
        if not isinstance(value, dict):
            return tuple(self._check_number(one, f"{address}[{i}]") for i, one in enumerate(value))
        if "csv" in value:
            if not {"csv", "column"} <= set(value) <= {"csv", "column", "id", "encoding"}:
                raise InputError(
                    f"{address} = {quoted(value)}: a CSV column is given as {{csv: FILE, column: NAME, id: NAME}}"
                )
            if not all(isinstance(word, str) for word in value.values()):
                raise InputError(f"{address} = {quoted(value)}: the words of a CSV are file, column and the like")
            return {**value, "csv": file_of(value["csv"], None, f"{address}.csv")}
        if "attribute" in value and isinstance(value["attribute"], str):
            if len(value) > 1:
                raise InputError(
                    f"{address} = {quoted(value)}: what the data say of each agent stands alone, {{attribute: NAME}}"
                )
            return dict(value)
        named = set(value) & set(DISTRIBUTIONS)
        if named:
            name = next(iter(named))
            if len(value) > 1:
                raise InputError(f"{address} = {quoted(value)}: a distribution stands alone, as {{{name}: [a, b]}}")
            numbers = value[name]
            first, second = DISTRIBUTIONS[name]
            if not isinstance(numbers, list | tuple) or len(numbers) != 2:
                raise InputError(f"{address}.{name} = {quoted(numbers)} is not a pair: [{first}, {second}]")
            plain = Parameter(meaning=f"{name} distribution's {first} and {second}")
            pair = [plain._check_number(one, f"{address}.{name}") for one in numbers]
            if name == "uniform":
                pair = [self._check_number(one, f"{address}.uniform") for one in numbers]
            return {name: pair}
        return {group: self._check_number(one, f"{address}.{group}") for group, one in value.items()}


def must_be_moderate(value: float, address: str, meaning: str) -> None:
    """Refuse a number, where nothing bounds it, that is infinite or so large that sums and products of it are."""
    if abs(value) > LARGEST_NUMBER:
        most = f"{LARGEST_NUMBER:,} in size"
        raise InputError(f"{address} = {in_digits(value)} is larger than the largest number here, {most}: {meaning}")


def param(
    default: Any,
    low: float | None = None,
    high: float | None = None,
    meaning: str = "",
    *,
    per_agent: bool = False,
    choices: Sequence[str] = (),
    off: Any = None,
    rate: bool = False,
    live: bool = True,
    size: str = "",
    weighs: str = "",
) -> Any:
    """Declare a parameter, and what is true of it.

    - default: its value where the scenario says nothing; low, high: its bounds (inclusive); meaning: one line;
    - per_agent: each agent may have its own, and the body takes an (N,) array;
    - choices: the words that it may be, in place of bounds;
    - off: the value at which the rule does nothing (where several parameters have one, all of them together);
    - rate: it is the share of a gap that is closed in a step, so that inside `together` all rates on a field add up to at
      most 1;
    - live: it may change while a society runs;
    - size: the letter of an axis of the rule's fields that is so long (never live);
    - weighs: the written field on which it weighs what others do, where the rule writes more, or does more to it.

    A per-agent parameter takes a number, {group: number}, a distribution ({uniform: [a, b]}, {normal: [m, s]},
    {beta: [a, b]}; drawn from the stream `label.parameter`, held inside the bounds), {csv: FILE, column: NAME, id: NAME}
    (rows and agents are matched by the column `id` where agents have names; `id: none`: by position; `encoding` where the
    file is not UTF-8), {attribute: NAME} (what the data of the structure say of each agent), or a list of one number per
    agent.
    """
    spec = Parameter(
        low=low, high=high, meaning=meaning, per_agent=per_agent, choices=tuple(choices),
        off=off, rate=rate, live=live and not size, size=size, weighs=weighs,
    )  # fmt: skip
    return Field(default, description=meaning, json_schema_extra={"parameter": spec}, validate_default=True)  # type: ignore[dict-item]


def spread_over_agents(
    value: Any,
    spec: Parameter,
    address: str,
    group: np.ndarray,
    names: Sequence[str],
    rng: np.random.Generator,
    default: float,
    known: Mapping[str, np.ndarray],
    agents: Sequence[str] | None = None,
) -> np.ndarray:
    """A per-agent parameter as an (N,) float64 array; `group` (N,) holds each agent's index into `names`.

    known: what the data of the structure say of each agent, {name: (N,)}; agents: the names that they give them.
    """
    n = group.size
    if isinstance(value, tuple):
        if len(value) != n:
            raise InputError(f"{address} lists {len(value)} numbers for {n} agents: give one per agent")
        return np.asarray(value, float)
    if not isinstance(value, dict):
        return np.full(n, float(value))
    if "csv" in value:
        numbers, join = read_column(value, address, agents)
        if join is not None:
            numbers = np.concatenate([numbers[join.rows], np.full(n - join.rows.size, float(default))])
        if numbers.size != n:
            raise InputError(f"{address}: {value['csv']} has {numbers.size} rows for {n} agents: give one per agent")
        for number in numbers:
            spec.check(float(number), address)
        return numbers
    if isinstance(value.get("attribute"), str):
        return _attribute(value["attribute"], known, n, spec, address)
    for name, (a, b) in ((k, v) for k, v in value.items() if k in DISTRIBUTIONS):
        drawn = getattr(rng, name)(a, b, n)
        return np.clip(drawn, spec.low, spec.high) if spec.low is not None or spec.high is not None else drawn
    for name in value:
        if name not in names and name != OTHERS:
            raise unknown(f"group in {address}:", name, [*names, OTHERS])
    each = np.array([float(value.get(name, value.get(OTHERS, default))) for name in names])
    return each[group]


def _attribute(name: str, known: Mapping[str, np.ndarray], n: int, spec: Parameter, address: str) -> np.ndarray:
    """A number that the data say of each agent."""
    if name not in known:
        raise unknown(f"attribute in {address}:", name, known)
    given = known[name]
    if given.dtype.kind not in "iuf":
        raise InputError(f"{address}: the attribute {name} is no number: {given[0]}, ...")
    if given.size != n:
        raise InputError(f"{address}: the attribute {name} is known of {given.size} of {n} agents")
    return np.array([spec.check(number, address) for number in given.tolist()], float)


def read_column(value: Mapping[str, Any], address: str, agents: Sequence[str] | None) -> tuple[np.ndarray, Join | None]:
    """The column of `{csv: FILE, column: NAME}` as floats, and how rows are named agents (None: by position).

    A missing file, column or number is named with its line.
    """
    table = read_table(Path(value["csv"]), address, str(value.get("encoding", "")))
    numbers = np.asarray(table.numbers(str(value["column"]), address))
    return numbers, joined(table, agents, agents, str(value.get("id", "")), address)


def said_of_column(value: Mapping[str, Any], address: str, agents: Sequence[str] | None) -> tuple[str, ...]:
    """What `valuescape check` prints of `{csv: FILE, column: NAME}`."""
    numbers, join = read_column(value, address, agents)
    table = Path(value["csv"]).name
    extent = f"{in_digits(float(numbers.min()))} to {in_digits(float(numbers.max()))}"
    how = (f"{numbers.size:,} rows are taken by position, in their order",) if join is None else join.said
    return (f"{table}: column {value['column']}, {extent}", *how)
