"""Snapshot: a society at one step, as a value; and how arrays are kept and put back."""

from __future__ import annotations

import copy
import io
import pickle
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.state import State

if TYPE_CHECKING:
    from valuescape.model.ledger import Ledger
    from valuescape.model.records import Records
    from valuescape.model.scenario import Scenario
    from valuescape.model.stillness import Stillness
    from valuescape.model.ties import Ties

MESAS_OWN = frozenset({"model", "row", "unique_id", "pos", "_mesa_cell"})


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything that a society needs to go on from a step, bit for bit. Nothing changes it, and it can be pickled.

    scenario (with the schedule as it stands then), declared (as the society was built), seed, clock; state: a copy of every
    array, read-only; what did not change since the snapshot before is shared with it, and the rows of ties, which are
    replaced and never written into, with the society; settings: the parameters as the kernels take them; records and ledger
    (their rows are shared too); visits (N,) of step `visited_at`; still: for how long nothing has changed, where
    the end of the run depends on it; mesa: Mesa's clock and generators; agents: what Mesa
    agents hold of their own, if they were built.
    """

    scenario: Scenario
    declared: Scenario
    seed: int
    clock: int
    state: State
    settings: dict[str, dict[str, Any]]
    records: Records
    ledger: Ledger | None
    visits: np.ndarray | None
    visited_at: int
    still: Stillness | None
    mesa: dict[str, Any]
    agents: bytes | None

    def sizes(self) -> dict[int, int]:
        """{id: bytes} of every array of the state and of the ties that it holds; snapshots may share some."""
        arrays = list(self.state.arrays.values())
        for ties in self.state.ties.values():
            arrays += [ties.start, ties.neighbour, ties.weight, ties.share]
        return {id(array): array.nbytes for array in arrays}

    @cached_property
    def bytes(self) -> int:
        """Bytes of these arrays."""
        return sum(self.sizes().values())


def kept(array: np.ndarray, before: np.ndarray | None) -> np.ndarray:
    """A read-only copy, or the one kept before where it holds the same bits."""
    same = before is not None and before.shape == array.shape and before.dtype == array.dtype
    if before is not None and same and before.tobytes() == array.tobytes():
        return before
    copied = array.copy()
    copied.flags.writeable = False
    return copied


def kept_state(state: State, before: State | None) -> State:
    """The state as it is now, to be kept: copies of its arrays and ties."""
    other = copy.copy(state)
    known = {} if before is None else before.arrays
    other.arrays = {name: kept(array, known.get(name)) for name, array in state.arrays.items()}
    other.fields, other.aliases, other.sizes = dict(state.fields), dict(state.aliases), dict(state.sizes)
    other.ties = {}
    for layer, ties in state.ties.items():
        last = None if before is None else before.ties.get(layer)
        other.ties[layer] = _kept_ties(ties, last)
    return other


def _kept_ties(ties: Ties, before: Ties | None) -> Ties:
    other = copy.copy(ties)
    other.weight = kept(ties.weight, None if before is None else before.weight)
    other.share = kept(ties.share, None if before is None else before.share)
    return other


def put_back(state: State, source: State) -> None:
    """Make a state hold what another one holds. An array of the same shape stays the same array, with new content."""
    arrays = {}
    for name, array in source.arrays.items():
        own = state.arrays.get(name)
        if own is None or own.shape != array.shape or own.dtype != array.dtype:
            own = array.copy()
        else:
            own[...] = array
        arrays[name] = own
    state.arrays, state.dtype = arrays, source.dtype
    state.fields, state.aliases, state.sizes = dict(source.fields), dict(source.aliases), dict(source.sizes)
    state.groups = source.groups
    layers = {}
    for layer, ties in source.ties.items():
        layers[layer] = own = state.ties.get(layer) or copy.copy(ties)
        if own is not ties:
            own.__dict__.update(ties.__dict__, weight=ties.weight.copy(), share=ties.share.copy())
    state.ties = layers


def memory_of(agents: list[Any], society: Any) -> bytes:
    """What Mesa agents hold besides their rows; mentions of agents, their cells and the society stay mentions."""
    memory = [{name: own for name, own in agent.__dict__.items() if name not in MESAS_OWN} for agent in agents]
    file = io.BytesIO()
    try:
        _Writer(file, agents, society).dump(memory)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise InputError(f"an agent holds something that a snapshot cannot keep: {error}") from None
    return file.getvalue()


def remember(agents: list[Any], society: Any, memory: bytes) -> None:
    """Give Mesa agents back what they held."""
    for agent, own in zip(agents, _Reader(io.BytesIO(memory), agents, society).load(), strict=True):
        for name in agent.__dict__.keys() - MESAS_OWN:
            del agent.__dict__[name]
        agent.__dict__.update(own)


class _Writer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, agents: list[Any], society: Any) -> None:
        super().__init__(file)
        self.names = {id(society): ("society", 0), id(society.state): ("state", 0), id(society.random): ("random", 0)}
        for row, agent in enumerate(agents):
            self.names |= {id(agent): ("agent", row), id(agent.cell): ("cell", row)}

    def persistent_id(self, thing: Any) -> tuple[str, int] | None:
        return self.names.get(id(thing))


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, agents: list[Any], society: Any) -> None:
        super().__init__(file)
        self.agents, self.society = agents, society

    def persistent_load(self, name: tuple[str, int]) -> Any:
        part, row = name
        if part == "agent":
            return self.agents[row]
        if part == "cell":
            return self.agents[row].cell
        return self.society if part == "society" else getattr(self.society, part)
