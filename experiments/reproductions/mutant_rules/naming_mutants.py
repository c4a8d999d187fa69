"""Mistakes in who forgets which word."""

from __future__ import annotations

from valuescape.agents.naming import NamingGame
from valuescape.model.compilation import njit
from valuescape.model.streams import below, split


@njit
def spoken(k, inventory, speaker):
    """A random word of those that the speaker knows (two words)."""
    return below(k, 2, 2) if inventory[speaker, 0] and inventory[speaker, 1] else int(inventory[speaker, 1])


@njit
def hearer_forgets(who, mate, free, key, at, mutual, inventory, new_inventory, activity):
    for m in range(who.size):
        speaker, hearer = who[m], mate[m]
        word = spoken(split(key, at[m]), inventory, speaker)
        if free[hearer]:
            if inventory[hearer, word]:
                new_inventory[hearer, 1 - word] = False
            new_inventory[hearer, word] = True


class _HearerForgets(NamingGame):
    """After a success only the hearer forgets the other word, and the speaker goes on knowing both."""

    kernel = hearer_forgets


@njit
def last_word_wins(who, mate, free, key, at, mutual, inventory, new_inventory, activity):
    for m in range(who.size):
        speaker, hearer = who[m], mate[m]
        word = spoken(split(key, at[m]), inventory, speaker)
        if free[hearer]:
            new_inventory[hearer, 1 - word] = False
            new_inventory[hearer, word] = True


class _LastWordWins(NamingGame):
    """A hearer knows only the word that it heard last: nobody is undecided."""

    kernel = last_word_wins
