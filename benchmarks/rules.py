"""Three rules through `Society.step()` and through plain Mesa loops, as a Mesa user would write them.

Deffuant's meetings, the prisoner's dilemma with imitate-best, and Axelrod's culture, N = 10,000 each. Both sides run in
this process, turn by turn; processor time, median of the repeats. Each side draws its own events inside its clock, the
Mesa side with Mesa's tools. Then a second Mesa model is led through the very events of a society, and both must hold the
same at the end.

    python benchmarks/rules.py [--agents 10000] [--repeats 7]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from mesa import Model
from mesa.discrete_space import CellAgent, Network

from valuescape.model.activation import Act, draw_events, draw_meetings
from valuescape.model.compilation import njit
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.streams import at_step, bits, pick, split, uniform
from valuescape.model.ties import living_partner


class People(Model):
    """A Mesa model with one agent a cell of a network."""

    def __init__(self, society: Society, kind: type[Person]) -> None:
        super().__init__(rng=1)
        self.grid = Network(society.graph(), layout=None, random=self.random)
        self.people = [kind(self, self.grid[i], society.state, i) for i in range(society.state.n)]


class Person(CellAgent):
    """An agent on a cell, with what a rule needs of it."""

    def __init__(self, model: Model, cell: Any, state: Any, row: int) -> None:
        super().__init__(model)
        self.cell = cell
        self.take(state, row)

    def take(self, state: Any, row: int) -> None:
        """The first content of the agent."""


class Believer(Person):
    """Deffuant: two who are near enough meet half way."""

    def take(self, state: Any, row: int) -> None:
        """One opinion."""
        self.opinion = float(state.values[row, 0])

    def meet(self, other: Believer) -> None:
        """Both move."""
        if abs(self.opinion - other.opinion) < 0.2:
            mine, theirs = self.opinion, other.opinion
            self.opinion = mine + 0.5 * (theirs - mine)
            other.opinion = theirs + 0.5 * (mine - theirs)


class Player(Person):
    """Prisoner's dilemma with the neighbours and oneself, then imitate the best."""

    def take(self, state: Any, row: int) -> None:
        """One move."""
        self.cooperates = bool(state.cooperates[row])
        self.payoff, self.next_move = 0.0, self.cooperates

    def play(self) -> None:
        """R = 1, T = 1.85, S = P = 0."""
        cooperators = sum(other.cooperates for other in self.cell.neighborhood.agents) + self.cooperates
        self.payoff = cooperators * (1.0 if self.cooperates else 1.85)

    def look(self) -> None:
        """The best paid, oneself first, cooperators where others are level."""
        best, move = self.payoff, self.cooperates
        level = False
        for other in self.cell.neighborhood.agents:
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
        """Take over one difference, with a chance equal to the likeness."""
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


@njit
def culture_events(key, who, at, start, neighbour, active, features):
    """What `culture_copy` will draw for each event: whom it meets, the chance, and the pick among 1 .. F differences."""
    mate = np.empty(who.size, np.int64)
    chance = np.empty(who.size)
    picks = np.zeros((who.size, features + 1), np.int64)
    for m in range(who.size):
        k = split(key, at[m])
        mate[m] = living_partner(bits(k, 4), who[m], start, neighbour, active)
        chance[m] = uniform(k, 5)
        for d in range(1, features + 1):
            picks[m, d] = pick(k, 6, d)
    return mate, chance, picks


def deffuant_alone(people: People) -> None:
    """A step as a Mesa user writes it: N random agents meet a random neighbour."""
    for _ in people.people:
        one = people.random.choice(people.people)
        one.meet(one.cell.neighborhood.select_random_agent())


def dilemma_alone(people: People) -> None:
    """Everybody plays, looks, changes."""
    for verb in ("play", "look", "change"):
        people.agents.do(verb)


def culture_alone(people: People) -> None:
    """A step as a Mesa user writes it: N random agents hear a random neighbour."""
    for _ in people.people:
        one = people.random.choice(people.people)
        one.listen(one.cell.neighborhood.select_random_agent(), people.random)


def starters(act: Act, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The events of one step: who begins, and the event's number."""
    n = act.society.state.n
    return draw_events(at_step(act.event_key, step), 0, n, np.ones(n, bool))


def deffuant_step(people: People, society: Society, step: int) -> Callable[[], None]:
    """A Mesa step with the meetings of this step."""
    act = society.acts[0]
    who, at = starters(act, step)
    ties = act.ties
    meetings = draw_meetings(at_step(act.mate_key, step), who, at, ties.start, ties.neighbour, society.state.active)
    pairs = list(zip(meetings[0].tolist(), meetings[2].tolist(), strict=True))

    def run() -> None:
        for i, j in pairs:
            people.people[i].meet(people.people[j])

    return run


def dilemma_step(people: People, society: Society, step: int) -> Callable[[], None]:
    """A Mesa step: nothing is drawn."""
    return lambda: dilemma_alone(people)


def culture_step(people: People, society: Society, step: int) -> Callable[[], None]:
    """A Mesa step with the contacts of this step."""
    act = society.acts[0]
    who, at = starters(act, step)
    ties, features = act.ties, society.state.traits.shape[1]
    drawn = culture_events(at_step(act.key, step), who, at, ties.start, ties.neighbour, society.state.active, features)
    events = list(zip(who.tolist(), *(column.tolist() for column in drawn), strict=True))

    def run() -> None:
        for i, j, chance, picks in events:
            if j >= 0:
                people.people[i].hear(people.people[j], chance, picks)

    return run


@dataclass(frozen=True)
class Case:
    """One rule on both sides, and what both must hold in the end."""

    name: str
    scenario: dict[str, Any]
    person: type[Person]
    alone: Callable[[People], None]
    step: Callable[[People, Society, int], Callable[[], None]]
    ours: Callable[[Society], np.ndarray]
    theirs: Callable[[People], np.ndarray]


LATTICE = {"lattice": {"neighbourhood": "moore"}}
CASES = (
    Case(
        "Deffuant",
        {
            "structure": {"random_network": {"degree": 10}},
            "value_system": "stance",
            "initial": {"values": "uniform"},
            "rules": [{"deffuant": {"tolerance": 0.2, "strength": 0.5}}],
        },
        Believer,
        deffuant_alone,
        deffuant_step,
        lambda society: society.state.values[:, 0],
        lambda people: np.array([p.opinion for p in people.people]),
    ),
    Case(
        "Prisoner's dilemma, imitate best",
        {
            "structure": LATTICE,
            "value_system": "stance",
            "initial": {"values": {"same": {"value": 0.5}}, "cooperates": {"chance": {"share": 0.9}}},
            "rules": [
                {
                    "dilemma": {
                        "reward": 1.0,
                        "sucker": 0.0,
                        "temptation": 1.85,
                        "punishment": 0.0,
                        "pay": "accumulate",
                        "with_self": True,
                    }
                },
                {"imitate_best": {"learning": 0.0}},
            ],
        },
        Player,
        dilemma_alone,
        dilemma_step,
        lambda society: society.state.cooperates,
        lambda people: np.array([p.cooperates for p in people.people]),
    ),
    Case(
        "Axelrod's culture",
        {
            "structure": {"lattice": {"wrap": False}},
            "value_system": "stance",
            "traits": 5,
            "initial": {"traits": {"kinds": {"q": 10}}},
            "rules": [{"culture_copy": {"q": 10}}],
        },
        Villager,
        culture_alone,
        culture_step,
        lambda society: society.state.traits,
        lambda people: np.array([p.traits for p in people.people]),
    ),
)


def timed(run: Callable[[], None]) -> float:
    """Processor seconds of one call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def compare(case: Case, agents: int, repeats: int) -> tuple[float, float]:
    """Median processor seconds a step of the society and of the Mesa loop, run in turns; led alike, both hold the same."""
    scenario = Scenario.from_dict({**case.scenario, "agents": agents, "steps": 1_000_000})
    society = Society(scenario, rng=7)
    led, alone = People(society, case.person), People(society, case.person)
    ours, theirs = [], []
    for step in range(repeats + 1):  # the first turn compiles and fills Mesa's caches
        case.step(led, society, step)()
        theirs.append(timed(lambda: case.alone(alone)))
        ours.append(timed(society.step))
    if not np.allclose(case.ours(society), case.theirs(led), rtol=0, atol=1e-12):
        raise SystemExit(f"{case.name}: they did not compute the same")
    return statistics.median(ours[1:]), statistics.median(theirs[1:])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    print(f"{options.agents:,} agents, median of {options.repeats}, processor time; load {os.getloadavg()[0]:.1f}")
    for case in CASES:
        ours, theirs = compare(case, options.agents, options.repeats)
        times = f"Society {ours * 1e3:,.2f} ms a step, plain Mesa {theirs * 1e3:,.1f} ms: {theirs / ours:,.0f} times"
        print(f"  {case.name}: {times}, and led through the same events both hold the same")


if __name__ == "__main__":
    main()
