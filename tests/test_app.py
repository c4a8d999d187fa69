"""The page without a browser: the tab behind it, in plain Python."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import numpy as np
import pytest

from tests.played import SMALL, numbers_in
from valuescape.experiments.live.moves import MOVES, make
from valuescape.experiments.runs.store import load as load_results
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.views import story
from valuescape.views.controls import sections
from valuescape.views.interventions import addable
from valuescape.views.layout import edges_to_draw
from valuescape.views.tab import Tab

ROOT = Path(__file__).parent.parent
PULSE = next(move for move in MOVES if move.key == "pulse")


def charted(tab):
    return numbers_in(tab.screen.charts.history, np.float64).reshape(-1, 1 + 2 * tab.screen.charts.width)


def shown(tab, address):
    return tab.session.value_of(tab.session.society.scenario.bounds()[address])


def test_a_step_sends_a_byte_an_agent_and_a_row_of_numbers(tab):
    before, frame = tab.screen.network.colors, tab.screen.network.frame
    tab.step(1)
    assert len(tab.screen.network.colors) == 40 and tab.screen.network.colors != before and tab.screen.network.frame > frame
    row = numbers_in(tab.screen.charts.tail, np.float64)
    society = Society(Scenario.from_yaml(SMALL), rng=0)
    society.step()
    assert row[0] == 1 and row[1] == society.measure("spread") and row[2] == society.measure("human_gap")
    assert np.isnan(row[1 + tab.screen.charts.width :]).all()


def test_a_live_address_applies_at_once_and_another_waits_for_the_reset(tab):
    tab.step(3)
    tab.act(tab.session.change, "averaging.strength", 0.5)
    tab.act(tab.session.change, "structure.degree", 8)
    assert tab.session.society.settings["averaging"]["strength"][0] == 0.5
    assert tab.session.waiting == {"structure.degree"} and shown(tab, "structure.degree") == 8
    assert tab.session.society.scenario.structure.degree == 4
    tab.reset()
    assert tab.session.society.scenario.structure.degree == 8 and tab.session.clock == 0
    assert tab.session.start.rule("averaging").strength == 0.5 and not tab.session.waiting
    assert tab.screen.network.edges == edges_to_draw(tab.session.society.state.ties["main"]).tobytes()
    tab.start_anew()
    assert tab.session.start == Scenario.from_yaml(SMALL)


def test_what_is_set_for_everybody_replaces_what_a_group_had_and_a_reset_keeps_both(tab):
    tab.act(tab.session.change, "averaging.strength.near", 0.3)
    tab.reset()
    assert (shown(tab, "averaging.strength.near"), shown(tab, "averaging.strength.far")) == (0.3, 0.0123)
    tab.act(tab.session.change, "averaging.strength", 0.5)
    tab.reset()
    assert shown(tab, "averaging.strength.near") == shown(tab, "averaging.strength.far") == 0.5
    tab.act(tab.session.change, "averaging.strength.far", 0.2)
    tab.reset()
    assert (shown(tab, "averaging.strength.near"), shown(tab, "averaging.strength.far")) == (0.5, 0.2)


def test_a_slider_shows_what_holds_at_the_step_on_the_screen(tab):
    tab.step(3)
    tab.act(tab.session.change, "averaging.strength", 0.5)
    tab.act(tab.session.change, "averaging.strength.far", 0.7)
    tab.act(tab.session.set, "human_pull.strength", 0.2, lasting=2)
    tab.step(4)
    for clock, near, far, pull in ((7, 0.5, 0.7, 0.0), (2, 0.0123, 0.0123, 0.0), (4, 0.5, 0.7, 0.2), (3, 0.5, 0.7, 0.2)):
        tab.seek(clock)
        assert shown(tab, "averaging.strength") == shown(tab, "averaging.strength.near") == near
        assert (shown(tab, "averaging.strength.far"), shown(tab, "human_pull.strength")) == (far, pull)
    tab.seek(1)
    tab.fork()
    tab.step(4)
    assert shown(tab, "averaging.strength.far") == 0.0123 and tab.session.changes == []


def test_another_scenario_begins_in_its_most_telling_colour_and_a_reset_keeps_the_chosen_one(tab):
    for name, colour in (("echo-chamber", "value.stance"), ("rivalry", "cooperation"), ("karate", "human_gap")):
        tab.open(name)
        assert tab.screen.colour.value == colour
    tab.screen.colour.value, tab.screen.size.value = "coalition", "power"
    tab.reset()
    assert (tab.screen.colour.value, tab.screen.size.value) == ("coalition", "power")


def test_a_mistake_is_said_in_the_words_of_check_and_the_society_stays(tab):
    tab.step(2)
    session = tab.session
    assert not tab.open_text(SMALL.replace("0.0123", "1.4"))
    with pytest.raises(InputError) as said:
        Scenario.from_yaml(SMALL.replace("0.0123", "1.4"))
    assert tab.error.value == str(said.value) and "averaging.strength = 1.4 lies outside [0, 1]" in tab.error.value
    assert tab.session is session and session.clock == 2
    tab.act(tab.session.change, "structure.degree", 3)
    tab.reset()
    assert "degree" in tab.error.value and tab.session is session


def test_a_society_too_large_for_the_page_is_refused_and_the_old_one_stays(tab):
    session = tab.session
    tab.act(tab.session.change, "reserve", 10_000_000)
    tab.reset()
    shown = "agents and reserve = 10000040: the window shows at most 100,000; run larger societies with `valuescape run`"
    assert tab.error.value == shown and tab.session is session
    assert not tab.open_text(SMALL.replace("agents: 40", "agents: 100001"))
    assert "agents and reserve = 100001" in tab.error.value and tab.session is session


def test_the_twin_is_in_the_charts_and_its_difference_zero_until_something_is_changed(tab):
    tab.set_twin(True)
    tab.step(10)
    tab.act(tab.session.intervene, "training")
    tab.step(10)
    rows, m = charted(tab), tab.screen.charts.width
    difference = rows[:, 1 : 1 + m] - rows[:, 1 + m :]
    assert not difference[:11].any() and difference[11:, 1].all()
    assert {"step": 10, "text": "human_pull.strength", "kind": "change"} in tab.screen.charts.marks
    assert shown(tab, "human_pull.strength") == 0.0


def test_two_tabs_do_not_share_a_society():
    first, second = Tab(), Tab()
    first.step(5)
    first.screen.select(3)
    assert (
        second.session.clock == 0
        and second.screen.selected.value == -1
        and second.screen.network.frame != first.screen.network.frame
    )
    first.close()
    second.step(1)
    assert second.session.clock == 1
    second.close()


def test_scrubbing_shows_the_old_moment_and_forking_leaves_the_path_in_grey(tab):
    tab.step(10)
    colors = tab.screen.network.colors
    tab.step(10)
    tab.seek(10)
    assert tab.screen.network.colors == colors and len(charted(tab)) == 11 and tab.screen.charts.ghost
    tab.fork()
    assert tab.session.tip == 10 and tab.screen.charts.ghost
    tab.screen.charts.target = [4, 1]
    assert tab.session.clock == 4


def test_a_link_opens_the_same_moment(tab):
    tab.step(6)
    tab.act(tab.session.change, "averaging.strength", 0.7)
    tab.step(6)
    again = Tab(tab.session.to_link())
    asyncio.run(again.work())
    assert again.session.clock == 12 and again.screen.network.colors == tab.screen.network.colors
    again.close()
    broken = Tab("nonsense")
    assert "the link does not hold a scenario" in broken.error.value and broken.session.clock == 0
    broken.close()


def test_the_copy_buttons_answer_with_what_restores_the_screen(tab):
    tab.step(3)
    tab.screen.copy_yaml.requests += 1
    assert tab.screen.copy_yaml.answers == 1 and tab.screen.copy_yaml.text == tab.session.to_text()
    assert tab.screen.copy_yaml.text.startswith("# valuescape: seed 0, step 3")
    tab.screen.copy_link.requests += 1
    assert tab.screen.copy_link.text == tab.session.to_link()


def test_the_end_of_the_scenario_is_said_and_play_goes_on(tab):
    tab.playing.value = True
    tab.step(100)
    assert tab.session.clock == 30 and not tab.playing.value and "step 30" in tab.notice.value
    tab.step(5)
    assert tab.session.clock == 35


def test_an_agent_is_selected_hovered_and_told(tab):
    tab.step(2)
    tab.screen.network.selected = 7
    assert tab.screen.selected.value == 7 and tab.screen.wheel.content["title"] == "Value wheel of agent 7"
    layers = {layer["key"]: layer for layer in tab.screen.wheel.content["layers"]}
    state = tab.session.society.state
    assert layers["values"]["values"] == pytest.approx(state.values[7], abs=1e-4)
    gap = np.sqrt(((state.values[7] - state.human_values[0]) ** 2).mean())
    assert layers["human_values"]["gap"] == pytest.approx(gap, abs=1e-4)
    rows = numbers_in(tab.screen.agent_charts.history, np.float64).reshape(-1, 1 + 2 * tab.screen.agent_charts.width)
    assert rows[:, 0].tolist() == [0, 1, 2]
    tab.screen.network.hovered = 9
    assert tab.screen.network.tip["agent"] == 9 and tab.screen.network.tip["text"].startswith(
        "agent 9 · group near · human gap "
    )
    assert story.neighbours(tab.session.society, 7)[1] == 4


def test_a_field_that_a_rule_brings_on_the_way_joins_the_story_of_an_agent(tab):
    tab.screen.select(7)
    tab.step(2)
    assert tab.screen.agent_charts.width == 1
    tab.act(make, tab.session, PULSE, {"kappa": 0.5})
    tab.step(2)
    state = tab.session.society.state
    rows = numbers_in(tab.screen.agent_charts.history, np.float64).reshape(-1, 1 + 2 * tab.screen.agent_charts.width)
    assert [s["name"] for s in tab.screen.agent_charts.panels[0]["series"]] == ["human gap", "drift"]
    assert rows[:, 0].tolist() == [0, 1, 2, 3, 4] and np.isfinite(rows[:, 1]).all()
    assert rows[-1, 2] == np.sqrt(((state.values[7] - state["anchors"][7]) ** 2).mean())


def test_the_waterfall_leads_from_the_start_to_now(tab):
    tab.step(8)
    content = tab.screen.waterfall.content
    assert content["start"] + sum(e["net"] for e in content["entries"]) == pytest.approx(content["now"], abs=1e-12)


def test_an_institution_that_fits_begins_now(tab):
    fitting = addable(tab.session.society.scenario)
    assert "oversight" not in {r.label for r in tab.session.society.scenario.flat_rules} and fitting
    tab.step(2)
    name = next(iter(fitting))
    tab.act(tab.session.add_rule, name)
    tab.step(2)
    assert not tab.error.value and tab.session.society.scenario.flat_rules[-1].begin == 2
    assert any(part == name for part in sections(tab))


def test_a_run_folder_is_what_the_screen_shows(tab, tmp_path):
    from valuescape.experiments.live.saving import save_run

    tab.step(5)
    tab.act(tab.session.change, "averaging.strength", 0.6)
    tab.step(5)
    folder = save_run(tab.session.scenario_now().vary({"steps": 10}), 0, tmp_path)
    last = load_results(folder).runs.iloc[0]
    assert last["spread"] == tab.session.society.measure("spread") and last["ended_at"] == 10
    assert json.loads((folder / "provenance.json").read_text())["seed"] == 0


def test_a_report_is_made_beside_the_page_and_a_run_beyond_its_end_is_kept_whole(tab, tmp_path, monkeypatch):
    monkeypatch.setattr("valuescape.views.tab.RUNS", tmp_path)
    assert tab.open_text(SMALL.replace("steps: 30", "steps: 30\nuntil: spread < 0.2"))
    tab.step(3)
    tab.step(4)
    tab.saving.value = "report"
    asyncio.run(tab.keep())
    page = Path(tab.report.value)
    assert tab.saving.value == "" and page.parent == Path(tab.folder.value) and page.name == "report.html"
    assert "A small ring averages." in page.read_text() and "data:image/png" in page.read_text()
    last = load_results(page.parent).runs.iloc[0]
    assert last["ended_at"] == tab.session.clock > 1 and last["spread"] == tab.session.society.measure("spread")


def test_play_stops_when_the_tab_closes(tab):
    tab.playing.value = True

    async def live():
        task = asyncio.create_task(tab.play())
        await asyncio.sleep(0.3)
        tab.close()
        await asyncio.wait_for(task, 2)

    asyncio.run(live())
    clock = tab.session.clock
    time.sleep(0.1)
    assert clock > 0 and tab.session.clock == clock


def test_of_a_hundred_thousand_agents_a_sample_is_drawn_and_what_is_left_out_is_said(tab):
    assert tab.open_text(SMALL.replace("agents: 40", "agents: 100000"))
    screen = tab.screen
    assert len(screen.sample) == 10_000 and len(screen.network.colors) == 10_000 == len(screen.network.positions) // 8
    places = numbers_in(screen.network.edges, np.uint32)
    pairs = screen.sample[places.reshape(-1, 2)]
    assert len(pairs) > 1000 and (np.abs(pairs[:, 0] - pairs[:, 1]) % 99_998 <= 2).all()  # a ring of degree 4
    assert screen.left_out.startswith(f"Drawn by chance: 10,000 of 100,000 agents and {len(pairs):,} of 200,000 ties.")
    colours = tab.screen.modes[screen.colour.value].read(tab.session.society.state)
    assert (numbers_in(screen.network.colors) == colours[screen.sample]).all()
    screen.network.selected = 77
    assert screen.selected.value == screen.sample[77]
    missing = int(np.setdiff1d(np.arange(100), screen.sample)[0])
    screen.select(missing)
    assert screen.selected.value == missing and screen.network.selected == -1
    tab.open("karate")
    assert len(screen.network.colors) == 34 and screen.left_out == ""
