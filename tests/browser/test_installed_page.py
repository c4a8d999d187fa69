"""`valuescape app` of an installed wheel: the page lives with the network cut, whatever lies in the working directory."""

from __future__ import annotations

import subprocess

import pytest

from tests.browser.conftest import free_port, heed, ready
from tests.browser.pages import eventually, playable, press, step_of
from tests.installed import Installed, build_wheel, clean, foreign_wheel, own_folder

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel with the extra `app`, beside somebody's package `agents`; at the end nothing has asked for another host."""
    folder = tmp_path_factory.mktemp("page")
    made = Installed(folder, build_wheel(tmp_path_factory.mktemp("wheel")), "app")
    made.pip("install", foreign_wheel(folder))
    yield made
    assert made.abroad() == ""


@pytest.mark.parametrize("whose", ["nobody's", "the user's"])
def test_the_page_lives_in_any_folder_without_a_network(installed, browser, tmp_path, whose):
    folder = own_folder(tmp_path / "own") if whose == "the user's" else tmp_path
    port, wrong = free_port(), []
    address, log = f"http://127.0.0.1:{port}", tmp_path / "log.txt"
    command = [str(installed.command), "app", "--no-browser", "--port", str(port)]
    with log.open("w") as out:
        environment = {**clean(), **installed.environment()}
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        eventually(lambda: ready(address), 120)
        page = browser.new_page()
        heed(page, address, wrong)
        page.goto(address)
        playable(page)
        press(page, "Step")
        eventually(lambda: step_of(page) == 1)
        page.close()
    finally:
        server.terminate()
        server.wait(30)
    assert (server.returncode, wrong) == (0, []) and "Traceback" not in log.read_text(), log.read_text()
