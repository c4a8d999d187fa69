"""Which address matters: Sobol's indices and Morris's elementary effects, by SALib, of a callable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.words import in_brackets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd


def _problem(bounds: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    for address, (low, high) in bounds.items():
        if not low < high:
            raise InputError(f"{address}: {in_brackets(low, high)} is no range")
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

    first: the share of the variance that the address explains alone; total: with all its interactions. model({address:
    value}) -> number, called n (D + 2) times; n a power of 2. A noisy model inflates totals: let it average over seeds.
    Sobol (2001), Math. Comput. Simul. 55, 271-280; Saltelli et al. (2010), Comput. Phys. Commun. 181, 259-270.
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
    indices = analyze(problem, answers, calc_second_order=False, seed=seed)
    columns = {"first": "S1", "first_error": "S1_conf", "total": "ST", "total_error": "ST_conf"}
    return pd.DataFrame({"address": problem["names"], **{c: np.asarray(indices[s], float) for c, s in columns.items()}})


def morris(
    model: Callable[[dict[str, float]], float],
    bounds: Mapping[str, tuple[float, float]],
    trajectories: int = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """Morris's elementary effects: columns address, mean, mean_size, spread; a cheap screen before `sobol`.

    mean_size (mu*): how much an address matters; spread (sigma): how much that depends on the others. model is called
    trajectories (D + 1) times. Morris (1991), Technometrics 33, 161-174; Campolongo et al. (2007), Environ. Model. Softw.
    22, 1509-1518.
    """
    import pandas as pd
    from SALib.analyze.morris import analyze
    from SALib.sample.morris import sample

    problem = _problem(bounds)
    design = sample(problem, trajectories, num_levels=4, seed=seed)
    effects = analyze(problem, design, _evaluate(model, problem["names"], design), num_levels=4, seed=seed)
    columns = {"mean": "mu", "mean_size": "mu_star", "spread": "sigma"}
    return pd.DataFrame({"address": problem["names"], **{c: np.asarray(effects[s], float) for c, s in columns.items()}})
