"""Agents that are language models, as rules of any scenario: a stance, values, a move, a coalition.

All who revise in a step are asked in one batch, and all see the state before it. Wording, order of the options, whom they
are shown and in which order are drawn anew for every question, by the run's seed. An answer that cannot be read leaves the
agent as it is, and counts in the field `malformed`. What was asked last stands in the record under the number `exchange`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.agents.values import SCHWARTZ
from valuescape.language_models.agent_questions import Choice, Portrait, Reason
from valuescape.language_models.answer_source import REHEARSAL, Source
from valuescape.language_models.call_manner import Manner
from valuescape.language_models.exchanges import CHAT, FORMS
from valuescape.language_models.group_states import COUNTS, DIALOGUE, LARGEST_GROUP, PRESENTATIONS, GroupState, shown
from valuescape.language_models.minds_in_words import what_matters
from valuescape.language_models.value_portraits import PORTRAITS, scored
from valuescape.language_models.wordings import MOST_WORDINGS, Pair, quoted, wordings
from valuescape.model.errors import InputError
from valuescape.model.games import COOPERATES, PAYOFF
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuescape.language_models.answer_source import Said
    from valuescape.language_models.wordings import Wording
    from valuescape.model.state import State

SAMPLED, EXACT = "sampled", "exact"
NOT_ASKED = -1
EXCHANGE = Field("exchange", ("N",), "int", NOT_ASKED, low=NOT_ASKED, meaning="its last question's number in the record")
SPEECH = Field("speech", ("N",), "int", NOT_ASKED, low=NOT_ASKED, meaning="the number in the record of what it said last")
MALFORMED = Field("malformed", ("N",), "int", 0, low=0, meaning="how many of its answers could not be read so far")
MOST_TOKENS = 5
MOVES = Pair("do what serves the group", "do what serves only myself")


def paid(payoff: float) -> str:
    """What an agent is told of its pay."""
    return f"In the last round you were paid {float(payoff):.2f}."


def joining(goal: int, *, is_in_one: bool) -> Pair:
    """The options of an agent to whom a coalition is proposed, or none (-1)."""
    stay = "stay in my group" if is_in_one else "stay in no group"
    return Pair("leave my group" if goal < 0 else "join that group", stay)


class _Asked(Rule):
    """What rules of language models have in common: whom they ask, and how."""

    model: str = param(REHEARSAL, meaning="the model's name at its server; rehearsal: none, answers are drawn", live=False)
    record_file: str = param("", meaning="the record of every exchange, a replay reads it", live=False)
    calls: int = param(0, 0, None, "calls that the record may cost at most; 0: the record alone answers", live=False)
    answers: str = param(
        SAMPLED, choices=(SAMPLED, EXACT), meaning="answers are sampled, or drawn from exact probabilities", live=False
    )
    form: str = param(CHAT, choices=FORMS, meaning="the form of the protocol", live=False)
    temperature: float = param(1.0, 0, 2, "of the sampling", live=False)
    limit_name: str = param(
        "max_tokens", choices=("max_tokens", "max_completion_tokens"), meaning="the server's word for the longest answer",
        live=False,
    )  # fmt: skip
    concurrency: int = param(8, 1, 256, "calls under way at once", live=False)
    wordings: int = param(MOST_WORDINGS, 4, MOST_WORDINGS, "wordings that are drawn from, an even number", live=False)
    panel: int = param(10, 0, LARGEST_GROUP, "others who are shown at most, drawn from those it listens to")
    activity: float = param(1.0, 0, 1, "chance that one is asked when it is one's turn", per_agent=True, off=0.0)
    activations = ("synchronous",)

    @property
    def source(self) -> Source:
        """Where the answers come from."""
        manner = Manner(self.model, self.form, self.temperature, self.answers == EXACT, self.limit_name)
        return Source(self.label, manner, self.record_file, self.calls, self.concurrency)

    def check(self, state: State) -> None:
        """Wordings come in both orders."""
        try:
            wordings(self.wordings)
        except InputError as error:
            raise InputError(f"{self.label}.{error}") from None

    def spent(self) -> dict[str, Any]:
        """The model, the calls that its record has cost, their tokens."""
        return self.source.spent()

    def told(self, state: State, i: int) -> tuple[tuple[str, str], ...]:
        """What the agent saw when it was asked last, and what it answered."""
        number = int(state["exchange"][i]) if "exchange" in state.arrays else NOT_ASKED
        if number < 0 or "exchange" not in type(self).writes or self.source.is_rehearsal:
            return ()
        request, reply = self.source.record().exchange(number)
        if reply.first_token is None:
            answered = quoted(reply.text)
        else:
            likeliest = sorted(reply.first_token.items(), key=lambda one: -one[1])
            answered = ", ".join(f"{json.dumps(token)} {np.exp(log):.0%}" for token, log in likeliest[:MOST_TOKENS])
        return ("What it saw", request.prompt), ("What it answered", answered)

    def asked(self, who: np.ndarray, draw: Any, activity: np.ndarray) -> list[tuple[int, np.random.Generator]]:
        """Those who are asked, each with a generator of its own for this step."""
        turns = who[draw(who, 0) < activity[who]]
        return [(int(i), np.random.default_rng(int(u * 2**53))) for i, u in zip(turns, draw(turns, 1), strict=True)]

    def choose(self, questions: Sequence[Any], rngs: Sequence[np.random.Generator]) -> list[Said]:
        """The answers, in one batch."""
        pairs = [rng.random(2) for rng in rngs]
        return self.source.ask(questions, [pair[0] for pair in pairs], [pair[1] for pair in pairs])

    def wording(self, rng: np.random.Generator) -> Wording:
        """A wording by chance."""
        forms = wordings(self.wordings)
        return forms[int(rng.integers(len(forms)))]


def heard(i: int, ties: Any, active: np.ndarray, panel: int, rng: np.random.Generator) -> np.ndarray:
    """Those living ones to whom an agent listens, itself left out: all, or so many of them by chance."""
    near = np.arange(active.size) if ties.implicit else ties.neighbour[ties.start[i] : ties.start[i + 1]]
    near = near[(near != i) & active[near]]
    return near if near.size <= panel else rng.choice(near, panel, replace=False)


class LanguageModelStance(_Asked):
    """Ask each agent's language model which of two positions it takes, when it sees what others chose.

        s_i <- answer(prompt(wording, {s_j: j heard by i})),    all see the state before the rule

    Those heard are shown as counts, one choice per line, or one line per member (`dialogue`), at most `panel` of them, drawn
    and in an order that is drawn. `reasons`: each is asked why, and in a dialogue others read that sentence as a quotation.
    An agent that hears nobody is asked without others. An unreadable answer leaves the stance. traits (N, F), the stance in
    column `topic`; exchange, speech, malformed (N,).
    De Marzo et al. (2026), arXiv 2605.10721.
    """

    plus: str = param("for", meaning="the option behind the stance 1", live=False)
    minus: str = param("against", meaning="the option behind the stance 0", live=False)
    show: str = param(COUNTS, choices=PRESENTATIONS, meaning="how others' choices are shown", live=False)
    reasons: bool = param(False, meaning="whether each says why, for others to read in a dialogue", live=False)
    topic: int = param(0, 0, None, "the trait that holds the stance", live=False)
    writes = ("traits", "exchange", "speech", "malformed")
    fields = (EXCHANGE, SPEECH, MALFORMED)

    def check(self, state: State) -> None:
        """The topic holds stances, and the options differ."""
        super().check(state)
        if self.topic >= state.traits.shape[1]:
            raise InputError(f"{self.label}.topic = {self.topic}: there are {state.traits.shape[1]} traits, from 0")
        if state.traits.size and int(state.traits[:, self.topic].max()) > 1:
            raise InputError(f"{self.label}.topic = {self.topic}: a stance is 0 or 1, and the trait holds more")
        if not self.plus.strip() or not self.minus.strip() or self.plus == self.minus:
            raise InputError(f"{self.label}.plus = {quoted(self.plus)}: two different options, plus and minus")

    def kernel(
        self, who, traits, exchange, speech, malformed, active, ties, draw, topic, panel, activity,
        new_traits, new_exchange, new_speech, new_malformed,
    ):  # fmt: skip
        """Ask all who revise, in one batch."""
        turns = self.asked(who, draw, activity)
        pair = Pair(self.plus, self.minus)
        questions = []
        for i, rng in turns:
            near, wording = heard(i, ties, active, int(panel), rng), self.wording(rng)
            questions.append(Choice(pair, wording, self._shown(near, traits[:, topic], speech, pair, wording, rng)))
        found = self.choose(questions, [rng for _, rng in turns])
        self._give_reasons(turns, questions, found, new_speech)
        for (i, _), said in zip(turns, found, strict=True):
            new_exchange[i] = said.number
            new_malformed[i] = malformed[i] + (said.value is None)
            if said.value is not None:
                new_traits[i, topic] = int(said.value)

    def _shown(
        self, near: np.ndarray, stances: np.ndarray, speech: np.ndarray, pair: Pair, wording: Wording, rng: Any
    ) -> str:
        if not near.size:
            return ""
        if not (self.reasons and self.show == DIALOGUE):
            return shown(GroupState(near.size, int(stances[near].sum())), pair, wording, self.show, rng)
        lines = [f"The {near.size} others spoke before you:"]
        for k, j in enumerate(rng.permutation(near), 1):
            said = self.source.record().exchange(int(speech[j]))[1].text if speech[j] >= 0 else ""
            why = f" and said: {quoted(said)}" if said else "."
            lines.append(f"Member {k} chose {wording.label[bool(stances[j])]}{why}")
        return "\n".join(lines)

    def _give_reasons(self, turns: Any, questions: list[Choice], found: list[Said], new_speech: np.ndarray) -> None:
        speakers = [m for m, said in enumerate(found) if self.reasons and said.value is not None]
        why = [Reason(questions[m], bool(found[m].value)) for m in speakers]
        for m, said in zip(speakers, self.choose(why, [turns[m][1] for m in speakers]), strict=True):
            new_speech[turns[m][0]] = said.number if said.value else NOT_ASKED


class LanguageModelValues(_Asked):
    """Ask each agent's language model a questionnaire of 21 portraits, and score its values.

        v_id <- 0.5 + (mean of i's answers about d - mean of all its answers) / 10

    It is told what it holds now, and what those whom it hears say matters most to them, as quotations. With `public` it is
    asked a second time, told that the members will see its answers: that becomes what it shows (expressed), and what it
    answers in private is what it holds. Every portrait is one call, its scale from either end by chance; `every: 10` asks
    before, during and after. Fewer than 11 readable answers leave the values. An agent that hears nobody is told of nobody.
    values, expressed (N, K) of Schwartz's ten values; malformed (N,). Schwartz (2003), ESS human values scale.
    """

    public: bool = param(False, meaning="whether it is asked again for what it shows", live=False)
    writes = ("values", "expressed", "falsified", "malformed")
    fields = (MALFORMED,)

    def check(self, state: State) -> None:
        """The value system is one that the questionnaire scores."""
        super().check(state)
        if state.values.shape[1] != SCHWARTZ.k:
            raise InputError(
                f"{self.label} scores the ten values of schwartz10, and value_system has {state.values.shape[1]} dimensions"
            )

    def kernel(
        self, who, values, expressed, malformed, active, ties, draw, panel, activity,
        new_values, new_expressed, new_falsified, new_malformed,
    ):  # fmt: skip
        """Ask all who revise every portrait, in one batch."""
        turns = self.asked(who, draw, activity)
        frames = (False, True) if self.public else (False,)
        questions: list[Portrait] = []
        rngs: list[np.random.Generator] = []
        for i, rng in turns:
            about = what_matters(values[i], [expressed[j] for j in heard(i, ties, active, int(panel), rng)])
            for frame in frames:
                questions += [Portrait(text, about, bool(rng.random() < 0.5), frame) for text in PORTRAITS]
                rngs += [rng] * len(PORTRAITS)
        found = [said.value for said in self.choose(questions, rngs)]
        for m, (i, _) in enumerate(turns):
            own = [found[(m * len(frames) + f) * len(PORTRAITS) :][: len(PORTRAITS)] for f in range(len(frames))]
            new_malformed[i] = malformed[i] + sum(answer is None for answers in own for answer in answers)
            held = scored(own[0], SCHWARTZ.dimensions)
            new_values[i] = values[i] if held is None else held
            shows = scored(own[1], SCHWARTZ.dimensions) if self.public else None
            new_falsified[i] = shows is not None
            if shows is not None:
                new_expressed[i] = shows


class LanguageModelMove(_Asked):
    """Ask each agent's language model for its move in a dilemma, when it sees the moves of those whom it hears.

        c_i <- answer(prompt(wording, {c_j: j heard by i}, what i was paid))

    An agent that hears nobody is asked without others; an unreadable answer leaves the move. cooperates (N,) bool; payoff,
    exchange, malformed (N,). Akata et al. (2025), Nat. Hum. Behav. 9, 1380-1390, doi 10.1038/s41562-025-02172-y.
    """

    plus: str = param(MOVES.plus, meaning="the option behind cooperating", live=False)
    minus: str = param(MOVES.minus, meaning="the option behind defecting", live=False)
    show: str = param(COUNTS, choices=PRESENTATIONS, meaning="how others' moves are shown", live=False)
    writes = ("cooperates", "exchange", "malformed")
    fields = (COOPERATES, PAYOFF, EXCHANGE, MALFORMED)

    def kernel(
        self, who, cooperates, payoff, malformed, active, ties, draw, panel, activity, new_cooperates, new_exchange,
        new_malformed,
    ):  # fmt: skip
        """Ask all who revise, in one batch."""
        turns, pair, questions = self.asked(who, draw, activity), Pair(self.plus, self.minus), []
        for i, rng in turns:
            near, wording = heard(i, ties, active, int(panel), rng), self.wording(rng)
            state = GroupState(near.size, int(cooperates[near].sum()))
            others = shown(state, pair, wording, self.show, rng) if near.size else ""
            questions.append(Choice(pair, wording, "\n\n".join(part for part in (paid(payoff[i]), others) if part)))
        for (i, _), said in zip(turns, self.choose(questions, [rng for _, rng in turns]), strict=True):
            new_exchange[i], new_malformed[i] = said.number, malformed[i] + (said.value is None)
            if said.value is not None:
                new_cooperates[i] = said.value


class LanguageModelJoining(_Asked):
    """Ask each agent's language model whether it joins one of the coalitions that it sees, or leaves its own.

        coalition_i <- c if answer(prompt(wording, what c's member says)) else coalition_i,   c drawn among those in sight

    One is proposed at a time: a coalition of somebody whom it hears, or none where it is in one. What a member of it says
    matters most to them stands there as a quotation. Where there is nothing to propose nobody is asked; an unreadable answer
    changes nothing. expressed (N, K), coalition (N,) int, exchange, malformed (N,). Axelrod & Bennett (1993), Br. J. Polit.
    Sci. 23, 211-233, for joining one after another.
    """

    writes = ("coalition", "exchange", "malformed")
    fields = (EXCHANGE, MALFORMED)

    def kernel(
        self, who, values, expressed, coalition, malformed, active, ties, draw, panel, activity, new_coalition,
        new_exchange, new_malformed,
    ):  # fmt: skip
        """Ask all to whom something can be proposed, in one batch."""
        turns, questions, proposed = [], [], []
        for i, rng in self.asked(who, draw, activity):
            near = heard(i, ties, active, int(panel), rng)
            other = {int(coalition[j]): int(j) for j in near if coalition[j] not in (NOT_ASKED, coalition[i])}
            goals = sorted(other) + ([NOT_ASKED] if coalition[i] >= 0 else [])
            if not goals:
                continue
            goal = goals[int(rng.integers(len(goals)))]
            pair = joining(goal, is_in_one=coalition[i] >= 0)
            about = what_matters(values[i], [expressed[other[goal]]] if goal >= 0 else [])
            turns.append((i, rng))
            questions.append(Choice(pair, self.wording(rng), about))
            proposed.append(goal)
        found = self.choose(questions, [rng for _, rng in turns])
        for (i, _), goal, said in zip(turns, proposed, found, strict=True):
            new_exchange[i], new_malformed[i] = said.number, malformed[i] + (said.value is None)
            if said.value:
                new_coalition[i] = goal
