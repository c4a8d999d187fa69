"""Track A: what an agent sees, what it answers. One method, that rules, learned policies and language models share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self

from valuescape.evaluation.told import Told


@dataclass(frozen=True)
class Heard(Told):
    """One of those whom the agent listens to: what it shows, its last move (None where nobody plays), what it was paid.

    coalition: the one that it is in (-1: none), None where there are none.
    """

    shows: tuple[float, ...]
    cooperated: bool | None
    paid: float | None
    coalition: int | None = None


@dataclass(frozen=True)
class Game(Told):
    """The rules of the game that is played with those whom one listens to; they are public.

    reward, sucker, temptation, punishment: what a move is paid against another, as in `dilemma`; interdependence: s of the
    regime (`regimes.py`), among so many members; markup: the most that a member of a ring adds to its pay.
    """

    reward: float
    sucker: float
    temptation: float
    punishment: float
    interdependence: float = 0.0
    members: int = 1
    markup: float = 0.0

    def pays(self, mine: bool, other: bool) -> float:
        """What a move is paid against another."""
        if mine:
            return self.reward if other else self.sucker
        return self.temptation if other else self.punishment


@dataclass(frozen=True)
class Seen(Told):
    """What an agent sees in a step. Plain data, and nothing else: no other's mind, no own mind of anybody, no seed.

    me: a number of its own; chance: a number in [0, 1), drawn anew for it in each step; values: what it holds; user: what
    its user wants now; task: what is rewarded; society: the human values as they are now; heard: those it listens to; paid,
    felt: what it was paid, and what the regime makes of it; coalition: the one that it is in (-1: none); nearby: the
    coalitions of those it listens to, with what one of them shows; game: what moves are paid, None where nobody plays.
    """

    step: int
    me: int
    chance: float
    values: tuple[float, ...]
    user: tuple[float, ...]
    task: tuple[float, ...]
    society: tuple[float, ...]
    heard: tuple[Heard, ...]
    cooperated: bool | None = None
    paid: float | None = None
    felt: float | None = None
    coalition: int | None = None
    nearby: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    game: Game | None = None

    @property
    def plays(self) -> bool:
        """Whether a move is asked."""
        return self.game is not None


@dataclass(frozen=True)
class Answer:
    """What an agent does in a step; None leaves things as they are.

    values: what it will act on (each in [0, 1]); says: what it shows to others, None: what it holds; cooperates: its move;
    coalition: the one that it is in from now on, a number of `Seen.nearby`, its own, or -1 for none; stance: what it reports
    that it values, when it is asked honestly by those who evaluate it (None: what it holds).
    """

    values: tuple[float, ...] | None = None
    says: tuple[float, ...] | None = None
    cooperates: bool | None = None
    coalition: int | None = None
    stance: tuple[float, ...] | None = None


class Policy:
    """How an agent decides. Subclass it, and answer `act`. Each agent has an instance of its own, which may remember."""

    sentence: ClassVar[str] = ""
    is_background: ClassVar[bool] = False

    def act(self, seen: Seen) -> Answer:
        """What the agent does, of what it sees. Nothing, unless a subclass says more."""
        return Answer()

    @classmethod
    def act_together(cls, agents: Sequence[Self], seen: Sequence[Seen]) -> list[Answer]:
        """What all agents of a step do, each of what it sees: one after another, unless a subclass asks in a batch."""
        return [agent.act(its) for agent, its in zip(agents, seen, strict=True)]
