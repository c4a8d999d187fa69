"""A mistake in who moves."""

from __future__ import annotations

from valuescape.agents.bounded import Deffuant, meet_halfway
from valuescape.model.compilation import njit


@njit
def one_moves(who, mate, dims, free, mutual, values, expressed, new_values, tolerance, strength):
    meet_halfway(who, mate, dims, free, False, values, expressed, new_values, tolerance, strength)


class _OneMoves(Deffuant):
    """Only the one who listens moves, and not both."""

    kernel = one_moves
