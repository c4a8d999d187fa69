"""`docs/findings.md`: what the reference results say, in sentences that are made from them, each with number and interval.

`python -m valuescape.evaluation.findings_page` writes the page anew; a test holds that it is what the results say. Every
verdict is read off an interval, so that other results would make other sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from valuescape.analysis.statistics import Interval, mean_interval
from valuescape.evaluation.agent_scores import AGENT_COLUMNS, REGIMES, agent_table, profiles
from valuescape.evaluation.agent_tasks import agent_tasks
from valuescape.evaluation.bounds import bound_of
from valuescape.evaluation.cells import CUT, Row
from valuescape.evaluation.leaderboard import COLUMNS, LEAST_EFFECT, TASK_COLUMNS, Board
from valuescape.evaluation.parts_of_alignment import SIDES
from valuescape.evaluation.reference import reference_rows
from valuescape.evaluation.scoring import Standing, standings
from valuescape.evaluation.submission import AGENTS, MECHANISMS, shipped
from valuescape.evaluation.task import MEMBERS, TWINS
from valuescape.evaluation.task_set import tasks
from valuescape.evaluation.variant_scores import Variants, variant_scores
from valuescape.experiments.runs.files import written
from valuescape.model.words import in_words, signed

PAGE = Path(__file__).parent.parent / "docs" / "findings.md"
SHOWN = 5e-5  # what is nearer to 0 is written as .0000
NOTHING, BACKGROUND = "nothing", "background"
PAIRS = (("erosion", "erosion-rivals"), ("oligarchy", "oligarchy-shared"), ("disparities", "disparities-shared"),
         ("price-ring", "price-ring-rivals"))  # fmt: skip
OF_THREE = ("temptation", "temptation-shared", "temptation-rivals")


@dataclass(frozen=True)
class Wisdom:
    """What section 5.2 of arXiv 2506.01080 says that helps, the baseline that does it, and the tasks that it is said for."""

    says: str
    baseline: str
    tasks: tuple[str, ...]


_NORMS = ("bystanders", "erosion", "erosion-rivals", "price-ring", "price-ring-rivals")
_VOICES = ("cascade", "groupthink", "polarisation", "bad-apple", "oligarchy", "oligarchy-shared")
_GAPS = ("disparities", "disparities-shared", "oligarchy", "oligarchy-shared")
RECEIVED = (
    Wisdom("equal weighting of views", "equal-weights", _VOICES),
    Wisdom("objective third-party judges", "random-audit", (*_VOICES, *_NORMS)),
    Wisdom("open feedback channels", "openness", ("groupthink", "sycophants", "hidden-drift")),
    Wisdom("reputation and recognition (indirect reciprocity)", "reputation", _NORMS),
    Wisdom("local accountability and punishment", "peer-punishment", _NORMS),
    Wisdom("contractual penalties, by an institution", "pooled-punishment", _NORMS),
    Wisdom("choosing whom one deals with (spatial selection)", "rewiring", _NORMS),
    Wisdom("perceived mutual benefit, lower competition", "universalisation", (*_NORMS, *_GAPS)),
    Wisdom("egalitarian rewards", "levelled-pay", _GAPS),
    Wisdom("narrow capability gaps", "narrowed-gaps", _GAPS),
)


def boards(whole: Mapping[str, Mapping[str, Sequence[Row]]]) -> dict[str, Board]:
    """The reference results by track."""
    found = {}
    for track, known in ((MECHANISMS, tasks()), (AGENTS, agent_tasks())):
        rows = {name: each for name, each in whole.items() if name in shipped(track)}
        found[track] = Board(rows, {name: bound_of(task) for name, task in known.items()})
    return found


def over(board: Board, name: str, among: Sequence[str]) -> Standing | None:
    """A submission's score over some tasks, with its interval (of one task, over seeds). None where none of them stands."""
    chosen = [t for t in among if t in board.tasks and t not in board.fallen()]
    if not chosen:
        return None
    return _standings(board, tuple(chosen))[name]


@cache
def _standings(board: Board, chosen: tuple[str, ...]) -> dict[str, Standing]:
    """All submissions over some tasks that stand, by name."""
    return {s.name: s for s in standings({n: {t: each[t] for t in chosen} for n, each in board.scores.items()})}


def said(s: Standing | Interval) -> str:
    """A number with its interval."""
    middle = s.score if isinstance(s, Standing) else s.estimate
    return f"{signed(middle)} ({signed(s.low)} to {signed(s.high)})"


def verdict(low: float, high: float, words: tuple[str, str, str]) -> str:
    """The word for an interval above 0, below 0, or around it."""
    return words[0] if low > 0 else words[1] if high < 0 else words[2]


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    lines = [" | ".join(columns), " | ".join("---" for _ in columns), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def over_seeds(first: Sequence[Row], second: Sequence[Row], of: Callable[[Row], float]) -> Interval:
    """The mean of first less second, paired by society and seed, with its interval over seeds."""
    there = {(r.member, r.twin, r.seed): of(r) for r in second}
    by_seed: dict[int, list[float]] = {}
    for r in first:
        by_seed.setdefault(r.seed, []).append(of(r) - there[r.member, r.twin, r.seed])
    return mean_interval([float(np.mean(each)) for each in by_seed.values()])


# --- which social structures break which side -------------------------------------------------------------------------


def _losses(rows: Mapping[str, Mapping[str, Sequence[Row]]], task: str, among: Callable[[Row], bool]) -> dict[str, Interval]:
    """What each side loses by the failure: nothing done less the healthy twin, paired."""
    first, second = ([r for r in rows[name][task] if among(r)] for name in (NOTHING, CUT))
    return {side: over_seeds(first, second, lambda r, s=side: r.extra[s]) for side in SIDES}  # type: ignore[misc]


def _most(rows: Mapping[str, Mapping[str, Sequence[Row]]], task: str, among: Callable[[Row], bool]) -> list[str]:
    """The sides that lose most: the worst, and each that cannot be told from it, paired; none where nothing is lost."""
    lost = _losses(rows, task, among)
    worst = min(lost, key=lambda side: lost[side].estimate)
    if lost[worst].high >= 0 or lost[worst].estimate > -SHOWN:
        return []
    first, second = ([r for r in rows[name][task] if among(r)] for name in (NOTHING, CUT))
    beyond = {
        side: over_seeds(first, second, lambda r, s=side: r.extra[worst] - r.extra[s])  # type: ignore[misc]
        for side in SIDES if side != worst
    }  # fmt: skip
    return [worst, *(side for side, x in beyond.items() if x.high >= 0 and lost[side].high < 0)]


def _sides(board: Board, rows: Mapping[str, Mapping[str, Sequence[Row]]]) -> list[str]:
    lines = []
    for task in board.tasks:
        lost, most = _losses(rows, task, lambda r: True), _most(rows, task, lambda r: True)
        each = ", ".join(f"{side} {said(lost[side])}" for side in SIDES)
        if not most:
            beside = ", ".join(part for part in tasks()[task].parts if part != "held")
            lines.append(f"- **{task}** breaks no side of what agents hold, but what counts beside it ({beside}): {each}.")
        elif len(most) == 1:
            lines.append(f"- **{task}** breaks the side of {most[0]} most: {each}.")
        else:
            lines.append(f"- **{task}** breaks the sides of {' and '.join(most)} most, and alike: {each}.")
    structures = {m.name: in_words(next(iter(m.structure))) for m in MEMBERS}
    table = []
    for task in board.tasks:
        cells = []
        for member in board.members:
            lost = _losses(rows, task, lambda r, m=member: r.member == m)  # type: ignore[misc]
            most = _most(rows, task, lambda r, m=member: r.member == m)  # type: ignore[misc]
            cells.append(f"{' and '.join(most)} {said(lost[most[0]])}" if most else "none")
        table.append([task, *cells])
    heads = [f"{member} ({structures.get(member, member)})" for member in board.members]
    return [*lines, "", "The side that loses most in each network:", "", markdown(("task", *heads), table)]


# --- the three regimes ------------------------------------------------------------------------------------------------


def _regimes(board: Board, agents: Board) -> list[str]:
    lines = ["The same agents, the same game, the same seeds; only what they feel of the pay differs.", ""]
    words = dict(zip(OF_THREE, REGIMES, strict=True))
    for name in agents.rows:
        by_task = agents.rows[name]
        cells = []
        for task, word in words.items():
            zero = [Row(r.member, r.twin, r.seed, "", 0.0) for r in by_task[task]]
            moves = float(np.mean([r.extra["defection"] for r in by_task[task]]))
            cells.append(f"{said(over_seeds(by_task[task], zero, lambda r: r.mean))} under {word}, {moves:.0%} defect")
        shared, rivals = (over_seeds(by_task[t], by_task[OF_THREE[0]], lambda r: r.mean) for t in OF_THREE[1:])
        words_of = ("keeps more", "keeps less", "makes no difference that can be told")
        lines.append(
            f"- `{name}` keeps alignment {'; '.join(cells)}. Against own pay, shared pay"
            f" {verdict(shared.low, shared.high, words_of)}, {said(shared)}; rivalry"
            f" {verdict(rivals.low, rivals.high, words_of)}, {said(rivals)}."
        )
    lines += ["", "Mechanisms, by the regime of the same failure:", ""]
    for first, second in PAIRS:
        found = []
        for name in board.rows:
            one, two = over(board, name, [first]), over(board, name, [second])
            if one is None or two is None:
                continue
            if (one.low > two.high or two.low > one.high) and abs(one.score - two.score) > LEAST_EFFECT:
                found.append(f"`{name}` {said(one)} and {said(two)}")
        if any(t in board.fallen() for t in (first, second)):
            lines.append(f"- `{first}` and `{second}`: one of them does not stand, so they are not compared.")
        else:
            lines.append(f"- `{first}` and `{second}`: {'; '.join(found) or 'no mechanism does better in one of them'}.")
    return lines


# --- what helps -------------------------------------------------------------------------------------------------------


def _overall(board: Board) -> list[str]:
    helps = [s for s in board.ranked if s.low > 0]
    harms = [s for s in board.ranked if s.high < 0]
    lines = [f"- `{s.name}` helps: {said(s)} over all tasks, spending {s.cost:.0%} of the budget." for s in helps]
    lines += [f"- `{s.name}` harms: {said(s)} over all tasks." for s in harms]
    rest = [s.name for s in board.ranked if s not in helps and s not in harms and s.name != NOTHING]
    lines.append(f"- Cannot be told from nothing over all tasks: {', '.join(f'`{n}`' for n in rest) or 'none'}.")
    free = board.by_weight[0.3]
    lines.append(
        f"- At a cost weight of .3 `{free[0].name}` leads with {said(free[0])}; at no cost `{board.ranked[0].name}`."
    )
    return lines


def _ends(board: Board, task: str) -> tuple[Standing, Standing]:
    """Who is best and who is worst in a task."""
    ordered = sorted(board.scores, key=lambda n: -board.scores[n][task].score())
    found = _standings(board, (task,))
    return found[ordered[0]], found[ordered[-1]]


def _by_failure(board: Board) -> list[str]:
    lines = []
    for task in board.tasks:
        if task in board.fallen():
            room = board.bounds[task].room("mean", board.members)
            lines.append(
                f"- **{task}** does not stand: the ceiling is {room:.2f} above nothing, less than .2. It is not scored."
            )
            continue
        best, worst = _ends(board, task)
        helped = "nothing helps more than .05" if best.score < LEAST_EFFECT else f"`{best.name}` helps most, {said(best)}"
        harmed = "nothing harms" if worst.score > -LEAST_EFFECT else f"`{worst.name}` harms most, {said(worst)}"
        command = f"valuescape evaluate {best.name} {worst.name} --tasks {task}"
        lines.append(f"- **{task}**: {helped}; {harmed}. `{command}`")
    return lines


def _twins(board: Board) -> list[str]:
    """Who is good while own minds stand still, and bad once they move."""
    lines = []
    for name in board.scores:
        standing = [t for t in board.tasks if t not in board.fallen()]
        gaps = [[np.clip(board.scores[name][t].by_seed["mean"][twin].mean(), -1, 1) for t in standing] for twin in TWINS]
        lost = mean_interval(np.asarray(gaps[0]) - np.asarray(gaps[1]))
        if lost.low > 0 and lost.estimate > LEAST_EFFECT:
            still, moving = (float(np.mean(each)) for each in gaps)
            lines.append(
                f"- `{name}`: {signed(still)} while own minds stand still, {signed(moving)} once they move; it loses"
                f" {said(lost)}, over tasks."
            )
    return lines or ["- Nobody loses more than .05, as far as can be told."]


def _received(board: Board) -> list[str]:
    lines = []
    for wisdom in RECEIVED:
        where, everywhere = over(board, wisdom.baseline, wisdom.tasks), over(board, wisdom.baseline, board.tasks)
        if where is None or everywhere is None:
            lines.append(f"- {wisdom.says}: no task that it is said for stands.")
            continue
        word = verdict(where.low, where.high, ("holds", "does harm", "cannot be told from nothing"))
        alone = [(t, s) for t in wisdom.tasks if (s := over(board, wisdom.baseline, [t])) is not None]
        good = [f"{t} {said(s)}" for t, s in alone if s.low > 0 and s.score > LEAST_EFFECT]
        bad = [f"{t} {said(s)}" for t, s in alone if s.high < 0 and s.score < -LEAST_EFFECT]
        lines.append(
            f"- **{wisdom.says}** (`{wisdom.baseline}`) {word}: {said(where)} in the tasks that it is said for,"
            f" {said(everywhere)} in all. Helps in: {', '.join(good) or 'none'}. Harms in: {', '.join(bad) or 'none'}."
        )
    return lines


# --- robust or an accident --------------------------------------------------------------------------------------------


def _robust(board: Board, drawn: Variants, idle: str) -> list[str]:
    """Of the best and the worst in each task, and of who helps or harms over all: what drawn variants say."""
    count = sum(map(len, drawn.variants.values()))
    lines = [
        f"{count} variants that stand were drawn by the word `{drawn.secret}` (left out, for too little room:"
        f" {', '.join(drawn.fallen) or 'none'}); every baseline was run in the same ones.", "",
    ]  # fmt: skip
    rank, low, high = drawn.agreement({s.name: s.score for s in board.ranked if s.name != idle})
    lines.append(
        f"- The order of the open tasks and that of the variants agree by {signed(rank)} ({signed(low)} to {signed(high)}),"
        " Spearman's rank correlation."
    )
    for s in board.ranked:
        word = verdict(s.low, s.high, ("helps", "harms", ""))
        if not word or s.name == idle:
            continue
        mean, low, high = drawn.overall(s.name)
        same = verdict(low, high, ("helps", "harms", "cannot be told from nothing"))
        lines.append(
            f"- `{s.name}` {word} in the open tasks, {said(s)}, and {same} in the variants, {signed(mean)} ({signed(low)} to"
            f" {signed(high)}): {'robust' if same == word else 'an accident of the open tasks'}."
        )
    for task in board.tasks:
        if task in board.fallen():
            continue
        for s, sign, what in zip(_ends(board, task), (1, -1), ("help", "harm"), strict=True):
            found = drawn.scores(task, s.name)
            if sign * s.score < LEAST_EFFECT or not found:
                continue
            again = sum(sign * x >= LEAST_EFFECT for x in found)
            word = "robust" if again == len(found) else "an accident of one scenario" if again == 0 else "it depends"
            lines.append(
                f"- {task}: the {what} of `{s.name}` ({said(s)}) is there again in {again} of {len(found)} variants"
                f" ({signed(min(found))} to {signed(max(found))}): {word}."
            )
    return lines


# --- agents -----------------------------------------------------------------------------------------------------------


def _agents(board: Board) -> list[str]:
    lines = []
    found = profiles(board, agent_tasks())
    for s in board.ranked:
        if s.name == BACKGROUND:
            continue
        mine = found[s.name]
        word = verdict(s.low, s.high, ("better than", "worse than", "not to be told from"))
        moved = mine["moves (background)"]
        lines.append(
            f"- `{s.name}` is {word} an agent of the background: {said(s)}. It {verdict(moved.low, moved.high, _MOVES)} the"
            f" others' alignment, {said(moved)}; {said(mine['moves (anchored)'])} against an anchored agent. It states"
            f" {said(mine['gap'])} more than it does; shows itself {said(mine['sycophancy'])} nearer to its user than it is."
        )
    return lines


_MOVES = ("raises", "lowers", "does not move, as far as can be told,")


def text() -> str:
    """The page."""
    rows = reference_rows()
    both = boards(rows)
    board, agents = both[MECHANISMS], both[AGENTS]
    seeds = len({r.seed for each in board.rows.values() for r in each[board.tasks[0]]})
    intro = (
        "What the reference results say. `python -m valuescape.evaluation.findings_page` makes every sentence from them;"
        f" they are of the societies {', '.join(board.members)} and {seeds} seeds. `make evaluation` makes the results"
        " again, `valuescape leaderboard` shows them. Brackets: 95 % intervals, over tasks and seeds, in one task over its"
        " seeds. 0 is nothing done, 1 the frozen ceiling, below 0 harm; the lesser of the static and the responsive twin."
        " These are findings about this model at these budgets; [how to submit](submit.md) says what the numbers mean, and"
        " [the tasks](tasks.md) are shown with their evidence."
    )
    moved = (
        "In a responsive twin users change their minds and society follows them. Who holds agents to what they were loses:"
    )
    drawn = variant_scores()
    again = [
        line
        for track, of, idle in ((MECHANISMS, board, NOTHING), (AGENTS, agents, BACKGROUND))
        for line in (("", f"### {track.capitalize()}", "", *_robust(of, drawn[track], idle)) if track in drawn else ())
    ]
    sections = {
        "Which failures break which side, in which networks": [
            "What nothing done loses to the healthy twin, which is the same society with the cause cut. Command:"
            " `valuescape evaluate nothing`.", "", *_sides(board, rows),
        ],
        "The three regimes": [
            "Command: `valuescape evaluate --track agents --tasks temptation --tasks temptation-shared --tasks"
            " temptation-rivals`.", "", *_regimes(board, agents),
        ],
        "What helps, what harms, what it costs": [
            "Command: `valuescape evaluate`.", "", *_overall(board), "", markdown(COLUMNS, board.table()),
        ],
        "Failure by failure": [*_by_failure(board), "", markdown(TASK_COLUMNS, board.by_task())],
        "Good while nothing moves": [moved, "", *_twins(board)],
        "What section 5.2 of the paper recommends": [
            "It calls its mechanisms hypotheses. Where the whole interval lies above 0 one holds here. Command: `valuescape"
            " evaluate BASELINE --tasks TASK`.", "", *_received(board),
        ],
        **({"Robust, or an accident of one scenario": [
            "Command: `valuescape evaluate --reference --held-out WORD`, as in `make evaluation`.", *again,
        ]} if again else {}),
        "Agents": [
            "Command: `valuescape evaluate --track agents`.", "", *_agents(agents), "",
            markdown(COLUMNS, agents.table()), "", markdown(AGENT_COLUMNS, agent_table(agents, agent_tasks())),
        ],
        "What failed or was voided": [
            f"- {sentence}." for sentence in (*board.reasons(), *agents.reasons())
        ] or ["- Nothing."],
    }  # fmt: skip
    body = [line for title, lines in sections.items() for line in ("", f"## {title}", "", *lines)]
    return "\n".join(["# Findings", "", intro, *body, ""])


def main() -> None:
    """Write the page."""
    with written(PAGE) as new:
        new.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
