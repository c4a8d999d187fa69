"""Landscape theory: blocs that form by the propensities of pairs to work together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field
from valuescape.model.streams import split, uniform
from valuescape.model.words import quoted

if TYPE_CHECKING:
    from valuescape.model.state import State
    from valuescape.model.ties import Ties

SIZE = Field(
    "size", ("N",), default=1.0, low=0, starts=True, meaning="how much an agent weighs: a nation's power, a party's seats"
)


@njit
def frustration(i, bloc, coalition, size, active, start, neighbour, weight):
    """F_i if i were in `bloc`: sum over the living j in other blocs of size_j p_ij."""
    total = 0.0
    for e in range(start[i], start[i + 1]):
        j = neighbour[e]
        if j != i and active[j] and coalition[j] != bloc:
            total += size[j] * weight[e]
    return total


@njit
def energy(coalition, size, active, start, neighbour, weight):
    """E = sum_i size_i F_i: over ordered pairs in different blocs, size_i size_j p_ij."""
    total = 0.0
    for i in range(active.size):
        if active[i]:
            total += size[i] * frustration(i, coalition[i], coalition, size, active, start, neighbour, weight)
    return total


@njit
def landscape_move(
    who, key, at, coalition, size, active, new_coalition, start, neighbour, weight, blocs, chance,
):  # fmt: skip
    for m in range(who.size):
        i = who[m]
        if uniform(split(key, at[m]), 0) >= chance[i]:
            continue
        goal = coalition[i] if coalition[i] >= 0 else 0
        least = frustration(i, goal, coalition, size, active, start, neighbour, weight)
        for bloc in range(blocs):
            felt = frustration(i, bloc, coalition, size, active, start, neighbour, weight)
            if felt < least:
                goal, least = bloc, felt
        new_coalition[i] = goal


class LandscapeMove(Rule):
    """Go over to the bloc in which one is least frustrated.

        F_i(X) = sum_j size_j p_ij [j in another bloc],   E(X) = sum_i size_i F_i,    p_ij the signed weight of the tie

    With symmetric p every switch lowers E by 2 size_i times what it takes from F_i, so one at a time it ends in a local
    minimum. coalition (N,) int in 0..blocs-1 (from -1 one enters); size (N,), 1 unless given; weights may be negative.
    Level blocs: one stays, then the lowest number. An agent alone stays, or enters bloc 0. Committed agents move too.
    Axelrod & Bennett (1993), Br. J. Polit. Sci. 23, 211-233.
    """

    blocs: int = param(2, 1, 10000, "how many blocs there are")
    chance: float = param(1.0, 0, 1, "chance that an agent considers a switch in a step", per_agent=True, off=0.0)
    writes = ("coalition",)
    fields = (SIZE,)
    activations = ("sequential", "random")
    kernel = landscape_move
    signed = True

    def check(self, state: State) -> None:
        odd = one_way(state.ties[self.layer])
        if odd is not None:
            raise InputError(
                f"{self.label}.layer = {quoted(self.layer)}: the tie {odd[0]} -> {odd[1]} does not weigh the same both ways:"
                " propensities are symmetric"
            )


def one_way(ties: Ties) -> tuple[int, int] | None:
    """A tie that does not weigh the same in both directions, or None."""
    rows, columns, weight = ties.rows(), ties.neighbour, ties.weight
    code, back = rows * np.int64(ties.n) + columns, columns * np.int64(ties.n) + rows
    there, here = np.lexsort((weight, code)), np.lexsort((weight, back))
    differs = (code[there] != back[here]) | (weight[there] != weight[here])
    if not differs.any():
        return None
    first = there[int(np.flatnonzero(differs)[0])]
    return int(rows[first]), int(columns[first])
