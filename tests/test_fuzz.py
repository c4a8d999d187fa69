"""Scenarios in which one leaf is wrong: each runs, with numbers in range, or is refused in one sentence."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.mutants import mutant, outcome

FEW, MANY = 300, 8000


def judged(numbers) -> tuple[Counter[str], list[str]]:
    """How many ran and how many were refused; what was neither, with the change that did it."""
    counts, wrong = Counter(), []
    for number in numbers:
        change, data, keys = mutant(number)
        became = outcome(data, keys)
        counts[became.partition(":")[0]] += 1
        if became not in ("runs", "refused"):
            wrong.append(f"{change}: {became}")
    return counts, wrong


def test_three_hundred_mutants_run_or_are_refused_in_words():
    counts, wrong = judged(range(FEW))
    assert wrong == []
    assert counts["runs"] > FEW / 10 and counts["refused"] > FEW / 10


@pytest.mark.slow
def test_eight_thousand_mutants_run_or_are_refused_in_words():
    counts, wrong = judged(range(FEW, FEW + MANY))
    print(dict(counts))
    assert wrong == []
