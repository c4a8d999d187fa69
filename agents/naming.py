"""Conventions: the naming game, the best response to a memory, and win-stay, lose-shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.agents.opinions import check_topic
from valuescape.model.compilation import njit
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field
from valuescape.model.streams import happens, pick, split, uniform

if TYPE_CHECKING:
    from valuescape.model.state import State

UNKNOWN = -1


@njit
def say(who, mate, free, key, at, mutual, inventory, new_inventory, activity):
    words = inventory.shape[1]
    for m in range(who.size):
        speaker, hearer = (who[m], mate[m]) if mutual else (mate[m], who[m])
        k = split(key, at[m])
        if not happens(k, 0, activity[who[m]]):
            continue
        known = 0
        for w in range(words):
            known += inventory[speaker, w]
        word = pick(k, 1, words) if known == 0 else -1
        if known:
            nth = pick(k, 2, known)
            for w in range(words):
                if inventory[speaker, w]:
                    if nth == 0:
                        word = w
                        break
                    nth -= 1
        understood = inventory[hearer, word]
        if free[speaker] and mutual:
            if understood:
                for w in range(words):
                    new_inventory[speaker, w] = False
            new_inventory[speaker, word] = True
        if free[hearer]:
            if understood:
                for w in range(words):
                    new_inventory[hearer, w] = False
            new_inventory[hearer, word] = True


class NamingGame(Rule):
    """A speaker names a thing to a hearer: success, and both forget every other word; failure, and the hearer learns it.

        word uniform over the speaker's inventory (a random one, learned, where it is empty);
        hearer knows it: both inventories <- {word};  else: hearer's inventory <- inventory + word

    With two words and a committed share p for one of them (a `fixed` group), the old consensus falls at p = 0.0979 in the
    mean field of complete ties. On directed ties the one who listens is the hearer, and only it learns and forgets. Somebody
    who meets nobody keeps its words. inventory (N, W) bool, W = words.
    Baronchelli et al. (2006), J. Stat. Mech. P06014; committed minorities: Xie et al. (2011), Phys. Rev. E 84, 011130,
    arXiv 1102.3931.
    """

    words: int = param(2, 2, 1000, "how many words there are", size="W")
    activity: float = param(1.0, 0, 1, "chance that one speaks when it is one's turn", per_agent=True, off=0.0)
    reach = "partner"
    activations = ("random", "matching", "sequential")
    writes = ("inventory",)
    fields = (Field("inventory", ("N", "W"), "bool", mind=True, starts=True, meaning="the words that an agent knows"),)
    kernel = say


@njit
def most_heard(k, memory, i, words, counts):
    """The word that i remembers most often (several: a random one of them), or -1 where it remembers nothing."""
    counts[:] = 0
    for t in range(memory.shape[1]):
        if memory[i, t] >= 0:
            counts[memory[i, t]] += 1
    most = counts.max()
    if most == 0:
        return UNKNOWN
    ties = 0
    for w in range(words):
        ties += counts[w] == most
    nth = pick(k, 0, ties)
    for w in range(words):
        if counts[w] == most:
            if nth == 0:
                return w
            nth -= 1
    return UNKNOWN


@njit
def remember(memory, new_memory, i, word):
    """Forget the oldest, and put `word` last."""
    for t in range(memory.shape[1] - 1):
        new_memory[i, t] = memory[i, t + 1]
    new_memory[i, memory.shape[1] - 1] = word


@njit
def best_response(who, mate, free, key, at, mutual, traits, new_traits, memory, new_memory, topic, words, activity):
    counts = np.empty(words, np.int64)
    for m in range(who.size):
        i, j = who[m], mate[m]
        k = split(key, at[m])
        if not happens(k, 0, activity[i]):
            continue
        mine, theirs = np.int64(traits[i, topic]), np.int64(traits[j, topic])
        if free[i]:
            best = most_heard(split(k, np.uint64(1)), memory, i, words, counts)
            mine = best if best >= 0 else mine
            new_traits[i, topic] = mine
        if free[j] and mutual:
            best = most_heard(split(k, np.uint64(2)), memory, j, words, counts)
            theirs = best if best >= 0 else theirs
            new_traits[j, topic] = theirs
        if free[i]:
            remember(memory, new_memory, i, theirs)
        if free[j] and mutual:
            remember(memory, new_memory, j, mine)


SAID = "what the last M partners said (-1: nothing)"
MEMORY = Field("memory", ("N", "M"), "int", UNKNOWN, low=UNKNOWN, below="W", mind=True, starts=True, meaning=SAID)


class _Convention(Rule):
    """What both rules of conventions have in common."""

    words: int = param(2, 2, 1000, "how many words there are", size="W")
    length: int = param(12, 1, 1000, "how many plays one remembers (M)", size="M")
    topic: int = param(0, 0, None, "the trait that holds the word one uses", live=False)
    activity: float = param(1.0, 0, 1, "chance that one plays when it is one's turn", per_agent=True, off=0.0)

    def check(self, state: State) -> None:
        """The topic holds words."""
        check_topic(self, state, self.words - 1)


class MemoryConvention(_Convention):
    """Two play the coordination game: each says the word that it heard most often in its last M plays.

        t_i <- argmax_w #{memory_i = w} (several: a random one; nothing yet: its own);  memory_i <- last M - 1, t_j

    Against partners of whom a share C says A, a member says A with chance P[Bin(M, C) > M/2] + P[= M/2] / 2, so a
    committed share (a `fixed` group) tips the others the sooner the shorter memories are. On directed ties only the one who
    listens learns and answers. Somebody who meets nobody keeps its word. traits (N, F), the word in column `topic`; memory
    (N, M).
    Young (1993), Econometrica 61, 57-84; Centola, Becker, Brackbill & Baronchelli (2018), Science 360, 1116-1119.
    """

    reach = "partner"
    activations = ("random", "matching", "sequential")
    writes = ("traits", "memory")
    fields = (MEMORY,)
    kernel = best_response


@njit
def stay_or_shift(
    who, mate, free, key, at, mutual, traits, new_traits, memory, new_memory, topic, words, stay, shift, activity
):
    counts = np.empty(words, np.int64)
    for m in range(who.size):
        i, j = who[m], mate[m]
        k = split(key, at[m])
        if not happens(k, 0, activity[i]):
            continue
        mine, theirs = np.int64(traits[i, topic]), np.int64(traits[j, topic])
        success = mine == theirs
        for side in range(2):
            a, heard = (i, theirs) if side == 0 else (j, mine)
            if not free[a] or (side == 1 and not mutual):
                continue
            own = split(k, np.uint64(side + 1))
            remember(memory, new_memory, a, heard)
            if success and uniform(own, 1) >= stay:
                word = pick(own, 2, words - 1)
                new_traits[a, topic] = word + (word >= heard)
            elif not success and uniform(own, 1) < shift:
                new_traits[a, topic] = most_heard(split(own, np.uint64(3)), memory, a, words, counts)


class WinStayLoseShift(_Convention):
    """Two say their words: who understood stays with it, who did not shifts to what it has heard most often.

        t_i = t_j: with chance 1 - stay t_i <- another word at random;
        t_i != t_j: with chance `shift` t_i <- argmax_w #{memory_i = w}, t_j included (several: a random one)

    The defaults are the rates of Llama-3.1 agents in the paper; that the shift goes to the word most often heard is ours.
    On directed ties only the one who listens changes. Somebody who meets nobody keeps its word. traits (N, F), the word in
    column `topic`; memory (N, M).
    Ashery, Aiello & Baronchelli (2025), Sci. Adv. 11, eadu9368, arXiv 2410.08948.
    """

    words: int = param(10, 2, 1000, "how many words there are", size="W")
    length: int = param(5, 1, 1000, "how many plays one remembers (M)", size="M")
    stay: float = param(0.994, 0, 1, "chance of staying after a success")
    shift: float = param(0.973, 0, 1, "chance of shifting after a failure")
    reach = "partner"
    activations = ("random", "matching", "sequential")
    writes = ("traits", "memory")
    fields = (MEMORY,)
    kernel = stay_or_shift
