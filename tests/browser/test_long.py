"""Long play: the memory of the server and of the page, of one tab and of twenty. Three minutes, or, for the half hour,

VALUESCAPE_MINUTES=30 uv run --group dev --all-extras pytest -n 0 -s -m slow tests/browser/test_long.py
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from tests.browser.pages import playable, press, processor_seconds, ring, society, step_of

pytestmark = pytest.mark.browser

MEGABYTE = 1 << 20
MINUTES = float(os.environ.get("VALUESCAPE_MINUTES", "3"))
SETTLED = min(120.0, MINUTES * 60 / 3)
MOST = 50 * MEGABYTE
TABS = 20


def resident(pid: int) -> int:
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def heap(page) -> int:
    """Bytes that the page's scripts hold after a collection."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.enable")
    devtools.send("HeapProfiler.collectGarbage")
    used = devtools.send("Runtime.getHeapUsage")["usedSize"]
    devtools.detach()
    return int(used)


def playing(open_page, n, speed):
    page = standing(open_page, n, speed)
    press(page, "Play")
    return page


def standing(open_page, n, speed):
    page = open_page()
    society(page, ring(n))
    page.get_by_text(f"ring-{n} ·").wait_for(timeout=120_000)
    playable(page)
    page.locator(".vs-speed .v-select__slot").click()
    page.get_by_role("option", name=speed, exact=True).click()
    return page


def watched(page, pid, seconds, every):
    """[(second, step, resident, heap)]"""
    found, begun = [], time.time()
    while (now := time.time() - begun) < seconds:
        found.append((now, step_of(page), resident(pid), heap(page)))
        _, step, server, scripts = found[-1]
        print(
            f"{now:6.0f} s  step {step:6d}  server {server / MEGABYTE:6.1f} MB  page {scripts / MEGABYTE:5.1f} MB",
            flush=True,
        )
        page.wait_for_timeout(1000 * every)
    return found


@pytest.mark.slow
def test_two_thousand_steps_leave_the_memory_as_it_is(open_page, server):
    """8 s at 200 steps a second: as many steps as a minute and a half of ordinary play."""
    page = playing(open_page, 500, "200 steps/s")
    page.wait_for_timeout(3000)
    first, *_, last = watched(page, server[1], 8, 1.5)
    assert last[1] - first[1] > 300
    assert last[2] - first[2] < MOST and last[3] - first[3] < MOST


@pytest.mark.slow
def test_minutes_of_play_at_500_agents_grow_less_than_50_megabytes_and_a_closed_tab_stops(open_page, server):
    """Growth after the first two minutes (or the first third); then the closed tab's run uses no processor."""
    page = playing(open_page, 500, "20 steps/s")
    page.wait_for_timeout(1000 * SETTLED)
    found = watched(page, server[1], 60 * MINUTES - SETTLED, 30 if MINUTES > 5 else 10)
    first = found[0]
    assert max(row[2] for row in found) - first[2] < MOST and max(row[3] for row in found) - first[3] < MOST
    assert found[-1][1] - first[1] > 10 * (found[-1][0] - first[0])
    page.context.close()
    must_rest(server[1])


def must_rest(pid):
    """With its tabs closed, the server uses no processor for three seconds of the half minute after the last one."""
    end, used = time.time() + 30, []
    while time.time() < end:
        before = processor_seconds(pid)
        time.sleep(3)
        used.append(processor_seconds(pid) - before)
        if used[-1] < 0.5:
            print(f"the server rests after {3 * len(used)} s", flush=True)
            return
    raise AssertionError(f"seconds of processor in each three: {used}")


@pytest.mark.slow
def test_twenty_tabs_of_500_agents_all_go_on_keep_their_memory_and_end_with_their_tabs(open_page, server):
    """Two steps a second in each of twenty tabs, as far as the machine goes; each has a society of its own."""
    pages = [standing(open_page, 500, "2 steps/s") for _ in range(TABS)]  # those that play take the processor from who opens
    for page in pages:
        press(page, "Play")
    pages[0].wait_for_timeout(1000 * SETTLED)
    before, begun = [step_of(page) for page in pages], resident(server[1])
    found = watched(pages[0], server[1], 60 * MINUTES - SETTLED, 30 if MINUTES > 5 else 10)
    after = [step_of(page) for page in pages]
    gone = [late - early for early, late in zip(before, after, strict=True)]
    print(f"steps of each tab: {gone}", flush=True)
    assert min(gone) > 0.05 * max(gone) > 0
    assert max(row[2] for row in found) - begun < TABS * MOST / 5
    for page in pages:
        page.context.close()
    must_rest(server[1])
