"""`valuescape app`: it serves the page, it ends with its server, and says where it cannot serve."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.browser.conftest import ROOT, free_port, ready
from tests.browser.pages import eventually

CALL = "from valuescape.experiments.commands.cli import app; app()"
COMMAND = [sys.executable, "-c", CALL, "app", "--no-browser", "--port"]


@pytest.mark.parametrize("ending", ["SIGTERM to the command", "Ctrl-C"])
def test_the_command_serves_the_page_and_its_server_ends_with_it(ending):
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = subprocess.Popen([*COMMAND, str(port)], cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        eventually(lambda: ready(address), 120)
        if ending == "Ctrl-C":
            os.killpg(command.pid, signal.SIGINT)
        else:
            command.terminate()
        _, said = command.communicate(timeout=30)
    finally:
        if command.poll() is None:
            os.killpg(command.pid, signal.SIGKILL)
    assert command.returncode == 0 and f"The page is at {address}" in said
    assert "Traceback" not in said and not ready(address)


def test_a_port_that_is_taken_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run([*COMMAND, str(port)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert f"--host 127.0.0.1 --port {port}: the page cannot be served there: Address already in use" in done.stderr
