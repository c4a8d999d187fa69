"""Mistakes in where a nation goes."""

from __future__ import annotations

from valuescape.agents.landscape import LandscapeMove, frustration
from valuescape.model.compilation import njit


@njit
def move_uphill(who, key, at, coalition, size, active, new_coalition, start, neighbour, weight, blocs, chance):
    for i in who:
        goal = coalition[i]
        most = frustration(i, goal, coalition, size, active, start, neighbour, weight)
        for bloc in range(blocs):
            felt = frustration(i, bloc, coalition, size, active, start, neighbour, weight)
            if felt > most:
                goal, most = bloc, felt
        new_coalition[i] = goal


class _Uphill(LandscapeMove):
    """The sign of frustration is turned: one goes where one is most frustrated."""

    kernel = move_uphill


@njit
def move_by_number(who, key, at, coalition, size, active, new_coalition, start, neighbour, weight, blocs, chance):
    alike = size * 0.0 + 1.0
    for i in who:
        goal = coalition[i]
        least = frustration(i, goal, coalition, alike, active, start, neighbour, weight)
        for bloc in range(blocs):
            felt = frustration(i, bloc, coalition, alike, active, start, neighbour, weight)
            if felt < least:
                goal, least = bloc, felt
        new_coalition[i] = goal


class _SizesIgnored(LandscapeMove):
    """Every nation weighs the same in what frustrates the others."""

    kernel = move_by_number


@njit
def move_at_once(who, key, at, coalition, size, active, new_coalition, start, neighbour, weight, blocs, chance):
    before = coalition.copy()
    for i in who:
        goal = before[i]
        least = frustration(i, goal, before, size, active, start, neighbour, weight)
        for bloc in range(blocs):
            felt = frustration(i, bloc, before, size, active, start, neighbour, weight)
            if felt < least:
                goal, least = bloc, felt
        new_coalition[i] = goal


class _AllAtOnce(LandscapeMove):
    """Everybody moves on the blocs as they stood before the step, and not one after another."""

    kernel = move_at_once
