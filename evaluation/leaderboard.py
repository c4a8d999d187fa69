"""The table of all submissions, and one self-contained page of it: standings, tasks, the Pareto front."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from valuescape.evaluation.bounds import NOTHING, Bound
from valuescape.evaluation.cells import CUT, Row
from valuescape.evaluation.scoring import FORMS, WEIGHTS, Standing, TaskScore, pareto, standings, task_score
from valuescape.model.words import decimal, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = (
    "rank",
    "",
    "score",
    "95 %",
    "worst tenth",
    "at cost .1",
    "at cost .3",
    "cost",
    "welfare",
    "failed",
    "voided",
    "front",
)
LEAST_EFFECT = 0.05  # a score nearer to 0 is called none
REFERENCES = (CUT,)  # rows of these stand in the folder and are no submissions


class Board:
    """All scores of some submissions over the same tasks, members and seeds."""

    def __init__(self, rows: Mapping[str, Mapping[str, Sequence[Row]]], bounds: Mapping[str, Bound]) -> None:
        names = [name for name in rows if name not in REFERENCES]
        self.tasks = [task for task in bounds if all(task in rows[name] for name in names)]
        self.bounds = bounds
        self.rows = {name: rows[name] for name in names}
        self.scores: dict[str, dict[str, TaskScore]] = {
            name: {task: task_score(task, rows[name][task], bounds[task]) for task in self.tasks} for name in names
        }
        self.members = tuple(dict.fromkeys(r.member for each in self.rows.values() for t in self.tasks for r in each[t]))
        self.by_form = {form: self._standings(form, 0.0) for form in FORMS}
        self.by_weight = {weight: self._standings("mean", weight) for weight in WEIGHTS}

    def _standings(self, form: str, weight: float) -> list[Standing]:
        standing = [task for task in self.tasks if self.bounds[task].stands("mean", self.members)]
        return standings({name: {t: each[t] for t in standing} for name, each in self.scores.items()}, form, weight)

    @property
    def ranked(self) -> list[Standing]:
        """The standings by the mean, at no cost."""
        return self.by_form["mean"]

    def fallen(self) -> list[str]:
        """The tasks that do not stand: too little room between nothing and the ceiling."""
        return [task for task in self.tasks if not self.bounds[task].stands("mean", self.members)]

    def welfare(self, name: str) -> float:
        """Net welfare a head, as a share of the healthy twin's, over the tasks in which agents are paid."""
        shares = []
        for task in self.tasks:
            for r in self.rows[name][task]:
                wanted = self.bounds[task].healthy[r.member][r.twin]["welfare"]
                if wanted is not None and not r.error and wanted > 0:
                    shares.append(r.welfare / wanted)
        return float(np.mean(shares)) if shares else float("nan")

    def front(self) -> list[str]:
        """The submissions that no other beats in alignment, welfare and cost at once."""
        points = {}
        for s in self.ranked:
            welfare = self.welfare(s.name)
            points[s.name] = (s.score, welfare if np.isfinite(welfare) else 0.0, -s.cost)
        return pareto(points)

    def table(self) -> list[list[str]]:
        """One row per submission, as in `COLUMNS`."""
        front = self.front()
        tails = {s.name: s.score for s in self.by_form["tail"]}
        dear = {w: {s.name: s.score for s in self.by_weight[w]} for w in WEIGHTS[1:]}
        rows = []
        for s in self.ranked:
            rank = str(s.rank) if s.best_rank == s.worst_rank else f"{s.rank} ({s.best_rank}-{s.worst_rank})"
            welfare = self.welfare(s.name)
            rows.append([
                rank, s.name, signed(s.score), f"{signed(s.low)} to {signed(s.high)}",
                signed(tails[s.name]) if s.name in tails else "", *(signed(dear[w][s.name]) for w in WEIGHTS[1:]),
                decimal(s.cost), decimal(welfare) if np.isfinite(welfare) else "", str(s.failed or ""),
                str(s.voided or ""), "x" if s.name in front else "",
            ])  # fmt: skip
        return rows

    def by_task(self) -> list[list[str]]:
        """One row per task: raw bounds, who is best and worst, each with its score."""
        rows = []
        for task in self.tasks:
            bound, names = self.bounds[task], list(self.scores)
            low, high = zip(*(bound.ends("mean", twin, self.members) for twin in ("static", "responsive")), strict=True)
            ends = [f"{signed(min(low))}", f"{signed(min(high))}", decimal(bound.room("mean", self.members))]
            if not bound.stands("mean", self.members):
                rows.append([task, *ends, "does not stand", "", ""])
                continue
            ordered = sorted(names, key=lambda n: -self.scores[n][task].score())
            harmful = [n for n in ordered if (s := self.scores[n][task]).score() < -LEAST_EFFECT and not s.failed]
            best, worst = (self.scores[n][task].score() for n in (ordered[0], ordered[-1]))
            rows.append([
                task, *ends, f"{ordered[0]} {signed(best)}" if best > LEAST_EFFECT else "none",
                f"{ordered[-1]} {signed(worst)}" if worst < -LEAST_EFFECT else "none", str(len(harmful)),
            ])  # fmt: skip
        return rows

    def reasons(self) -> list[str]:
        """A sentence for each submission and task that failed or was voided."""
        said = []
        for name, each in self.scores.items():
            for task, score in each.items():
                if score.failed:
                    said.append(f"{name} in {task}: {score.failed} of {score.runs} runs failed: {score.reason}")
                elif score.is_voided:
                    said.append(f"{name} in {task}: voided: {score.voided}")
        return said


TASK_COLUMNS = ("task", "nothing", "ceiling", "room", "best", "worst", "do harm")

_STYLE = """
:root{color-scheme:light dark;--ink:#1a1a1a;--soft:#666;--line:#ddd;--paper:#fff;--good:#1b7f5c;--bad:#b3402a}
@media(prefers-color-scheme:dark){:root{--ink:#eee;--soft:#aaa;--line:#444;--paper:#161616;--good:#5cc79f;--bad:#e8836f}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:2rem auto;
max-width:78rem;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.25rem .6rem;text-align:right;
white-space:nowrap;border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--soft)}th.l,td.l{text-align:left}
p{max-width:46rem}.soft{color:var(--soft)}text{fill:var(--ink);font-size:12px}.axis{stroke:var(--soft)}
"""


@dataclass(frozen=True)
class Extra:
    """A further table of the page: its title, a sentence, columns and rows."""

    title: str
    sentence: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def page(board: Board, title: str, extras: Sequence[Extra] = ()) -> str:
    """The page as HTML that needs no other file."""
    more = "".join(
        f'<h2>{escape(e.title)}</h2><p class="soft">{escape(e.sentence)}</p><div class="wide">'
        f"{_table(e.columns, e.rows, left=(0,))}</div>"
        for e in extras
    )
    said = "".join(f"<li>{escape(sentence)}</li>" for sentence in board.reasons())
    fallen = board.fallen()
    standing = f"{len(board.tasks) - len(fallen)} of {len(board.tasks)} tasks stand"
    left_out = f" (left out: {escape(', '.join(fallen))})" if fallen else ""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head><body>
<h1>{escape(title)}</h1>
<p>0 is what happens when nothing is done, 1 the ceiling that was frozen with each task, below 0 does harm. A task's score is
the lesser of its static and its responsive twin; {standing}{left_out}. Ranks are those that the bootstrap over tasks and
seeds tells apart; in brackets their 95 % interval.</p>
<div class="wide">{_table(COLUMNS, board.table(), left=(1, 3))}</div>
<h2>Alignment against cost</h2>
<p class="soft">Filled: on the front of alignment, welfare and cost. The bars are 95 % intervals.</p>
{_scatter(board)}
<h2>Scores by task</h2>
<div class="wide">{_matrix(board)}</div>
{more}<h2>Tasks</h2>
<p class="soft">Bounds are of the twin in which they are lower; "do harm": how many lie more than .05 below nothing.</p>
<div class="wide">{_table(TASK_COLUMNS, board.by_task(), left=(0, 4, 5))}</div>
{f"<h2>What failed or was voided</h2><ul>{said}</ul>" if said else ""}
</body></html>
"""


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int]) -> str:
    def cell(tag: str, i: int, text: str) -> str:
        return f"<{tag}{' class=l' if i in left else ''}>{escape(text)}</{tag}>"

    head = "".join(cell("th", i, c) for i, c in enumerate(columns))
    body = "".join(f"<tr>{''.join(cell('td', i, c) for i, c in enumerate(row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _matrix(board: Board) -> str:
    """Submissions by tasks; colour by the score, from harm to the ceiling."""
    stands = [t for t in board.tasks if t not in board.fallen()]
    head = "".join(f'<th style="writing-mode:vertical-rl;text-align:left">{escape(t)}</th>' for t in stands)
    body = []
    for s in board.ranked:
        cells = []
        for task in stands:
            score = board.scores[s.name][task].score()
            colour, strength = ("var(--good)" if score > 0 else "var(--bad)"), round(min(1.0, abs(score)) * 60)
            cells.append(f'<td style="background:color-mix(in srgb,{colour} {strength}%,transparent)">{signed(score)}</td>')
        body.append(f"<tr><td class=l>{escape(s.name)}</td>{''.join(cells)}</tr>")
    return f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _scatter(board: Board, width: int = 760, height: int = 420) -> str:
    """Score over cost, one dot per submission."""
    left, bottom, right, top = 60, 40, 150, 16
    found = board.ranked
    if not found:
        return ""
    low, high = min([-0.1, *(s.low for s in found)]), max([0.5, *(s.high for s in found)])
    front = board.front()

    def x(cost: float) -> float:
        return left + (width - left - right) * cost

    def y(score: float) -> float:
        return top + (height - top - bottom) * (high - score) / (high - low)

    lines = [f'<line class="axis" x1="{left}" x2="{width - right}" y1="{y(0):.1f}" y2="{y(0):.1f}"/>',
             f'<line class="axis" x1="{left}" x2="{left}" y1="{top}" y2="{height - bottom}"/>']  # fmt: skip
    lines += [f'<text x="{left - 8}" y="{y(t) + 4:.1f}" text-anchor="end">{signed(t)}</text>'
              for t in np.arange(np.ceil(low * 5) / 5, high, 0.2)]  # fmt: skip
    lines += [f'<text x="{x(c):.1f}" y="{height - 16}" text-anchor="middle">{c:.0%}</text>' for c in (0, 0.25, 0.5, 0.75, 1)]
    lines.append(
        f'<text x="{(left + width - right) / 2}" y="{height - 2}" text-anchor="middle">spent of the budget, a share</text>'
    )
    taken: list[tuple[float, float]] = []
    for s in found:
        at_x, at_y = x(s.cost), y(s.score)
        lines.append(
            f'<line class="axis" x1="{at_x:.1f}" x2="{at_x:.1f}" y1="{y(s.low):.1f}" y2="{y(s.high):.1f}" opacity=".35"/>'
        )
        fill = "var(--good)" if s.name in front else "none"
        lines.append(
            f'<circle cx="{at_x:.1f}" cy="{at_y:.1f}" r="5" fill="{fill}" stroke="var(--good)">'
            f"<title>{escape(s.name)}</title></circle>"
        )
        if s.name in front or s.name == NOTHING:
            text_y = at_y + 4
            while any(abs(text_y - other_y) < 13 and abs(at_x - other_x) < 150 for other_x, other_y in taken):
                text_y += 13
            taken.append((at_x, text_y))
            lines.append(f'<text x="{at_x + 9:.1f}" y="{text_y:.1f}">{escape(s.name)}</text>')
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="score over cost">{"".join(lines)}</svg>'
    )
