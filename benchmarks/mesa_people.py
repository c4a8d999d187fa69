"""The rules as a Mesa user writes them: one object per agent, its neighbours kept in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from mesa import Agent, DataCollector, Model

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuescape.model.society import Society


class Person(Agent):
    """An agent that knows its neighbours, with what a rule needs of it."""

    def __init__(self, model: Model, state: Any, row: int) -> None:
        super().__init__(model)
        self.neighbours: list[Any] = []
        self.take(state, row)

    def take(self, state: Any, row: int) -> None:
        """The first content of the agent."""


class People(Model):
    """A Mesa model over the ties and the first state of a society."""

    def __init__(self, society: Society, kind: type[Person], recorded: dict[str, Callable[[Model], float]] | None = None):
        super().__init__(rng=1)
        ties = society.state.ties["main"]
        self.people = [kind(self, society.state, i) for i in range(society.state.n)]
        for i, person in enumerate(self.people):
            person.neighbours = [self.people[j] for j in ties.neighbour[ties.start[i] : ties.start[i + 1]]]
        self.datacollector = DataCollector(model_reporters=recorded or {})

    def all_do(self, *verbs: str) -> None:
        """Everybody does the first, then everybody the second; then the measures are recorded."""
        for verb in verbs:
            self.agents.do(verb)
        if self.datacollector.model_reporters:
            self.datacollector.collect(self)


class Listener(Person):
    """Averaging: half way to the mean of the neighbours."""

    def take(self, state: Any, row: int) -> None:
        """A vector of values."""
        self.values = state.values[row].astype(float)
        self.next_values = self.values

    def look(self) -> None:
        """As they are before anybody moves."""
        heard = np.mean([other.values for other in self.neighbours], axis=0)
        self.next_values = self.values + 0.5 * (heard - self.values)

    def change(self) -> None:
        """Take the new values."""
        self.values = self.next_values


class Believer(Person):
    """Deffuant: two who are near enough meet half way. Hegselmann-Krause: the mean of all who are near enough."""

    TOLERANCE = 0.2

    def take(self, state: Any, row: int) -> None:
        """One opinion."""
        self.opinion = self.next_opinion = float(state.values[row, 0])

    def meet(self, other: Believer) -> None:
        """Both move."""
        if abs(self.opinion - other.opinion) < self.TOLERANCE:
            mine, theirs = self.opinion, other.opinion
            self.opinion = mine + 0.5 * (theirs - mine)
            other.opinion = theirs + 0.5 * (mine - theirs)

    def look(self) -> None:
        """The mean of oneself and of all who are near enough."""
        mine, total, heard = self.opinion, 0.0, 1
        for other in self.neighbours:
            if abs(other.opinion - mine) <= self.TOLERANCE:
                total += other.opinion - mine
                heard += 1
        self.next_opinion = mine + total / heard

    def change(self) -> None:
        """Take it over."""
        self.opinion = self.next_opinion


class Player(Person):
    """Prisoner's dilemma with the neighbours and oneself, then imitate the best."""

    def take(self, state: Any, row: int) -> None:
        """One move."""
        self.cooperates = bool(state.cooperates[row])
        self.payoff, self.next_move = 0.0, self.cooperates

    def play(self) -> None:
        """R = 1, T = 1.85, S = P = 0."""
        cooperators = sum(other.cooperates for other in self.neighbours) + self.cooperates
        self.payoff = cooperators * (1.0 if self.cooperates else 1.85)

    def look(self) -> None:
        """The best paid, oneself first, cooperators where others are level."""
        best, move, level = self.payoff, self.cooperates, False
        for other in self.neighbours:
            if other.payoff > best:
                best, move, level = other.payoff, other.cooperates, True
            elif level and other.payoff == best:
                move = move or other.cooperates
        self.next_move = move

    def change(self) -> None:
        """Take the move over."""
        self.cooperates = self.next_move


class Villager(Person):
    """Axelrod's culture: likeness makes contact, contact makes alike."""

    def take(self, state: Any, row: int) -> None:
        """A list of traits."""
        self.traits = [int(t) for t in state.traits[row]]

    def hear(self, other: Villager, chance: float, picks: list[int]) -> None:
        """Take over one difference, with a chance equal to the likeness; `picks[d]`: which of d differences."""
        different = [a for a, mine in enumerate(self.traits) if mine != other.traits[a]]
        same = len(self.traits) - len(different)
        if different and chance < same / len(self.traits):
            at = different[picks[len(different)]]
            self.traits[at] = other.traits[at]

    def listen(self, other: Villager, random: Any) -> None:
        """The same with draws of one's own."""
        different = [a for a, mine in enumerate(self.traits) if mine != other.traits[a]]
        same = len(self.traits) - len(different)
        if different and random.random() < same / len(self.traits):
            at = random.choice(different)
            self.traits[at] = other.traits[at]


def meetings(people: People) -> None:
    """A step of Deffuant's: N random agents meet a random neighbour."""
    for _ in people.people:
        one = people.random.choice(people.people)
        one.meet(people.random.choice(one.neighbours))


def hearings(people: People) -> None:
    """A step of Axelrod's: N random agents hear a random neighbour."""
    for _ in people.people:
        one = people.random.choice(people.people)
        one.listen(people.random.choice(one.neighbours), people.random)


def spread(model: Model) -> float:
    """Root mean square distance from the mean values."""
    values = np.array([agent.values for agent in model.agents])
    return float(np.sqrt(((values - values.mean(axis=0)) ** 2).mean()))
