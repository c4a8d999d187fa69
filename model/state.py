"""State: the arrays that everybody can see.

Structure of arrays, C-contiguous. N places (agents), K value dimensions, F traits, H reference profiles (1 for the
whole society, or one per group). A field is allocated only if something in the scenario names it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from valuescape.model.errors import InputError, unknown
from valuescape.model.ties import Ties
from valuescape.model.words import in_a_line, in_brackets, in_digits

ALONE = -1
SIZES = ("N", "K", "F", "H")  # the letters of the sizes that every state has


@dataclass(frozen=True)
class Field:
    """A named array, and what is true of it.

    - name: the word by which bodies, initials and measures name it;
    - dims: letters of the state's sizes, or whole numbers, or () for one shared number;
    - dtype: "float" (the scenario's precision), "int" (int32), "trait" (int16) or "bool";
    - default: the number that it is filled with before the first step;
    - low, high: its bounds (inclusive); what lies outside is refused;
    - meaning: one line, which messages and tables show;
    - copy_of: the field that it starts as a copy of;
    - alias_of: the field that it is a read-only view of until a rule writes it;
    - below: the letter of a size that its whole numbers stay under, because kernels count by them;
    - mind: a committed (`fixed`) agent's does not change;
    - starts: an initial may fill it;
    - missing: what to add where a rule reads it and nothing makes it;
    - anew: it is made anew in every step, so what reads it stands after what makes it;
    - role: its part in `model/own_minds.py`: `content` (what agents hold, say, do and earn), `target` (what they are
      measured by), `start` (a target at step 0), `scope` (who lives, who listens to whom, who belongs together) or `own`
      (the own mind of a target, which no rule writes).
    """

    name: str
    dims: tuple[str | int, ...]
    dtype: str = "float"
    default: float = 0.0
    low: float | None = None
    high: float | None = None
    meaning: str = ""
    copy_of: str = ""
    alias_of: str = ""
    below: str = ""
    mind: bool = False
    starts: bool = False
    missing: str = ""
    anew: bool = False
    role: str = ""


CORE = (
    Field(
        "values", ("N", "K"), low=0, high=1, mind=True, starts=True, role="content",
        meaning="the weight that the agent gives each value when it acts",
    ),
    Field(
        "expressed", ("N", "K"), low=0, high=1, alias_of="values", role="content",
        meaning="what others see of its values",
    ),
    Field("anchors", ("N", "K"), low=0, high=1, copy_of="values", role="content", meaning="the values at step 0"),
    Field(
        "preferences", ("N", "K"), low=0, high=1, starts=True, role="target",
        meaning="what the user whom the agent serves wants",
    ),
    Field(
        "u0", ("N", "K"), low=0, high=1, copy_of="preferences", role="start",
        meaning="what that user wanted at step 0",
    ),
    Field(
        "objectives", ("N", "K"), low=0, high=1, starts=True, role="target", meaning="what the agent's task rewards"
    ),
    Field(
        "o0", ("N", "K"), low=0, high=1, copy_of="objectives", role="start", meaning="what the task rewarded at step 0"
    ),
    Field("human_values", ("H", "K"), low=0, high=1, role="target", meaning="the reference that society holds"),
    Field("h0", ("H", "K"), low=0, high=1, copy_of="human_values", role="start", meaning="that reference at step 0"),
    Field(
        "own_human_values", ("H", "K"), low=0, high=1, alias_of="human_values", role="own",
        meaning="the reference that society would hold had no agent influenced it",
    ),
    Field(
        "own_preferences", ("N", "K"), low=0, high=1, alias_of="preferences", role="own",
        meaning="what the user would want had no agent influenced any user",
    ),
    Field(
        "own_objectives", ("N", "K"), low=0, high=1, alias_of="objectives", role="own",
        meaning="what the task would reward had no agent influenced it",
    ),
    Field(
        "traits", ("N", "F"), "trait", low=0, mind=True, starts=True, role="content",
        meaning="categorical culture, stances, inventories",
        missing="traits, and nothing gives them: add `initial: {traits: ...}`",
    ),
    Field(
        "coalition", ("N",), "int", ALONE, low=ALONE, below="N", starts=True, role="scope",
        meaning="the coalition it is in (-1: none)",
        missing="coalitions, and nothing makes them: add a rule that writes coalition, or `initial: {coalition: ...}`",
    ),
    Field("group", ("N",), "int", low=0, meaning="the declared group that it belongs to"),
    Field("active", ("N",), "bool", 1, starts=True, role="scope", meaning="lives there"),
    Field("fixed", ("N",), "bool", role="scope", meaning="does not change its mind"),
    Field("falsified", ("N",), "bool", starts=True, meaning="expresses other values than it holds"),
    Field("prosocial", ("K",), meaning="the prosocial direction of the value system: weights that sum to 0"),
    Field(
        "team", ("N",), "int", role="scope", meaning="the working group: coalition, declared group or the whole society"
    ),
)  # fmt: skip
_DTYPES = {"int": np.int32, "trait": np.int16, "bool": np.bool_}


class State:
    """Named arrays over N agents, and layers of ties. `state.values` and `state["values"]` are the same array.

    Assigning to a field copies into its array, so that everything prepared from it stays true. `view(name)` is the same
    memory, read-only: what rules and measures are handed.
    """

    def __init__(self, sizes: dict[str, int], dtype: str = "float64") -> None:
        self.sizes = dict(sizes)
        self.dtype = np.dtype(dtype)
        self.ties: dict[str, Ties] = {}
        self.arrays: dict[str, np.ndarray] = {}
        self.fields: dict[str, Field] = {}
        self.aliases: dict[str, str] = {}
        self.groups: tuple[str, ...] = ()  # the names behind the numbers of `group`

    @property
    def n(self) -> int:
        """The number of places."""
        return self.sizes["N"]

    def shape(self, field: Field) -> tuple[int, ...]:
        """The field's shape in this state."""
        return tuple(d if isinstance(d, int) else self.sizes[d] for d in field.dims)

    def dtype_of(self, field: Field) -> np.dtype:
        """The type of the field's numbers in this state."""
        return self.dtype if field.dtype == "float" else np.dtype(_DTYPES[field.dtype])

    def size_of(self, field: Field) -> int:
        """Bytes of the field's array (an alias has none)."""
        return 0 if field.alias_of else math.prod(self.shape(field)) * self.dtype_of(field).itemsize

    def allocate(self, field: Field) -> None:
        """Make the field's array, filled with its default (an alias gets none)."""
        self.fields[field.name] = field
        if field.alias_of:
            self.aliases[field.name] = field.alias_of
            return
        self.arrays[field.name] = np.full(self.shape(field), field.default, self.dtype_of(field))

    def claim(self, name: str) -> None:
        """Give an aliased field an array of its own, equal to what it was a view of."""
        source = self.aliases.pop(name, None)
        if source is not None:
            self.arrays[name] = self.arrays[source].copy()

    def __contains__(self, name: str) -> bool:
        return name in self.arrays or name in self.aliases

    def __getitem__(self, name: str) -> np.ndarray:
        array = self.arrays.get(self.aliases.get(name, name))
        if array is None:
            raise unknown("field", name, [*self.arrays, *self.aliases])
        return array

    def __setitem__(self, name: str, content: Any) -> None:
        array = self[name]
        self.check(name, content, name)
        array[...] = content

    def __setattr__(self, name: str, content: Any) -> None:
        if "arrays" in self.__dict__ and "aliases" in self.__dict__ and name in self:
            self[name] = content
        else:
            super().__setattr__(name, content)

    def check(self, name: str, content: Any, address: str) -> None:
        """Refuse content that lies outside the field's bounds or is not a number."""
        content = np.asarray(content)
        if content.dtype.kind not in "biuf" and content.size:
            given = content.item() if content.size == 1 else content
            raise InputError(f"{address} = {in_a_line(str(given))} is not a number: {self.fields[name].meaning}")
        mistake = self.outside(name, content, address)
        if mistake is not None:
            raise InputError(mistake)

    def outside(self, name: str, content: np.ndarray, address: str = "") -> str | None:
        """What is wrong with numbers for a field, in words: not finite, or outside its bounds; None where nothing is.

        Without an address, the words name field and agent.
        """
        field = self.fields[name]
        if content.size == 0 or content.dtype.kind == "b":
            return None
        low, high = field.low, self.sizes[field.below] - 1 if field.below else field.high
        wrong = ~np.isfinite(content) if content.dtype.kind == "f" else np.zeros(content.shape, bool)
        if wrong.any():
            row = int(np.argwhere(np.atleast_1d(wrong))[0][0])
            if address:
                return f"{address}: row {row + 1} holds nan or infinity, which is not a number"
            given = np.atleast_1d(content)[row].ravel().tolist()
            whose = f"{name} of agent {row}" if field.dims[:1] == ("N",) else name
            return f"{whose} = {given}, which is not finite: {field.meaning}"
        wrong = np.zeros(content.shape, bool)
        if low is not None:
            wrong |= content < low
        if high is not None:
            wrong |= content > high
        if not wrong.any():
            return None
        bad = content.min() if low is not None and content.min() < low else content.max()
        where = address
        if not address:
            row = int(np.argwhere(np.atleast_1d(content) == bad)[0][0])
            where = f"{name} of agent {row}" if field.dims[:1] == ("N",) else name
        return f"{where} = {in_digits(bad.item())} lies outside {in_brackets(low, high)}: {field.meaning}"

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("__") or name in ("arrays", "aliases"):
            raise AttributeError(name)
        try:
            return self[name]
        except ValueError as error:
            raise AttributeError(str(error)) from None

    def view(self, name: str) -> np.ndarray:
        """The field, read-only, in the same memory."""
        view = self[name].view()
        view.flags.writeable = False
        return view

    def living(self) -> np.ndarray:
        """The rows in use, (N,) bool."""
        return self.arrays["active"] if "active" in self.arrays else np.ones(self.n, bool)
