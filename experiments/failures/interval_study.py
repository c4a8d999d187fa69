"""How often the interval of 30 pairs holds the truth, and how often the test names what is not there: a study on known laws.

The laws are shaped like effects of causes: skewed to either side, none in most pairs, two kinds of pairs, few values. The
study was made to choose the interval in `analysis/effects.py`, before any cell of `validation_design.py` was read with it.
What decided: the coverage nearest to 95 % over all laws within reach of 30 pairs (what carries the mean happens in a share
of at least `unseen(30)` of them), the size of the one-sided test on the same laws, and only then the width. Tried and not
taken: Student's t alone (75-95 %, a size of up to 15 %), Johnson's shift of the mean (1978, within a point of Student's),
Hall's transformation alone (92.9 % where tails are heavy), BCa (88-94 %), studentized bootstrap (about Hall's, by draws).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis import effects
from valuescape.analysis.effects import ALPHA, FEWEST_PAIRS

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = 13
SAMPLES = 4000


@dataclass(frozen=True)
class Law:
    """A law of effects: how n are drawn, its mean, and whether 30 pairs can be expected to show what carries the mean."""

    draw: Callable[[np.random.Generator, Any], np.ndarray]
    mean: float
    within_reach: bool = True


def _lognormal(s: float, sign: float = 1.0) -> Law:
    return Law(lambda rng, n: sign * rng.lognormal(0.0, s, n), sign * float(np.exp(s * s / 2)))


def _seldom(share: float, sign: float = 1.0) -> Law:
    """None in most pairs, exponential in the others."""
    reach = share >= effects.unseen(FEWEST_PAIRS)
    return Law(lambda rng, n: sign * rng.exponential(1.0, n) * (rng.random(n) < share), sign * share, reach)


def _two_kinds(share: float) -> Law:
    """Pairs of two kinds, .3 apart."""
    return Law(lambda rng, n: 0.3 * (rng.random(n) < share) + rng.normal(0.0, 0.03, n), 0.3 * share)


LAWS: dict[str, Law] = {
    "normal": Law(lambda rng, n: rng.normal(0.0, 1.0, n), 0.0),
    "uniform": Law(lambda rng, n: rng.random(n), 0.5),
    "Student's t, 4 degrees of freedom": Law(lambda rng, n: rng.standard_t(4, n), 0.0),
    "beta(2, 8)": Law(lambda rng, n: rng.beta(2, 8, n), 0.2),
    "exponential": Law(lambda rng, n: rng.exponential(1.0, n), 1.0),
    "exponential to the left": Law(lambda rng, n: -rng.exponential(1.0, n), -1.0),
    "lognormal, .3": _lognormal(0.3),
    "lognormal, .6": _lognormal(0.6),
    "lognormal to the left, .6": _lognormal(0.6, -1.0),
    "lognormal, 1": _lognormal(1.0),
    "two kinds of pairs, half and half": _two_kinds(0.5),
    "two kinds of pairs, one of five": _two_kinds(0.2),
    "two kinds of pairs, one of ten": _two_kinds(0.1),
    "yes or no, .3": Law(lambda rng, n: 1.0 * (rng.random(n) < 0.3), 0.3),
    "yes or no, .1": Law(lambda rng, n: 1.0 * (rng.random(n) < 0.1), 0.1),
    "share of 30 agents, .1": Law(lambda rng, n: rng.binomial(30, 0.1, n) / 30, 0.1),
    "share of 30 agents, .03": Law(lambda rng, n: rng.binomial(30, 0.03, n) / 30, 0.03),
    "none in half of the pairs": _seldom(0.5),
    "none in 7 pairs of 10": _seldom(0.3),
    "none in 7 pairs of 10, to the left": _seldom(0.3, -1.0),
    "none in 9 pairs of 10": _seldom(0.1),
    "none in 19 pairs of 20": _seldom(0.05),
}


def study(name: str, samples: int = SAMPLES, pairs: int = FEWEST_PAIRS) -> dict[str, Any]:
    """Of one law, over samples of so many pairs: the share of intervals that hold the mean, and of tests that name it.

    Tested is at a least size that is the mean itself, so at most one test of twenty should. Both for what `effects` does
    and, to compare, for Student's t; width: how much wider the interval is than Student's, in the mean.
    """
    from scipy import stats

    law = LAWS[name]
    drawn = law.draw(np.random.default_rng([SEED, list(LAWS).index(name)]), (samples, pairs))
    half = stats.t.ppf(0.975, pairs - 1) * drawn.std(axis=1, ddof=1) / np.sqrt(pairs)
    ours = np.array([effects.limits(x, 0.95) for x in drawn])
    student: Any = stats.ttest_1samp(drawn, law.mean, axis=1, alternative="greater")
    return {
        "within_reach": law.within_reach,
        "held": float(np.mean((ours[:, 0] <= law.mean) & (law.mean <= ours[:, 1]))),
        "held_student": float(np.mean(np.abs(drawn.mean(axis=1) - law.mean) <= half)),
        "named": float(np.mean([effects.chance_above(x, law.mean) <= ALPHA for x in drawn])),
        "named_student": float(np.mean(student.pvalue <= ALPHA)),
        "width": float(np.ptp(ours, axis=1).mean() / (2 * half.mean())),
    }
