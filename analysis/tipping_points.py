"""Tipping points from a callable: thresholds of noisy runs, and of a response that is the same each time.

Early warnings stand in `warning_signs.py`, the mean field that thresholds are compared with in `mean_field.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis.statistics import holm
from valuescape.model.errors import InputError
from valuescape.model.words import in_brackets, in_digits, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

GRID = 2001
LAPSE = 0.01


@dataclass(frozen=True)
class Threshold:
    """Where the chance of the outcome passes 1/2: the estimate, its interval, and the result as a sentence (`message`).

    estimate, low, high are None where there is no single threshold; runs: how many were made; monotone: whether the coarse
    sweep is compatible with a response that only rises (or only falls). Where only a grid of values can exist, low and high
    stand on it, and neighbours are the two of its values around the threshold. steps: how long the runs were; settled:
    whether they stood at their end (None: it cannot be told).
    """

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    runs: int
    monotone: bool
    message: str
    neighbours: tuple[float, float] | None = None
    steps: int | None = None
    settled: bool | None = None


class _Posterior:
    """Grid posterior of a logistic threshold and slope; one run in 100 may show either outcome by chance."""

    def __init__(self, low: float, high: float, width: float) -> None:
        self.places = np.linspace(low, high, max(GRID, min(20_001, int(12 * (high - low) / width))))
        self.slopes = np.geomspace(width / 8, (high - low) / 2, 16)
        self.log = np.zeros((self.places.size, self.slopes.size))

    def learn(self, x: float, hits: int, runs: int) -> None:
        lean = np.clip((x - self.places[:, None]) / self.slopes, -60.0, 60.0)
        p = LAPSE / 2 + (1 - LAPSE) / (1 + np.exp(-lean))
        self.log += hits * np.log(p) + (runs - hits) * np.log1p(-p)

    def shares(self) -> np.ndarray:
        weight = np.exp(self.log - self.log.max())
        return weight / weight.sum()

    def quantiles(self, levels: Sequence[float]) -> np.ndarray:
        return np.interp(levels, np.cumsum(self.shares().sum(1)), self.places)

    def slope(self) -> float:
        return float(np.exp(self.shares().sum(0) @ np.log(self.slopes)))


class _Grid:
    """The values that can exist between two ends: the multiples of `step`, or all of them."""

    def __init__(self, low: float, high: float, step: float | None) -> None:
        self.low, self.high, self.step = low, high, step
        if step:
            self.first, self.last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
            if self.last <= self.first:
                raise InputError(
                    f"{in_brackets(low, high)} holds less than two of the steps of {in_digits(step)} that exist"
                )

    def _at(self, number: float) -> float:
        return float(round(min(max(number, self.first), self.last) * (self.step or 1.0), 12))

    def nearest(self, x: float) -> float:
        return self._at(round(x / self.step)) if self.step else min(max(float(x), self.low), self.high)

    def floor(self, x: float) -> float:
        return self._at(np.floor(x / self.step + 1e-9)) if self.step else float(x)

    def ceiling(self, x: float) -> float:
        return self._at(np.ceil(x / self.step - 1e-9)) if self.step else float(x)

    def neighbours(self, x: float) -> tuple[float, float]:
        """The two values around x."""
        number = min(max(int(np.floor(x / (self.step or 1.0))), self.first), self.last - 1)
        return self._at(number), self._at(number + 1)

    def around(self, middle: float, slope: float, turn: int) -> float:
        """Where the next run is made: at the middle, or one slope to either side, outwards on the grid."""
        reached = middle + (0.0, -slope, slope)[turn]
        return self.nearest((self.floor if turn == 1 else self.ceiling if turn == 2 else self.nearest)(reached))


def bisection(passes: Callable[[float], bool], low: float, high: float, width: float) -> float:
    """The least x with passes(x), to `width`: for a response that is the same each time, false below and true above."""
    while high - low > width:
        middle = (low + high) / 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return (low + high) / 2


def find_threshold(
    outcomes: Callable[[list[tuple[float, int]]], Sequence[bool | float]],
    low: float,
    high: float,
    *,
    width: float = 0.01,
    level: float = 0.95,
    coarse: int = 9,
    runs: int = 12,
    most: int = 5000,
    first_seed: int = 0,
    step: float | None = None,
    name: str = "the address",
) -> Threshold:
    """The value of an address at which half of the runs show the outcome; it ends when the interval is below `width`.

    outcomes: makes a list of runs (x, seed) and says of each whether the outcome happened; it may make the runs of one list
    side by side. First comes a coarse sweep of `coarse` values with `runs` seeds each: it shows in which direction the
    response goes and whether it is monotone (Fisher's exact test of all pairs in the wrong order, Holm at .01); where it is
    not, no threshold is given. Then come rounds at the posterior median of a logistic response, and one slope to either side
    of it in turn (for a steep response this is bisection): rounds of one run at first, later of an eighth of the runs that
    all rounds have made so far. `step`: only its multiples can exist; runs are made there alone, and the interval is no
    narrower than one step. Kontsevich & Tyler (1999), Vision Res. 39, 2729-2737; Waeber, Frazier, Henderson (2013),
    SIAM J. Control Optim. 51, 2261-2279.
    """
    if not low < high or width <= 0:
        raise InputError(f"{name}: {in_brackets(low, high)} to within {in_digits(width)} is no range")
    grid = _Grid(low, high, step)
    places = np.unique([grid.nearest(x) for x in np.linspace(low, high, coarse)])
    coarse, width = places.size, max(width, step or 0.0)
    sweep = [(float(x), first_seed + c * runs + k) for c, x in enumerate(places) for k in range(runs)]
    hits = np.array([_outcome(a, name) for a in outcomes(sweep)], int).reshape(coarse, runs).sum(axis=1)
    first = made = len(sweep)
    rising = bool(hits[-1] >= hits[0])
    wrong = _wrong_order(hits if rising else hits[::-1], runs)
    if wrong is not None:
        a, b = wrong if rising else (coarse - 1 - wrong[0], coarse - 1 - wrong[1])
        told = f"{hits[a]} of {runs} runs at {in_digits(places[a], 4)} and {hits[b]} of {runs} at {in_digits(places[b], 4)}"
        message = f"The response to {name} is not monotone: {told}, against the trend. There is no single threshold."
        return Threshold(None, None, None, level, made, False, message)
    ends = (hits[0], hits[-1]) if rising else (hits[-1], hits[0])
    if 2 * ends[0] > runs or 2 * ends[1] < runs:
        seen = f"{hits[0]} of {runs} runs at {in_digits(low)}, {hits[-1]} of {runs} at {in_digits(high)}"
        message = f"The outcome does not pass one half in {in_brackets(low, high)} ({seen}): no threshold of {name} inside."
        return Threshold(None, None, None, level, made, True, message)
    posterior, seen = _Posterior(low, high, width), {}
    for c, x in enumerate(places):
        posterior.learn(float(x), int(hits[c] if rising else runs - hits[c]), runs)
        seen[float(x)] = [int(hits[c]), runs]
    tails = ((1 - level) / 2, 0.5, (1 + level) / 2)

    def more(places: Sequence[float]) -> None:
        """One run at each of these places."""
        nonlocal made
        batch = [(x, first_seed + made + k) for k, x in enumerate(places)]
        for (x, _), answer in zip(batch, outcomes(batch) if batch else (), strict=True):
            hit = _outcome(answer, name)
            posterior.learn(x, hit if rising else 1 - hit, 1)
            counts = seen.setdefault(x, [0, 0])
            counts[0], counts[1] = counts[0] + hit, counts[1] + 1
        made += len(batch)

    bottom, middle, top = posterior.quantiles(tails)
    while top - bottom >= width and made < most:
        size, slope = min(max(1, (made - first) // 8), most - made), posterior.slope()
        more([grid.around(float(middle), slope, k % 3) for k in range(made, made + size)])
        bottom, middle, top = posterior.quantiles(tails)
    if step:  # both neighbours are known as well as the coarse places are
        more([x for x in grid.neighbours(float(middle)) for _ in range(runs - seen.get(x, [0, 0])[1])])
        bottom, middle, top = posterior.quantiles(tails)
    way = "above" if rising else "below"
    wide = top - bottom >= width
    bottom, top = grid.floor(bottom), grid.ceiling(top)
    threshold = f"{name} = {in_digits(middle, 4)} {in_brackets(bottom, top, 4)}"
    message = f"Half of the runs show the outcome at {threshold}, and most of them {way} it."
    neighbours = None
    if step:
        neighbours = grid.neighbours(float(middle))
        told = [f"{h} of {n} at {in_digits(x, 6)}" for x in neighbours for h, n in [seen.get(x, [0, 0])]]
        message += f" Only steps of {in_digits(step, 6)} can exist: the neighbours are {told[0]} and {told[1]}."
    if wide:
        still = in_digits(top - bottom, 2)
        message += f" After {made} runs the interval is still {still} wide, not narrower than {in_digits(width)}."
    return Threshold(float(middle), float(bottom), float(top), level, made, True, message, neighbours)


def _outcome(answer: bool | float, name: str) -> int:
    if answer not in (0, 1):
        raise InputError(f"{name}: the outcome of a run is {quoted(answer)}, not true or false")
    return int(answer)


def _wrong_order(hits: np.ndarray, runs: int) -> tuple[int, int] | None:
    """The pair whose order speaks most against a rising response, if any does by Holm at .01."""
    pairs = [(a, b) for b in range(hits.size) for a in range(b) if hits[a] > hits[b]]
    if not pairs:
        return None
    from scipy.stats import fisher_exact

    tables = [[[hits[a], runs - hits[a]], [hits[b], runs - hits[b]]] for a, b in pairs]
    results: list[Any] = [fisher_exact(t, alternative="greater") for t in tables]
    p = [float(r.pvalue) for r in results]
    corrected = holm(p)
    worst = int(np.argmin(p))
    return pairs[worst] if corrected[worst] < 0.01 else None
