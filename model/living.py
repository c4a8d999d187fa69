"""What a step asks of the society that it happens in, so that `activation` can be read, and imported, before `society`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

    from valuescape.model.state import State


class Living(Protocol):
    """A society as the order of a step sees it: its arrays, its parameters, its clock and the rules bound to it."""

    scenario: Any
    state: State
    seed: int
    settings: dict[str, dict[str, Any]]
    events: int | None
    clock: int
    running: bool
    acts: list[Any]
    ledger: Any
    threads: int

    def members(self, on: str | tuple[str, ...]) -> np.ndarray | None:
        """(N,) bool of a rule's `on`, or None for everybody."""
        ...

    def apply_schedule(self) -> None:
        """Make the changes that are due at this step."""
        ...

    def agent(self, row: int) -> Any:
        """The Mesa agent of a row."""
        ...

    def follow(self, written: tuple[str, ...]) -> None:
        """Let what is expressed follow what was written."""
        ...

    def record(self) -> None:
        """Collect the measures when they are due."""
        ...

    def is_over(self) -> bool:
        """Whether the last step is reached, or `until` holds."""
        ...
