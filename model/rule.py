"""Rule: everything that happens in a step.

A rule is one frozen, validated class: parameters, a docstring with formula, shapes and source, and one body whose argument
names are its contract (`model/binding.py`). The body writes row i of `new_<field>` for each i in `who`, in order, and
reads all that it needs for a row before it writes it. `new_<field>` may be the field itself. Committed (`fixed`) agents do
not change their minds: where a written field is a mind, `free` leaves them out.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field as PydanticField
from pydantic import field_validator, model_validator

from valuescape.model.binding import (
    LAYER,
    LAYER_ARRAYS,
    PLAIN,
    RESERVED,
    arguments_of,
    is_compiled,
    optional_of,
    reassigned,
)
from valuescape.model.errors import InputError
from valuescape.model.kinds import Declared, _registry, load_all
from valuescape.model.limits import MOST_STEPS
from valuescape.model.parameters import DISTRIBUTIONS, OTHERS
from valuescape.model.state import CORE, SIZES, Field
from valuescape.model.words import quoted

if TYPE_CHECKING:
    from valuescape.model.state import State

ACTIVATIONS = ("synchronous", "sequential", "random", "matching")
REACHES = ("own", "partner", "society")
EVERYBODY = "everybody"
TIES = "ties"
OWN = "own_"
ROLES = ("", "content", "target", "start", "scope")


class Rule(Declared, kind="rule"):
    """The base of all rules. Settings that every rule has:

    label: its address, unique in a scenario (default: its name); on: the group or groups that it is for, or `not NAME`
    (default: everybody); begin, end: the first step and the one it stops before; every: once in so many steps; layer:
    whose ties it uses; activation: one of its `activations` (default: the first).

    What a class of rules declares, beside parameters and docstring:

    - kernel: its body; whole: a second body for complete ties, from totals; trace: who moved whom, for the ledger;
    - writes: the fields that it changes, and `ties` where it changes ties;
    - reach: which rows it may write: `own` (those of `who`), `partner` (also of whom they meet), `society` (any);
    - activations: the orders of revision that it allows, the default first;
    - fields: what it reads or writes beyond the core fields, as `Field` objects;
    - looks_at: what it reads of others, where the names of its arguments do not say it: `partner` (of its ties only the one
      that it picks), `everybody` (totals over everybody are taken once a call: in `whole`, where there is one);
    - signed: whether negative weights are meant.
    """

    kernel: ClassVar[Any] = None
    whole: ClassVar[Any] = None
    trace: ClassVar[Any] = None
    writes: ClassVar[tuple[str, ...]] = ()
    reach: ClassVar[Literal["own", "partner", "society"]] = "own"
    activations: ClassVar[tuple[str, ...]] = ("synchronous", "sequential", "random")
    fields: ClassVar[tuple[Field, ...]] = ()
    looks_at: ClassVar[str] = ""
    signed: ClassVar[bool] = False

    label: str = ""
    on: str | tuple[str, ...] = EVERYBODY
    begin: int = PydanticField(0, ge=0, le=MOST_STEPS)
    end: int | None = PydanticField(None, ge=0, le=MOST_STEPS)
    every: int = PydanticField(1, ge=1, le=MOST_STEPS)
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
                f"{cls.name()}.activation = {quoted(value)} is not allowed: one of {', '.join(cls.activations)}:"
                " the order of revision"
            )
        return value

    @field_validator("label")
    @classmethod
    def _plain_label(cls, value: str) -> str:
        if not value.replace("_", "a").replace("-", "a").isalnum():
            raise InputError(f"{cls.name()}.label = {quoted(value)}: letters, digits, _ and - only: it is an address")
        return value

    # --- the contract, checked when the class is defined --------------------------------------------------------------

    @classmethod
    def bodies(cls) -> tuple[Any, ...]:
        """Its body, and the second one for complete ties where it has one."""
        return tuple(body for body in (cls.kernel, cls.whole) if body is not None)

    @classmethod
    def define(cls) -> None:
        """Check that every argument of a body is known, and that every declaration means something."""
        if cls.kernel is None:
            raise TypeError(f"{cls.__name__} has no `kernel`: the function that makes its change")
        own = {f.name: f for f in (*CORE, *cls.fields)}
        clash = set(cls.parameters()) & {*own, *RESERVED, *PLAIN}  # one of a tie array's name hides it
        if clash:
            raise TypeError(f"{cls.__name__}: {', '.join(sorted(clash))} is a field or reserved word, and a parameter")
        lengths = {*SIZES, *(spec.size for spec in cls.parameters().values())}
        for field in cls.fields:
            unknown = [d for d in field.dims if isinstance(d, str) and d not in lengths]
            if unknown:
                raise TypeError(f"{cls.__name__}: no parameter says how long the axis {unknown[0]} of {field.name} is")
            if field.below and field.below not in lengths:
                raise TypeError(f"{cls.__name__}: no parameter says what {field.below} is, below which {field.name} stays")
            cls._check_role(field)
            other = known_fields().get(field.name, field)
            if replace(other, meaning="") != replace(field, meaning=""):
                raise TypeError(f"{cls.__name__}: the field {field.name} is declared elsewhere, and otherwise")
        for name in cls.writes:
            if name == "expressed" and "falsified" not in cls.writes:
                raise TypeError(f"{cls.__name__}: `writes` names expressed, and not falsified, which says whose differ")
            if name not in own and name != TIES:
                raise TypeError(f"{cls.__name__}: `writes` names {name}, no core field and none of its `fields`")
            if name in own and own[name].role == "own":
                raise TypeError(
                    f"{cls.__name__}: `writes` names {name}, which no rule moves: it follows the rules that write"
                    f" {own[name].alias_of} and use nothing of what agents hold or do"
                )
        cls._check_targets(own)
        for body in (*cls.bodies(), *([cls.trace] if cls.trace is not None else [])):
            cls._check_body(body, own)
        cls._check_written()
        cls._check_reach()
        cls._check_looks_at()

    @classmethod
    def _check_role(cls, field: Field) -> None:
        if field.role not in ROLES and field not in CORE:
            raise TypeError(f"{cls.__name__}: the role of {field.name} is {field.role!r}: one of {', '.join(ROLES[1:])}")
        if field.name.startswith(OWN) and field not in CORE:
            raise TypeError(f"{cls.__name__}: {field.name} begins with {OWN}, as the own minds do: another name")

    @classmethod
    def _check_targets(cls, own: dict[str, Field]) -> None:
        """The targets of a fixed agent move, its mind does not: one `free` cannot say both."""
        written = [own[name] for name in cls.writes if name in own]
        targets, minds = [f.name for f in written if f.role == "target"], [f.name for f in written if f.mind]
        if targets and minds:
            raise TypeError(
                f"{cls.__name__}: `writes` names {targets[0]}, which moves for a fixed agent too, and {minds[0]}, its mind,"
                " which does not: split it in two rules"
            )

    @classmethod
    def _check_body(cls, body: Any, own: dict[str, Field]) -> None:
        words = {*LAYER, *RESERVED, *(() if is_compiled(body) else PLAIN)}
        words |= {"credit", "slope"} if body is cls.trace else set()
        for argument in arguments_of(body):
            written = argument.startswith("new_") and argument[4:] in cls.writes
            if not (argument in own or argument in cls.parameters() or argument in words or written):
                raise TypeError(
                    f"{cls.__name__}: the body's argument `{argument}` is no core field, none of its `fields`, no parameter,"
                    f" no reserved word and no new_<field> of `writes` = {cls.writes}"
                )
        lost = reassigned(body)
        if lost is not None:
            raise TypeError(f"{cls.__name__}: `{lost} = ...` changes nothing: write into it, as in {lost}[who] = ...")

    @classmethod
    def _check_written(cls) -> None:
        named = {a for body in cls.bodies() for a in arguments_of(body)}
        silent = [f for f in cls.writes if f != TIES and f"new_{f}" not in named and "agents" not in named]
        if silent:
            raise TypeError(f"{cls.__name__}: `writes` names {', '.join(silent)}, and the body has no new_{silent[0]}")
        if TIES in cls.writes and TIES not in named:
            raise TypeError(f"{cls.__name__}: `writes` names ties, and the body has no argument `ties`")

    @classmethod
    def _check_reach(cls) -> None:
        if cls.reach not in REACHES:
            raise TypeError(f"{cls.__name__}.reach = {cls.reach!r}: one of {', '.join(REACHES)}")
        if not cls.activations or not set(cls.activations) <= set(ACTIVATIONS):
            raise TypeError(f"{cls.__name__}.activations = {cls.activations}: some of {', '.join(ACTIVATIONS)}")
        if cls.reach == "partner" and "synchronous" in cls.activations:
            raise TypeError(f"{cls.__name__}: reach `partner` writes on two at a time, so never synchronous: `activations`")
        if cls.reach != "partner" and "mate" in cls.named():
            raise TypeError(f"{cls.__name__}: the body's argument `mate` needs reach `partner`: nobody is met otherwise")

    @classmethod
    def _check_looks_at(cls) -> None:
        if cls.looks_at not in ("", "partner", EVERYBODY):
            raise TypeError(f"{cls.__name__}.looks_at = {cls.looks_at!r}: `partner` or `everybody`, or nothing")
        if cls.looks_at == "partner" and not {"start", "neighbour"} <= set(arguments_of(cls.kernel)):
            raise TypeError(f"{cls.__name__}.looks_at = 'partner': its arguments name no ties to pick from")

    # --- what follows from it -----------------------------------------------------------------------------------------

    @classmethod
    def off(cls) -> dict[str, Any]:
        """The values at which it does nothing, by parameter: with all of them a run is, bit for bit, the one without it."""
        return {name: spec.off for name, spec in cls.parameters().items() if spec.off is not None}

    @classmethod
    def rate(cls) -> str:
        """The parameter that is the share of a gap closed in a step, or nothing."""
        return next((name for name, spec in cls.parameters().items() if spec.rate), "")

    @classmethod
    @cache
    def named(cls) -> frozenset[str]:
        """What its bodies must be handed besides parameters: fields, what is about ties, reserved words."""
        needed = {a for body in cls.bodies() for a in arguments_of(body) if a not in optional_of(body)}
        return frozenset(needed - set(cls.parameters()))

    @classmethod
    @cache
    def reads(cls) -> frozenset[str]:
        """The fields that its bodies read."""
        return cls.named() & {f.name for f in (*CORE, *cls.fields)}

    @classmethod
    @cache
    def used(cls) -> frozenset[str]:
        """Every field that it reads, writes or declares."""
        return cls.reads() | {f.name for f in cls.fields} | (set(cls.writes) - {TIES})

    @classmethod
    @cache
    def uses_ties(cls) -> bool:
        """Whether it needs a layer of ties."""
        return bool(cls.named() & {*LAYER_ARRAYS, TIES, "mate"}) or cls.reach == "partner"

    @classmethod
    @cache
    def takes_complete(cls) -> bool:
        """Whether it works on complete ties without N^2 stored rows: by `whole`, by its partner alone, or by no ties."""
        return cls.whole is not None or cls.looks_at == "partner" or not cls.named() & {*LAYER_ARRAYS, TIES}

    @classmethod
    @cache
    def reads_others(cls) -> bool:
        """Whether it looks at rows other than those it writes (whom one meets is drawn among the living)."""
        return bool(cls.named() & {*LAYER_ARRAYS, TIES} - set(cls.writes)) or cls.looks_at == EVERYBODY

    @classmethod
    @cache
    def stochastic(cls) -> bool:
        """Whether it draws random numbers itself (an activation's random order is not the rule's)."""
        return bool(cls.named() & {"key", "draw", "rng"})

    @classmethod
    @cache
    def moves_fixed(cls) -> bool:
        """Whether it acts on committed agents too: it writes no mind, or it is what commits them."""
        fields = {f.name: f for f in (*CORE, *cls.fields)}
        return "fixed" in cls.writes or not any(fields[name].mind for name in cls.writes if name != TIES)

    def rates(self, group: str) -> np.ndarray:
        """The share of a gap that it closes in a step for agents of a group: one number, or (N,) where a list says each's.

        Of what is drawn or read from a file only the largest that it can be is known beforehand.
        """
        name = type(self).rate()
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
        return any(inside) and (not fixed or type(self).moves_fixed())

    def sizes(self) -> dict[str, int]:
        """Sizes of further axes that its fields use: letter -> length."""
        return {spec.size: getattr(self, name) for name, spec in self.parameters().items() if spec.size}

    # --- what a rule may say of itself --------------------------------------------------------------------------------

    def wants(self) -> tuple[str, ...]:
        """Fields that its parameters ask for, beyond those that every rule of the class uses."""
        return ()

    def resolve(self, context: Any) -> dict[str, Any]:
        """Parameters in the form that the body takes, where that is not a number: name -> array."""
        return {}

    def check(self, state: State) -> None:
        """What it needs of a built state that its parameters cannot tell; raises `InputError`."""

    def told(self, state: State, i: int) -> tuple[tuple[str, str], ...]:
        """Beyond numbers, what it tells of an agent as it is now: (heading, text) each; nothing for most rules."""
        return ()

    def spent(self) -> dict[str, Any]:
        """What it used of others' services (calls, tokens), for the run's folder; nothing for most rules."""
        return {}

    def open_at(self, step: int) -> bool:
        """Whether it acts in this step."""
        return self.begin <= step and (self.end is None or step < self.end) and (step - self.begin) % self.every == 0


def known_fields(*named: str) -> dict[str, Field]:
    """Fields that the rules loaded so far declare, then core fields; all rules are loaded where a named one is missing."""
    fields = _fields_of(tuple(_registry["rule"].values()))  # type: ignore[arg-type]
    if not fields.keys() >= set(named):
        load_all()
        fields = _fields_of(tuple(_registry["rule"].values()))  # type: ignore[arg-type]
    return dict(fields)


@lru_cache(maxsize=4)
def _fields_of(rules: tuple[type[Rule], ...]) -> dict[str, Field]:
    declared = {f.name: f for cls in rules for f in cls.fields}
    return {**dict(sorted(declared.items())), **{f.name: f for f in CORE}}
