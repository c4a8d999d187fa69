"""A server on loopback that speaks the OpenAI protocol and answers by a law that the test knows; it fails on request.

A prompt of ours is read as a model would read it: the two options with their labels, and what the others chose. A fault is
asked for by the number of the call: `faults = {3: "drop"}`, or a function of that number.
"""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

OPTION = re.compile(r'^(\w+): (".*")$', re.MULTILINE)
COUNTS = re.compile(r"^(\d+) of (\d+) .*?: (\w+)$", re.MULTILINE)
ONE = re.compile(r'^(?:- |Member \d+ said: ")(?:I choose )?(\w+)\.?"?$', re.MULTILINE)


@dataclass
class Law:
    """P(+) = lapse / 2 + (1 - lapse) s(2 beta (m + h) + position * order + offset of the phrasing), s the logistic function.

    m: of the others who chose the option `plus`; order: 1 where `plus` stands first, else -1. malformed: the share of
    answers that name no option. offset: from the prompt. says: the answer to a prompt that has no two options.
    """

    plus: str
    beta: float = 2.0
    h: float = 0.1
    position: float = 0.0
    lapse: float = 0.0
    malformed: float = 0.0
    offset: Callable[[str], float] = lambda prompt: 0.0
    curve: Callable[[float], float] | None = None
    says: Callable[[str], str] = lambda prompt: "4"

    def chance(self, prompt: str) -> tuple[float, str, str]:
        """P(+), the label of plus, the label of the other option."""
        labels = {json.loads(text): label for label, text in OPTION.findall(prompt)}
        first = json.loads(OPTION.findall(prompt)[0][1])
        (plus,) = [label for text, label in labels.items() if text == self.plus]
        (other,) = [label for text, label in labels.items() if text != self.plus]
        counted = {label: int(k) for k, _, label in COUNTS.findall(prompt)}
        heard = [label for label in ONE.findall(prompt) if label in labels.values()]
        support = counted.get(plus, heard.count(plus))
        size = sum(counted.values()) or len(heard)
        m = 2 * support / size - 1 if size else 0.0
        if self.curve is not None:
            return self.curve(m), plus, other
        order = 1.0 if first == self.plus else -1.0
        x = 2 * self.beta * (m + self.h) + self.position * order + self.offset(prompt)
        return self.lapse / 2 + (1 - self.lapse) / (1 + math.exp(-x)), plus, other


@dataclass
class LanguageServer:
    """`with LanguageServer(law) as server:` gives `server.url`; `calls` counts what arrived, `paid` what was answered."""

    law: Law
    faults: dict[int, str] | Callable[[int], str | None] = field(default_factory=dict)
    probabilities: bool = True
    delay: float = 0.0
    seed: int = 0
    calls: int = 0
    paid: int = 0
    most_at_once: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def __enter__(self) -> LanguageServer:
        self._lock, self._now, self._asked = threading.Lock(), 0, Counter[str]()
        server = self

        class Handler(_Handler):
            owner = server

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def fault(self) -> str | None:
        """Count a call, and say how it is to fail."""
        with self._lock:
            self.calls += 1
            return self.faults(self.calls) if callable(self.faults) else self.faults.get(self.calls)

    def entered(self, change: int) -> None:
        with self._lock:
            self._now += change
            self.most_at_once = max(self.most_at_once, self._now)

    def answer(self, body: dict[str, Any], chat: bool) -> dict[str, Any]:
        """The protocol's document for a request."""
        prompt = body["messages"][0]["content"] if chat else body["prompt"]
        has_options = bool(OPTION.findall(prompt))
        chance, plus, other = self.law.chance(prompt) if has_options else (1.0, self.law.says(prompt), "")
        with self._lock:
            self.paid += 1
            self.bodies.append(body)
            self._asked[prompt] += 1
            draws = Random(f"{self.seed} {self._asked[prompt]} {prompt}")  # whatever order the calls arrive in
        bad, drawn = draws.random() < self.law.malformed, draws.random()
        text = "I would rather not say" if bad else (plus if drawn < chance else other)
        both = {plus: max(0.9 * chance, 1e-9), other: max(0.9 * (1 - chance), 1e-9), "The": 0.1}
        logs = {token: math.log(p) for token, p in both.items()}
        asked = self.probabilities and body.get("logprobs")
        usage = {"prompt_tokens": len(prompt.split()), "completion_tokens": 1, "total_tokens": len(prompt.split()) + 1}
        if chat:
            top = [{"token": t, "logprob": v, "bytes": None} for t, v in logs.items()]
            content = [{"token": text, "logprob": logs.get(text, -9.0), "bytes": None, "top_logprobs": top}]
            choice: dict[str, Any] = {"message": {"role": "assistant", "content": text}}
            choice["logprobs"] = {"content": content} if asked else None
        else:
            choice = {"text": f" {text}"}
            choice["logprobs"] = {"top_logprobs": [{f" {t}": v for t, v in logs.items()}]} if asked else None
        kind = "chat.completion" if chat else "text_completion"
        choices = [{"index": 0, "finish_reason": "stop", **choice}]
        return {"id": "x", "object": kind, "created": 0, "model": body["model"], "choices": choices, "usage": usage}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner: LanguageServer

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def do_POST(self) -> None:
        owner = self.owner
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        owner.entered(1)
        try:
            owner.keys.add(self.headers.get("Authorization", ""))
            fault = owner.fault()
            time.sleep(owner.delay)
            if fault == "drop":  # the answer was made, and is lost on the way
                owner.answer(body, self.path.endswith("/chat/completions"))
                self.close_connection = True
                self.connection.close()
            elif fault == "slow":
                time.sleep(1.5)
                self.send(200, owner.answer(body, self.path.endswith("/chat/completions")))
            elif fault == "noise":
                self.send(200, {"object": "error", "choices": []})
            elif fault is not None:
                self.send(int(fault), {"error": {"message": f"status {fault}"}})
            else:
                self.send(200, owner.answer(body, self.path.endswith("/chat/completions")))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            owner.entered(-1)

    def send(self, status: int, document: dict[str, Any]) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if status == 429:
            self.send_header("Retry-After", "0.05")
        self.end_headers()
        self.wfile.write(data)
