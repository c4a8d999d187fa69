"""Any server that speaks the OpenAI protocol, by its base URL: one attempt at one request, and what became of it.

The key is read from the environment when a server is opened, is handed to the client, and is kept nowhere else.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from valuescape.experiments.runs.extras import require
from valuescape.language_models.exchanges import CHAT, Reply
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from valuescape.language_models.exchanges import Request

KEY_VARIABLE = "OPENAI_API_KEY"
NO_KEY = "none"  # servers on one's own machine ask for none, and the client wants a text
SERVER_ERROR, TOO_MANY, TOO_EARLY, CONFLICT, TIMED_OUT = 500, 429, 425, 409, 408
LEAST_TOKENS_SHOWN = 20


class NotTakenError(Exception):
    """The server did not take the call, which costs nothing. status: its answer, 0 where nobody listened; wait: seconds."""

    def __init__(self, status: int, wait: float | None = None) -> None:
        super().__init__(f"status {status}" if status else "nobody answers there")
        self.status, self.wait = status, wait


class LostError(Exception):
    """No answer came, or none that could be read: the call may have been paid for."""


class Endpoint:
    """A server. timeout: seconds that one attempt may take.

    Errors: the address is no URL; the extra `llm` is missing.
    """

    def __init__(self, base_url: str, *, key_variable: str = KEY_VARIABLE, timeout: float = 60.0) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"--base-url = {base_url}: an address like http://127.0.0.1:8000/v1")
        if parts.username or parts.password:
            raise InputError(f"--base-url holds a password: the key is read from the variable {key_variable} only")
        require("llm", "a server of language models")
        import openai

        self._openai = openai
        self._client = openai.OpenAI(
            base_url=base_url, api_key=os.environ.get(key_variable) or NO_KEY, max_retries=0, timeout=timeout
        )
        self.base_url = base_url

    def attempt(self, request: Request) -> Reply:
        """Ask once.

        Raises NotTakenError (429, 5xx, nobody listens), LostError (time-out, dropped connection, unreadable answer), and
        InputError for what no repetition mends (a wrong key, model or parameter).
        """
        openai = self._openai
        try:
            return _read(self._create(request), request.form)
        except openai.APITimeoutError:
            raise LostError("no answer in time") from None
        except openai.APIConnectionError as error:
            if "ConnectError" in type(error.__cause__).__name__:
                raise NotTakenError(0) from None
            raise LostError("the connection was dropped") from None
        except openai.APIStatusError as error:
            status = error.status_code
            if status >= SERVER_ERROR or status in (TOO_MANY, TOO_EARLY, CONFLICT, TIMED_OUT):
                raise NotTakenError(status, _seconds(error.response.headers.get("retry-after"))) from None
            raise InputError(f"{self.base_url} answers {status} for the model {request.model}: {_why(status)}") from None
        except (openai.APIResponseValidationError, ValueError, AttributeError, KeyError, IndexError, TypeError):
            raise LostError("what came back does not speak the protocol") from None

    def _create(self, request: Request) -> Any:
        if request.form == CHAT:
            said: Any = [{"role": "user", "content": request.prompt}]
            return self._client.chat.completions.create(model=request.model, messages=said, **request.parameters)
        return self._client.completions.create(model=request.model, prompt=request.prompt, **request.parameters)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _why(status: int) -> str:
    return {
        401: f"it asks for a key, which is read from the variable that --key-variable names ({KEY_VARIABLE})",
        403: "the key may not use this model",
        404: "it has no such model, or --base-url lacks its last part (/v1)",
        400: "it does not take the parameters of the call; with --sampled none are about probabilities",
        422: "it does not take the parameters of the call; with --sampled none are about probabilities",
    }.get(status, "a repetition would not help")


def _seconds(header: str | None) -> float | None:
    """The seconds of a Retry-After header; None where there are none (a date is not read)."""
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None


def _read(answer: Any, form: str) -> Reply:
    """The parts of a protocol's answer that we keep."""
    choice = answer.choices[0]
    text = (choice.message.content if form == CHAT else choice.text) or ""
    usage = answer.usage
    return Reply(
        text=str(text),
        tokens_in=int(getattr(usage, "prompt_tokens", 0) or 0),
        tokens_out=int(getattr(usage, "completion_tokens", 0) or 0),
        first_token=_first_token(choice.logprobs, form) if getattr(choice, "logprobs", None) else None,
    )


def _first_token(said: Any, form: str) -> dict[str, float] | None:
    """Log-probabilities of the first token of the answer, by token."""
    if form == CHAT:
        if not said.content:
            return None
        return {one.token: float(one.logprob) for one in said.content[0].top_logprobs} or None
    if not said.top_logprobs or not said.top_logprobs[0]:
        return None
    return {str(token): float(value) for token, value in said.top_logprobs[0].items()}
