"""Mesa's own page on a society, in the browser, offline: it steps, and builds the society again on reset."""

from __future__ import annotations

import pytest

from tests.browser.conftest import ROOT, heed, serving

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_mesas_own_page_steps_a_society_and_builds_it_again(browser, tmp_path):
    wrong: list[str] = []
    with serving(str(ROOT / "examples" / "mesa_viz.py"), tmp_path) as (address, _):
        page = browser.new_page()
        heed(page, address, wrong)
        page.goto(address)
        page.get_by_role("button", name="Step", exact=True).click(timeout=240_000)
        page.get_by_text("Time: 1.0", exact=True).wait_for(timeout=60_000)
        assert page.locator("img").count() == 2
        page.get_by_role("button", name="Reset", exact=True).click()
        page.get_by_text("Time: 0.0", exact=True).wait_for(timeout=60_000)
        page.get_by_role("button", name="Step", exact=True).click()
        page.get_by_text("Time: 1.0", exact=True).wait_for(timeout=60_000)
        page.close()
    assert wrong == []
