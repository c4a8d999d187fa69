"""What the ledger says: net and gross by rule, group or step; who moved whom; Shapley's shares, from a callable.

A booked amount is an amount, not a cause. Shapley's value asks what each rule adds, averaged over every order in which
the rules could have been switched on, so that the shares sum to the whole however the rules interact.
"""

from __future__ import annotations

from itertools import combinations
from math import factorial, fsum
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis.frame_columns import need_columns
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

MOST_RULES = 8


def account(ledger: pd.DataFrame, *by: str) -> pd.DataFrame:
    """The entries of a ledger, summed for each combination of the columns `by` (default: gap and rule).

    ledger: columns step, rule, gap, group, amount. Columns of the sums: `by`, net, gross, up, down, entries (how many). net
    = up + down, gross = up - down; both by correctly rounded sums.
    """
    import pandas as pd

    keys = list(by) or ["gap", "rule"]
    need_columns(ledger, "amount", *keys)
    rows = []
    for key, part in ledger.groupby(keys, sort=False):
        amounts = part["amount"].to_numpy(float)
        up, down = fsum(amounts[amounts > 0]), fsum(amounts[amounts < 0])
        rows.append([*(key if isinstance(key, tuple) else (key,)), fsum(amounts), up - down, up, down, len(part)])
    return pd.DataFrame(rows, columns=[*keys, "net", "gross", "up", "down", "entries"])


def who_moved_whom(moved: np.ndarray, parts: Sequence[str], sources: Sequence[str]) -> pd.DataFrame:
    """One row per source and part that it moved: source, moved, amount. moved (P, N): what agent j added to part p's gap.

    Zeros are left out; the largest amount, either way, comes first. Exact for linear rules (`model.ledger`).
    """
    import pandas as pd

    amounts = np.asarray(moved, float)
    if amounts.shape != (len(parts), len(sources)):
        raise InputError(f"moved has the shape {amounts.shape} for {len(parts)} parts and {len(sources)} sources")
    part, source = np.nonzero(amounts)
    order = np.argsort(-np.abs(amounts[part, source]), kind="stable")
    columns: dict[str, Any] = {
        "source": [sources[j] for j in source[order]],
        "moved": [parts[p] for p in part[order]],
        "amount": amounts[part[order], source[order]],
    }
    return pd.DataFrame(columns)


def players(rules: Sequence[str]) -> list[str]:
    """The rules among which the whole is shared; refused where there are more than 8, or where one is named twice."""
    n = len(rules)
    if n > MOST_RULES:
        raise InputError(
            f"Shapley's shares of {n} rules need {2**n:,} runs; they are exact for up to {MOST_RULES} rules. "
            f"Name at most {MOST_RULES} of {', '.join(rules)}: the others stay on"
        )
    if len(set(rules)) < n:
        raise InputError(f"Shapley's shares of {', '.join(rules)}: a rule is named twice")
    return list(rules)


def shapley(rules: Sequence[str], value: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """What each rule adds to value(all) - value(none), by Shapley (1953), Contributions to the Theory of Games II, 307-317:

        phi_r = sum_{S without r} |S|! (n - |S| - 1)! / n! (value(S + r) - value(S))

    Exact: each of the 2^n sets is evaluated once. The shares sum to the whole (efficiency); rules that add the same to every
    set have the same share (symmetry); a rule that adds nothing has 0 (dummy). More than 8 rules are refused.
    """
    able = players(rules)
    n = len(able)
    worth = {s: float(value(s)) for size in range(n + 1) for s in map(frozenset, combinations(able, size))}
    shares = {}
    for rule in able:
        terms = []
        for without, amount in worth.items():
            if rule not in without:
                weight = factorial(len(without)) * factorial(n - len(without) - 1)
                terms += [weight * worth[without | {rule}], -weight * amount]
        shares[rule] = fsum(terms) / factorial(n)
    return shares
