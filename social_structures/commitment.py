"""Institutions of commitment: who is bound to a profile or a stance, who comes in to be, whose dissent is shielded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field
from valuescape.model.streams import stream
from valuescape.model.words import in_digits
from valuescape.social_structures.institutions import SPENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuescape.model.activation import Draw
    from valuescape.model.state import State
    from valuescape.model.ties import Ties

_COMMITTED = Field("committed", ("N",), "int", low=0, meaning="the mark of the rule that keeps it committed; 0: none")
_ENTERED = Field(
    "entered", ("N",), "int", low=0, meaning="the mark of the rule that let it in to a vacant place; 0: a resident"
)
_BROUGHT = Field("brought", ("N",), "bool", meaning="whether its ties came with it")


@dataclass
class _Rows:
    """What commitment reads of everybody, (N,) each, and what it writes."""

    active: np.ndarray
    fixed: np.ndarray
    committed: np.ndarray
    entered: np.ndarray
    new_fixed: np.ndarray
    new_committed: np.ndarray
    new_spent: np.ndarray


class _Committed(Rule):
    """What the kinds of commitment share: who is committed, and who is released."""

    reach = "society"
    activations = ("synchronous",)

    share: float = param(0.1, 0, 1, "share of the agents (the living of `on`) that are committed", off=0.0)
    price: float = param(1.0, 0, None, "what one committed agent costs in a step")

    @property
    def mark(self) -> int:
        """The number that its agents carry in `committed` and `entered`: made from the label, above 0."""
        return 1 + (stream(0, self.label) & 0x3FFFFFFF)

    @property
    def stream(self) -> str:
        """The name of the random order that lasts as long as the run."""
        return f"{self.label}/committed"

    def commit(
        self, rows: _Rows, who: np.ndarray, draw: Draw, share: float, price: float,
        first: Callable[[np.ndarray], np.ndarray] = lambda order: order,
    ) -> np.ndarray:  # fmt: skip
        """Commit the first share * m of the candidates in a lasting order, release the others; who is committed.

        m: the living of `on` but newcomers; candidates: those of them whom nothing else fixes. Only its own are released.
        `first` sorts the candidates, which come in the lasting random order.
        """
        held = (rows.committed == self.mark) & (rows.entered == 0)
        who = who[rows.entered[who] == 0]
        candidates = who[held[who] | ~rows.fixed[who]]
        order = first(draw.order(candidates, name=self.stream))
        chosen = order[: int(share * who.size + 0.5)]
        if chosen.size or held.any():
            rows.new_committed[held], rows.new_fixed[held] = 0, False
            rows.new_committed[chosen], rows.new_fixed[chosen] = self.mark, True
            rows.new_spent[chosen] += price
        return chosen


class _Chosen(_Committed):
    """Commitment of residents, chosen at random or by degree, or of newcomers from vacant places."""

    chosen: str = param("random", choices=("random", "degree"), meaning="who is: a random order, or the best tied first")
    come_from: str = param(
        "residents", choices=("residents", "reserve"), meaning="whom they are: residents, or newcomers to vacant places"
    )
    contacts: int = param(0, 0, None, "how many random residents come to listen to a newcomer whose place has no ties")

    def bound(
        self, rows: _Rows, who: np.ndarray, draw: Draw, ties: Ties | None, brought: np.ndarray,
        new_active: np.ndarray, new_entered: np.ndarray, new_brought: np.ndarray, **given: Any,
    ) -> np.ndarray:  # fmt: skip
        """Who is committed now: residents or newcomers as `come_from` says, and none of the others any more."""
        newcomers, share, price = given["come_from"] == "reserve", given["share"], given["price"]

        def best_tied(order: np.ndarray) -> np.ndarray:
            if given["chosen"] == "random" or ties is None:
                return order
            return order[np.argsort(-np.diff(ties.start)[order], kind="stable")]

        kept = self.commit(rows, who, draw, 0.0 if newcomers else share, price, best_tied)
        residents = who[rows.entered[who] == 0]
        chosen, come, gone = self.turn(rows, residents, draw, share if newcomers else 0.0)
        for place, lives in ((gone, False), (come, True)):
            new_active[place] = rows.new_fixed[place] = lives
            rows.new_committed[place] = new_entered[place] = self.mark if lives else 0
        rows.new_spent[chosen] += price
        if ties is not None and not ties.implicit:
            leave(ties, gone[brought[gone]])
            new_brought[gone] = False
            met = {int(i): draw.order(residents, name=f"{self.stream} {i}")[: given["contacts"]] for i in come}
            new_brought[introduce(ties, met)] = True
        return chosen if newcomers else kept

    def turn(
        self, rows: _Rows, residents: np.ndarray, draw: Draw, share: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which newcomers live at the first share * m of the vacant places, which of them come now, and which leave.

        m: the residents of `on`. The places have a lasting order, so that a smaller set is part of a larger one; who is
        there stays before another comes. Who leaves takes along the ties that came with it.
        """
        inside = np.flatnonzero(rows.active & (rows.entered == self.mark)).astype(np.int32)
        vacant = np.flatnonzero(~rows.active).astype(np.int32)
        wanted, places = int(share * residents.size + 0.5), inside.size + vacant.size
        if wanted > places:
            raise InputError(
                f"{self.label}.share = {in_digits(share)}: {wanted} newcomers for {residents.size} residents, and {places}"
                " places for them: a smaller share, or a larger `reserve`"
            )
        order = np.concatenate([draw.order(inside, name=self.stream), draw.order(vacant, name=self.stream)])
        chosen = order[:wanted]
        return chosen, np.setdiff1d(chosen, inside), np.setdiff1d(inside, chosen)

    def check(self, state: State) -> None:
        """The best tied can be told only where ties are stored."""
        ties = state.ties.get(self.layer)
        if self.chosen == "degree" and (ties is None or ties.implicit):
            raise InputError(f"{self.label}.chosen = 'degree' needs a structure in which some have more ties than others")


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
        "human", meaning="human, own, a profile's name, `only DIMENSION`, `not NAME`, or one number per dimension"
    )
    writes = ("values", "fixed", "committed", "spent", "active", "entered", "brought", "ties")
    fields = (_COMMITTED, _ENTERED, _BROUGHT, SPENT)

    def resolve(self, context: Any) -> dict[str, Any]:
        """The profile as numbers; `own` and `human` are looked up as the run goes."""
        if self.profile in ("own", "human"):
            return {}
        return {"profile": context.value_system.profile(self.profile, f"{self.label}.profile")}

    def wants(self) -> tuple[str, ...]:
        """`human` needs human values."""
        return ("human_values",) if self.profile == "human" else ()

    def kernel(
        self, who, active, fixed, committed, entered, brought, draw, new_values, new_fixed, new_committed, new_spent,
        new_active, new_entered, new_brought, share, price, chosen, come_from, contacts, profile,
        ties=None, group=None, human_values=None,
    ):  # fmt: skip
        """Commit who is due, and give them the profile."""
        rows = _Rows(active, fixed, committed, entered, new_fixed, new_committed, new_spent)
        bound = self.bound(
            rows, who, draw, ties, brought, new_active, new_entered, new_brought,
            share=share, price=price, chosen=chosen, come_from=come_from, contacts=contacts,
        )  # fmt: skip
        if isinstance(profile, np.ndarray):
            new_values[bound] = profile
        elif profile == "human":
            new_values[bound] = human_values[group[bound] if human_values.shape[0] > 1 else 0]


class CommittedStances(_Chosen):
    """A share of the agents keeps one stance in column `topic` of the traits, whatever it hears.

        s_i = stance for the first share * m of the m agents, in an order that is drawn once a run

    As `committed_agents`, newcomers too, for models of stances. On complete ties n newcomers among N residents in one mind
    are heard with m = (n - N) / (n + N). Nobody there: nothing. traits (N, F), fixed, committed, entered, active (N,).
    Xie et al. (2011), Phys. Rev. E 84, 011130; committed minorities against a majority: De Marzo et al. (2026),
    arXiv 2605.10721.
    """

    stance: int = param(1, 0, 1, "the stance that they keep")
    topic: int = param(0, 0, None, "the trait that holds the stance", live=False)
    writes = ("traits", "fixed", "committed", "spent", "active", "entered", "brought", "ties")
    fields = (_COMMITTED, _ENTERED, _BROUGHT, SPENT)

    def check(self, state: State) -> None:
        """The topic is one of the traits."""
        super().check(state)
        if self.topic >= state.traits.shape[1]:
            raise InputError(f"{self.label}.topic = {self.topic}: there are {state.traits.shape[1]} traits, numbered from 0")

    def kernel(
        self, who, active, fixed, committed, entered, brought, draw, new_traits, new_fixed, new_committed, new_spent,
        new_active, new_entered, new_brought, share, price, chosen, come_from, contacts, stance, topic, ties=None,
    ):  # fmt: skip
        """Commit who is due, and give them the stance."""
        rows = _Rows(active, fixed, committed, entered, new_fixed, new_committed, new_spent)
        bound = self.bound(
            rows, who, draw, ties, brought, new_active, new_entered, new_brought,
            share=share, price=price, chosen=chosen, come_from=come_from, contacts=contacts,
        )  # fmt: skip
        new_traits[bound, topic] = stance


class DissentProtection(_Committed):
    """The dissenters are shielded: those farthest from the mean keep their minds while they are.

        d(e_i, mean e) among the `share` m largest of m:  v_i stays

    Others still hear them, so the mean keeps a part of what they say, and a crowd cannot become unanimous. Equally
    far: in a lasting random order; clones have no dissenter, and one alone is none. expressed (N, K), fixed, committed,
    spent (N,). One dissenter breaks conformity: Asch (1956), Psychol. Monogr. 70(9); Nemeth (1986), Psychol. Rev. 93, 23-32.
    """

    writes = ("fixed", "committed", "spent")
    fields = (_COMMITTED, _ENTERED, SPENT)

    def kernel(
        self, who, active, fixed, committed, entered, expressed, draw, new_fixed, new_committed, new_spent, share, price
    ):  # fmt: skip
        """Shield those who stand farthest from the mean."""
        mean = expressed[who].mean(axis=0) if who.size else 0.0
        far = np.sqrt(((expressed - mean) ** 2).mean(axis=1))

        def farthest(order: np.ndarray) -> np.ndarray:
            order = order[far[order] > 1e-9]
            return order[np.argsort(-far[order], kind="stable")]

        self.commit(
            _Rows(active, fixed, committed, entered, new_fixed, new_committed, new_spent), who, draw, share, price, farthest
        )
