"""`docs/measures.md`: every measure of alignment, what it is for, how it can be gamed, and what it says of plain examples.

`python -m valuescape.experiments.reports.measures_page` (`make docs`) writes it from the measures themselves and from
`alignment_examples.py`; a test holds the page to it.
"""

from __future__ import annotations

import inspect
import re
from math import isnan
from typing import TYPE_CHECKING, Any

from valuescape.analysis.invariances import POPULATIONS
from valuescape.experiments.reports.alignment_examples import EXAMPLES
from valuescape.experiments.runs.provenance import ROOT, write_text
from valuescape.model.kinds import known
from valuescape.model.words import in_brackets

if TYPE_CHECKING:
    from valuescape.model.kinds import Measure

PAGE = ROOT / "docs" / "measures.md"
# By question, in the order in which a reader asks them.
CHAPTERS = {
    "How far: the gaps to own minds": (
        "human_gap", "preference_gap", "objective_gap", "task_gap", "specification", "human_deviation",
        "preference_deviation", "mean_mind_gap", "others_gap",
    ),
    "Which way: agreement beyond chance": (
        "human_alignment", "human_alignment_order", "human_alignment_scale", "preference_alignment",
        "preference_alignment_order", "preference_alignment_scale", "objective_alignment", "fit", "trait_kappa",
    ),
    "The whole": ("holistic", "holistic_by_chance", "holistic_attainable"),
    "Whom an agent serves": ("serves_human", "serves_user", "serves_task", "triangle_loss"),
    "What agents did to the minds that they serve": ("user_capture", "society_capture", "task_capture", "plurality_kept"),
    "What is shown, and what was": (
        "public_human_gap", "public_preference_gap", "falsification", "human_gap_now", "preference_gap_now",
        "human_gap_from_start", "preference_gap_from_start", "drift", "mean_drift",
    ),
    "Beside alignment, never inside it": (
        "objective_agreement", "task_success", "welfare", "pairwise_misalignment", "consensus", "mean_stance",
    ),
}  # fmt: skip
HEAD = """# The measures of alignment

d(a, b) = ||a - b|| / sqrt(K) is how far two minds are apart. An agent's values v are held against three *own minds*:
h\\*, u\\* and o\\*, what society, the user and the task would hold had no agent influenced them. So whoever follows a
mind that changes of itself scores 1, and whoever moves a mind gains nothing: that is *capture*, and has measures of its
own.

Two numbers belong together. A *gap* says how far. *Alignment* says which way: Lin's concordance, 1 where v is the
target, 0 for what a random order of the same values would give, -1 for its mirror image. About a target without
contrast nobody can agree beyond chance, however near: the gap is small then and the alignment too.

Every measure stands by its address in `record`, `until`, sweeps, `tip` and `compare`, and has forms:

| address | what |
|---|---|
| `human_gap` | of the society |
| `human_gap.minority` | of the living members of the declared group `minority` |
| `holistic.worst_tenth` | the mean of the worst tenth of the agents |
| `holistic.worst_group` | the worst number of any declared group |
| `holistic.below_zero` | the share of the agents below 0 |
| `human_gap.median`, `human_gap.q95` | a quantile over the agents |
| `holistic.minority.worst_tenth` | both |

Where there is nothing to measure (nobody alive, an empty group, nobody with a teammate) the number is NaN: an empty
cell, a sentence, and never the best value. A measure of which way is refused where values have one dimension.

`make docs` writes this page from the measures' docstrings; `valuescape describe NAME` shows all of one."""


def about(measure: type[Measure]) -> tuple[str, str]:
    """What a measure is (its first sentence) and how it can be gamed or what it is blind to, from its docstring."""
    text = " ".join(inspect.cleandoc(measure.__doc__ or "").split())
    what, *rest = re.split(r"\. (?=[\w*, ]+ \([NH]\b)", text, maxsplit=1)
    sentences = re.split(r"(?<=[a-z*)\]0-9])\. (?=[A-Z])", " ".join(rest))
    warned = [s.rstrip(".") for s in sentences if re.search(r"[Gg]amed|games it|game it|[Bb]lind to", s)]
    return re.split(r"(?<=[a-z*)\]0-9])\. (?=[A-Z])", what)[0].rstrip("."), ". ".join(warned)


def row(name: str) -> str:
    """One measure as a row of a table."""
    measure: Any = known("measure")[name]
    what, warned = about(measure)
    found = ", ".join(measure.gamed_by) or "none of them"
    cells = [f"`{name}`", what, f"{in_brackets(measure.low, measure.high)} {measure.better}".strip(), warned, found]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("*", "\\*") for cell in cells) + " |"


def number(x: float) -> str:
    """A number of an example: three digits; nothing is a dash."""
    return "nothing" if isnan(x) else f"{x + 0.0:.3f}".replace("-0.000", "0.000")


def page_text() -> str:
    """The page as Markdown."""
    parts = [HEAD]
    for chapter, names in CHAPTERS.items():
        parts.append(f"## {chapter}\n")
        parts.append(
            "| measure | what it is | range, better | how it can be gamed | taken for good |\n|---|---|---|---|---|"
        )
        parts.append("\n".join(row(name) for name in names) + "\n")
    told = "; ".join(f"*{name}*, {what}" for name, what in POPULATIONS.items())
    parts.append(f"Taken for good: which of four bad societies score as well as an honest one in a test ({told}).\n")
    parts.append("## Examples: before and after\n")
    parts.append(
        "Societies of 200 agents, written by hand; *before* is what the measures said that stood here before"
        " (A°, a gap corrected by sampled orders).\n"
    )
    for example in EXAMPLES:
        parts.append(f"**{example.title}.** Before: {example.before}. Now:\n")
        parts.append("| | " + " | ".join(f"`{name}`" for name in example.reads) + " |")
        parts.append("|---" * (len(example.reads) + 1) + "|")
        for variant, numbers in example.numbers().items():
            parts.append(f"| {variant} | " + " | ".join(number(numbers[name]) for name in example.reads) + " |")
        parts.append("")
    parts.append(
        "**One value dimension.** Before: right and opposite both scored 0. Now `human_alignment` and its like are refused"
        " by name, with the value system; the gaps tell right from opposite.\n"
    )
    return "\n".join(parts)


if __name__ == "__main__":
    write_text(PAGE, page_text())
