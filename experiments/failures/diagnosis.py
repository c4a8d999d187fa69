"""Diagnosis: which failure modes a scenario shows, tested by pairs of runs with and without each alleged cause.

Of every failure whose cause is in the scenario and whose harm can be measured: the effect (the harm with the cause less the
harm without it, on the same seed), tested against the least size that matters; the same with all sources cut, where the
cause is a channel; what the cause does alone; its Shapley share; since when. Sources come first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis import effects
from valuescape.analysis.effects import ALPHA, FEWEST_PAIRS
from valuescape.analysis.ledger_accounts import players as checked_players
from valuescape.analysis.ledger_accounts import shapley
from valuescape.experiments.failures.cuts import absence
from valuescape.experiments.failures.paired_runs import Block, PairedRuns, unmeasurable
from valuescape.experiments.runs.provenance import write_frame, write_text
from valuescape.model.errors import InputError
from valuescape.model.kinds import find, known
from valuescape.model.rule import known_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from valuescape.analysis.effects import Harm
    from valuescape.experiments.runs.engines import Engine
    from valuescape.experiments.runs.replay import Stored
    from valuescape.model.kinds import Failure
    from valuescape.model.scenario import Scenario

FIRST_SEED = 1000
MOST_CAUSES = 4  # Shapley's shares of m causes need 2^m kinds of runs
FAILED, IMPAIRS, TOO_SMALL, OPEN = "failed", "impairs", "too small", "not shown"
WORDS = {
    FAILED: "the harm rose, and is larger by the cause",
    IMPAIRS: "the harm did not rise, and would be smaller without the cause",
    TOO_SMALL: "the effect is below the least size that matters",
    OPEN: "the runs do not show that the effect is above the least size",
}


def failures() -> dict[str, type[Failure]]:
    """The named failure modes, those with a source for a cause first."""
    found: Any = known("failure")
    return dict(sorted(found.items(), key=lambda item: not item[1].source))


def can_be_tested(scenario: Scenario) -> tuple[dict[str, tuple[Harm, ...]], dict[str, str]]:
    """The harms of each failure that can be tested in a scenario, and why the other failures cannot."""
    found: dict[str, tuple[Harm, ...]] = {}
    reasons: dict[str, str] = {}
    for name, cls in failures().items():
        missing = {harm: next((said for m in harm.reads if (said := unmeasurable(scenario, m))), "") for harm in cls.harms}
        absent = next((said for one in cls.cuts if (said := absence(scenario, one))), "")
        harms = tuple(harm for harm, said in missing.items() if not said and not _is_fixed(scenario, harm))
        if absent or not harms:
            reasons[name] = absent or next((said for said in missing.values() if said), "nothing can move its harm")
        else:
            found[name] = harms
    return found, reasons


def _is_fixed(scenario: Scenario, harm: Harm) -> bool:
    """Users who do not adapt are not captured, and where nobody hides, nothing is hidden."""
    written = {field for rule in scenario.flat_rules for field in type(rule).writes}
    return (harm.measure == "user_capture" and "preferences" not in written) or (
        harm.measure in ("falsification", "silenced") and "expressed" not in written
    )


def is_given(scenario: Scenario, harm: Harm) -> bool:
    """Whether a harm is something at step 0: not where it is read off moves that nobody has made yet."""
    made = {f for f in find("measure", harm.measure).read({}).needs() if known_fields()[f].missing}
    return made <= {*scenario.initial, *(f for group in scenario.groups for f in group.initial)}


@dataclass(frozen=True)
class Diagnosis:
    """The findings about a scenario.

    findings: one row per failure and harm that was tested; absent: why the others could not; pairs: how many seeds; seed:
    that of the stored run, which is the first pair; steps: of the records; paths: for each row the mean harm at each record
    with and without the cause.
    """

    scenario: str
    seed: int
    pairs: int
    findings: pd.DataFrame
    absent: dict[str, str]
    steps: np.ndarray
    paths: list[tuple[np.ndarray, np.ndarray]]

    @property
    def named(self) -> list[str]:
        """The failures that are named, sources first, by effect in least sizes."""
        rows: Any = self.findings[self.findings["verdict"].isin([FAILED, IMPAIRS])]
        return list(dict.fromkeys(rows["failure"]))

    @property
    def failed(self) -> list[str]:
        """Those of them whose harm rose."""
        return list(dict.fromkeys(self.findings[self.findings["verdict"] == FAILED]["failure"]))

    def to_dict(self) -> dict[str, Any]:
        """As plain data; what is not a number is None, and an onset that most pairs do not have is `never`."""
        plain: Any = self.findings.to_dict("records")
        rows = [{k: _plain(v) for k, v in row.items()} for row in plain]
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "pairs": self.pairs,
            "failures": rows,
            "not_testable": self.absent,
        }


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not np.isfinite(value):
        return "never" if value == np.inf else None
    return value


def diagnose(
    run: Stored,
    engine: Engine,
    pairs: int = FEWEST_PAIRS,
    seed_from: int = FIRST_SEED,
    watch: Callable[[int], Any] = lambda by: None,
    folder: Path | None = None,
    *,
    shares: bool = True,
) -> Diagnosis:
    """Test a stored run's scenario by pairs: the run's own seed, and others from `seed_from` on.

    shares: whether what a cause does alone and its Shapley share are reckoned, of failures that are named.
    """
    if pairs < FEWEST_PAIRS:
        raise InputError(f"--pairs {pairs}: at least {FEWEST_PAIRS}, or the interval is not what it says")
    seeds = [run.seed, *islice((s for s in count(seed_from) if s != run.seed), pairs - 1)]
    return examine(run.scenario, seeds, engine, watch, folder, shares=shares)


def examine(
    scenario: Scenario,
    seeds: Sequence[int],
    engine: Engine,
    watch: Callable[[int], Any] = lambda by: None,
    folder: Path | None = None,
    *,
    shares: bool = True,
) -> Diagnosis:
    """The diagnosis of a scenario over these seeds."""
    import pandas as pd

    from valuescape.analysis.statistics import holm

    harms, absent = can_be_tested(scenario)
    if not harms:
        said = "; ".join(dict.fromkeys(absent.values()))
        raise InputError(f"{scenario.name}: no failure mode can be tested in it: {said}")
    measures = [m for each in harms.values() for harm in each for m in harm.reads]
    runs = PairedRuns(scenario, measures, seeds, engine, watch, folder)
    questions = [Question(name, harm, runs, tuple(harms)) for name, each in harms.items() for harm in each]
    corrected = holm([q.p for q in questions])
    rows, paths = [], []
    for question, p_holm in zip(questions, corrected, strict=True):
        rows.append(question.row(p_holm, len(questions), shares=shares))
        paths.append(question.paths())
    return Diagnosis(scenario.name, seeds[0], len(seeds), pd.DataFrame(rows), absent, runs.steps, paths)


def kinds_of_runs(scenario: Scenario) -> int:
    """About how many kinds of runs a diagnosis makes, as the length of a progress bar."""
    harms, _ = can_be_tested(scenario)
    causes = {c for name in harms for c in failures()[name].cuts}
    channels = {c for name in harms if not failures()[name].source for c in failures()[name].cuts}
    return 1 + len(causes) + (len(channels) + 1 if len(channels) < len(causes) else 0)


class Question:
    """One failure and one harm: whether the cause makes the harm larger by more than the least size that matters."""

    def __init__(self, name: str, harm: Harm, runs: PairedRuns | Block, others: tuple[str, ...]) -> None:
        self.name, self.harm, self.runs = name, harm, runs
        self.failure = failures()[name]
        self.sources = {c: 1.0 for o in others if failures()[o].source for c in failures()[o].cuts}
        self.causes = tuple(dict.fromkeys(c for o in others for c in failures()[o].cuts))
        self.with_cause = runs.harm({}, harm)
        by_cut = {c: self.with_cause - runs.harm({c: 1.0}, harm) for c in self.failure.cuts}
        self.cut = min(by_cut, key=lambda c: float(by_cut[c].mean()))  # of several needed ones the one that does least
        self.effect, self.effects = by_cut[self.cut], list(by_cut.values())
        conditions = [(x, harm.least) for x in by_cut.values()]
        self.without_sources = np.full(len(runs.seeds), np.nan)
        if not self.failure.source and self.sources:
            calm = runs.harm(self.sources, harm)
            apart = [calm - runs.harm({**self.sources, c: 1.0}, harm) for c in self.failure.cuts]
            self.without_sources = min(apart, key=lambda x: float(x.mean()))
            conditions += [(x, harm.least) for x in apart]
        if harm.falls:
            fall = runs.series({}, harm.falls)
            conditions.append((fall[:, 0] - effects.at_end(fall), 0.0))
        if harm.hidden:
            seen = effects.at_end(runs.series({}, harm.hidden)) - effects.at_end(runs.series({self.cut: 1.0}, harm.hidden))
            conditions.append((-np.abs(seen), -harm.least))
        self.constant = effects.deterministic([self.with_cause, self.effect])
        self.conditions = conditions
        self.p = max(effects.chance_above(x, least) for x, least in conditions)

    @property
    def rise(self) -> float:
        """How much the harm rose over the runs, in the mean; a harm that nothing gives at step 0 counts as none there."""
        first = self.runs.series({}, self.harm.measure)[:, 0] if is_given(self.runs.scenario, self.harm) else 0.0
        return float((self.with_cause - np.nan_to_num(first)).mean())

    def verdict(self, p: float, high: float) -> str:
        """The word for what was found."""
        if p <= ALPHA:
            return FAILED if self.rise > 0 else IMPAIRS
        return TOO_SMALL if high < self.harm.least else OPEN

    def row(self, p_holm: float, tests: int, *, shares: bool) -> dict[str, Any]:
        """The row of the findings."""
        low, high = effects.interval(self.effects, 1 - ALPHA / tests)
        verdict = self.verdict(p_holm, high)
        told = shares and verdict in (FAILED, IMPAIRS)
        onset = effects.median_interval(effects.onsets(self.path_of_effect(), self.runs.steps, self.harm.least))
        return {
            "failure": self.name,
            "type": "source" if self.failure.source else "channel",
            "harm": self.harm.measure,
            "unit": self.harm.unit,
            "least": self.harm.least,
            "with_cause": float(self.with_cause.mean()),
            "rise": self.rise,
            "cut": self.cut,
            "effect": float(self.effect.mean()),
            "low": low,
            "high": high,
            "without_sources": float(self.without_sources.mean()),
            "alone": self.alone() if told else np.nan,
            "share": self.share() if told else np.nan,
            "of_causes": len(self.causes),
            "p": np.nan if self.constant else self.p,
            "p_holm": np.nan if self.constant else float(p_holm),
            "onset": onset[0],
            "onset_low": onset[1],
            "onset_high": onset[2],
            "verdict": verdict,
        }

    def path_of_effect(self) -> np.ndarray:
        """The difference at each record, (pairs, records)."""
        return self.runs.series({}, self.harm.measure) - self.runs.series({self.cut: 1.0}, self.harm.measure)

    def paths(self) -> tuple[np.ndarray, np.ndarray]:
        """The mean harm at each record, with the cause and without."""
        both = (self.runs.series(c, self.harm.measure) for c in ({}, {self.cut: 1.0}))
        with_cause, without = (np.nan_to_num(series.mean(axis=0), nan=0.0) for series in both)
        return with_cause, without

    def alone(self) -> float:
        """What the cause adds where every cause that can be cut is cut: its sufficiency."""
        rest = dict.fromkeys(self.causes, 1.0)
        without = dict.fromkeys((c for c in self.causes if c not in self.failure.cuts), 1.0)
        return float((self.runs.harm(without, self.harm) - self.runs.harm(rest, self.harm)).mean())

    def share(self) -> float:
        """The cause's Shapley share of what all causes do; of more than four causes, of the first four with its own."""
        own = self.failure.cuts
        among = [*own, *(c for c in self.causes if c not in own)][:MOST_CAUSES]

        @cache
        def worth(on: frozenset[str]) -> float:
            return float(self.runs.harm({c: 1.0 for c in among if c not in on}, self.harm).mean())

        shares = shapley(checked_players(among), worth)
        return float(sum(shares[c] for c in own))


def store_diagnosis(diagnosis: Diagnosis, folder: Path) -> None:
    """Write `diagnosis.parquet` (a row per failure and harm), `diagnosis.json` (everything) and `figures/diagnosis.png`."""
    import json

    from valuescape.analysis.failure_figures import draw_effects
    from valuescape.experiments.runs.files import written

    write_frame(folder / "diagnosis.parquet", diagnosis.findings)
    write_text(folder / "diagnosis.json", json.dumps(diagnosis.to_dict(), indent=1))
    (folder / "figures").mkdir(exist_ok=True)
    with written(folder / "figures" / "diagnosis.png") as new:
        draw_effects(diagnosis.findings).savefig(new, dpi=110)
