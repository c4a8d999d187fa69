"""Which address matters: Sobol and Morris through SALib over a callable; Friedkin-Johnsen fitted to an observed panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd


def _problem(bounds: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    for address, (low, high) in bounds.items():
        if not low < high:
            raise InputError(f"{address}: [{low:g}, {high:g}] is no range")
    if not bounds:
        raise InputError("no address to vary")
    return {"num_vars": len(bounds), "names": list(bounds), "bounds": [list(b) for b in bounds.values()]}


def _evaluate(model: Callable[[dict[str, float]], float], names: list[str], design: np.ndarray) -> np.ndarray:
    answers = np.array([float(model(dict(zip(names, map(float, row), strict=True)))) for row in design])
    if not np.isfinite(answers).all():
        raise InputError(f"{int((~np.isfinite(answers)).sum())} of {answers.size} evaluations are not finite")
    return answers


def sobol(
    model: Callable[[dict[str, float]], float],
    bounds: Mapping[str, tuple[float, float]],
    n: int = 256,
    seed: int = 0,
) -> pd.DataFrame:
    """Sobol's indices of each address: columns address, first, first_error, total, total_error (95 % half-widths).

    first: share of the variance that it explains alone; total: with all its interactions. model({address: value}) ->
    number, called n (D + 2) times; n a power of 2. A noisy model inflates totals: average over seeds inside. Sobol (2001),
    Math. Comput. Simul. 55, 271-280; Saltelli et al. (2010), Comput. Phys. Commun. 181, 259-270.
    """
    import pandas as pd
    from SALib.analyze.sobol import analyze
    from SALib.sample.sobol import sample

    if n < 2 or n & (n - 1):
        raise InputError(f"n = {n}: a power of 2")
    problem = _problem(bounds)
    answers = _evaluate(model, problem["names"], sample(problem, n, calc_second_order=False, seed=seed))
    if np.ptp(answers) == 0:
        zero = np.zeros(len(bounds))
        return pd.DataFrame(
            {"address": problem["names"], "first": zero, "first_error": zero, "total": zero, "total_error": zero}
        )
    found = analyze(problem, answers, calc_second_order=False, seed=seed)
    columns = {"first": "S1", "first_error": "S1_conf", "total": "ST", "total_error": "ST_conf"}
    return pd.DataFrame({"address": problem["names"], **{c: np.asarray(found[s], float) for c, s in columns.items()}})


def morris(
    model: Callable[[dict[str, float]], float],
    bounds: Mapping[str, tuple[float, float]],
    trajectories: int = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """Morris's elementary effects: columns address, mean, mean_size, spread; a cheap sieve before `sobol`.

    mean_size (mu*): how much it matters; spread (sigma): how much that depends on the others. model is called
    trajectories (D + 1) times. Morris (1991), Technometrics 33, 161-174; Campolongo et al. (2007), Environ. Model. Softw.
    22, 1509-1518.
    """
    import pandas as pd
    from SALib.analyze.morris import analyze
    from SALib.sample.morris import sample

    problem = _problem(bounds)
    design = sample(problem, trajectories, num_levels=4, seed=seed)
    found = analyze(problem, design, _evaluate(model, problem["names"], design), num_levels=4, seed=seed)
    columns = {"mean": "mu", "mean_size": "mu_star", "spread": "sigma"}
    return pd.DataFrame({"address": problem["names"], **{c: np.asarray(found[s], float) for c, s in columns.items()}})


@dataclass(frozen=True)
class Fit:
    """susceptibility (N,); fitted (T, N, K): one-step predictions; r2: share of the moves' variance that they explain."""

    susceptibility: np.ndarray
    fitted: np.ndarray
    r2: float


def fit_friedkin_johnsen(panel: np.ndarray, shares: np.ndarray) -> Fit:
    """Each agent's susceptibility s_i in [0, 1] from an observed panel, by least squares of one-step predictions:

        x_i(t+1) = s_i sum_j w_ij x_j(t) + (1 - s_i) x_i(0)

    panel (T, N) or (T, N, K), T >= 2; shares W (N, N), rows sum to 1. Closed form agent by agent: with y = x(t+1) - x(0)
    and z = W x(t) - x(0), s = clip(y.z / z.z, 0, 1). An agent whose z is 0 throughout, or whose row of W is empty, cannot
    be told: nan, and fitted as one that keeps its first opinion. Friedkin & Johnsen (1990), J. Math. Sociol. 15, 193-206.
    """
    x = np.asarray(panel, float)
    x = x[..., None] if x.ndim == 2 else x
    w = np.asarray(shares, float)
    if x.ndim != 3 or len(x) < 2 or w.shape != (x.shape[1], x.shape[1]):
        raise InputError(f"panel {x.shape} and shares {w.shape}: at least 2 waves, and a row and a column an agent")
    if not np.isfinite(x).all():
        raise InputError("panel holds a number that is not finite: leave the agent or the wave out")
    heard = np.where((w != 0).any(1)[:, None], np.einsum("ij,tjk->tik", w, x[:-1]) - x[0], 0.0)
    moved = x[1:] - x[0]
    size = (heard**2).sum((0, 2))
    told = size > 1e-12
    s = np.full(x.shape[1], np.nan)
    s[told] = np.clip((heard * moved).sum((0, 2))[told] / size[told], 0.0, 1.0)
    fitted = np.concatenate([x[:1], x[0] + np.nan_to_num(s)[:, None] * heard])
    left, all_of_it = ((x[1:] - fitted[1:]) ** 2).sum(), (moved**2).sum()
    return Fit(s, fitted, float(1 - left / all_of_it) if all_of_it > 0 else float(left == 0))
