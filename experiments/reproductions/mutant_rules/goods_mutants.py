"""A mistake in who plays with whom."""

from __future__ import annotations

from valuescape.agents.public_goods import NeighbourhoodGoods, neighbourhood_pots, returned
from valuescape.model.compilation import njit


@njit
def own_group_only(
    who, free, cooperates, active, new_payoff, new_felt, new_welfare_all, new_welfare_none, start, neighbour,
    endowment, factor, returns, pay, stakes,
):  # fmt: skip
    size, pot = neighbourhood_pots(cooperates, active, start, neighbour, endowment)
    for i in who:
        new_payoff[i] = stakes * (endowment * (1 - cooperates[i]) + returned(pot[i], size[i], factor, returns))
        new_felt[i] = new_payoff[i]


class _OwnGroupOnly(NeighbourhoodGoods):
    """Each plays in the one group centred at itself, instead of in the five that it belongs to."""

    kernel = own_group_only
