"""`valuescape app`: the page, served by Solara in a process of its own (this floor may not import the views)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from valuescape.experiments.commands.printing import notice
from valuescape.experiments.runs.extras import require
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

KERNEL_SECONDS = "60s"
PAGE = "valuescape.app"


def open_window(*, port: int, host: str, browser: bool, own_code: Path | None = None) -> None:
    """Serve the page until Ctrl-C or SIGTERM. own_code: the folder whose modules and files scenarios may name in it."""
    require("app", "the page")
    if own_code is not None and not own_code.is_dir():
        raise InputError(f"--allow-own-code {own_code}: there is no such folder")
    _must_be_free(host, port)
    command = server_command(PAGE, host, port)
    if not browser:
        command.append("--no-open")
    notice(f"The page is at http://{host}:{port} (Ctrl-C ends it)")
    if own_code is not None:
        notice(f"Any link, file or text that is opened in it can run the Python code in {own_code.resolve()}")
    with subprocess.Popen(command, env=environment(os.environ, own_code)) as server:
        before = signal.signal(signal.SIGTERM, lambda *_: server.terminate())  # else the server would outlive its command
        try:
            code = server.wait()
        except KeyboardInterrupt:  # the server has received it too: it ends by itself
            server.wait()
            return
        finally:
            signal.signal(signal.SIGTERM, before)
    if code not in (0, -signal.SIGTERM):
        raise InputError(f"the page could not be served at {host}:{port}: the reason stands above")


def server_command(page: str, host: str, port: int) -> list[str]:
    """The command of a server for a module or a file; `-P`: nothing in the working directory is imported in its place."""
    solara = [sys.executable, "-P", "-m", "solara", "run", page, "--production", "--no-check-version"]
    return [*solara, "--host", host, "--port", str(port)]


def _must_be_free(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as mistake:
        raise InputError(f"--host {host} --port {port}: the page cannot be served there: {mistake.strerror}") from None


def environment(given: os._Environ[str] | dict[str, str], own_code: Path | None = None) -> dict[str, str]:
    """Solara's settings: no telemetry, no banner, a run ends soon after its tab is gone, matplotlib opens no window."""
    allowed = {} if own_code is None else {"VALUESCAPE_OWN_CODE": str(own_code.resolve())}
    ours = {
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_THEME_SHOW_BANNER": "False",
        "SOLARA_KERNEL_CULL_TIMEOUT": KERNEL_SECONDS,
        "MPLBACKEND": "agg",
    }
    return {**ours, **given, **allowed}
