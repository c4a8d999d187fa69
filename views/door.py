"""The door of the page: who may speak to its server, and what the page may be shown in.

A page of any website that the viewer has open can send requests and open WebSockets to this machine, and a name that a
stranger owns can be made to point at it. So a request has to come to a name of this machine, at the port that is served,
and, where a browser says from which page it comes, from ours; a WebSocket must say it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
SERVER = "solara.server.starlette"
NOT_IN_FRAMES = [(b"content-security-policy", b"frame-ancestors 'self'"), (b"x-frame-options", b"SAMEORIGIN")]


class Door:
    """A middleware that turns away what does not come from the page itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        reason = refusal(scope)
        if not reason:
            await self.app(scope, receive, _without_frames(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": f"{reason}\n".encode()})


def refusal(scope: Scope) -> str:
    """Why a request is turned away, or nothing."""
    given: dict[bytes, list[str]] = {}
    for name, value in scope["headers"]:
        given.setdefault(name.lower(), []).append(value.decode("latin-1").lower())
    hosts, origins = given.get(b"host", []), given.get(b"origin", [])
    if len(hosts) != 1 or hosts[0] not in _names(scope):
        return "the page answers only under the address that it is served at: see what `valuescape app` says"
    if len(origins) > 1 or any(origin not in _pages(hosts[0]) for origin in origins):
        return "the request comes from another page"
    if scope["type"] == "websocket" and not origins:
        return "a WebSocket has to say from which page it comes"
    return ""


def _names(scope: Scope) -> set[str]:
    """What may stand in `Host`: a loopback name, or the address of this machine that was reached, and the port served."""
    host, port = (*(scope.get("server") or ("", None)), None)[:2]
    own = f"[{host}]" if ":" in (host or "") else host
    names = {name for name in (*LOOPBACK, own) if name}
    return {f"{name}:{port}" for name in names} | (names if port == 80 else set())


def _pages(host: str) -> tuple[str, ...]:
    return f"http://{host}", f"https://{host}"


def _without_frames(send: Send) -> Send:
    """Answers that no other page may show in a frame."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *NOT_IN_FRAMES]}
        await send(message)

    return sent


def shut() -> None:
    """Put the door in front of Solara's server, where it is the one that runs in this process; once."""
    app = getattr(sys.modules.get(SERVER), "app", None)
    if app is None:
        return
    if app.middleware_stack is None:
        app.add_middleware(Door)
    elif not isinstance(app.middleware_stack, Door):  # the server reads this file while it starts
        app.middleware_stack = Door(app.middleware_stack)
