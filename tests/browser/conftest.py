"""One server for all browser tests, one browser for a file of them; a page for each, or one for all that need no new one.

To open a page takes some seconds of a core, most of the time of a small test.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.browser.pages import at_the_start, playable
from valuescape.experiments.commands.window import PAGE, environment, server_command

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]  # fmt: skip


def free_port() -> int:
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        return given.getsockname()[1]


@contextmanager
def serving(page: str, folder: Path):
    """(address, process id) of a server of a page, while inside."""
    port, log = free_port(), folder / "log.txt"
    command = [*server_command(page, "127.0.0.1", port), "--no-open"]
    env = {**environment(os.environ), "SOLARA_KERNEL_CULL_TIMEOUT": "5s"}
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.time() + 120
        while not ready(address):
            assert process.poll() is None and time.time() < end, log.read_text()
            time.sleep(0.2)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(20)


def ready(address: str) -> bool:
    """Whether a server answers there."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with serving(PAGE, tmp_path_factory.mktemp("server")) as served:
        yield served


@pytest.fixture(scope="module")
def browser():
    """Ends with the file: while it lives, playwright keeps an event loop running, and `asyncio.run` is refused."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


def heed(page, address: str, wrong: list[str]) -> None:
    """Note down whatever a page asks of another machine, does not get, or complains of."""
    sockets = address.replace("http", "ws")
    page.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
    page.on("websocket", lambda w: wrong.append(w.url) if not w.url.startswith(sockets) else None)
    page.on("response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))


def a_page(browser, address, wrong, path="/", width=1280, height=900, scheme="light"):
    """A new page with a society that can be played, in a context of its own."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    heed(page, address, wrong)
    page.goto(address + path)
    playable(page)
    return page


@pytest.fixture
def open_page(server, browser):
    """Opens pages; at the end no request has left the machine, nothing was missing, and no console error was written."""
    opened, wrong = [], []

    def open_(path="/", **how):
        opened.append(a_page(browser, server[0], wrong, path, **how))
        return opened[-1]

    yield open_
    for page in opened:
        page.context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def left(browser):
    """The page that the last test of a file left, if it was one on karate."""
    pages = []
    yield pages
    for page, _ in pages:
        page.context.close()


@pytest.fixture
def on_karate(server, browser, left):
    """A page on karate at step 0, of any size: where it can be brought there, the one of the test before; else a new one.

    Heeded as in `open_page`. Charts that were added and sections that were opened before may still be there.
    """

    def sized(width=1280, height=900):
        if left:
            page, wrong = left[0]
            try:
                at_the_start(page, width, height)
                return page
            except (Error, AssertionError):
                left.clear()
                page.context.close()
                assert wrong == []
        wrong = []
        left.append((a_page(browser, server[0], wrong, width=width, height=height), wrong))
        return left[0][0]

    yield sized
    assert not left or left[0][1] == []
