"""Published results, made again: what a reproduction is, how it is run, and what its verdict means.

A reproduction is a configuration of shipped rules beside the published number, never a separate model. Each stands in one
file of `experiments/reproductions/results/` with its citation, the published claim, our setup, its targets and their bands
(written down before the run), its seeds, and where our answer differs and why.
"""

from __future__ import annotations

import pkgutil
import time
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from valuescape.model.errors import InputError, unknown
from valuescape.model.words import in_brackets, in_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.figure import Figure

    from valuescape.model.society import Society

EXACT, DIGITS = 1e-10, 5
FAILED = "failed"
TIERS = ("quick", "all", "nightly")
Evidence = Literal["E", "T", "P", "H"]
Source = Literal["paper", "secondary", "theory", "code", "memory"]
Verdict = Literal["met", "missed", "differs (known)", "beside", "not checkable"]
VERDICTS = {
    "met": "our answer lies in the band",
    "missed": "our answer lies outside, and the reproduction says why",
    "differs (known)": "our answer lies outside, as those of independent codes do",
    "beside": "people or language models: the model's answer stands beside theirs and neither passes nor fails",
    "not checkable": "the published value could not be read: it is not printed, and nothing is judged",
}
EVIDENCE = {"E": "exact", "T": "theory", "P": "published", "H": "people or language models"}
ORIGIN = {
    "paper": "",
    "secondary": "",
    "theory": "closed form",
    "code": "independent code",
    "memory": "not checkable",
}


@dataclass(frozen=True)
class Target:
    """One number to meet.

    quantity: its name; published: the number; low, high: the band that our number must lie in; band: how the band was
    chosen; evidence: E exact, T threshold or theory, P published number, H people or language models; source: the paper, a
    secondary source, a closed form, an independent code, or memory (never printed as published). known_difference: the
    answer of independent codes that are known to miss it too; reason: why our answer differs.
    """

    quantity: str
    published: float | str | None
    low: float
    high: float
    band: str
    evidence: Evidence
    source: Source = "paper"
    known_difference: str = ""
    reason: str = ""

    def verdict(self, ours: float) -> Verdict:
        """The verdict on our number."""
        if self.source == "memory":
            return "not checkable"
        if self.evidence == "H":
            return "beside"
        if self.low <= ours <= self.high:
            return "met"
        return "differs (known)" if self.known_difference else "missed"

    @property
    def published_text(self) -> str:
        """The published number as it may be printed."""
        if self.source == "memory" or self.published is None:
            return "not checkable"
        origin = ORIGIN[self.source]
        text = self.published if isinstance(self.published, str) else in_digits(self.published, DIGITS)
        return f"{text} ({origin})" if origin else text


def exact(quantity: str, published: float, tolerance: float = EXACT, source: Source = "theory", **more: Any) -> Target:
    """A number that our number must equal, up to rounding."""
    band = f"exact, to {in_digits(tolerance)}" if tolerance else "exact"
    return Target(quantity, published, published - tolerance, published + tolerance, band, "E", source, **more)


@dataclass(frozen=True)
class Finding:
    """Our number: its value, its 95 % interval where it is an estimate, and the number of samples behind it."""

    value: float
    low: float | None = None
    high: float | None = None
    samples: int = 1

    @property
    def text(self) -> str:
        """The number, with its interval."""
        if self.low is None or self.high is None:
            return in_digits(self.value, DIGITS)
        return f"{in_digits(self.value, DIGITS)} {in_brackets(self.low, self.high, DIGITS)}"


def mean_of(samples: Sequence[float] | np.ndarray) -> Finding:
    """Mean with the 95 % interval of Student's t."""
    from valuescape.analysis.statistics import mean_interval

    if len(samples) < 2:
        return Finding(float(np.mean(samples)))
    interval = mean_interval(samples)
    return Finding(interval.estimate, interval.low, interval.high, interval.n)


def share_of(hits: Sequence[bool] | np.ndarray) -> Finding:
    """Share with its exact 95 % interval (Clopper-Pearson)."""
    from valuescape.analysis.statistics import proportion_interval

    interval = proportion_interval(int(np.sum(hits)), len(hits))
    return Finding(interval.estimate, interval.low, interval.high, interval.n)


def difference_of(treated: Sequence[float] | np.ndarray, twins: Sequence[float] | np.ndarray) -> Finding:
    """Mean difference of runs that share a seed, pair by pair, with the 95 % interval of Student's t."""
    from valuescape.analysis.statistics import paired_interval

    interval = paired_interval(treated, twins)
    return Finding(interval.estimate, interval.low, interval.high, interval.n)


def welch(a: Sequence[float] | np.ndarray, b: Sequence[float] | np.ndarray) -> float:
    """Welch's t of the difference of two means."""
    from scipy.stats import ttest_ind

    result: Any = ttest_ind(a, b, equal_var=False)
    return float(result.statistic)


def rank_correlation(a: Sequence[float] | np.ndarray, b: Sequence[float] | np.ndarray) -> float:
    """Spearman's rho, ties at their mean rank."""
    from scipy.stats import spearmanr

    result: Any = spearmanr(a, b)
    return float(result.statistic)


Findings = dict[str, Finding]


@dataclass
class Answer:
    """The answer of a reproduction: one finding for each quantity, and the data of its figure.

    missing: what it lacks, where it needs data that cannot be shipped and that the user has not given.
    """

    findings: Findings
    data: dict[str, Any] = field(default_factory=dict)
    missing: str = ""


@dataclass(frozen=True)
class Reproduction:
    """One published result and how the shipped rules make it again. `run` gives the answer, `draw` its figure.

    claim: what was published; setup: what is run here; tier: `quick`, `all` or `nightly`; seconds: about how long it takes
    on one core, so that the longest are begun first; deviation: where our setup differs from the paper's, and why.
    """

    title: str
    citation: str
    claim: str
    setup: str
    scenario: Mapping[str, Any]
    targets: tuple[Target, ...]
    run: Callable[[], Answer]
    seeds: str
    tier: str = "quick"
    seconds: float = 1.0
    deviation: str = ""
    draw: Callable[[dict[str, Any]], Figure] | None = None

    def __post_init__(self) -> None:
        names = [t.quantity for t in self.targets]
        if self.tier not in TIERS or len(names) != len(set(names)) or not names:
            tiers = ", ".join(TIERS)
            raise InputError(f"reproduction {self.title}: its tier is one of {tiers}, and no quantity stands twice")


@dataclass(frozen=True)
class Comparison:
    """A target, our finding, and the verdict."""

    target: Target
    finding: Finding
    verdict: Verdict


@dataclass(frozen=True)
class Outcome:
    """A reproduction after its run: comparisons with the targets, the time it took, data of its figure, what it lacks."""

    name: str
    reproduction: Reproduction
    comparisons: tuple[Comparison, ...]
    seconds: float
    data: dict[str, Any]
    missing: str = ""


def names() -> list[str]:
    """The names of all reproductions: those of the files in `experiments/reproductions/results/`."""
    from valuescape.experiments.reproductions import results

    return sorted(m.name for m in pkgutil.iter_modules(results.__path__) if not m.name.startswith("_"))


def load(name: str) -> Reproduction:
    """A reproduction by its name."""
    plain = name.replace("-", "_")
    if plain not in names():
        raise unknown("reproduction", name, names())
    return import_module(f"valuescape.experiments.reproductions.results.{plain}").REPRODUCTION


def of_tier(tier: str) -> list[str]:
    """The names up to a tier: `quick`, `all` (with the quick ones), `nightly` (everything)."""
    return [n for n in names() if TIERS.index(load(n).tier) <= TIERS.index(tier)]


def evaluate(name: str) -> Outcome:
    """Run one reproduction and compare each finding with its target."""
    reproduction = load(name)
    begun = time.perf_counter()
    try:
        answer = reproduction.run()
    except InputError as mistake:  # one that fails is a row that says so, never the end of the others
        answer = Answer({}, missing=f"{FAILED}: {mistake}")
    seconds = time.perf_counter() - begun
    if answer.missing:
        nothing = Finding(float("nan"))
        comparisons = tuple(Comparison(t, nothing, "not checkable") for t in reproduction.targets)
        return Outcome(name, reproduction, comparisons, seconds, {}, answer.missing)
    unmatched = set(answer.findings) ^ {t.quantity for t in reproduction.targets}
    if unmatched:
        raise InputError(f"reproduction {name}: findings and targets differ in {', '.join(sorted(unmatched))}")
    findings = answer.findings
    comparisons = tuple(
        Comparison(t, findings[t.quantity], t.verdict(findings[t.quantity].value)) for t in reproduction.targets
    )
    return Outcome(name, reproduction, comparisons, seconds, answer.data)


def society_of(scenario: Mapping[str, Any], seed: int, **changes: Any) -> Society:
    """The society of a described scenario before its first step; `changes` replace some of its keys."""
    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society

    return Society(Scenario.from_dict({**scenario, **changes}), rng=seed)
