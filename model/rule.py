"""Rule: everything that happens in a step.

A rule is one frozen, validated class: parameters, a docstring with formula, shapes and source, and one kernel whose
argument names are its contract:

- a state field by its name: read, always as a read-only view;
- `new_<field>`: written, and the field stands in `writes`;
- a parameter by its name: float64, int64 or bool; an (N,) array where it is `per_agent`; the index of a choice;
- `start, neighbour, weight, share`: the ties of the rule's layer (`loops`: whether complete ties include oneself);
- reserved: `who` (M,) int32, the agents that revise, in order; `free` (N,) bool, who may be written on; `key`, `at`
  (M,) uint64, randomness (`k = split(key, at[m])`); `mate` (M,) int32, whom who[m] meets (reach `partner`).

The kernel writes row i of `new_<field>` for each i in `who`, in order, and reads all that it needs for a row before it
writes it. `new_<field>` may be the field itself. `fixed` agents do not change their minds: `free` leaves them out, unless
the rule is about moves, memberships and payoffs and not about minds (`moves_fixed`).
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field as PydanticField
from pydantic import field_validator, model_validator

from valuescape.model.errors import InputError
from valuescape.model.kinds import Declared, _registry
from valuescape.model.parameters import DISTRIBUTIONS, OTHERS
from valuescape.model.state import CORE, LAYER_ARRAYS, Field

if TYPE_CHECKING:
    from valuescape.model.state import State
    from valuescape.model.ties import Ties

RESERVED = ("who", "free", "key", "at", "mate", "loops")
SETTINGS = ("label", "on", "begin", "end", "every", "layer", "activation")
ACTIVATIONS = ("synchronous", "sequential", "random", "matching")
EVERYBODY = "everybody"


@dataclass(frozen=True)
class Moment:
    """What a rule without a kernel is handed besides the arrays.

    step; `free` (N,) bool; `ties` of its layer; `parameters` (per-agent ones as (N,) arrays); `draw(ids, d)`: the same
    uniform draws that a kernel makes; `rng`: a generator of this rule and step for other shapes; `society`.
    """

    step: int
    free: np.ndarray
    ties: Ties | None
    parameters: dict[str, Any]
    draw: Any
    rng: np.random.Generator
    society: Any
    mate: np.ndarray | None = None


class Rule(Declared, kind="rule"):
    """The base of all rules. Settings that every rule has:

    label: its address, unique in a scenario (default: its name); on: the group or groups that it is for, or `not NAME`
    (default: everybody); begin, end: the first step and the one it stops before; every: once in so many steps; layer:
    whose ties it uses; activation: one of its `activations` (default: the first).
    """

    writes: ClassVar[tuple[str, ...]] = ()
    reach: ClassVar[Literal["own", "partner", "society"]] = "own"
    activations: ClassVar[tuple[str, ...]] = ("synchronous", "sequential", "random")
    kernel: ClassVar[Any] = None
    whole: ClassVar[Any] = None
    trace: ClassVar[Any] = None
    off: ClassVar[dict[str, Any]] = {}
    fields: ClassVar[tuple[Field, ...]] = ()
    reads: ClassVar[tuple[str, ...]] = ()
    rate: ClassVar[str] = ""
    aggregates: ClassVar[bool] = False
    falsifies: ClassVar[bool] = False
    draws: ClassVar[bool | None] = None
    signed: ClassVar[bool] = False
    picks: ClassVar[bool] = False
    makes: ClassVar[tuple[str, ...]] = ()
    in_agent_step: ClassVar[bool] = True
    moves_fixed: ClassVar[bool] = False
    built: ClassVar[tuple[str, ...]] = ()  # parameters that sizes and columns are built by: fixed while a society lives

    label: str = ""
    on: str | tuple[str, ...] = EVERYBODY
    begin: int = PydanticField(0, ge=0)
    end: int | None = PydanticField(None, ge=0)
    every: int = PydanticField(1, ge=1)
    layer: str = "main"
    activation: str = ""

    @model_validator(mode="before")
    @classmethod
    def _own_name(cls, data: Any) -> Any:
        if isinstance(data, dict):
            own = {"label": cls.name(), "activation": cls.activations[0]}
            data = {**data, **{key: data.get(key) or default for key, default in own.items()}}
        return data

    @field_validator("activation")
    @classmethod
    def _known_activation(cls, value: str) -> str:
        if value not in cls.activations:
            raise InputError(
                f"{cls.name()}.activation = {value!r} is not allowed: one of {', '.join(cls.activations)}:"
                " the order of revision"
            )
        return value

    @field_validator("label")
    @classmethod
    def _plain_label(cls, value: str) -> str:
        if not value.replace("_", "a").replace("-", "a").isalnum():
            raise InputError(f"{cls.name()}.label = {value!r}: letters, digits, _ and - only: it is an address")
        return value

    @classmethod
    def define(cls) -> None:
        """Check the kernel's argument names against fields, parameters and reserved words."""
        fields = known_fields() | {f.name: f for f in cls.fields}
        ties = set(LAYER_ARRAYS) if cls.kernel is not None else set()  # without a kernel nothing is bound by name
        own = {f.name for f in (*CORE, *cls.fields)}  # a further field of another rule is hidden by a parameter's name
        clash = set(cls.parameters()) & (own | set(RESERVED) | ties)
        if clash:
            raise TypeError(f"{cls.__name__}: {', '.join(sorted(clash))} is a field or reserved word, and a parameter")
        for field in cls.fields:
            other = known_fields().get(field.name, field)
            if replace(other, meaning="") != replace(field, meaning=""):
                raise TypeError(f"{cls.__name__}: the field {field.name} is declared elsewhere, and otherwise")
        unwritten = set(cls.writes)
        for body in (cls.kernel, cls.whole, cls.trace):
            for argument in arguments_of(body):
                plain = argument.removeprefix("new_")
                known = (
                    argument in fields
                    or argument in cls.parameters()
                    or argument in RESERVED
                    or argument in LAYER_ARRAYS
                    or (argument.startswith("new_") and plain in cls.writes)
                    or (body is cls.trace and argument in ("credit", "slope"))
                )
                if not known:
                    raise TypeError(
                        f"{cls.__name__}: the kernel's argument `{argument}` is no field, no parameter, no reserved word"
                        f" and no new_<field> of `writes` = {cls.writes}"
                    )
                unwritten.discard(plain if argument.startswith("new_") else "")
        for name in cls.writes:
            if name not in fields:
                raise TypeError(f"{cls.__name__}: `writes` names {name}, which is no field")
        if cls.kernel is not None and unwritten:
            raise TypeError(f"{cls.__name__}: `writes` names {', '.join(sorted(unwritten))}, the kernel has no new_ for it")
        if cls.kernel is None and cls.revise is Rule.revise:
            raise TypeError(f"{cls.__name__}: neither a kernel nor a `revise` of its own")

    @classmethod
    @cache
    def used(cls) -> frozenset[str]:
        """Every field that it reads or writes."""
        named = {a.removeprefix("new_") for body in (cls.kernel, cls.whole) for a in arguments_of(body)}
        own = {f.name for f in cls.fields}
        read = named & (set(known_fields()) | own) - set(cls.parameters())
        return frozenset(read | own | set(cls.writes) | set(cls.reads))

    @classmethod
    @cache
    def uses_ties(cls) -> bool:
        """Whether it looks at ties at all."""
        arguments = {a for body in (cls.kernel, cls.whole) for a in arguments_of(body)}
        return bool(arguments & {*LAYER_ARRAYS, "mate"}) or cls.picks or cls.reach == "partner"

    @classmethod
    @cache
    def stochastic(cls) -> bool:
        """Whether it draws random numbers itself (an activation's random order is not the rule's)."""
        if cls.draws is not None:
            return cls.draws
        arguments = {a for body in (cls.kernel, cls.whole) for a in arguments_of(body)}
        return bool(arguments & {"key", "at"}) or cls.kernel is None

    @classmethod
    def takes_complete(cls) -> bool:
        """Whether it works on complete ties without N^2 rows: by `whole`, by `partner` alone (`picks`), or by no ties."""
        return cls.whole is not None or cls.picks or not set(arguments_of(cls.kernel)) & set(LAYER_ARRAYS)

    def revise(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> None:
        """A rule without a kernel: read `seen.<field>`, write rows `who` of `out.<field>`."""
        raise TypeError(f"{type(self).__name__} has a kernel")

    @classmethod
    @cache
    def reads_others(cls) -> bool:
        """Whether it looks at rows other than those it writes (whom one meets is drawn among the living)."""
        arguments = {a for body in (cls.kernel, cls.whole) for a in arguments_of(body)}
        return bool(arguments & set(LAYER_ARRAYS)) or cls.aggregates

    def rates(self, group: str) -> np.ndarray:
        """The share of a gap that it closes in a step for agents of a group: one number, or (N,) where a list says each's.

        Of what is drawn or read from a file only the largest that it can be is known beforehand.
        """
        name = type(self).rate
        value, spec = getattr(self, name), self.parameters()[name]
        if isinstance(value, dict) and set(value) & {*DISTRIBUTIONS, "csv"}:
            return np.asarray(max(value["uniform"]) if "uniform" in value else spec.high or 1.0)
        if isinstance(value, dict):
            value = value.get(group, value.get(OTHERS, type(self).model_fields[name].default))
        return np.asarray(value, float)

    def moves(self, group: str, *, fixed: bool) -> bool:
        """Whether it changes agents of a group."""
        names = (self.on,) if isinstance(self.on, str) else self.on
        inside = (name != f"not {group}" if name.startswith("not ") else name in (group, EVERYBODY) for name in names)
        return any(inside) and (not fixed or type(self).moves_fixed)

    def sizes(self) -> dict[str, int]:
        """Sizes of further axes that its fields use: letter -> length."""
        return {}

    def wants(self) -> tuple[str, ...]:
        """Fields that its parameters ask for, beyond those that every rule of the class uses."""
        return ()

    def resolve(self, context: Any) -> dict[str, Any]:
        """Parameters in the form that the kernel takes, where that is not a number: name -> array."""
        return {}

    def check(self, state: State) -> None:
        """What it needs of a built state that its parameters cannot tell; raises `InputError`."""

    def open_at(self, step: int) -> bool:
        """Whether it acts in this step."""
        return self.begin <= step and (self.end is None or step < self.end) and (step - self.begin) % self.every == 0


@cache
def _signature(function: Any) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def arguments_of(body: Any) -> tuple[str, ...]:
    """The argument names of a kernel, compiled or not."""
    return () if body is None else _signature(getattr(body, "py_func", body))


def known_fields() -> dict[str, Field]:
    """Core fields, and those that rules declare."""
    declared = {f.name: f for cls in _registry["rule"].values() for f in cls.fields}  # type: ignore[attr-defined]
    return {**declared, **{f.name: f for f in CORE}}
