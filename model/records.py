"""Records: rows of numbers, written one after the other, of which a copy costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_ROWS = 64


class _Store:
    """The rows that several records share: (R, W), of which `used` are written."""

    def __init__(self, width: int) -> None:
        self.rows = np.empty((FIRST_ROWS, width))
        self.used = 0

    def write(self, row: np.ndarray) -> None:
        """One row more; the room doubles when it is full."""
        if self.used == len(self.rows):
            self.rows = np.concatenate([self.rows, np.empty_like(self.rows)])
        self.rows[self.used] = row
        self.used += 1

    def beginning(self, length: int) -> _Store:
        """The first rows, in a store of their own."""
        other = _Store(self.rows.shape[1])
        other.rows = np.empty((max(FIRST_ROWS, 2 * length), self.rows.shape[1]))
        other.rows[:length] = self.rows[:length]
        other.used = length
        return other


class Records:
    """A table that grows by rows: `columns` (W names), `table()` (T, W) float64.

    Copies share the rows that they have in common, so a copy takes no memory however long the table is. A copy that is
    continued otherwise writes into rows of its own from there on; one that is continued as the original was goes on
    sharing, and finds what the original wrote beyond it in `ahead()`.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._store = _Store(len(self.columns))
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def latest(self) -> float:
        """The first number of the last row; -1 without rows."""
        return float(self._store.rows[self._length - 1, 0]) if self._length else -1.0

    def append(self, row: Sequence[float] | np.ndarray) -> None:
        """Write one row (W,)."""
        row = np.asarray(row, float)
        if self._length < self._store.used:  # a copy has written here already
            if self._store.rows[self._length].tobytes() == row.tobytes():
                self._length += 1
                return
            self._store = self._store.beginning(self._length)
        self._store.write(row)
        self._length += 1

    def cut(self, length: int) -> None:
        """Take back the rows beyond the first `length`."""
        self._length = min(self._length, length)

    def table(self) -> np.ndarray:
        """(T, W): every row so far; a read-only view."""
        return _still(self._store.rows[: self._length])

    def ahead(self) -> np.ndarray:
        """(R, W): what was written beyond the last row before it was taken back; a read-only view."""
        return _still(self._store.rows[self._length : self._store.used])

    def copy(self) -> Records:
        """The same rows, to be continued on its own."""
        other = Records.__new__(Records)
        other.__dict__.update(self.__dict__)
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> Records:
        return self.copy()

    def __getstate__(self) -> dict[str, Any]:
        return {"columns": self.columns, "rows": self.table().copy()}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        rows = kept["rows"]
        self.columns, self._store, self._length = kept["columns"], _Store(rows.shape[1]), len(rows)
        self._store.rows, self._store.used = rows, len(rows)


def _still(rows: np.ndarray) -> np.ndarray:
    rows.flags.writeable = False
    return rows
