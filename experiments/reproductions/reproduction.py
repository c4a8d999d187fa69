"""Published results, made again: what a reproduction is, how it is run, and how its mutants are tried.

A reproduction is a configuration of shipped rules beside the published number, never a separate model. Each stands in one
file of `experiments/reproductions/results/` with its citation, the published claim, our setup, its targets and their bands
(written down before the run), its seeds, its mutants, and where our answer differs and why.
"""

from __future__ import annotations

import pkgutil
import time
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from valuescape.experiments.reproductions.findings import Finding, Findings
from valuescape.experiments.reproductions.mutants import changed, in_force
from valuescape.model.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure

    from valuescape.experiments.reproductions.mutants import Mutant
    from valuescape.experiments.reproductions.targets import Target, Verdict
    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society

FAILED = "failed"
TIERS = ("quick", "all", "nightly")


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
    on one core, so that the longest are begun first; mutants: mistakes that its targets must notice; deviation: where our
    setup differs from the paper's, and why.
    """

    title: str
    citation: str
    claim: str
    setup: str
    scenario: Mapping[str, Any]
    targets: tuple[Target, ...]
    run: Callable[[], Answer]
    seeds: str
    mutants: tuple[Mutant, ...] = ()
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
    trials: tuple[Trial, ...] = ()


@dataclass(frozen=True)
class Trial:
    """A mutant after its run: what caught it, which is every target that the true rule meets and the mutant does not."""

    mutant: Mutant
    caught: tuple[Comparison, ...]
    seconds: float


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


def evaluate(name: str, *, mutants: bool = False) -> Outcome:
    """Run one reproduction, compare each finding with its target, and try its mutants where asked."""
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
    comparisons = compared(reproduction, answer.findings)
    trials = tried(reproduction, answer.findings) if mutants else ()
    return Outcome(name, reproduction, comparisons, seconds, answer.data, trials=trials)


def compared(reproduction: Reproduction, findings: Findings) -> tuple[Comparison, ...]:
    """Each finding beside its target, in the targets' order."""
    return tuple(
        Comparison(t, findings[t.quantity], t.verdict(findings[t.quantity]))
        for t in reproduction.targets
        if t.quantity in findings
    )


def met_by(reproduction: Reproduction, findings: Findings) -> set[str]:
    """The quantities that meet their targets."""
    return {c.target.quantity for c in compared(reproduction, findings) if c.verdict == "met"}


def tried(reproduction: Reproduction, findings: Findings) -> tuple[Trial, ...]:
    """Every mutant's trial; `findings` are those of the true rule.

    A shorter run counts only for what it meets under the true rule, or a run too short for its band would catch anything.
    """
    met: dict[Any, set[str]] = {None: met_by(reproduction, findings)}
    trials = []
    for mutant in reproduction.mutants:
        run = mutant.run if mutant.change else None
        if run not in met:
            met[run] = met[None] & met_by(reproduction, mutant.run() if mutant.run else findings)
        trials.append(try_out(reproduction, mutant, met[run]))
    return tuple(trials)


def try_out(reproduction: Reproduction, mutant: Mutant, met: set[str]) -> Trial:
    """Run a reproduction under a mutant; `met` are the quantities that the same run meets under the true rule."""
    begun = time.perf_counter()
    with in_force(mutant.change):
        findings = mutant.run() if mutant.run else reproduction.run().findings
    caught = tuple(
        c
        for c in compared(reproduction, findings)
        if c.target.quantity in met and c.verdict in ("missed", "differs (known)")
    )
    return Trial(mutant, caught, time.perf_counter() - begun)


def scenario_of(described: Mapping[str, Any]) -> Scenario:
    """A described scenario, under the mutant in force."""
    from valuescape.model.scenario import Scenario

    return Scenario.from_dict(dict(changed(described)))


def society_of(scenario: Mapping[str, Any], seed: int, **changes: Any) -> Society:
    """The society of a described scenario before its first step; `changes` replace some of its keys."""
    from valuescape.model.society import Society

    return Society(scenario_of({**scenario, **changes}), rng=seed)
