"""What the page looks like, measured: contrast of every text (WCAG 2.2 AA), focus that can be seen, width, flicker."""

from __future__ import annotations

import pytest

from tests.browser.pages import eventually, press, step_of

pytestmark = pytest.mark.browser

# Every visible text with its contrast to what lies behind it (WCAG 1.4.3: disabled controls are exempt), and the charts'
# lines and the edges of controls against the card (1.4.11: 3).
CONTRASTS = """() => {
  const read = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1]; };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => sum + w * linear(c[i] / 255), 0);
  const chain = (el) => { const found = []; for (let e = el; e; e = e.parentElement) found.push(e); return found; };
  const back = (e, under) => over(read(getComputedStyle(e).backgroundColor), under);
  const behind = (el) => chain(el).reverse().reduce((under, e) => back(e, under), [255, 255, 255, 1]);
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const walker = document.createTreeWalker(document.querySelector('.vs-page'), NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.replace(/\u200b/g, '').trim(), el = walker.currentNode.parentElement;
    const out = '[disabled], .v-btn--disabled, .v-input--is-disabled, style, .mdi';
    if (!text || !el.getClientRects().length || el.closest(out)) continue;
    const style = getComputedStyle(el);
    if (style.visibility === 'hidden') continue;
    const ink = read(el instanceof SVGElement ? style.fill : style.color), ground = behind(el);
    ink[3] *= chain(el).reduce((a, e) => a * Number(getComputedStyle(e).opacity), 1);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    found.push({ text: text.slice(0, 40), ratio: contrast(over(ink, ground), ground), least: large ? 3 : 4.5 });
  }
  const probe = document.createElement('i'), card = document.querySelector('.vs-over-time');
  card.append(probe);
  for (const name of 'series-1 series-2 series-3 series-4 series-5 series-6 mark alarm control up down'.split(' ')) {
    probe.style.color = `var(--vs-${name})`;
    found.push({ text: `line ${name}`, ratio: contrast(read(getComputedStyle(probe).color), behind(card)), least: 3 });
  }
  probe.remove();
  return found;
}"""
FOCUS = """() => {
  const e = document.activeElement, s = getComputedStyle(e);
  const name = e.getAttribute('aria-label') || e.textContent.trim() || e.tagName;
  const field = e.closest('.v-input--is-focused fieldset') || e.closest('.v-input')?.querySelector('fieldset');
  const ring = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;
  const border = field !== null && field !== undefined && parseFloat(getComputedStyle(field).borderTopWidth) >= 2;
  const ripple = e.closest('.v-input--switch')?.classList.contains('v-input--is-focused') || false;
  return { name, seen: ring || border || ripple, inside: !!e.closest('.vs-page') };
}"""
# How many pixels of the first chart have the colour of its first line.
INKED = """() => {
  const canvas = document.querySelector('.vs-over-time canvas'), probe = document.createElement('i');
  probe.style.color = 'var(--vs-series-1)'; canvas.parentElement.append(probe);
  const want = getComputedStyle(probe).color.match(/\\d+/g).map(Number); probe.remove();
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let found = 0;
  for (let i = 0; i < data.length; i += 4) found += data[i + 3] === 255 && want.every((w, k) => data[i + k] === w);
  return found;
}"""
# Whether the picture of the agents is ever empty in a frame, and how often the page moves what stands below.
FLICKER = """() => new Promise((done) => {
  const canvas = document.querySelector('canvas.vs-agents'), pen = canvas.getContext('2d');
  let empty = 0, frames = 0, moved = 0, top = null;
  const panels = document.querySelector('.vs-over-time'), begin = performance.now();
  const look = () => {
    frames += 1;
    const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
    let inked = false;
    for (let i = 3; i < data.length; i += 64) if (data[i]) { inked = true; break; }
    empty += !inked;
    const now = panels.getBoundingClientRect().height;
    moved += top !== null && Math.abs(now - top) > 1;
    top = now;
    performance.now() - begin < 2500 ? requestAnimationFrame(look) : done({ empty, frames, moved });
  };
  requestAnimationFrame(look);
})"""


@pytest.mark.slow
def test_charts_follow_the_theme(on_karate):
    page = on_karate()
    press(page, "Step ×10")
    eventually(lambda: step_of(page) == 10, 60)
    for theme in ("dark", "light", "dark", "light"):
        press(page, f"{theme.capitalize()} page")
        page.locator(f".theme--{theme} .vs-page").wait_for()
        eventually(lambda: page.evaluate(INKED) > 50, 5)


def test_focus_is_seen_on_every_control_and_the_picture_does_not_flicker(on_karate):
    page = on_karate()
    page.locator("h1").click()
    seen: dict[str, bool] = {}
    for _ in range(60):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["inside"]:
            seen[focus["name"]] = focus["seen"]
    assert len(seen) > 25 and {"Play", "Step ×10", "averaging.strength"} <= set(seen)
    assert not {name for name, visible in seen.items() if not visible}
    press(page, "Play")
    page.wait_for_timeout(1500)
    found = page.evaluate(FLICKER)
    press(page, "Pause")
    assert found["frames"] > 15 and found["empty"] == 0 and found["moved"] <= 1


def lively(page):
    """A page with a twin, a change, a selected agent, an error and an open editor: as much text as it can have."""
    press(page, "Switch the twin on")
    press(page, "Step ×10")
    eventually(lambda: step_of(page) == 10, 60)
    press(page, "Mediator: Make it")
    page.locator(".vs-log li").first.wait_for()
    press(page, "More ways to intervene")
    press(page, "Own YAML")
    page.get_by_label("Scenario in YAML").fill("agents: [")
    press(page, "Build it")
    page.get_by_role("alert").wait_for()
    page.locator("canvas.vs-agents").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="Agent 0", exact=True).wait_for()


def test_every_text_stands_out_from_what_lies_behind_it_in_light_and_dark(on_karate):
    page = on_karate()
    lively(page)
    for theme in ("light", "dark"):
        if theme == "dark":
            press(page, "Dark page")
            page.locator(".theme--dark .vs-page").wait_for()
        page.wait_for_timeout(500)
        found = page.evaluate(CONTRASTS)
        assert len(found) > 120
        faint = {f"{theme}, {f['text']}: {f['ratio']:.2f}" for f in found if f["ratio"] < f["least"]}
        assert not faint
