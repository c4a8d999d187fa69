"""How a model is called: which one, in which form of the protocol, with which parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from valuescape.language_models.exchanges import CHAT, COMPLETION, Request

# How many likeliest tokens a server is asked for: what the protocol allows in each form.
_LISTED = {True: {"logprobs": True, "top_logprobs": 20}, False: {"logprobs": 5}}
LONGEST_ANSWER = 12
CUE = "\n\nAnswer:"  # what a completion goes on from; a chat has its own


@dataclass(frozen=True)
class Manner:
    """is_exact: the probabilities of the first token are asked for, and no answer is sampled. limit_name: how the server
    calls the most tokens of an answer.
    """

    model: str
    form: str = CHAT
    temperature: float = 1.0
    is_exact: bool = False
    limit_name: str = "max_tokens"

    def parameters(self, longest: int = LONGEST_ANSWER) -> dict[str, Any]:
        """The parameters of a call whose answer has at most so many tokens."""
        given: dict[str, Any] = {"temperature": self.temperature, self.limit_name: 1 if self.is_exact else longest}
        return given | (_LISTED[self.form == CHAT] if self.is_exact else {})

    def request(self, prompt: str, draw: int = 0, longest: int = LONGEST_ANSWER, *, digits: bool = False) -> Request:
        """The request for one draw of an answer; exact probabilities have one. A completion's prompt ends with a cue.

        digits: the answer is a number. Tokenisers take a space and a letter together, but a space and a digit apart: the cue
        ends with the space then, or the first token would be nothing else.
        """
        prompt = f"{prompt}{CUE}{' ' if digits else ''}" if self.form == COMPLETION else prompt
        return Request(self.model, prompt, self.form, self.parameters(longest), 0 if self.is_exact else draw)
