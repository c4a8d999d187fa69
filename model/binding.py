"""One binder by argument names: what the body of a rule or a measure is handed, whether it is compiled or not.

A body is one function, `@njit` or plain Python, and the names of its arguments are its contract:

- a field of the state by its name: read, always as a read-only view;
- `new_<field>`: written;
- a parameter by its name: float64, int64 or bool; an (N,) array where it is `per_agent`; a choice is its word in plain
  Python and its index where the body is compiled;
- `start neighbour weight share` are the ties of its layer, `loops` whether complete ties include oneself, `mutual` whether
  whoever is listened to listens too (undirected or complete ties);
- a reserved word: see `RESERVED` and `PLAIN`.
"""

from __future__ import annotations

import dis
import inspect
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from valuescape.model.state import State
    from valuescape.model.ties import Ties

LAYER_ARRAYS = ("start", "neighbour", "weight", "share")
LAYER = {
    "start": "(N+1,) int32: row i of `neighbour` begins at start[i]; one entry where ties are complete and implicit",
    "neighbour": "(E,) int32: whom each agent listens to, row after row",
    "weight": "(E,) float64: the weight of each tie, negative where ties are signed",
    "share": "(E,) float64: the weight divided by the sum of the row's absolute weights",
    "loops": "whether complete ties include oneself",
    "mutual": "whether whoever is listened to listens too: ties are undirected or complete",
}
RESERVED = {
    "who": "(M,) int32: the agents that revise, in order",
    "free": "(N,) bool: who may be written on: in the rule's `on`, living, and not committed where a mind is written",
    "key": "uint64: the rule's key of this step; `k = split(key, at[m])`, then `uniform(k, 0)`, `uniform(k, 1)`, ...",
    "at": "(M,) uint64: the number by which who[m] draws: its id, or the event's",
    "mate": "(M,) int32: whom who[m] meets (reach `partner`)",
    "dims": "a tuple of length K: `len(dims)` is a constant to the compiler, and `vector(dims)` a vector on the stack",
}
PLAIN = {
    "draw": "draw(ids, d): the d-th uniform draw of each agent in this step, as a compiled body makes it",
    "rng": "a numpy Generator of this rule and step, for shapes that `draw` cannot give",
    "step": "the step that is being made, from 0",
    "ties": "the `Ties` of its layer, with cut, add, rewire and reweigh",
    "agents": "agents(i): the Mesa agent of row i",
    "self": "the rule itself, where the body is written as a method of its class",
}


@cache
def _signature(function: Any) -> inspect.Signature:
    return inspect.signature(function)


def plain_function(body: Any) -> Any:
    """The Python function behind a body, compiled or not."""
    return getattr(body, "py_func", body)


def is_compiled(body: Any) -> bool:
    """Whether the body is a compiled kernel."""
    return hasattr(body, "py_func")


def arguments_of(body: Any) -> tuple[str, ...]:
    """The argument names of a body; none where there is no body."""
    return () if body is None else tuple(_signature(plain_function(body)).parameters)


def optional_of(body: Any) -> frozenset[str]:
    """The arguments that a body can do without (they have a default, and are handed over where they exist)."""
    if body is None:
        return frozenset()
    return frozenset(n for n, p in _signature(plain_function(body)).parameters.items() if p.default is not p.empty)


def reassigned(body: Any) -> str | None:
    """The first `new_<field>` that a body assigns to as a whole (`new_values = ...`), which would change nothing."""
    code = plain_function(body).__code__
    stored = {i.argval for i in dis.get_instructions(code) if i.opname in ("STORE_FAST", "STORE_DEREF")}
    return next((a for a in arguments_of(body) if a.startswith("new_") and a in stored), None)


def layer_argument(ties: Ties | None, name: str) -> Any:
    """What an argument that is about ties is bound to."""
    if ties is None:
        return None
    return not ties.directed if name == "mutual" else getattr(ties, name)


def dims_for(k: int) -> tuple[int, ...]:
    """What the word `dims` stands for: one entry per value dimension, so that a kernel's type says how many there are."""
    return (0,) * k


def dims_of(state: State) -> tuple[int, ...]:
    """The word `dims` for the value dimensions of a state."""
    return dims_for(state.sizes.get("K", 1))


def _view(state: State, name: str, seen: Mapping[str, np.ndarray]) -> np.ndarray:
    for field, array in seen.items():
        if state[name] is state[field]:
            view = array.view()
            view.flags.writeable = False
            return view
    return state.view(name)


def bind(
    body: Any,
    state: State,
    ties: Ties | None,
    settings: Mapping[str, Any],
    written: Mapping[str, np.ndarray],
    seen: Mapping[str, np.ndarray] | None = None,
) -> tuple[list[Any], dict[str, int]]:
    """The argument list of a body, and the places of the words that are filled in anew at every call (all but `dims`).

    settings: parameters by name; written: the arrays behind `new_<field>`; seen: fields that are read from other arrays than
    their own, by whatever name they are read. An argument that nothing answers to and that has
    a default is None.
    """
    bound: list[Any] = []
    spots: dict[str, int] = {}
    for position, name in enumerate(arguments_of(body)):
        if name in settings:
            bound.append(settings[name])
        elif name in LAYER:
            bound.append(layer_argument(ties, name))
        elif name == "dims":
            bound.append(dims_of(state))
        elif name in RESERVED or name in PLAIN:
            spots[name] = position
            bound.append(None)
        elif name.startswith("new_") and name[4:] in written:
            bound.append(written[name[4:]])
        else:
            bound.append(_view(state, name, seen or {}) if name in state or name not in optional_of(body) else None)
    return bound, spots
