"""Before any call: how many calls tell the force and the bias of the majority how precisely.

For one wording, with cells c of n_c answers: D = diag(n P'^2 / (P (1 - P))) is the information about the logit (for exact
probabilities of the residual r: (P' / (P (1 - P)) / r)^2), and a wording's own level of variance tau^2 leaves
Omega = (D^-1 + tau^2 1 1')^-1. Over W wordings the covariance of (h, beta_n, lapse) is (sum X' Omega X + P)^-1, X the
derivatives of the logit, P the weak prior on lapses; a half-width is t_{W - 2} times the root of its diagonal.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t as t_law

from valuescape.language_models.law_fit import LAPSE_PRIOR, LEVEL

if TYPE_CHECKING:
    import pandas as pd

    from valuescape.language_models.calibration import Calibration

GUESSES = (1.0, 2.0, 3.0)
_BIAS, _SPREAD, _LAPSE, _RESIDUAL = 0.1, 0.3, 0.01, 0.3
DRAWS = (1, 2, 5, 10, 20, 50)


def half_widths(
    design: Calibration, beta: float, h: float = _BIAS, spread: float = _SPREAD, residual: float = _RESIDUAL
) -> tuple[float, float]:
    """Expected half-widths of the 95 % intervals of h and of beta (of the first size), for one pair and presentation."""
    m = np.array([s.m for s in design.states])
    group = np.array([design.sizes.index(s.size) for s in design.states])
    lapse = 0.0 if design.is_exact else _LAPSE
    logit = 2 * beta * (m + h)
    s = 1 / (1 + np.exp(-logit))
    chance, slope = lapse / 2 + (1 - lapse) * s, (1 - lapse) * s * (1 - s)
    if design.is_exact:
        information = np.full(m.size, 1 / residual**2)
    else:
        information = design.repeats * slope**2 / (chance * (1 - chance))
    columns = [np.full(m.size, 2 * beta)] + [np.where(group == k, 2 * (m + h), 0.0) for k in range(len(design.sizes))]
    prior = np.zeros(len(columns))
    if not design.is_exact:
        columns.append((0.5 - s) / slope)
        prior = np.append(prior, 1 / (LAPSE_PRIOR[1] * lapse * (1 - 2 * lapse)) ** 2)
    x = np.stack(columns, axis=1)
    weights = np.linalg.inv(np.diag(1 / information) + spread**2)
    count = len(design.forms)
    covariance = np.linalg.inv(count * x.T @ weights @ x + np.diag(prior))
    wide = float(t_law.ppf(0.5 + LEVEL / 2, count - 2))
    return wide * float(np.sqrt(covariance[0, 0])), wide * float(np.sqrt(covariance[1, 1]))


def plan(design: Calibration, pairs: int) -> pd.DataFrame:
    """One row per number of draws (one row where probabilities are exact): calls in all, half-widths of h and beta.

    The guesses are beta = 1, 2, 3 with h = .1, one answer in a hundred at random, and wordings that differ by a standard
    deviation of .3 in the logit.
    """
    import pandas as pd

    rows = []
    for draws in (1,) if design.is_exact else sorted({*DRAWS, design.draws}):
        one = replace(design, draws=draws)
        row: dict[str, float] = {"draws": draws, "calls": one.calls * pairs}
        for beta in GUESSES:
            h_half, beta_half = half_widths(one, beta)
            row |= {f"beta {int(beta)} +-": beta_half, f"h +- at beta {int(beta)}": h_half}
        rows.append(row)
    return pd.DataFrame(rows)
