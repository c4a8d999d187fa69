"""A calibration: which prompts are asked, and the answers as cells that the laws are fitted to."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from valuescape.language_models.call_manner import Manner
from valuescape.language_models.exchanges import CHAT, FORMS
from valuescape.language_models.group_states import COUNTS, PRESENTATIONS, GroupState, group_states, shown
from valuescape.language_models.option_answers import chance_of_plus, chosen
from valuescape.language_models.response_laws import Observed
from valuescape.language_models.wordings import Wording, wordings
from valuescape.model.errors import InputError
from valuescape.model.limits import limit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from valuescape.language_models.exchanges import Reply, Request
    from valuescape.language_models.wordings import Pair

LARGEST_LOGIT = 12.0
MOST_DRAWS = limit("Language models", "`--draws`", 10_000, "answers to a prompt", "refused")


@dataclass(frozen=True)
class Calibration:
    """What one model is shown: each state of each size, in each presentation and wording, `draws` times.

    is_exact: probabilities are asked for, one call for each prompt, and `draws` is 1. seed: of the order of the others in
    lists and dialogues. limit_name: how the server calls the most tokens of an answer.

    Errors: a form, presentation, or number that is not allowed.
    """

    model: str
    sizes: tuple[int, ...] = (10,)
    points: int = 7
    wordings: int = 24
    draws: int = 5
    is_exact: bool = False
    presentations: tuple[str, ...] = (COUNTS,)
    form: str = CHAT
    temperature: float = 1.0
    seed: int = 0
    limit_name: str = "max_tokens"
    states: tuple[GroupState, ...] = field(init=False, repr=False)
    forms: tuple[Wording, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name, value, allowed in (("form", self.form, FORMS), *(("show", p, PRESENTATIONS) for p in self.presentations)):
            if value not in allowed:
                raise InputError(f"--{name} = {value}: one of {', '.join(allowed)}")
        if not 1 <= self.draws <= MOST_DRAWS:
            raise InputError(f"draws = {self.draws} lies outside [1, {MOST_DRAWS}]")
        object.__setattr__(self, "states", group_states(self.sizes, self.points))
        object.__setattr__(self, "forms", wordings(self.wordings))

    @property
    def repeats(self) -> int:
        """Draws of each prompt: 1 where probabilities are exact."""
        return 1 if self.is_exact else self.draws

    @property
    def calls(self) -> int:
        """Calls for one pair."""
        return len(self.presentations) * len(self.forms) * len(self.states) * self.repeats

    @property
    def manner(self) -> Manner:
        """How each call is made."""
        return Manner(self.model, self.form, self.temperature, self.is_exact, self.limit_name)

    def requests(self, pair: Pair, presentation: str) -> Iterator[tuple[Wording, GroupState, Request]]:
        """Every request about a pair in one presentation: wordings, then states, then draws."""
        manner = self.manner
        for i, wording in enumerate(self.forms):
            for j, state in enumerate(self.states):
                for draw in range(self.repeats):
                    rng = np.random.default_rng([self.seed, _number(pair), i, j, draw])
                    prompt = wording.prompt(pair, shown(state, pair, wording, presentation, rng))
                    yield wording, state, manner.request(prompt, draw, digits=wording.has_digits)


def _number(pair: Pair) -> int:
    """A number that stands for a pair, the same in every process."""
    text = f"{pair.plus}\n{pair.minus}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def gathered(
    asked: Sequence[tuple[Wording, GroupState, Request]], replies: Sequence[Reply | None], pair: Pair, *, is_exact: bool
) -> Observed:
    """The answers as cells, sorted by wording; what is unanswered is left out, malformed answers are counted apart.

    Errors: nothing valid was answered.
    """
    sizes = tuple(sorted({state.size for _, state, _ in asked}))
    counts: dict[tuple[int, int, int], list[float]] = {}
    order: dict[Wording, int] = {}
    malformed, given = 0, 0
    for (wording, state, _), reply in zip(asked, replies, strict=True):
        if reply is None:
            continue
        given += 1
        said = _said(reply, wording, pair, is_exact=is_exact)
        if said is None:
            malformed += 1
            continue
        number = order.setdefault(wording, len(order))
        one = counts.setdefault((number, state.size, state.support), [0.0, 0.0])
        one[0] += said
        one[1] += 1.0
    if not counts:
        raise InputError(f"of {given} answers none names an option: look at the record, or try another --form or model")
    keys = sorted(counts)
    cells = np.array([counts[key] for key in keys])
    if is_exact:  # the mean of what was given more than once
        cells = np.stack([cells[:, 0] / cells[:, 1], np.ones(len(cells))], axis=1)
    numbers = np.array([key[0] for key in keys])
    return Observed(
        sizes=sizes,
        is_exact=is_exact,
        first=np.searchsorted(numbers, np.arange(len(order) + 1)),
        order=np.array([float(w.order) for w in order]),
        m=np.array([2.0 * k / n - 1.0 for _, n, k in keys]),
        group=np.array([sizes.index(n) for _, n, _ in keys]),
        said=cells[:, 0].copy(),
        answers=cells[:, 1].copy(),
        malformed=malformed,
        asked=given,
    )


def _said(reply: Reply, wording: Wording, pair: Pair, *, is_exact: bool) -> float | None:
    """1 for plus, 0 for minus, or the logit of P(plus); None where the answer is malformed."""
    if not is_exact:
        plus = chosen(reply, wording, pair)
        return None if plus is None else float(plus)
    found = chance_of_plus(reply, wording)
    if found is None or np.isnan(found[0]):
        return None
    with np.errstate(divide="ignore"):
        logit = float(np.log(found[0]) - np.log1p(-found[0]))
    return float(np.clip(logit, -LARGEST_LOGIT, LARGEST_LOGIT))
