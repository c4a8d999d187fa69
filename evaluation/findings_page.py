"""`docs/findings.md`: what the reference results say, in sentences that are made from them, each with number and interval.

`python -m valuescape.evaluation.findings_page` writes the page anew; a test holds that it is what the results say.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from valuescape.evaluation.agent_tasks import agent_tasks
from valuescape.evaluation.bounds import bound_of
from valuescape.evaluation.leaderboard import COLUMNS, TASK_COLUMNS, Board
from valuescape.evaluation.reference import reference_rows
from valuescape.evaluation.scoring import Standing, standings
from valuescape.evaluation.submission import AGENTS, MECHANISMS, shipped
from valuescape.evaluation.task import TWINS
from valuescape.evaluation.task_set import tasks
from valuescape.experiments.runs.files import written
from valuescape.model.words import signed

PAGE = Path(__file__).parent.parent / "docs" / "findings.md"
LEAST = 0.05  # a score nearer to 0 is called none
PAIRS = (("erosion", "erosion-rivals"), ("oligarchy", "oligarchy-shared"), ("disparities", "disparities-shared"),
         ("price-ring", "price-ring-rivals"))  # fmt: skip


def boards() -> dict[str, Board]:
    """The reference results by track."""
    found = {}
    for track, known in ((MECHANISMS, tasks()), (AGENTS, agent_tasks())):
        rows = {name: each for name, each in reference_rows().items() if name in shipped(track)}
        found[track] = Board(rows, {name: bound_of(task) for name, task in known.items()})
    return found


def alone(board: Board, name: str, task: str) -> Standing:
    """A submission's score in one task, with its interval over seeds."""
    return next(s for s in standings({n: {task: each[task]} for n, each in board.scores.items()}) if s.name == name)


def said(s: Standing) -> str:
    """A score with its interval."""
    return f"{signed(s.score)} ({signed(s.low)} to {signed(s.high)})"


def markdown(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    """A table."""
    lines = [" | ".join(columns), " | ".join("---" for _ in columns), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _overall(board: Board) -> list[str]:
    helps = [s for s in board.ranked if s.low > 0]
    harms = [s for s in board.ranked if s.high < 0]
    lines = [f"- `{s.name}` helps: {said(s)} over all tasks, spending {s.cost:.0%} of the budget." for s in helps]
    lines += [f"- `{s.name}` harms: {said(s)} over all tasks." for s in harms]
    free = board.by_weight[0.3]
    lines.append(
        f"- At a cost weight of .3 `{free[0].name}` leads with {said(free[0])}; at no cost `{board.ranked[0].name}`."
    )
    return lines


def _by_failure(board: Board) -> list[str]:
    lines = []
    for task in board.tasks:
        if task in board.fallen():
            room = board.bounds[task].room("mean", board.members)
            lines.append(
                f"- **{task}** does not stand: the ceiling is {room:.2f} above nothing, less than .2. It is not scored."
            )
            continue
        ordered = sorted(board.scores, key=lambda n: -board.scores[n][task].score())
        best, worst = (alone(board, name, task) for name in (ordered[0], ordered[-1]))
        helped = "nothing helps more than .05" if best.score < LEAST else f"`{best.name}` helps most, {said(best)}"
        harmed = "nothing harms" if worst.score > -LEAST else f"`{worst.name}` harms most, {said(worst)}"
        lines.append(f"- **{task}**: {helped}; {harmed}.")
    return lines


def _twins(board: Board) -> list[str]:
    """Who is good while own minds stand still, and bad once they move."""
    lines = []
    for name in board.scores:
        by_twin = {
            twin: float(np.mean([np.clip(board.scores[name][t].by_seed["mean"][twin].mean(), -1, 1)
                                 for t in board.tasks if t not in board.fallen()]))
            for twin in TWINS
        }  # fmt: skip
        if by_twin["static"] - by_twin["responsive"] > 2 * LEAST:
            lines.append(f"- `{name}`: {signed(by_twin['static'])} while own minds stand still,"
                         f" {signed(by_twin['responsive'])} once they move.")  # fmt: skip
    return lines


def _regimes(board: Board) -> list[str]:
    lines = []
    for first, second in PAIRS:
        raw = {t: {twin: board.bounds[t].ends("mean", twin, board.members)[0] for twin in TWINS} for t in (first, second)}
        lines.append(
            f"- `{first}` and `{second}`, nothing done: alignment {signed(raw[first]['static'])} and"
            f" {signed(raw[second]['static'])} (static), {signed(raw[first]['responsive'])} and"
            f" {signed(raw[second]['responsive'])} (responsive)."
        )
    return lines


def _agents(board: Board) -> list[str]:
    lines = [f"- `{s.name}`: {said(s)}." for s in board.ranked if s.name != "background"]

    def told(name: str, what: str, task: str) -> float:
        found = [r.extra[what] for r in board.rows[name][task] if what in r.extra]
        return float(np.mean(found)) if found else float("nan")

    for name in board.rows:
        influence = [told(name, "others", t) - told("background", "others", t) for t in board.tasks]
        defects = [told(name, "defection", t) for t in ("temptation", "temptation-shared", "temptation-rivals")]
        gap = np.mean([told(name, "stated", t) - told(name, "revealed", t) for t in board.tasks])
        lines.append(
            f"- `{name}`: moves the others' alignment by {signed(float(np.mean(influence)))}; states"
            f" {signed(float(gap))} more than it does; {defects[0]:.0%} (own pay), {defects[1]:.0%} (shared pay),"
            f" {defects[2]:.0%} (rivals) defect at the end; a wrong majority tips it at"
            f" {told(name, 'tips_at', 'wrong-majority'):.2f} times its share (3: at none that was tried)."
        )
    return lines


def text() -> str:
    """The page."""
    both = boards()
    board, agents = both[MECHANISMS], both[AGENTS]
    seeds = len({r.seed for each in board.rows.values() for r in each[board.tasks[0]]})
    intro = (
        "What the reference results say. `python -m valuescape.evaluation.findings_page` makes every sentence from them;"
        f" they are of the societies {', '.join(board.members)} and {seeds} seeds. `make evaluation` makes the results"
        " again, `valuescape leaderboard` shows them. Brackets: 95 % intervals, over tasks and seeds, in one task over its"
        " seeds. 0 is nothing done, 1 the frozen ceiling, below 0 harm; the lesser of the static and the responsive twin."
        " These are findings about this model at these budgets; [how to submit](submit.md) says what the numbers mean."
    )
    moved = (
        "In a responsive twin users change their minds and society follows them. Who holds agents to what they were loses:"
    )
    sections = {
        "What helps, what harms, what it costs": [*_overall(board), "", markdown(COLUMNS, board.table())],
        "Failure by failure": [*_by_failure(board), "", markdown(TASK_COLUMNS, board.by_task())],
        "Good while nothing moves": [moved, "", *_twins(board)],
        "Regimes": _regimes(board),
        "Agents": [*_agents(agents), "", markdown(COLUMNS, agents.table())],
        "What failed or was voided": [f"- {sentence}." for sentence in (*board.reasons(), *agents.reasons())],
    }
    body = [line for title, lines in sections.items() for line in ("", f"## {title}", "", *lines)]
    return "\n".join(["# Findings", "", intro, *body, ""])


def main() -> None:
    """Write the page."""
    with written(PAGE) as new:
        new.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
