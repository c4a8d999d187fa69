"""Which address matters: Sobol's indices and Morris's elementary effects, by SALib, of a callable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.words import in_brackets, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

WIDEST = 0.1  # the half-width from which on an index of Sobol, a share of the variance, is worth little


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
    NaN where the model is constant: there is no variance to explain.
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
        nothing = dict.fromkeys(("first", "first_error", "total", "total_error"), np.nan)
        return pd.DataFrame({"address": problem["names"], **nothing})
    indices = analyze(problem, answers, calc_second_order=False, seed=seed)
    columns = {"first": "S1", "first_error": "S1_conf", "total": "ST", "total_error": "ST_conf"}
    return pd.DataFrame({"address": problem["names"], **{c: np.asarray(indices[s], float) for c, s in columns.items()}})


def morris(
    model: Callable[[dict[str, float]], float],
    bounds: Mapping[str, tuple[float, float]],
    trajectories: int = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """Morris's elementary effects: columns address, mean, mean_size, mean_size_error, spread; a screen before `sobol`.

    mean_size (mu*): how much an address matters, with half its 95 % interval; spread (sigma): how much that depends on
    the others. model is called trajectories (D + 1) times. Morris (1991), Technometrics 33, 161-174; Campolongo et al.
    (2007), Environ. Model. Softw. 22, 1509-1518.
    """
    import pandas as pd
    from SALib.analyze.morris import analyze
    from SALib.sample.morris import sample

    problem = _problem(bounds)
    design = sample(problem, trajectories, num_levels=4, seed=seed)
    effects = analyze(problem, design, _evaluate(model, problem["names"], design), num_levels=4, seed=seed)
    columns = {"mean": "mu", "mean_size": "mu_star", "mean_size_error": "mu_star_conf", "spread": "sigma"}
    return pd.DataFrame({"address": problem["names"], **{c: np.asarray(effects[s], float) for c, s in columns.items()}})


def doubts(indices: pd.DataFrame, measure: str, size: int) -> list[str]:
    """Sentences about indices that are worth nothing: of a constant measure, or known too badly; none where all is well.

    indices: what `sobol` or `morris` gives; size: its n or trajectories. Half-widths shrink with the root of the size, so
    a half-width e that is to be w needs size (e / w)^2: for Sobol w = 0.1, for Morris the effect itself.
    """
    is_sobol = "total" in indices
    main = "total" if is_sobol else "mean_size"
    values, errors = indices[main].to_numpy(float), indices[f"{main}_error"].to_numpy(float)
    if np.isnan(values).all() or (not is_sobol and (values == 0).all()):
        return [
            f"{measure} is the same at every point: within these ranges no address moves it, and no index is worth anything"
        ]
    wide = errors > (WIDEST if is_sobol else np.abs(values))
    if not is_sobol:
        wide &= values > 0
    if not wide.any():
        return []
    aim = np.full(errors.shape, WIDEST) if is_sobol else np.abs(values)
    needed = int(np.ceil(size * float(((errors / aim)[wide] ** 2).max())))
    needed = 1 << (needed - 1).bit_length() if is_sobol else needed
    word = "samples" if is_sobol else "trajectories"
    names = ", ".join(indices["address"][wide])
    what = f"known only to within {WIDEST} and more" if is_sobol else "not told from 0"
    return [f"{in_words(main)} is {what} of {names}: about {word}: {needed:,} are needed, and there are {size:,}"]
