"""On a machine that is slow or busy the page comes late, but alive."""

from __future__ import annotations

import pytest

from tests.browser.conftest import heed
from tests.browser.pages import eventually, pixels, playable, press, step_of

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_a_page_whose_scripts_come_late_still_moves(server, browser):
    """The scripts of widgets arrive 2.5 s late: anywidget alone gives a model up after 2."""
    wrong: list[str] = []
    page = browser.new_context().new_page()
    heed(page, server[0], wrong)
    page.add_init_script(
        """const given = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
          if (!(blob instanceof Blob) || !/javascript/.test(blob.type)) return given(blob);
          const late = `await new Promise((go) => setTimeout(go, 2500)); export { default } from "${given(blob)}";`;
          return given(new Blob([late], { type: "text/javascript" }));
        };"""
    )
    page.goto(server[0])
    playable(page)
    before = pixels(page)
    press(page, "Step")
    eventually(lambda: step_of(page) == 1 and pixels(page) != before)
    page.context.close()
    assert wrong == []
