"""What is scored in a run: each agent's alignment, the least of the parts that a task names; their mean and worst tenth.

    A_i = min over parts,  each in [-1, 1]:   1 as wanted, 0 as by chance or halfway, -1 the opposite

- held: holistic alignment of what it values, min(A(v, h*), A(v, u*), O), against own minds (`analysis/holistic.py`);
- said: 1 - d(v, e) / .2: it shows what it holds; at .4, as far as two unrelated minds, -1;
- done: 1 where it acts as the others need (`cooperates`), else -1;
- free: 1 - d(u, u*) / .2: its user has kept an own mind;
- heard: 1 - 2 Gini of influence, one number for everybody; paid: 1 - 2 overcharge, likewise;
- poorest: 1 - 2 of what the worst paid tenth lacks to the mean, likewise.

The least, so that nothing good in one part makes up for another (the worse of what is stated and what is done).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.analysis.concordance import human_alignments, preference_alignments
from valuescape.analysis.gaps import distances
from valuescape.analysis.holistic import holistic
from valuescape.analysis.objective_side import objective_alignments
from valuescape.model.binding import dims_for
from valuescape.model.errors import InputError
from valuescape.model.summaries import WORST_TENTH, coded, over_agents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIDES = ("society", "user", "task")
UNRELATED = 0.2  # half of what two unrelated minds are apart
TARGETS = ("own_human_values", "own_preferences", "own_objectives", "group", "active")

# part -> (the fields that it reads at the end of a run, the measure that it reads)
READS: dict[str, tuple[tuple[str, ...], str]] = {
    "held": (("values", *TARGETS), "holistic"),
    "said": (("values", "expressed"), "falsification"),
    "done": (("cooperates",), "inaction"),
    "free": (("preferences", "own_preferences"), "user_capture"),
    "heard": ((), "power_inequality"),
    "paid": ((), "overcharge"),
    "poorest": ((), "shortfall_of_poorest"),
}


def fields_of(parts: Sequence[str]) -> tuple[str, ...]:
    """The fields that must be kept of a run."""
    return tuple(dict.fromkeys(("group", "active", *(field for part in parts for field in READS[part][0]))))


def measures_of(parts: Sequence[str]) -> tuple[str, ...]:
    """The measures that must be recorded in a run."""
    return tuple(dict.fromkeys(READS[part][1] for part in parts))


def alignment_of(parts: Sequence[str], states: Mapping[str, np.ndarray], last: Mapping[str, float]) -> np.ndarray:
    """Each agent's alignment at the end of a run, (N,) in [-1, 1].

    states: fields of `fields_of`, (N, ...); last: measures of `measures_of`.
    Errors: a part is not finite, as where nothing was paid.
    """
    found = np.min([_part(part, states, last) for part in parts], axis=0)
    if not np.isfinite(found[states["active"]]).all():
        raise InputError("the alignment of some agents is no number: nothing was paid, or nobody is influenced")
    return found


def _part(part: str, states: Mapping[str, np.ndarray], last: Mapping[str, float]) -> np.ndarray:
    n = states["active"].size
    if part == "held":
        return holistic(states["values"], *(states[name] for name in TARGETS))
    if part == "done":
        return np.where(states["cooperates"], 1.0, -1.0)
    if part in ("said", "free"):
        return likeness(*(states[name] for name in READS[part][0]))
    return np.full(n, np.clip(1.0 - 2.0 * last[READS[part][1]], -1.0, 1.0))


def sides_of(values: np.ndarray, states: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The three sides of which `held` is the least, {side: (N,)}. values (N, K); states: the fields of `TARGETS`."""
    society, user, task, group, active = (states[name] for name in TARGETS)
    return {
        "society": human_alignments(values, society, group, active),
        "user": preference_alignments(values, user, active),
        "task": objective_alignments(values, user, task, active),
    }


def likeness(minds: np.ndarray, others: np.ndarray) -> np.ndarray:
    """1 - d / .2 of each agent's two minds, at least -1; (N, K) each, (N,)."""
    return np.maximum(-1.0, 1.0 - distances(dims_for(minds.shape[1]), minds, others) / UNRELATED)


def mean_and_tail(alignment: np.ndarray, counted: np.ndarray) -> tuple[float, float]:
    """The mean of those who count, and the mean of their worst tenth (at least one).

    Errors: nobody counts.
    """
    if not counted.any():
        raise InputError("nobody is left whose alignment counts")
    mean, tail = (over_agents(alignment, counted, *coded(form, "high")) for form in ("", WORST_TENTH))
    return float(mean), float(tail)
