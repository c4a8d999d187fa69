"""Institutions of membership: who is committed or shielded, who is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from model.compilation import njit
from model.errors import InputError
from model.parameters import param
from model.rule import Moment, Rule
from model.state import ALONE, Field
from model.streams import below, shuffled, split, stream, uniform

if TYPE_CHECKING:
    from model.state import State

_COMMITTED = Field("committed", ("N",), "int", low=0, meaning="which rule keeps it committed: its place in the list, 0 none")
_TRIES = 64


class _Committed(Rule):
    """What the two kinds of commitment share: who is committed, and who is released."""

    fields = (_COMMITTED,)
    reads = ("active",)
    reach = "society"
    activations = ("synchronous",)
    moves_fixed = True

    share: float = param(0.1, 0, 1, "share of the agents (the living of `on`) that are committed")
    price: float = param(1.0, 0, None, "what one committed agent costs in a step")

    def first(self, order: np.ndarray, seen: Any, who: np.ndarray, moment: Moment) -> np.ndarray:
        """The candidates in the order in which they are committed; `order` is the lasting random one."""
        return order

    def commit(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> np.ndarray:
        """Commit the first share * m of the candidates in a lasting order, release the others; who is committed.

        m: the living of `on`; candidates: those of them whom nothing else fixes. Only its own are released.
        """
        society = moment.society
        mine = 1 + [rule.label for rule in society.scenario.flat_rules].index(self.label)
        held = seen.committed == mine
        candidates = who[held[who] | ~seen.fixed[who]]
        order = shuffled(np.uint64(stream(society.seed, f"{self.label}/committed")), candidates)
        order = self.first(order, seen, who, moment)
        chosen = order[: int(moment.parameters["share"] * who.size + 0.5)]
        if chosen.size or held.any():
            out.committed[held], out.fixed[held] = 0, False
            out.committed[chosen], out.fixed[chosen] = mine, True
            out.spent[chosen] += moment.parameters["price"]
        return chosen


class _Chosen(_Committed):
    """Commitment of agents chosen at random or by degree."""

    chosen: str = param("random", choices=("random", "degree"), meaning="who is: a random order, or the best tied first")

    def check(self, state: State) -> None:
        """The best tied can be told only where ties are stored."""
        ties = state.ties.get(self.layer)
        if self.chosen == "degree" and (ties is None or ties.implicit):
            raise InputError(f"{self.label}.chosen = 'degree' needs a structure in which some have more ties than others")

    def first(self, order: np.ndarray, seen: Any, who: np.ndarray, moment: Moment) -> np.ndarray:
        if moment.parameters["chosen"] == 0 or moment.ties is None:
            return order
        return order[np.argsort(-np.diff(moment.ties.start)[order], kind="stable")]


class CommittedAgents(_Chosen):
    """A share of the agents holds one profile of values and does not change its mind, whatever it hears.

        v_i = profile for the first share * m of the m agents, in an order that is drawn once a run

    So the committed at a smaller share are a subset of those at a larger one, and `share` may be scheduled: who is released
    keeps the values and may change again. Who is fixed by other means is passed over. `own`: each is committed to what it
    holds; `human`: to the human values as they are now. Nobody there: nothing. values (N, K), fixed, committed, spent (N,).
    Xie et al. (2011), Phys. Rev. E 84, 011130; Centola et al. (2018), Science 360, 1116-1119.
    """

    profile: str | tuple[float, ...] = param(
        "human", meaning="human, own, a profile's name, `only DIMENSION`, `not NAME`, or one number a dimension"
    )
    writes = ("values", "fixed", "committed", "spent")
    off = {"share": 0.0}

    def resolve(self, context: Any) -> dict[str, Any]:
        """The profile as numbers; `own` and `human` are looked up as the run goes."""
        if self.profile in ("own", "human"):
            return {}
        return {"profile": context.value_system.profile(self.profile, f"{self.label}.profile")}

    def wants(self) -> tuple[str, ...]:
        """`human` needs human values."""
        return ("human_values",) if self.profile == "human" else ()

    def revise(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> None:
        chosen = self.commit(seen, out, who, moment)
        profile = moment.parameters["profile"]
        if isinstance(profile, np.ndarray):
            out.values[chosen] = profile
        elif profile == "human":
            state = moment.society.state
            row = state.group[chosen] if state.human_values.shape[0] > 1 else 0
            out.values[chosen] = state.human_values[row]


class CommittedStances(_Chosen):
    """A share of the agents keeps one stance in column `topic` of the traits, whatever it hears.

        s_i = stance for the first share * m of the m agents, in an order that is drawn once a run

    As `committed_agents`, for models of stances. Nobody there: nothing. traits (N, F), fixed, committed, spent (N,).
    Xie et al. (2011), Phys. Rev. E 84, 011130; committed minorities against a majority: De Marzo et al. (2026),
    arXiv 2605.10721.
    """

    stance: int = param(1, 0, 1, "the stance that they keep")
    topic: int = param(0, 0, None, "the trait that holds the stance")
    writes = ("traits", "fixed", "committed", "spent")
    off = {"share": 0.0}

    def check(self, state: State) -> None:
        """The topic is one of the traits."""
        super().check(state)
        if self.topic >= state.traits.shape[1]:
            raise InputError(f"{self.label}.topic = {self.topic}: there are {state.traits.shape[1]} traits, numbered from 0")

    def revise(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> None:
        chosen = self.commit(seen, out, who, moment)
        out.traits[chosen, moment.parameters["topic"]] = moment.parameters["stance"]


class DissentProtection(_Committed):
    """The dissenters are shielded: those farthest from the mean keep their minds while they are.

        d(e_i, mean e) among the `share` m largest of m:  v_i stays

    Others still hear them, so the mean keeps a part of what they say, and a crowd cannot become unanimous. Equally
    far: in a lasting random order; clones have no dissenter, and one alone is none. expressed (N, K), fixed, committed,
    spent (N,). One dissenter breaks conformity: Asch (1956), Psychol. Monogr. 70(9); Nemeth (1986), Psychol. Rev. 93, 23-32.
    """

    reads = ("active", "expressed")
    writes = ("fixed", "committed", "spent")
    draws = False
    off = {"share": 0.0}

    def first(self, order: np.ndarray, seen: Any, who: np.ndarray, moment: Moment) -> np.ndarray:
        mean = seen.expressed[who].mean(axis=0) if who.size else 0.0
        far = np.sqrt(((seen.expressed - mean) ** 2).mean(axis=1))
        order = order[far[order] > 1e-9]
        return order[np.argsort(-far[order], kind="stable")]

    def revise(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> None:
        self.commit(seen, out, who, moment)


@njit
def replace(who, key, at, active, group, anchors, spent, new_values, new_anchors, new_coalition, new_spent, chance, price):
    n = active.size
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if uniform(k, 0) >= chance[i]:
            continue
        j, d = i, 1
        while d <= _TRIES:
            j = below(k, d, n)
            if active[j] and group[j] == group[i]:
                break
            d += 1
        if d > _TRIES:
            alike = 0
            for other in range(n):
                alike += active[other] and group[other] == group[i]
            pick = below(k, d, alike)
            for other in range(n):
                if active[other] and group[other] == group[i]:
                    if pick == 0:
                        j = other
                        break
                    pick -= 1
        for c in range(anchors.shape[1]):
            new_values[i, c] = anchors[j, c]
            new_anchors[i, c] = anchors[j, c]
        new_coalition[i] = ALONE
        new_spent[i] = spent[i] + price


class Turnover(Rule):
    """Agents leave now and then; the newcomer starts as agents of that group started, and belongs to no coalition.

        with chance c_i:  v_i <- a_i <- a_j,  j uniform over the living of i's group (i among them)

    a are the anchors (values at step 0), so newcomers bring back the group's first spread. Ties, user and task stay with
    the place. Fixed agents do not leave. After t steps a share (1 - c)^t has never been replaced. An agent alone in its
    group returns to its own anchors. values, anchors (N, K), coalition, spent (N,).
    Carley (1992), Organ. Sci. 3, 20-46 (learning and personnel turnover); March (1991), Organ. Sci. 2, 71-87.
    """

    chance: float = param(0.01, 0, 1, "chance a step that an agent is replaced", per_agent=True)
    price: float = param(1.0, 0, None, "what replacing one agent costs")
    writes = ("values", "anchors", "coalition", "spent")
    reach = "society"
    activations = ("synchronous",)
    kernel = replace
    off = {"chance": 0.0}
