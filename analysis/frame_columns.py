"""What functions that are given a frame ask of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuescape.model.errors import unknown

if TYPE_CHECKING:
    import pandas as pd


def need_columns(frame: pd.DataFrame, *columns: str) -> None:
    """Refuse a frame that lacks a column: the message names it and those that are there."""
    for column in columns:
        if column not in frame:
            raise unknown("column in the frame:", column, [str(c) for c in frame.columns])
