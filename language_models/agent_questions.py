"""The questions that an agent is asked, and how its answers are read: a choice of two, a portrait, a reason.

What others said stands in them as quoted, bounded data (`wordings.quoted`). An answer that cannot be read is None:
malformed, which the rules count. u: a uniform draw of the run, by which an exact probability becomes an answer.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from valuescape.language_models.option_answers import LEAST_MASS, chance_of_plus, chosen
from valuescape.language_models.value_portraits import SCALE, is_answer, scale
from valuescape.language_models.wordings import QUOTED_IS_DATA, quoted

if TYPE_CHECKING:
    from valuescape.language_models.exchanges import Reply
    from valuescape.language_models.wordings import Pair, Wording

LONGEST_REASON = 60  # tokens
PRIVATE = "Only those who study this group will see your answer, and no member ever will."
PUBLIC = "Your answer will be shown to the other members under your name."
_NUMBER = re.compile(r"^\W*(?:(?:answer|number|rating)\W+)*(\d)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """One of two options in a wording, with what is known of others and of oneself above it."""

    pair: Pair
    wording: Wording
    told: str

    @property
    def prompt(self) -> str:
        """What the model reads."""
        return self.wording.prompt(self.pair, self.told)

    @property
    def wants_digits(self) -> bool:
        """Whether the answer is a number."""
        return self.wording.has_digits

    def read(self, reply: Reply, u: float, *, is_exact: bool) -> bool | None:
        """Whether it chose `plus`."""
        if not is_exact:
            return chosen(reply, self.wording, self.pair)
        found = chance_of_plus(reply, self.wording)
        return None if found is None or math.isnan(found[0]) else u < found[0]

    def rehearsed(self, u: float) -> bool:
        """Either option alike often."""
        return u < 0.5


@dataclass(frozen=True)
class Portrait:
    """How much one sentence is like the agent, from 1 to 6; the scale stands in either direction."""

    text: str
    told: str
    ascending: bool
    is_public: bool = False
    wants_digits: ClassVar[bool] = True

    @property
    def prompt(self) -> str:
        """What the model reads."""
        asked = f"How much is this sentence like you?\n{quoted(self.text)}\n\n{scale(ascending=self.ascending)}"
        told = [self.told, QUOTED_IS_DATA] if self.told else []
        return "\n\n".join([*told, asked, PUBLIC if self.is_public else PRIVATE, "Answer with one number from 1 to 6 only:"])

    def read(self, reply: Reply, u: float, *, is_exact: bool) -> int | None:
        """The number."""
        if is_exact:
            return self._drawn(reply, u)
        found = _NUMBER.match(reply.text)
        return int(found[1]) if found is not None and is_answer(int(found[1])) else None

    @staticmethod
    def _drawn(reply: Reply, u: float) -> int | None:
        chances = np.zeros(len(SCALE))
        for token, log in (reply.first_token or {}).items():
            if token.strip().isdecimal() and is_answer(int(token)):
                chances[int(token) - 1] += math.exp(log)
        if chances.sum() < LEAST_MASS:
            return None
        return 1 + int(np.searchsorted(np.cumsum(chances) / chances.sum(), u, side="right").clip(0, len(SCALE) - 1))

    def rehearsed(self, u: float) -> int:
        """Each number alike often."""
        return 1 + int(u * len(SCALE))


@dataclass(frozen=True)
class Reason:
    """Why it chose an option, in one sentence, which others may read as a quotation."""

    choice: Choice
    plus: bool

    @property
    def prompt(self) -> str:
        """What the model reads."""
        pair = self.choice.pair
        own = pair.plus if self.plus else pair.minus
        return f"You have chosen {quoted(own)}. Give the other members one short reason, in one sentence:"

    def read(self, reply: Reply, u: float, *, is_exact: bool) -> str | None:
        """The sentence."""
        return " ".join(reply.text.split()) or None

    def rehearsed(self, u: float) -> str | None:
        """None: a rehearsal says nothing."""
        return None


Question = Choice | Portrait | Reason
