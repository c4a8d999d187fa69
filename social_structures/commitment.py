"""Institutions of commitment: who is bound to a profile or a stance, who comes in to be, whose dissent is shielded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.parameters import param
from valuescape.model.rule import Moment, Rule
from valuescape.model.state import Field
from valuescape.model.streams import shuffled, stream
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from valuescape.model.state import State
    from valuescape.model.ties import Ties

_COMMITTED = Field("committed", ("N",), "int", low=0, meaning="which rule keeps it committed: its place in the list, 0 none")
_ENTERED = Field("entered", ("N",), "int", low=0, meaning="which rule let it in to a vacant place; 0: it lives here")
_BROUGHT = Field("brought", ("N",), "bool", meaning="whether its ties came with it")


class _Committed(Rule):
    """What the kinds of commitment share: who is committed, and who is released."""

    fields = (_COMMITTED, _ENTERED)
    reads = ("active",)
    reach = "society"
    activations = ("synchronous",)
    moves_fixed = True

    share: float = param(0.1, 0, 1, "share of the agents (the living of `on`) that are committed")
    price: float = param(1.0, 0, None, "what one committed agent costs in a step")

    def first(self, order: np.ndarray, seen: Any, who: np.ndarray, moment: Moment) -> np.ndarray:
        """The candidates in the order in which they are committed; `order` is the lasting random one."""
        return order

    def commit(self, seen: Any, out: Any, who: np.ndarray, moment: Moment, share: float | None = None) -> np.ndarray:
        """Commit the first share * m of the candidates in a lasting order, release the others; who is committed.

        m: the living of `on` but newcomers; candidates: those of them whom nothing else fixes. Only its own are released.
        """
        part = moment.parameters["share"] if share is None else share
        held = (seen.committed == self.mine(moment)) & (seen.entered == 0)
        who = who[seen.entered[who] == 0]
        candidates = who[held[who] | ~seen.fixed[who]]
        order = self.first(shuffled(self.key(moment), candidates), seen, who, moment)
        chosen = order[: int(part * who.size + 0.5)]
        if chosen.size or held.any():
            out.committed[held], out.fixed[held] = 0, False
            out.committed[chosen], out.fixed[chosen] = self.mine(moment), True
            out.spent[chosen] += moment.parameters["price"]
        return chosen

    def mine(self, moment: Moment) -> int:
        """The rule's number: its place in the list, from 1."""
        return 1 + [rule.label for rule in moment.society.scenario.flat_rules].index(self.label)

    def key(self, moment: Moment, of: str = "") -> np.uint64:
        """The key of an order that lasts as long as the run."""
        return np.uint64(stream(moment.society.seed, f"{self.label}/committed{of}"))


class _Chosen(_Committed):
    """Commitment of residents, chosen at random or by degree, or of newcomers from vacant places."""

    chosen: str = param("random", choices=("random", "degree"), meaning="who is: a random order, or the best tied first")
    come_from: str = param(
        "residents", choices=("residents", "reserve"), meaning="whom they are: residents, or newcomers to vacant places"
    )
    contacts: int = param(0, 0, None, "how many random residents come to listen to a newcomer whose place has no ties")
    fields = (_COMMITTED, _ENTERED, _BROUGHT)

    def bound(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> np.ndarray:
        """Who is committed now: residents or newcomers as `come_from` says, and none of the others any more."""
        share, newcomers = moment.parameters["share"], moment.parameters["come_from"] == 1
        kept = self.commit(seen, out, who, moment, 0.0 if newcomers else share)
        came = self.enter(seen, out, who, moment, share if newcomers else 0.0)
        return came if newcomers else kept

    def enter(self, seen: Any, out: Any, who: np.ndarray, moment: Moment, share: float) -> np.ndarray:
        """Let newcomers live at the first share * m of the vacant places, fixed, and others leave; who is there now.

        m: the living of `on` but newcomers. The places have a lasting order, so that a smaller set is part of a larger
        one; who is there stays before another comes. Who leaves takes along the ties that came with it.
        """
        inside = np.flatnonzero(seen.active & (seen.entered == self.mine(moment))).astype(np.int32)
        vacant = np.flatnonzero(~seen.active).astype(np.int32)
        residents = who[seen.entered[who] == 0]
        wanted, places = int(share * residents.size + 0.5), inside.size + vacant.size
        if wanted > places:
            raise InputError(
                f"{self.label}.share = {in_digits(share)}: {wanted} newcomers for {residents.size} residents, and {places}"
                " places for them: a smaller share, or a larger `reserve`"
            )
        order = np.concatenate([shuffled(self.key(moment), inside), shuffled(self.key(moment), vacant)])
        chosen, gone = order[:wanted], np.setdiff1d(inside, order[:wanted])
        come = np.setdiff1d(chosen, inside)
        for rows, lives in ((gone, False), (come, True)):
            out.active[rows] = out.fixed[rows] = lives
            out.committed[rows] = out.entered[rows] = self.mine(moment) if lives else 0
        out.spent[chosen] += moment.parameters["price"]
        if moment.ties is not None and not moment.ties.implicit:
            leave(moment.ties, gone[seen.brought[gone]])
            out.brought[gone] = False
            met = {int(i): shuffled(self.key(moment, f" {i}"), residents)[: moment.parameters["contacts"]] for i in come}
            out.brought[introduce(moment.ties, met)] = True
        return chosen

    def check(self, state: State) -> None:
        """The best tied can be told only where ties are stored."""
        ties = state.ties.get(self.layer)
        if self.chosen == "degree" and (ties is None or ties.implicit):
            raise InputError(f"{self.label}.chosen = 'degree' needs a structure in which some have more ties than others")

    def first(self, order: np.ndarray, seen: Any, who: np.ndarray, moment: Moment) -> np.ndarray:
        if moment.parameters["chosen"] == 0 or moment.ties is None:
            return order
        return order[np.argsort(-np.diff(moment.ties.start)[order], kind="stable")]


def leave(ties: Ties, places: np.ndarray) -> None:
    """Cut every tie of the places."""
    if places.size:
        pairs = np.column_stack([ties.rows(), ties.neighbour])
        ties.cut(pairs[np.isin(pairs, places).any(axis=1)])


def introduce(ties: Ties, met: dict[int, np.ndarray]) -> list[int]:
    """Let those whom each newcomer met listen to it (and it to them where ties are undirected); the places so tied.

    A place that has ties keeps them, and gets no others.
    """
    tied = set(ties.rows().tolist()) | set(ties.neighbour.tolist()) if met else set()
    met = {i: residents for i, residents in met.items() if residents.size and i not in tied}
    if met:
        ties.add(np.array([(j, i) for i, residents in met.items() for j in residents]))
    return list(met)


class CommittedAgents(_Chosen):
    """A share of the agents holds one profile of values and does not change its mind, whatever it hears.

        v_i = profile for the first share * m of the m agents, in an order that is drawn once a run

    So the committed at a smaller share are a subset of those at a larger one, and `share` may be scheduled: who is released
    keeps the values and may change again. Who is fixed by other means is passed over. `own`: each is committed to what it
    holds; `human`: to the human values as they are now. `come_from: reserve`: share * m newcomers live at vacant places
    (the scenario's `reserve`; each with the values, user and task of some resident, of the first declared group) and leave
    them as the share falls; complete ties take them in, elsewhere `contacts` residents come to listen to each. Nobody
    there: nothing. values (N, K), fixed, committed, entered, active, spent (N,).
    Xie et al. (2011), Phys. Rev. E 84, 011130; Centola et al. (2018), Science 360, 1116-1119.
    """

    profile: str | tuple[float, ...] = param(
        "human", meaning="human, own, a profile's name, `only DIMENSION`, `not NAME`, or one number a dimension"
    )
    writes = ("values", "fixed", "committed", "spent", "active", "entered", "brought")
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
        chosen = self.bound(seen, out, who, moment)
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

    As `committed_agents`, newcomers too, for models of stances. On complete ties n newcomers among N residents in one mind
    are heard with m = (n - N) / (n + N). Nobody there: nothing. traits (N, F), fixed, committed, entered, active (N,).
    Xie et al. (2011), Phys. Rev. E 84, 011130; committed minorities against a majority: De Marzo et al. (2026),
    arXiv 2605.10721.
    """

    stance: int = param(1, 0, 1, "the stance that they keep")
    topic: int = param(0, 0, None, "the trait that holds the stance")
    writes = ("traits", "fixed", "committed", "spent", "active", "entered", "brought")
    built = ("topic",)
    off = {"share": 0.0}

    def check(self, state: State) -> None:
        """The topic is one of the traits."""
        super().check(state)
        if self.topic >= state.traits.shape[1]:
            raise InputError(f"{self.label}.topic = {self.topic}: there are {state.traits.shape[1]} traits, numbered from 0")

    def revise(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> None:
        chosen = self.bound(seen, out, who, moment)
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
