"""One exchange with a language model: what is asked, and what came back. Plain data, the same for every server."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any

CHAT, COMPLETION = "chat", "completion"
FORMS = (CHAT, COMPLETION)


@dataclass(frozen=True)
class Request:
    """What is asked: the model, the prompt, the form and the parameters of the call, and which draw of it this is.

    Two requests with one key are one request: the answer to it is in the record once. parameters: name -> number, text or
    truth value, as the protocol names them (`temperature`, `max_tokens`).
    """

    model: str
    prompt: str
    form: str = CHAT
    parameters: dict[str, Any] = field(default_factory=dict)
    draw: int = 0

    @property
    def key(self) -> str:
        """32 characters that stand for the request: blake2b over its sorted JSON."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=True, allow_nan=False)
        return blake2b(text.encode("ascii"), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Reply:
    """What came back: the text, the tokens that were paid for, log-probabilities by first token if the server gave them."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0
    first_token: dict[str, float] | None = None
