"""Stances that yield to a group: the q-voter's panel, thresholds, and Asch's majority."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.agents.opinions import check_topic, count_stances
from valuescape.model.compilation import njit
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import happens, split, uniform
from valuescape.model.ties import living_partner

if TYPE_CHECKING:
    from valuescape.model.state import State

EDGE = 1e-12  # a share that equals the threshold is enough, whatever the last bit says


@njit
def ask_panel(k, i, q, start, neighbour, active, panel):
    """Fill `panel` with q different living ones whom i listens to, at random; fewer where there are fewer. How many."""
    everybody = start.size == 1
    first, last = (0, active.size) if everybody else (start[i], start[i + 1])
    size = 0
    if last - first <= q:
        for e in range(first, last):
            j = e if everybody else neighbour[e]
            if active[j] and not (everybody and j == i):
                panel[size] = j
                size += 1
        return size
    tries = 0
    while size < q and tries < 64 * q:
        j = living_partner(split(k, np.uint64(tries)), i, start, neighbour, active)
        tries += 1
        known = j < 0
        for m in range(size):
            known |= panel[m] == j
        if not known:
            panel[size] = j
            size += 1
    return size


@njit
def q_vote(who, key, at, traits, new_traits, active, start, neighbour, topic, q, p, flexibility, nonconformity, activity):
    panel = np.empty(q, np.int64)
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if not happens(k, 0, activity[i]):
            continue
        rebels = uniform(k, 1) < p[i]
        if rebels and nonconformity == 0:
            if uniform(k, 2) < flexibility:
                new_traits[i, topic] = 1 - traits[i, topic]
            continue
        size = ask_panel(split(k, np.uint64(3)), i, q, start, neighbour, active, panel)
        supporters = 0
        for a in range(size):
            supporters += traits[panel[a], topic]
        if size and (supporters == 0 or supporters == size):
            new_traits[i, topic] = (supporters > 0) != rebels


class QVoter(Rule):
    """Follow a panel of q when it is of one mind, unless one does not conform.

        j_1 .. j_q different, at random:  all s_j = s  =>  s_i <- s  with chance 1 - p_i
        nonconformity `independence`, chance p_i: s_i <- 1 - s_i with chance `flexibility`
        nonconformity `anticonformity`, chance p_i: all s_j = s  =>  s_i <- 1 - s

    Complete ties: disorder is stable above p* = (q-1)/(q-1+2^(q-1)) (independence, flexibility 1/2), (q-1)/(2q)
    (anticonformity). With independence and q >= 6 order stays stable too for a while above p* (q = 7: from .0857 to .1230).
    An agent that hears fewer than q asks all of them; one that hears nobody changes by independence only.
    traits (N, F), the stance in column `topic`.
    Nyczka, Sznajd-Weron & Cislo (2012), Phys. Rev. E 86, 011105, arXiv 1204.3151.
    """

    q: int = param(4, 1, 64, "size of the panel")
    p: float = param(0.1, 0, 1, "chance of not conforming", per_agent=True)
    nonconformity: str = param(
        "independence", choices=("independence", "anticonformity"), meaning="how one does not conform"
    )
    flexibility: float = param(0.5, 0, 1, "chance that an independent one changes")
    topic: int = param(0, 0, None, "the trait that holds the stance", live=False)
    activity: float = param(1.0, 0, 1, "chance that one revises when it is one's turn", per_agent=True, off=0.0)
    activations = ("random", "sequential", "synchronous")
    writes = ("traits",)
    kernel = q_vote
    looks_at = "partner"

    def check(self, state: State) -> None:
        """The topic holds stances."""
        check_topic(self, state)


@njit
def _acts(acting, share, number, threshold, counts, holds):
    met = (share if counts == 0 else number) >= threshold - EDGE
    return met or (holds and acting)


@njit
def pass_threshold(who, traits, new_traits, active, start, neighbour, share, topic, threshold, counts, holds):
    for i in who:
        number, acting, heard = 0, 0.0, 0.0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[j]:
                heard += share[e]
                acting += share[e] * traits[j, topic]
                number += traits[j, topic]
        part = acting / heard if heard > 0.0 else 0.0
        new_traits[i, topic] = _acts(traits[i, topic], part, number, threshold[i], counts, holds)


@njit
def pass_threshold_whole(who, traits, new_traits, active, loops, topic, threshold, counts, holds):
    living, acting = count_stances(traits, topic, active)
    others = living if loops else living - 1
    for i in who:
        before = traits[i, topic]
        number = acting if loops else acting - before
        part = number / others if others > 0 else 0.0
        new_traits[i, topic] = _acts(before, part, number, threshold[i], counts, holds)
        acting += traits[i, topic] - before  # 0 where everybody sees the state before the rule


class Threshold(Rule):
    """Act once enough of those one listens to act.

        s_i <- 1 if (share or number of acting ones whom i hears) >= threshold_i, else 0;  with `holds`, 1 stays 1

    Complete ties, number, thresholds 0, 1, ..., 99: all 100 act; with 2 in place of 1, one acts. Normal thresholds of mean
    25 in 100: from few to nearly all at a standard deviation of 12.22. An agent that hears nobody acts where its threshold
    is 0. traits (N, F), acting in column `topic`.
    Granovetter (1978), Am. J. Sociol. 83, 1420-1443, doi 10.1086/226707.
    """

    threshold: float = param(0.25, 0, None, "how many, or what share, must act first", per_agent=True, off=1e9)
    counts: str = param("share", choices=("share", "number"), meaning="what the threshold is compared with")
    holds: bool = param(True, meaning="whether one who acts goes on", off=True)
    topic: int = param(0, 0, None, "the trait that says who acts", live=False)
    writes = ("traits",)
    kernel = pass_threshold
    whole = pass_threshold_whole

    def check(self, state: State) -> None:
        """The topic says yes or no."""
        check_topic(self, state)


@njit
def _yields(k, own, heard, supporters, ceiling, scale, steepness, dissent):
    """Whether one goes over to a majority of the other stance among `heard` others."""
    against = heard - supporters if own else supporters
    if 2 * against <= heard:
        return False
    chance = ceiling * (1.0 - np.exp(-((against / scale) ** steepness)))
    return uniform(k, 0) < (chance if against == heard else chance * dissent)


@njit
def asch(who, key, at, traits, new_traits, active, start, neighbour, topic, ceiling, scale, steepness, dissent, activity):
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        heard, supporters = 0, 0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[j] and j != i:
                heard += 1
                supporters += traits[j, topic]
        own = traits[i, topic]
        if happens(k, 1, activity[i]) and _yields(k, own, heard, supporters, ceiling[i], scale, steepness, dissent):
            new_traits[i, topic] = 1 - own


@njit
def asch_whole(who, key, at, traits, new_traits, active, topic, ceiling, scale, steepness, dissent, activity):
    living, supporters = count_stances(traits, topic, active)
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        own = traits[i, topic]
        if happens(k, 1, activity[i]) and _yields(
            k, own, living - 1, supporters - own, ceiling[i], scale, steepness, dissent
        ):
            new_traits[i, topic] = 1 - own
            supporters += traits[i, topic] - own  # 0 where everybody sees the state before the rule


class AschResponse(Rule):
    """Yield to a majority against oneself, the more the larger it is, and far less once it is not unanimous.

        P(s_i <- 1 - s_i) = c_i (1 - exp(-(k / k0)^a)) for k others, more than half, against;  times `dissent` if not all

    The defaults give .024, .15, .30, .35 for k = 1, 2, 3, 4 and more: Asch's curve within 5 points; one dissenter cuts it
    by 80 %. Calibrated on people, not derived. An agent that hears nobody keeps its stance.
    traits (N, F), the stance in column `topic`.
    Asch (1951, 1956), Psychol. Monogr. 70(9), 1-70.
    """

    ceiling: float = param(0.35, 0, 1, "chance of yielding to a large unanimous majority (c)", per_agent=True)
    scale: float = param(2.4, 0.1, None, "size at which a majority comes to bear (k0)")
    steepness: float = param(3.0, 0.1, 10, "how sharply it does (a)")
    dissent: float = param(0.2, 0, 1, "what one dissenter leaves of the chance")
    topic: int = param(0, 0, None, "the trait that holds the stance", live=False)
    activity: float = param(1.0, 0, 1, "chance that one revises when it is one's turn", per_agent=True, off=0.0)
    activations = ("random", "sequential", "synchronous")
    writes = ("traits",)
    kernel = asch
    whole = asch_whole

    def check(self, state: State) -> None:
        """The topic holds stances."""
        check_topic(self, state)
