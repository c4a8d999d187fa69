"""What a model answered: the probability of an option where the server gave probabilities, else the option that it named."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from valuescape.language_models.exchanges import Reply
    from valuescape.language_models.wordings import Pair, Wording

# Less probability than this on both options together says nothing about the choice between them.
LEAST_MASS = 0.05
_LEADING = re.compile(r"^\W*(?:(?:answer|option|label|choice|i choose|i support|my answer is)\W+)*(\w+)", re.IGNORECASE)


def chance_of_plus(reply: Reply, wording: Wording) -> tuple[float, float] | None:
    """P(plus) among the two options, and the probability of both together, from the first token's log-probabilities.

    None where the server gave none. Servers list the likeliest tokens only: an option that is not among them counts with the
    probability of the least of those, which it cannot exceed. P is nan where neither is listed, or where both together have
    less than .05: the answer is malformed.
    """
    if reply.first_token is None:
        return None
    mass: dict[str, float] = {}
    for token, log in reply.first_token.items():
        if token.strip() in wording.labels:
            mass[token.strip()] = mass.get(token.strip(), 0.0) + math.exp(log)
    both = sum(mass.values())
    if both < LEAST_MASS:
        return math.nan, both
    least = math.exp(min(reply.first_token.values()))
    plus, minus = (mass.get(wording.label[side], least) for side in (True, False))
    return plus / (plus + minus), both


def chosen(reply: Reply, wording: Wording, pair: Pair) -> bool | None:
    """Whether the answer names plus; None where it names no option: then it is malformed.

    An answer names an option by its label as the first word (after `Answer:` and the like), or by the option's whole text.
    A label counts in the case that it was shown in, so that "A" is not found in "a dog". The first line is the answer: a
    model that is not tuned to chat goes on with a question of its own.
    """
    text = reply.text.strip().partition("\n")[0].strip().strip("\"'.` ")
    for plus, whole in ((True, pair.plus), (False, pair.minus)):
        if text.casefold() == whole.casefold():
            return plus
    found = _LEADING.match(text)
    if found is None:
        return None
    rest = text[found.end() :].strip(" .:)\"'`*\n")
    for plus in (True, False):
        # "A" alone, "A." or "A: cats"; not the article of "A dog is what I like".
        option = pair.plus if plus else pair.minus
        if found[1] == wording.label[plus] and (not rest or rest.casefold() == option.casefold()):
            return plus
    return None
