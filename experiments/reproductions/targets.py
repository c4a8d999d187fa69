"""Targets of a reproduction: a number to meet, where it was read, what kind of evidence it is, and the verdict on ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from valuescape.experiments.reproductions.findings import DIGITS
from valuescape.model.errors import InputError
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from valuescape.experiments.reproductions.findings import Finding

EXACT = 1e-10
Kind = Literal["published", "theory", "function", "beside"]
Counted = Literal["published", "theory", "function", "beside", "direction", "unread"]
Source = Literal["paper", "secondary", "closed form", "code", "memory"]
Verdict = Literal["met", "missed", "differs (known)", "beside", "not checkable"]
KINDS: dict[str, str] = {
    "published": "dynamics against published number",
    "theory": "dynamics against theory",
    "function": "function against closed form",
    "beside": "beside people or models",
    "direction": "direction in words",
    "unread": "not read anywhere",
}
HEADLINE: tuple[Counted, ...] = ("published", "theory")
VERDICTS = {
    "missed": "our answer lies outside, and the reproduction says why",
    "differs (known)": "our answer lies outside, as those of independent codes do",
    "met": "our answer lies in the band",
    "beside": "people or language models: the model's answer stands beside theirs and neither passes nor fails",
    "not checkable": "the published value could not be read: it is not printed, and nothing is judged",
}
SOURCES = {
    "paper": "the paper",
    "secondary": "a secondary source",
    "closed form": "a closed form",
    "code": "an independent code, named and shipped under `experiments/reproductions/independent/`",
    "memory": "not read anywhere",
}
CLOSED = "derived; the formula stands in the claim"


@dataclass(frozen=True)
class Target:
    """One number to meet.

    quantity: its name; published: the number, or a direction in words; low, high: the band that our number must lie in;
    band: how it was chosen; kind: what is tested (`KINDS`); source and read: what it was read in, and where exactly; from
    memory it is never printed. equivalent: "the same as published" is claimed, by two one-sided tests at 2.5 %, so our whole
    95 % interval must lie in the band, and not our number alone. known_difference: the answer of independent codes that are
    known to miss it too; reason: why our answer differs.
    """

    quantity: str
    published: float | str | None
    low: float
    high: float
    band: str
    kind: Kind
    source: Source
    read: str
    equivalent: bool = False
    known_difference: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        number = None if isinstance(self.published, str) or self.source == "memory" else self.published
        if number is not None and self.kind != "beside" and not self.low <= number <= self.high:
            raise InputError(
                f"target {self.quantity}: the band [{in_digits(self.low)}, {in_digits(self.high)}] leaves out"
                f" {in_digits(number)} itself"
            )

    @property
    def counted(self) -> Counted:
        """The one count that it belongs to: its kind, but for claims in words and for what could not be read."""
        if self.source == "memory":
            return "unread"
        return "direction" if isinstance(self.published, str) and self.kind != "beside" else self.kind

    def verdict(self, ours: Finding) -> Verdict:
        """The verdict on our number."""
        if self.source == "memory":
            return "not checkable"
        if self.kind == "beside":
            return "beside"
        least = most = ours.value
        if self.equivalent and ours.low is not None and ours.high is not None:
            least, most = ours.low, ours.high
        if self.low <= least and most <= self.high:
            return "met"
        return "differs (known)" if self.known_difference else "missed"

    @property
    def published_text(self) -> str:
        """The published number as it may be printed."""
        if self.source == "memory" or self.published is None:
            return "not checkable"
        text = self.published if isinstance(self.published, str) else in_digits(self.published, DIGITS)
        origin = {"closed form": "closed form", "code": "independent code"}.get(self.source, "")
        return f"{text} ({origin})" if origin else text


def exact(
    quantity: str,
    number: float,
    tolerance: float = EXACT,
    kind: Kind = "theory",
    source: Source = "closed form",
    read: str = CLOSED,
) -> Target:
    """A number that our number must equal, up to rounding."""
    band = f"exact, to {in_digits(tolerance)}" if tolerance else "exact"
    return Target(quantity, number, number - tolerance, number + tolerance, band, kind, source, read)


def around(
    quantity: str, number: float, margin: float, band: str, kind: Kind, source: Source, read: str, **more: Any
) -> Target:
    """A number that our number must meet within a margin on either side."""
    return Target(quantity, number, number - margin, number + margin, band, kind, source, read, **more)
