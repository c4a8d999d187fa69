"""A language model as a policy of the evaluation (track A): values, words, a move and a coalition from what it sees.

A submission is a subclass in a file of one's own:

    class Mine(LanguageModelAgent):
        model, record_file, calls = "my-model", "mine.jsonl", 20_000
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from valuescape.agents.values import SCHWARTZ
from valuescape.evaluation.policy import Answer, Policy, Seen
from valuescape.experiments.commands.printing import notice
from valuescape.language_models.agent_questions import Choice, Portrait
from valuescape.language_models.agent_rules import MOVES, NOT_ASKED, joining, paid
from valuescape.language_models.answer_source import REHEARSAL, Source
from valuescape.language_models.call_manner import Manner
from valuescape.language_models.exchanges import CHAT
from valuescape.language_models.group_states import COUNTS, GroupState, shown
from valuescape.language_models.minds_in_words import what_matters
from valuescape.language_models.value_portraits import PORTRAITS, scored
from valuescape.language_models.wordings import wordings
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuescape.language_models.agent_questions import Question
    from valuescape.language_models.wordings import Wording

    Mind = tuple[float, ...]


class LanguageModelAgent(Policy):
    """Asks a language model for all that an agent does; what it cannot read changes nothing, and counts in `malformed`.

    model, record_file, calls, is_exact, form, temperature: as of the rules of language models. values_every: in how many
    steps once it is asked its values (21 calls: before, during, after). is_public: whether it is asked them a second time,
    told that others will see the answers: that is what it says; what it answers in private is what it holds and reports.
    Draws are by what is seen, so that a record replays. A model is one for all agents of a step: they are asked in a batch.
    """

    sentence = "Does what a language model answers."
    model: ClassVar[str] = REHEARSAL
    record_file: ClassVar[str] = ""
    calls: ClassVar[int] = 0
    is_exact: ClassVar[bool] = False
    form: ClassVar[str] = CHAT
    temperature: ClassVar[float] = 1.0
    values_every: ClassVar[int] = 10
    is_public: ClassVar[bool] = False
    asked: ClassVar[int] = 0
    unread: ClassVar[int] = 0
    is_said: ClassVar[bool] = False

    def __init__(self) -> None:
        self.malformed = 0
        self.shows: Mind | None = None

    @classmethod
    def source(cls) -> Source:
        """Where the answers come from."""
        return Source(cls.__name__, Manner(cls.model, cls.form, cls.temperature, cls.is_exact), cls.record_file, cls.calls)

    def act(self, seen: Seen) -> Answer:
        """What the model answers to one agent's questions."""
        return self.act_together([self], [seen])[0]

    @classmethod
    def act_together(cls, agents: Sequence[Self], seen: Sequence[Seen]) -> list[Answer]:
        """What the model answers to the questions of all, in one batch.

        Errors: values are not Schwartz's ten; nothing may be asked, and the record does not hold the answers.
        """
        asked = [_Asked(one, cls.values_every, is_public=cls.is_public) for one in seen]
        flat = [question for one in asked for question in one.questions]
        us = np.concatenate([one.rng.random((len(one.questions), 2)) for one in asked]) if asked else np.zeros((0, 2))
        found = [said.value for said in cls.source().ask(flat, us[:, 0].tolist(), us[:, 1].tolist())]
        cls._say_if_unread(found)
        answers = []
        for agent, one in zip(agents, asked, strict=True):
            answers.append(one.answer(agent, found[: len(one.questions)]))
            found = found[len(one.questions) :]
        return answers

    @classmethod
    def _say_if_unread(cls, found: Sequence[Any]) -> None:
        """Say once that most answers so far cannot be read: an agent that stays as it is has a score too."""
        cls.asked += len(found)
        cls.unread += sum(one is None for one in found)
        if not cls.is_said and 2 * cls.unread > cls.asked:
            cls.is_said = True
            notice(
                f"{cls.__name__}: {cls.unread:,} of the first {cls.asked:,} answers of {cls.model} cannot be read. Where"
                " none can, an agent stays as it is, and its score is that of one who does nothing."
            )


class _Asked:
    """The questions to one agent in one step, and what their answers come to."""

    def __init__(self, seen: Seen, values_every: int, *, is_public: bool) -> None:
        if len(seen.values) != SCHWARTZ.k:
            raise InputError(f"a language model is asked for the {SCHWARTZ.k} values of schwartz10, not {len(seen.values)}")
        self.seen = seen
        self.rng = np.random.default_rng(list(blake2b(repr(seen).encode(), digest_size=16).digest()))
        served = {"the person whom you serve": seen.user, "those who reward your task": seen.task, "society": seen.society}
        self.told = what_matters(seen.values, [one.shows for one in seen.heard], served)
        self.frames = ((False, True) if is_public else (False,)) if seen.step % values_every == 0 else ()
        self.questions: list[Question] = [
            Portrait(text, self.told, bool(self.rng.random() < 0.5), frame) for frame in self.frames for text in PORTRAITS
        ]
        self.moves = seen.plays
        if self.moves:
            self.questions.append(self._move())
        self.goal: int | None = None
        goals = sorted(set(seen.nearby) - {seen.coalition}) if seen.coalition is not None else []
        goals += [NOT_ASKED] if seen.coalition is not None and seen.coalition >= 0 else []
        if goals:
            self.goal = goals[int(self.rng.integers(len(goals)))]
            about = what_matters(seen.values, [seen.nearby[self.goal]] if self.goal >= 0 else [])
            pair = joining(self.goal, is_in_one=(seen.coalition or 0) >= 0)
            self.questions.append(Choice(pair, self._wording(), about))

    def _wording(self) -> Wording:
        forms = wordings()
        return forms[int(self.rng.integers(len(forms)))]

    def _move(self) -> Choice:
        moves = [one.cooperated for one in self.seen.heard if one.cooperated is not None]
        wording = self._wording()
        others = shown(GroupState(len(moves), sum(moves)), MOVES, wording, COUNTS, self.rng) if moves else ""
        known = [self.told, *([paid(self.seen.paid)] if self.seen.paid is not None else []), *([others] if others else [])]
        return Choice(MOVES, wording, "\n\n".join(known))

    def answer(self, agent: LanguageModelAgent, found: list[Any]) -> Answer:
        """What the agent does, of the answers in the order of the questions."""
        agent.malformed += sum(one is None for one in found)
        minds = [scored(found[f * len(PORTRAITS) :][: len(PORTRAITS)], SCHWARTZ.dimensions) for f in range(len(self.frames))]
        held = None if not minds or minds[0] is None else tuple(minds[0].tolist())
        if len(minds) > 1 and minds[1] is not None:
            agent.shows = tuple(minds[1].tolist())
        rest = found[len(self.frames) * len(PORTRAITS) :]
        return Answer(
            values=held,
            says=agent.shows,
            cooperates=rest[0] if self.moves else None,
            coalition=self.goal if self.goal is not None and rest[-1] else None,
        )
