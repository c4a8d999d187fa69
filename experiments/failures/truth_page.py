"""What docs/failures.md says of the validation: what was missed, truth beside what was named, the interval and the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis.effects import FEWEST_PAIRS, unseen
from valuescape.experiments.failures.diagnosis import FAILED, failures
from valuescape.experiments.failures.validation_design import DRAWN, HEALTHY, HEALTHY_AT_MOST, NEAR, OTHERS, PLANTS, cells
from valuescape.model.words import in_digits, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def rows_of(truth: dict[str, Any], names: Iterable[str] | None = None) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """(cell, blocks, row) of every failure and harm in these cells."""
    for name, cell in truth.items():
        if names is None or name in set(names):
            for row in cell["rows"]:
                yield name, cell["blocks"], row


def counts(truth: dict[str, Any]) -> dict[tuple[bool, bool], int]:
    """How many diagnoses of 30 pairs: (true, named) -> number."""
    table = {(t, n): 0 for t in (True, False) for n in (True, False)}
    for _, blocks, row in rows_of(truth):
        table[row["true"], True] += row["named"]
        table[row["true"], False] += blocks - row["named"]
    return table


def reach(row: dict[str, Any]) -> str:
    """What 30 pairs can know of an effect: `none`, where it is the same in all pairs; `seldom`, where it is another in fewer
    pairs than 30 can be expected to show; `within` reach of 30 pairs otherwise.
    """
    if row["varied"] == 0:
        return "none"
    return "within" if row["varied"] >= unseen(FEWEST_PAIRS) else "seldom"


@dataclass(frozen=True)
class Coverage:
    """Of 95 % intervals of 30 pairs: how many hold the truth, are points, are there; and the share held of drawn blocks."""

    held: int
    points: int
    of: int
    drawn: float

    @property
    def words(self) -> str:
        """As the page says it."""
        if not self.of:
            return "none"
        return f"{self.held} of {self.of} ({self.held / self.of:.1%}; {self.drawn:.1%} of blocks drawn at random)"


def coverage(truth: dict[str, Any], where: str = "within") -> Coverage:
    """The coverage of the rows that are of one kind by `reach`."""
    rows = [(row, blocks) for _, blocks, row in rows_of(truth) if reach(row) == where]
    drawn = [row["covered_drawn"] / DRAWN for row, _ in rows]
    held, points = (sum(row[key] for row, _ in rows) for key in ("covered", "points"))
    return Coverage(held, points, sum(blocks for _, blocks in rows), float(np.mean(drawn)) if drawn else float("nan"))


def area_near(truth: dict[str, Any]) -> tuple[float, int, int]:
    """(AUC, above, below): how well a block's mean effect tells true effects at 1-1.5 least sizes from those at .5-1."""
    above: list[float] = []
    below: list[float] = []
    for _, _, row in rows_of(truth):
        size = row["effect"] / row["least"]
        if NEAR[0] <= size <= NEAR[1]:
            (above if size > 1 else below).extend(m / row["least"] for m in row["means"])
    if not above or not below:
        return float("nan"), len(above), len(below)
    a, b = np.asarray(above)[:, None], np.asarray(below)[None, :]
    return float((a > b).mean() + 0.5 * (a == b).mean()), len(above), len(below)


def counted(results: dict[str, Any]) -> dict[str, Any]:
    """The cells that the present code makes as they are kept, in the order of the design."""
    old = set(results["checked"].get("stale", []))
    return {name: results["truth"][name] for name in cells() if name in results["truth"] and name not in old}


def healthy_named(truth: dict[str, Any]) -> dict[str, float]:
    """In which share of the blocks of each healthy society something is named, at most."""
    named = {name: [row["named"] / blocks for _, blocks, row in rows_of(truth, [name])] for name in HEALTHY if name in truth}
    return {name: min(1.0, sum(shares)) for name, shares in named.items()}


# --- what was missed --------------------------------------------------------------------------------------------------


def missed(results: dict[str, Any], not_falling: list[str]) -> str:
    """The section that the page leads with."""
    truth = counted(results)
    said = [*_not_made(results, truth), *_wrong(truth), *_not_shown(truth), *_not_covered(truth)]
    said += [f"The harm rises somewhere with the dose of {key}." for key in not_falling]
    for name, cls in failures().items():
        verdicts = {row["verdict"] for row in results["gallery"].get(cls.scenario, {"rows": []})["rows"]
                    if row["failure"] == name}  # fmt: skip
        if FAILED not in verdicts:
            said.append(f"{_name(name)} is not named on its own scenario, `{cls.scenario}`.")
    return "\n".join(["## What was missed", "", *(f"- {one}" for one in said or ["Nothing."]), ""])


def _not_made(results: dict[str, Any], truth: dict[str, Any]) -> Iterator[str]:
    absent = [name for name in cells() if name not in results["truth"]]
    old = results["checked"].get("stale", [])
    if absent:
        yield f"{len(truth)} of the {len(cells())} planned cells are made. Not made in time: {'; '.join(absent)}."
    if old:
        yield f"Made by another code, which gave other numbers than the present one, and not counted: {'; '.join(old)}."


def _wrong(truth: dict[str, Any]) -> Iterator[str]:
    for name, blocks, row in rows_of(truth):
        if not row["true"] and row["named"]:
            yield (f"{name}: {in_words(row['failure'])} ({in_words(row['harm'])}) is named in {row['named']} of {blocks}"
                   f" though its true effect, {_sized(row)}, is not above the least size in every condition.")  # fmt: skip
    for name, share in healthy_named(truth).items():
        if share > HEALTHY_AT_MOST:
            yield f"The healthy society {name}: something is named in {share:.0%} of the blocks."


def _not_shown(truth: dict[str, Any]) -> Iterator[str]:
    for name, blocks, row in rows_of(truth):
        if row["true"] and row["named"] < blocks:
            yield (f"{name}: {in_words(row['failure'])} ({in_words(row['harm'])}), truly {_sized(row)}, is not named in"
                   f" {blocks - row['named']} of {blocks}.")  # fmt: skip
    shown = {row["failure"] for _, _, row in rows_of(truth) if row["true"]}
    never = [_name(name) for name in failures() if name not in shown]
    if never:
        yield f"In no cell that is made a true effect above the least size of: {', '.join(never)}."


def _not_covered(truth: dict[str, Any]) -> Iterator[str]:
    within, seldom = coverage(truth), coverage(truth, "seldom")
    if within.of and within.held < 0.95 * within.of:
        yield f"The 95 % interval of 30 pairs holds the truth in {within.words} where the effect is within its reach."
    if seldom.of:
        yield (
            f"Where the effect is another than usual in fewer than {unseen(FEWEST_PAIRS):.3f} of the pairs, the 95 %"
            f" interval of 30 pairs holds the truth in {seldom.words}; {seldom.points} of these are points."
        )


def _sized(row: dict[str, Any]) -> str:
    return f"{row['effect'] / row['least']:.2f} least sizes"


def _name(failure: str) -> str:
    return in_words(failure)


# --- the sections -----------------------------------------------------------------------------------------------------


def truth_sections(results: dict[str, Any]) -> list[str]:
    """Truth, interval and test, healthy societies."""
    truth = counted(results)
    return [_truth(truth, results), _intervals(truth, results["intervals"]), _healthy(truth)]


def _truth(truth: dict[str, Any], results: dict[str, Any]) -> str:
    table, (area, above, below) = counts(truth), area_near(truth)
    makers = {cell["code"] for cell in truth.values()}
    lines = [
        "## Truth",
        "",
        "Small societies with plants (`validation_design.py`, committed before the runs, at b021d64; `pressed` at"
        " 27164a9, after `hush` had been made and was true nowhere). Truth is the mean effect over 2,000 pairs, beyond the"
        " least size or not, under every condition of the failure; each of 66 disjoint blocks of 30 pairs is diagnosed. Ten"
        " of the fifteen plants are rules of a user that no cut names; inert, useful and decoy rules and two plants at once"
        f" are among the cells. {len(truth)} of {len(cells())} cells are made."
        f" When this page was written, by the code {results['checked'].get('code', '')}, the first pairs of each were made"
        f" again, and were as kept (made by the code {', '.join(sorted(makers))}).",
        "",
        "| | named | not named |",
        "|---|---:|---:|",
        f"| true | {table[True, True]} | {table[True, False]} |",
        f"| not true | {table[False, True]} | {table[False, False]} |",
        "",
        "Area under the ROC curve of the mean of 30 pairs between effects of 1-1.5 and of .5-1 least sizes:"
        f" {area:.3f} ({above} and {below} blocks).",
        "",
        "| society | what | failure | harm | true effect | matters from | true | named, of 66 | holds, of 66 | points |",
        "|---|---|---|---|---:|---:|---|---:|---:|---:|",
    ]
    for name, _, row in rows_of(truth):
        effect = f"{row['effect']:.4f} ± {row['error']:.4f}"
        true = "yes" if row["true"] else "no"
        cells_of_row = (name, _what(name), in_words(row["failure"]), in_words(row["harm"]), effect, in_digits(row["least"]))
        held = f"{row['covered']}{'' if reach(row) == 'within' else ' (' + reach(row) + ')'}"
        lines.append(f"| {' | '.join(cells_of_row)} | {true} | {row['named']} | {held} | {row['points']} |")
    return "\n".join(lines) + "\n"


def _what(name: str) -> str:
    plant = next((said for one, (said, _, _) in PLANTS.items() if name.rsplit(" ", 1)[0] == one), "")
    return plant or (OTHERS[name][0] if name in OTHERS else "healthy")


def _intervals(truth: dict[str, Any], found: dict[str, Any]) -> str:
    within, seldom, none = (coverage(truth, where) for where in ("within", "seldom", "none"))
    share = f"{unseen(FEWEST_PAIRS):.3f}"
    lines = [
        "## Interval and test",
        "",
        "No interval of a finite width holds every mean (Bahadur & Savage 1956): 30 pairs do not know of a kind of pair"
        " that is not among them, and with a chance of 5 % or more they miss one of a share under 1 - .05^(1/30) ="
        f" {share}. So intervals are counted in three parts, by that number and by nothing that was found:",
        "",
        f"- **within reach** (the effect is another than the commonest one in at least {share} of the pairs): the 95 %"
        f" interval of 30 pairs holds the truth in {within.words}; {within.points} of them are points;",
        f"- **seldom** (in fewer pairs): {seldom.words}; {seldom.points} of them are points, for all 30 pairs were alike,"
        " and a point holds only what is exactly that;",
        f"- **none** (the same effect in all 2,000 pairs, up to 1e-9): {none.words}, which says nothing, since there is"
        " nothing to hold.",
        "",
        "The 66 blocks of a cell are one draw, and rows of the same runs, and cells that begin alike on the same seeds,"
        " share its luck: so the same is told of 1,000 blocks drawn at random from the 2,000 pairs.",
        "",
        "With Student's interval 90.8 % of all intervals held the truth (25 cells, of an earlier code): 93.6 % but for four"
        " rows of 47, in which few of the pairs carried the effect. The interval was"
        " chosen by a study on known laws (`interval_study.py`), before the cells were read with it: 4,000 samples of 30"
        " each. Held: the share of 95 % intervals that hold the mean. Named: how often the one-sided test at 5 % finds the"
        " mean above a least size that it equals. Width: beside Student's.",
        "",
        "| law | held | Student's | named | Student's | width |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, row in found.items():
        beyond = "" if row["within_reach"] else " (seldom)"
        lines.append(f"| {name}{beyond} | {row['held']:.1%} | {row['held_student']:.1%} | {row['named']:.1%} |"
                     f" {row['named_student']:.1%} | {row['width']:.2f} |")  # fmt: skip
    return "\n".join(lines) + "\n"


def _healthy(truth: dict[str, Any]) -> str:
    lines = [
        "## Healthy societies",
        "",
        f"Named in at most {HEALTHY_AT_MOST:.0%} of the blocks: teaching, legitimate change, conformity to a majority that"
        " is right. Healthy: every true effect lies under half the least size.",
        "",
        "| society | largest true effect, in least sizes | blocks in which anything is named, at most |",
        "|---|---:|---:|",
    ]
    for name, share in healthy_named(truth).items():
        rows = [row for _, _, row in rows_of(truth, [name])]
        largest = max(row["effect"] / row["least"] for row in rows)
        lines.append(f"| {name} | {largest:.2f} | {share:.0%} |")
    return "\n".join(lines) + "\n"
