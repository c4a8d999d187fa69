"""S12: what measuring costs, and asking every step whether a run may end."""

from __future__ import annotations

from valuescape.benchmarks.one_society import AVERAGING, society_of
from valuescape.benchmarks.timing import Found, Row, compared, processor, turns

TEN = ["spread", "mean_extremity", "mean_drift", "drift", "human_gap", "human_deviation", "mean_mind_gap", "mean_lean",
       "value_range", "human_gap_now"]  # fmt: skip
MINDS = {**AVERAGING, "human_values": [0.5] * 10, "record": []}


def measuring() -> list[Found]:
    """Ten measures recorded every step, against none."""
    n = 10_000
    with_ten, without = society_of(MINDS, n, record=TEN), society_of(MINDS, n)
    steps = 50
    sides = turns(
        lambda: processor(lambda: with_ten.run_for(steps)) / steps, lambda: processor(lambda: without.run_for(steps)) / steps
    )
    what = f"ten measures every step, averaging, N = {n:,}"
    return [compared("S12", what, "none", sides, "ns an agent", 1e9 / n, 1.3, "the same run", at_most=True)]


def ending() -> list[Found]:
    """`until` a measure falls below a number that it does not reach, against a fixed number of steps."""
    n, steps = 100, 2000
    asked = {**MINDS, "steps": steps}
    sides = turns(
        lambda: processor(society_of(asked, n, until="spread < 0").run), lambda: processor(society_of(asked, n).run)
    )
    what = f"until a measure, {steps:,} steps, averaging, N = {n}"
    return [
        compared("S12", what, "a fixed number of steps", sides, "us a step", 1e6 / steps, 1.2, "the same run", at_most=True)
    ]


ROWS = (Row("S12", "measuring, and ending", lambda: [*measuring(), *ending()]),)
