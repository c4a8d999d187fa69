"""The forms of a measure: of one declared group, and of some agents of those that it is about.

    measure            of the society, as the measure says (most: the mean over the living)
    measure.GROUP      the same over the living members of one declared group
    measure.worst_tenth    the mean of the worst tenth of the agents (at least one)
    measure.worst_group    the worst number of any declared group that has a living member
    measure.below_zero     the share of the agents below 0
    measure.median, measure.q05 ... measure.q95    a quantile over the agents, linear between them

A group and a form may stand together, the group first: `holistic.minority.worst_tenth`. Of nobody each is NaN.
"""

from __future__ import annotations

import re

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError, unknown
from valuescape.model.words import in_digits

WORST_TENTH, WORST_GROUP, BELOW_ZERO, MEDIAN = "worst_tenth", "worst_group", "below_zero", "median"
FORMS = (WORST_TENTH, WORST_GROUP, BELOW_ZERO, MEDIAN, "q05", "q95")
_QUANTILE = re.compile(r"^q[0-9]{2}$")


def is_form(word: str) -> bool:
    """Whether a word names a form over agents, and so cannot be a group's name."""
    return word in FORMS or _QUANTILE.match(word) is not None


def parted(address: str) -> tuple[str, str, str]:
    """The measure's own name, the group and the form of `name[.GROUP][.FORM]`, empty where not named."""
    module, colon, rest = address.rpartition(":")
    word, *parts = rest.split(".")
    form = parts.pop() if parts and is_form(parts[-1]) else ""
    group = parts.pop(0) if parts else ""
    if parts:
        raise unknown(f"form in {address}:", ".".join(parts), FORMS)
    return f"{module}{colon}{word}", group, form


_MEAN, _BELOW, _WORST, _QUANTILE_OF = range(4)


def coded(form: str, better: str) -> tuple[int, float, bool]:
    """A form as `over_agents` takes it: its number, the share of a quantile, whether high is good."""
    high = better == "high"
    if form in ("", BELOW_ZERO, WORST_TENTH):
        return ("", BELOW_ZERO, WORST_TENTH).index(form), 0.0, high
    return _QUANTILE_OF, 0.5 if form == MEDIAN else int(form[1:]) / 100, high


@njit
def over_agents(numbers, living, form, share, high):
    """One number of the living agents' numbers, (N,) or (N, R): their mean, or the form that is coded; NaN of nobody."""
    rows = np.ascontiguousarray(numbers).reshape(living.size, -1)
    if form == _MEAN:
        return _mean_of_living(rows, living)
    x, size = np.empty(rows.size), 0
    for i in range(living.size):
        if living[i]:
            for r in range(rows.shape[1]):
                x[size] = rows[i, r]
                size += 1
    if size == 0:
        return np.nan
    x = x[:size]
    if form == _BELOW:
        below = 0
        for value in x:
            below += value < 0.0
        return below / size
    x = np.sort(x)
    if form == _WORST:
        if not high:
            x = x[::-1]
        return _mean_of(x, (size + 9) // 10)
    place = share * (size - 1)
    first = min(int(place), size - 1)
    after = min(first + 1, size - 1)
    return x[first] + (place - first) * (x[after] - x[first])


@njit
def _mean_of_living(rows, living):
    total, count = 0.0, 0
    for i in range(living.size):
        if living[i]:
            for r in range(rows.shape[1]):
                total += rows[i, r]
                count += 1
    return total / count if count else np.nan


@njit
def _mean_of(x, count):
    total = 0.0
    for m in range(count):
        total += x[m]
    return total / count


def check_form(name: str, form: str, better: str, low: float | None, *, agents: bool, living: bool, group: str) -> None:
    """Refuse a form that a measure does not have."""
    if group and not living:
        raise InputError(f"{name}.{group}: {name} is of the whole society, and has no form by group")
    if form and form != WORST_GROUP and not agents:
        raise InputError(f"{name}.{form}: {name} is no number of each agent, and has no form over agents")
    if form == WORST_GROUP and (group or not living):
        raise InputError(f"{name}.{form}: " + ("one group has no worst group" if group else f"{name} has no form by group"))
    if form in (WORST_TENTH, WORST_GROUP) and not better:
        raise InputError(f"{name}.{form}: {name} has no direction, so none of its numbers is the worst; take q05 or q95")
    if form == BELOW_ZERO and low is not None and low >= 0:
        raise InputError(f"{name}.{form}: {name} is never below {in_digits(low)}")
