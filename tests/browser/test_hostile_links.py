"""Hostile links and foreign pages, against a server that runs: code, work without end, other hosts and origins."""

from __future__ import annotations

import http.client
import time
from contextlib import closing
from urllib.parse import quote, urlsplit

import pytest

from tests.browser.conftest import serving
from tests.browser.pages import eventually, playable, processor_seconds, step_of
from tests.test_hostile import CODE, FAR, FILES, NONSENSE, PAYLOAD, link
from valuescape.experiments.commands.window import PAGE

pytestmark = pytest.mark.browser
SENT = {
    "code": link(CODE[0]),
    "an agent class": link(CODE[-2]),
    "a file": link(FILES[0].replace("SECRET", "secret.csv")),
    **{name: NONSENSE[name] for name in ("label", "a billion steps", "a bomb", "laughs", "no base64")},
}
FEW = {"code", "a file", "a bomb"}  # the fast suite sends the others, and more, without a browser: tests/test_hostile.py


@pytest.fixture(scope="module")
def beside(tmp_path_factory):
    """A server with a module and a file of somebody's beside it."""
    folder = tmp_path_factory.mktemp("beside")
    (folder / "payload_mod.py").write_text(PAYLOAD.format(str(folder / "mark")))
    (folder / "secret.csv").write_text("password,hunter2\n")
    with serving(PAGE, folder) as (address, pid):
        yield address, pid, folder


@pytest.fixture
def opened(beside, browser):
    context = browser.new_context()

    def open_(sent):
        page = context.new_page()
        page.goto(f"{beside[0]}/?s={quote(sent)}")
        return page

    yield open_
    context.close()


@pytest.mark.parametrize(
    "sent", [pytest.param(s, id=name, marks=() if name in FEW else pytest.mark.slow) for name, s in SENT.items()]
)
def test_the_page_opens_on_karate_and_says_why(opened, beside, sent):
    page = opened(sent)
    said = page.locator(".vs-error").inner_text(timeout=120_000)
    assert "Showing karate instead." in said and "Traceback" not in said and "hunter2" not in said
    playable(page)
    assert "karate" in page.locator(".vs-facts").inner_text()
    assert not (beside[2] / "mark").exists()


@pytest.mark.slow
def test_stepping_to_a_far_moment_is_stopped_by_its_button_and_by_closing_the_tab(opened, beside):
    page = opened(FAR)
    page.get_by_role("button", name="Stop here").click(timeout=120_000)
    page.get_by_text("it was stopped").wait_for(timeout=20_000)
    playable(page)
    assert 0 < step_of(page) < 200_000
    other = opened(FAR)
    other.get_by_role("button", name="Stop here").wait_for(timeout=120_000)
    other.close()
    page.close()
    eventually(lambda: idle(beside[1]), 30)


def idle(pid: int) -> bool:
    used = processor_seconds(pid)
    time.sleep(1)
    return processor_seconds(pid) - used < 0.3


def ask(address: str, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage]:
    """Status and headers of an answer."""
    place = urlsplit(address)
    with closing(http.client.HTTPConnection(place.hostname, place.port, timeout=20)) as connection:
        return _asked(connection, place, path, headers)


def _asked(connection, place, path, headers):
    connection.putrequest("GET", path, skip_host=True)
    for name, value in {"Host": place.netloc, **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
        connection.putheader(name, value)
    connection.endheaders()
    with connection.getresponse() as answer:
        return answer.status, answer.headers


def test_only_the_page_itself_is_answered(beside):
    address = beside[0]
    port = urlsplit(address).port
    assert ask(address, "/readyz")[0] == 200
    assert ask(address, "/readyz", Host=f"localhost:{port}")[0] == 200
    for wrong in ({"Host": f"evil.example:{port}"}, {"Host": "127.0.0.1:1"}, {"Origin": "http://evil.example"}):
        assert ask(address, "/", **wrong)[0] == 403
    _, headers = ask(address, "/")
    assert headers["x-frame-options"] == "SAMEORIGIN" and "frame-ancestors" in headers["content-security-policy"]


@pytest.mark.parametrize(("origin", "status"), [("OURS", 101), ("http://evil.example", 403), ("null", 403), ("", 403)])
def test_a_websocket_is_opened_for_the_page_and_for_nobody_else(beside, origin, status):
    address = beside[0]
    said = {} if not origin else {"Origin": address if origin == "OURS" else origin}
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13",
               "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    path = "/jupyter/api/kernels/none/channels?session_id=none"
    assert ask(address, path, **upgrade, **said)[0] == status
