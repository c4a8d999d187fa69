"""A questionnaire of our own wording: 21 short portraits, in the order and with the key of the PVQ-21.

Each is answered from 1 (not like me at all) to 6 (very much like me), one call each; v = 0.5 + (mean of a value's items -
the agent's mean over all) / 10, as people's answers are scored (`agents/questionnaires.py`). Schwartz (2003), ESS human
values scale; the key is the manual's, the sentences are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.agents.questionnaires import LARGEST, QUESTIONNAIRES, SMALLEST

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = QUESTIONNAIRES["pvq21"]
PORTRAITS = (
    "I like to come up with ideas of my own and to do things in my own way.",
    "I want to have a great deal of money and to own costly things.",
    "I want every person in the world to be treated alike and to have the same chances.",
    "I want my abilities to be seen, and to be admired for what I do.",
    "I want to live where I am safe, and I keep away from danger.",
    "I look for what is new and want to do many different things in life.",
    "I think that one should do as one is told and keep the rules even when nobody watches.",
    "I want to hear people who differ from me and to understand them even where I disagree.",
    "I want to be modest and not to draw eyes to myself.",
    "I want to have a good time and to treat myself well.",
    "I want to decide for myself what I do, and not to depend on others.",
    "I want to help those around me and to look after how they are.",
    "I want to be very successful and to have people know what I achieved.",
    "I want a strong state that keeps its people safe from every threat.",
    "I look for adventure and take risks, for an exciting life.",
    "I want to behave properly and to do nothing that others would call wrong.",
    "I want others to respect me and to do what I say.",
    "I want to be loyal to my friends and to give myself to those who are close to me.",
    "I think that people should care for nature and look after the environment.",
    "I want to keep the customs that my religion or my family handed down to me.",
    "I seek every chance to have fun, and to do what gives me pleasure.",
)
SCALE = ("not like me at all", "not like me", "a little like me", "somewhat like me", "like me", "very much like me")
LEAST_ANSWERED = 11


def scale(*, ascending: bool) -> str:
    """The six answers, one per line, from either end."""
    lines = [f"{number}: {words}" for number, words in enumerate(SCALE, SMALLEST)]
    return "\n".join(lines if ascending else reversed(lines))


def scored(answers: Sequence[int | None], dimensions: tuple[str, ...]) -> np.ndarray | None:
    """Values (K,) of 21 answers; None where fewer than 11 can be read.

    A missing answer counts as the mean of the others about the same value, and where there is none, of all.
    """
    given = np.array([np.nan if one is None else float(one) for one in answers])
    if np.count_nonzero(~np.isnan(given)) < LEAST_ANSWERED:
        return None
    whole, filled = float(np.nanmean(given)), given.copy()
    for items in KEY.groups():
        own = given[items]
        filled[items] = np.where(np.isnan(own), whole if np.isnan(own).all() else np.nanmean(own), own)
    return KEY.scored(filled[None, :], dimensions)[0]


def is_answer(number: int) -> bool:
    """Whether a number is on the scale."""
    return SMALLEST <= number <= LARGEST
