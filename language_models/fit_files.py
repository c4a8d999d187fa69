"""What a calibration leaves (`fit.json`), and fits that others published as a table: read and written.

A table is a CSV file with the columns model, size, opinion_a, opinion_b, beta and h (capitals make no difference), as in the
repository of De Marzo et al. (2026), arXiv 2605.10721: P(opinion_a | m) = [1 + tanh(beta (m + h))] / 2, `size` others shown.
Rows in which an opinion is called Unknown are no pair and are left out, as the paper does, and as is said.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.runs.files import read_json, written
from valuescape.language_models.law_fit import Fitted, parameter_names, without_end
from valuescape.language_models.response_laws import FORCE, LAWS
from valuescape.model.errors import InputError
from valuescape.model.text_files import number_in, read_text
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = ("model", "size", "opinion_a", "opinion_b", "beta", "h")


@dataclass(frozen=True)
class Member:
    """How one model answers about one pair: by one law that was not rejected; or by a published force and bias."""

    model: str
    pair: str
    fitted: Fitted | None = None
    sizes: tuple[int, ...] = ()
    force: tuple[float, float] | None = None

    @property
    def law(self) -> str:
        """The law's name."""
        return LAWS[FORCE] if self.fitted is None else self.fitted.name


def as_data(fitted: Fitted) -> dict[str, Any]:
    """A fit as plain data."""
    return {
        "law": fitted.name,
        "sizes": list(fitted.sizes),
        "is_exact": fitted.is_exact,
        "theta": fitted.theta.tolist(),
        "covariance": fitted.covariance.tolist(),
        "wordings": fitted.wordings,
        "log_likelihood": fitted.log_likelihood,
        "p_value": fitted.p_value,
        "estimates": dict(zip(fitted.names, fitted.estimates.tolist(), strict=True)),
        "intervals": {name: [_end(end) for end in fitted.interval(name)] for name in fitted.names},
        "profile": None if fitted.profile is None else fitted.profile.tolist(),
    }


def _end(end: float) -> float | None:
    """The end of an interval; None where the answers tell none."""
    return end if np.isfinite(end) else None


def from_data(data: dict[str, Any]) -> Fitted:
    """A fit from plain data."""
    law = next(number for number, name in LAWS.items() if name == data["law"])
    sizes = tuple(int(n) for n in data["sizes"])
    theta, covariance = np.array(data["theta"], float), np.array(data["covariance"], float)
    names = parameter_names(law, sizes)
    if covariance.shape != (len(names), len(names)) or theta.size != 3 + len(names):
        raise ValueError("numbers are missing")
    profile = None if data.get("profile") is None else np.array(data["profile"], float)
    if profile is not None and profile.shape != (len(names), 2):
        raise ValueError("ends are missing")
    how = (theta, names, covariance, int(data["wordings"]), float(data["log_likelihood"]), float(data["p_value"]), profile)
    return Fitted(law, sizes, bool(data["is_exact"]), *how)


def write_fits(path: Path, data: dict[str, Any]) -> None:
    """Write `fit.json`."""
    with written(path) as new:
        new.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def read_members(path: Path) -> tuple[list[Member], list[str]]:
    """Every pair and law of a `fit.json` that was not rejected, or every row of a table of fits; and what was left out.

    Errors: the file is neither; a number is none; no law was kept.
    """
    members, left_out = _of_calibration(path) if path.suffix == ".json" else _of_table(path)
    if not members:
        raise InputError(f"{path}: no law fits any of its pairs, so nothing follows for a society")
    return members, left_out


def _of_calibration(path: Path) -> tuple[list[Member], list[str]]:
    said = read_json(path)
    try:
        found = [Member(str(said["model"]), _name(one), from_data(law)) for one in said["pairs"] for law in one["laws"]]
    except (KeyError, TypeError, ValueError, StopIteration):
        raise InputError(f"{path} is no fit.json of `valuescape calibrate`, or is damaged") from None
    kept = [Member(m.model, m.pair, m.fitted, m.fitted.sizes) for m in found if m.fitted is not None and m.fitted.fits]
    without = list(dict.fromkeys(m.pair for m in found if m.pair not in {k.pair for k in kept}))
    said = [f"{pair}: no law fits its answers, so nothing is forecast." for pair in without]
    forces = [(m.pair, m.fitted) for m in kept if m.fitted is not None and m.fitted.law == FORCE]
    said += [
        f"{pair}: {sentence} It is forecast by {', '.join(in_digits(beta, 3) for beta in force.estimates[1:])}."
        for pair, force in forces
        for sentence in without_end(force)
    ]
    return kept, said


def _name(one: dict[str, Any]) -> str:
    return f"{one['plus']} / {one['minus']} ({one['presentation']})"


def _of_table(path: Path) -> tuple[list[Member], list[str]]:
    rows = list(csv.reader(io.StringIO(read_text(path, "FIT"))))
    header = [name.strip().lower() for name in rows[0]] if rows else []
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise InputError(f"FIT: {path.name} has no column {missing[0]}: a table of fits has {', '.join(_COLUMNS)}")
    members, unnamed = [], 0
    for number, row in enumerate(rows[1:], 2):
        if not row:
            continue
        cells = dict(zip(header, row, strict=False))
        size, beta, h = (number_in(cells.get(name, "").strip()) for name in ("size", "beta", "h"))
        if not (size >= 1 and size == round(size)) or np.isnan(beta) or np.isnan(h):
            raise InputError(f"FIT: {path.name} line {number}: size is a whole number from 1, beta and h are numbers")
        opinions = [cells["opinion_a"].strip(), cells["opinion_b"].strip()]
        if "unknown" in (one.casefold() for one in opinions):
            unnamed += 1
            continue
        pair = " / ".join(opinions)
        members.append(Member(cells["model"], pair, None, (int(size),), (beta, h)))
    said = [f"{unnamed} rows name only one opinion (Unknown) and are left out."] if unnamed else []
    return members, said
