"""Published results, made again: what a reproduction is, how it is run, and what its verdict means.

A reproduction is a configuration of shipped rules and the published number, never a separate model. Each stands in one
file of `experiments/reproductions/` with its citation, what was done, its targets and their bands (written down before
the run), its seeds, and where our answer differs and why.
"""

from __future__ import annotations

import pkgutil
import time
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from valuescape.model.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.figure import Figure

    from valuescape.model.society import Society

EXACT = 1e-10
FAILED = "failed"
TIERS = ("quick", "all", "nightly")
Evidence = Literal["E", "T", "P", "H"]
Source = Literal["paper", "secondary", "theory", "code", "memory"]
Verdict = Literal["met", "missed", "differs (known)", "beside", "not checkable"]
SAID = {
    "met": "our answer lies in the band",
    "missed": "it lies outside, and the reproduction says why",
    "differs (known)": "it lies outside, as independent codes do",
    "beside": "people or language models: the model's answer is set beside theirs, neither passed nor failed",
    "not checkable": "the published value could not be read: not printed, and not judged",
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

    quantity; published: the number; low, high: the band that ours must lie in; band: how it was chosen; evidence: E exact,
    T threshold or theory, P published number, H people or language models; source: read in the paper or a secondary
    source, a closed form, an independent code, or memory (never printed as published). `differs`: independent codes are
    known to miss it, and what they say; `why`: where our answer differs and why.
    """

    quantity: str
    published: float | str | None
    low: float
    high: float
    band: str
    evidence: Evidence
    source: Source = "paper"
    differs: str = ""
    why: str = ""

    def verdict(self, ours: float) -> Verdict:
        """What our number says about it."""
        if self.source == "memory":
            return "not checkable"
        if self.evidence == "H":
            return "beside"
        if self.low <= ours <= self.high:
            return "met"
        return "differs (known)" if self.differs else "missed"

    @property
    def said(self) -> str:
        """The published number as it may be printed."""
        if self.source == "memory" or self.published is None:
            return "not checkable"
        origin = ORIGIN[self.source]
        number = self.published if isinstance(self.published, str) else number_of(self.published)
        return f"{number} ({origin})" if origin else number


def exact(quantity: str, published: float, tolerance: float = EXACT, source: Source = "theory", **more: Any) -> Target:
    """A number that ours must equal, up to rounding."""
    band = f"exact, to {tolerance:g}" if tolerance else "exact"
    return Target(quantity, published, published - tolerance, published + tolerance, band, "E", source, **more)


@dataclass(frozen=True)
class Finding:
    """Our number: the value, the 95 % interval of it where it is an estimate, and from how many samples."""

    value: float
    low: float | None = None
    high: float | None = None
    samples: int = 1

    @property
    def said(self) -> str:
        """The number, with its interval."""
        if self.low is None or self.high is None:
            return number_of(self.value)
        return f"{number_of(self.value)} [{number_of(self.low)}, {number_of(self.high)}]"


def number_of(value: float) -> str:
    """Five digits; an error below 1e-9 as a power of ten."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value == round(value) and abs(value) < 1e9:
        return f"{value:.0f}"
    return f"{value:.1e}" if abs(value) < 1e-4 else f"{value:.5g}"


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
    """What a reproduction's run gives: a finding for each quantity, and what its figure is drawn from.

    absent: what is missing, where it needs data that cannot be shipped and that the user has not given.
    """

    findings: Findings
    data: dict[str, Any] = field(default_factory=dict)
    absent: str = ""


@dataclass(frozen=True)
class Reproduction:
    """One published result and how the shipped rules make it again. `run` gives the answer, `draw` its figure.

    tier: `quick`, `all` or `nightly`; seconds: about how long it takes on one core, so that the longest are begun first;
    differs: where our setting differs from the paper's, and why.
    """

    title: str
    citation: str
    did: str
    ours: str
    scenario: Mapping[str, Any]
    targets: tuple[Target, ...]
    run: Callable[[], Answer]
    seeds: str
    tier: str = "quick"
    seconds: float = 1.0
    differs: str = ""
    draw: Callable[[dict[str, Any]], Figure] | None = None

    def __post_init__(self) -> None:
        names = [t.quantity for t in self.targets]
        if self.tier not in TIERS or len(names) != len(set(names)) or not names:
            raise InputError(f"reproduction {self.title}: a tier of {', '.join(TIERS)}, and quantities that differ")


@dataclass(frozen=True)
class Judged:
    """A target, our finding, and the verdict."""

    target: Target
    finding: Finding
    verdict: Verdict


@dataclass(frozen=True)
class Made:
    """A reproduction that was run: judged targets, the seconds it took, what its figure is drawn from, what it lacked."""

    name: str
    reproduction: Reproduction
    judged: tuple[Judged, ...]
    seconds: float
    data: dict[str, Any]
    absent: str = ""


def names() -> list[str]:
    """The names of all reproductions, as files in `experiments/reproductions/results/`."""
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


def make(name: str) -> Made:
    """Run one reproduction and judge every target."""
    found = load(name)
    begun = time.perf_counter()
    try:
        answer = found.run()
    except InputError as mistake:  # one that fails is a row that says so, never the end of the others
        answer = Answer({}, absent=f"{FAILED}: {mistake}")
    seconds = time.perf_counter() - begun
    if answer.absent:
        nothing = Finding(float("nan"))
        judged = tuple(Judged(t, nothing, "not checkable") for t in found.targets)
        return Made(name, found, judged, seconds, {}, answer.absent)
    said, asked = set(answer.findings), {t.quantity for t in found.targets}
    if said != asked:
        raise InputError(f"reproduction {name}: findings and targets differ in {', '.join(sorted(said ^ asked))}")
    judged = tuple(
        Judged(t, answer.findings[t.quantity], t.verdict(answer.findings[t.quantity].value)) for t in found.targets
    )
    return Made(name, found, judged, seconds, answer.data)


def society_of(scenario: Mapping[str, Any], seed: int, **changes: Any) -> Society:
    """The society of a scenario's description, with some of its keys replaced, before its first step."""
    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society

    return Society(Scenario.from_dict({**scenario, **changes}), rng=seed)
