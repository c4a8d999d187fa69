"""How numbers, bounds and names are written for people: in messages, tables, figures and pages. Nowhere else."""

from __future__ import annotations

import math
import re
from numbers import Integral, Real
from typing import Any, SupportsFloat

from valuescape.model.limits import limit

LARGEST_WHOLE, SMALLEST = 1e9, 1e-4
LONGEST_QUOTE = limit("A message", "a value that it quotes", 100, "characters", "cut, with …, and in one line")
# Control characters but for tab and newline, what turns the direction of a line round, and halves of characters.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """A text as a terminal may show it: what would act there, and not be seen, as its code (`\\x1b`)."""
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


def quoted(value: object) -> str:
    """What a user gave, as a message shows it: as Python writes it, in one line of at most 100 characters."""
    return in_a_line(repr(value))


def in_a_line(text: str) -> str:
    """A text of a user's, as a message shows it: in one line of at most 100 characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"


def in_digits(value: SupportsFloat, digits: int | None = None) -> str:
    """A number as text: exact, or rounded to `digits` significant ones; whole numbers have no point.

    Rounded, a number below .0001 is written with a power of ten: 1.2e-05.
    """
    x = float(value)
    if not math.isfinite(x):
        return str(x)
    if x == round(x) and abs(x) < LARGEST_WHOLE:
        return str(int(x))
    if digits is None:
        short = f"{value:g}"
        return short if float(short) == value else repr(x).removesuffix(".0")
    if abs(x) < SMALLEST:
        return f"{x:.1e}"
    return f"{x:.0f}" if abs(x) >= 10**digits else f"{x:.{digits}g}"


def decimal(value: float | None) -> str:
    """A number in a column of numbers, whose points stand below one another: four digits after it; 2, 3, ... without.

    Empty where there is nothing to measure (None or nan).
    """
    if value is None or math.isnan(value):
        return ""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) > 1 else f"{value:.4f}"


def signed(value: float) -> str:
    """A change in a column of changes: its sign, and four digits after the point; rounding leaves no negative zero.

    Empty where there is nothing to measure.
    """
    return "" if math.isnan(value) else f"{round(value, 4) + 0.0:+.4f}"


def in_brackets(
    low: float | None, high: float | None, digits: int | None = None, *, open_low: bool = False, open_high: bool = False
) -> str:
    """What lies between two bounds: [0, 1], [0, inf), (-inf, inf); None or infinite: no bound.

    The bounds are included, but for an open one: (0, 1] with `open_low`.
    """
    bottom = "(-inf" if low is None or low == -math.inf else f"{'[('[open_low]}{in_digits(low, digits)}"
    top = "inf)" if high is None or high == math.inf else f"{in_digits(high, digits)}{'])'[open_high]}"
    return f"{bottom}, {top}"


def in_words(name: object) -> str:
    """A name in words: `human_gap_from_start` -> human gap from start."""
    return str(name).replace("_", " ")


def cell(value: Any) -> str:
    """A value of any kind in a few characters: numbers to four digits, yes or no, items in a row; empty if it is missing."""
    if value is None or (isinstance(value, Real) and math.isnan(value)):
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(cell(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {cell(one)}" for key, one in value.items())
    if type(value).__name__ in ("bool", "bool_"):  # numpy's too, without importing it
        return "yes" if value else "no"
    return in_digits(value, 4) if isinstance(value, Real) and not isinstance(value, Integral) else str(value)
