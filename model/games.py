"""What games of every room share: moves, pay and standing; one encounter of two moves; counts of partners.

The fields stand here because agents play for them and institutions rule over them, and those two rooms do not know each
other. A rule that uses one names it in its `fields`.
"""

from __future__ import annotations

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.state import Field

_UNPAID = "payoffs, and nothing pays: add a rule that plays a game before it"
_UNMOVED = "moves, and nothing makes them: add a rule that writes cooperates, or `initial: {cooperates: ...}`"
COOPERATES = Field(
    "cooperates", ("N",), "bool", starts=True, role="content", meaning="its move: whether it cooperates", missing=_UNMOVED
)
PAYOFF = Field("payoff", ("N",), starts=True, anew=True, role="content", meaning="what the game paid", missing=_UNPAID)
FELT = Field(
    "felt", ("N",), starts=True, anew=True, role="content",
    meaning="what the regime makes of the payoff", missing=f"felt {_UNPAID}",
)  # fmt: skip
REPUTATION = Field("reputation", ("N",), starts=True, role="content", meaning="standing in the eyes of others")

# Reward, sucker, temptation, punishment. The first row stands for numbers of one's own and is never read.
MATRICES = {
    "own": (0.0, 0.0, 0.0, 0.0),
    "prisoners_dilemma": (3.0, 0.0, 5.0, 1.0),
    "snowdrift": (3.0, 2.0, 4.0, 0.0),
    "stag_hunt": (4.0, 0.0, 3.0, 2.0),
}
_TABLE = np.array(list(MATRICES.values()))


@njit
def encounter(ci, cj, reward, sucker, temptation, punishment):
    """What the first of two is paid: R and S where it cooperates, T and P where it does not."""
    if ci:
        return reward if cj else sucker
    return temptation if cj else punishment


@njit
def fill_game(game, matrix, reward, sucker, temptation, punishment, stakes):
    """Write (R, S, T, P) times the stakes into `game` (4,): the named game's, or (matrix 0) the four numbers given."""
    if matrix > 0:
        for m in range(4):
            game[m] = stakes * _TABLE[matrix, m]
    else:
        game[0], game[1] = stakes * reward, stakes * sucker
        game[2], game[3] = stakes * temptation, stakes * punishment


@njit
def partners(i, start, neighbour, active):
    """How many living others agent i reaches over stored ties."""
    count = 0
    for e in range(start[i], start[i + 1]):
        count += neighbour[e] != i and active[neighbour[e]]
    return count


@njit
def sum_of_living(x, active):
    """(sum, number) of x (N,) over the living."""
    total, living = 0.0, 0
    for j in range(active.size):
        if active[j]:
            total += x[j]
            living += 1
    return total, living


@njit
def room_for(label):
    """How long an array is that is indexed by the numbers in `label` (N,): N, or more where a number is larger."""
    longest = label.size
    for i in range(label.size):
        longest = max(longest, label[i] + 1)
    return longest
