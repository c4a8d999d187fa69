"""Whether runs still move at their end: the test's false alarms and power against Student's law; tip, compare and maps."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats
from scipy.signal import lfilter
from typer.testing import CliRunner

from valuescape.analysis.settling import LEAST, change_at_end, later_on, settling, tail_of
from valuescape.analysis.study_figures import phase_map, threshold_curve
from valuescape.analysis.tipping_points import find_threshold
from valuescape.experiments.commands.cli import app
from valuescape.experiments.designs.design import address_of
from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.designs.tip import grid_step, tip
from valuescape.experiments.reports.settled_points import MOVING, moving_sentence, with_moving
from valuescape.experiments.reports.sweep_page import sweep_page
from valuescape.experiments.runs.engines import Here
from valuescape.experiments.runs.twins import compare
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario


def stationary(runs: int, records: int, memory: float, seed: int) -> np.ndarray:
    """AR(1) runs (R, T) that have long settled."""
    noise = np.random.default_rng(seed).normal(size=(runs, records + 200))
    return lfilter([1.0], [1.0, -memory], noise, axis=1)[:, 200:]


# --- the test ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("memory", [0.0, 0.95])
def test_settled_runs_are_called_moving_once_in_twenty_whatever_their_memory(memory):
    """2,000 sets of 10 runs: p is uniform, and the rate below .05 + 3.3 standard errors."""
    sets = stationary(20_000, 100, memory, 7).reshape(2000, 10, 100)
    found = [settling(runs) for runs in sets]
    assert stats.kstest([f.p for f in found], "uniform").pvalue > 1e-3
    for states in (found, [settling(runs, limit=0.3) for runs in sets]):
        assert sum(state.moving for state in states) <= 2000 * (0.05 + 3.3 * np.sqrt(0.05 * 0.95 / 2000))


def test_the_power_is_that_of_the_noncentral_t():
    """White noise and a change of 1.5 over the tail of 10: sd of a run's change is 9 / sqrt(82.5); 2,000 sets of 8 runs."""
    change, runs, spread = 1.5, 8, 9 / np.sqrt(82.5)
    drift = np.zeros(100)
    drift[-10:] = change * np.arange(10) / 9
    found = [settling(runs + drift) for runs in stationary(2000 * runs, 100, 0.0, 8).reshape(2000, runs, 100)]
    limit = stats.t.ppf(0.975, runs - 1)
    shift = change / (spread / np.sqrt(runs))
    power = stats.nct.sf(limit, runs - 1, shift) + stats.nct.cdf(-limit, runs - 1, shift)
    assert 0.5 < power < 0.99
    assert abs(np.mean([f.p < 0.05 for f in found]) - power) < 4 * np.sqrt(power * (1 - power) / 2000)
    assert np.mean([f.change for f in found]) == pytest.approx(change, abs=4 * spread / np.sqrt(2000 * runs))


def test_a_decay_without_noise_moves_until_a_hundredth_is_left():
    """exp(-t / tau) over 100 records: a straight line through the last ten, exactly; the range is 1 - the last value."""
    for tau in (10.0, 18.0, 22.0, 30.0, 1000.0):
        x = np.exp(-np.arange(100) / tau)
        slope = np.polyfit(np.arange(10), x[-10:], 1)[0]
        assert change_at_end(x) == pytest.approx(9 * slope, rel=1e-9)
        found = settling([x, x, x])
        assert found.moving == (abs(9 * slope) > LEAST * (1 - x[-1])) and found.p == 0.0
    assert settling(np.ones((3, 50))).moving is False


def test_what_it_cannot_tell_it_does_not():
    for series in (np.zeros((1, 100)), np.zeros((5, 7)), np.full((5, 100), np.nan), []):
        found = settling(series)
        assert found.moving is None and "cannot be told" in found.sentence("x", 10)
    assert tail_of(8) == tail_of(40) == 4 and tail_of(1000) == 100


def test_half_that_rise_and_half_that_fall_are_moving_about_the_limit():
    away = np.linspace(0, 1, 100)
    series = stationary(20, 100, 0.5, 3) * 0.01 + np.where(np.arange(20) % 2, 1, -1)[:, None] * away
    assert settling(series).moving is False and settling(series, limit=0.0).moving is True


def test_runs_that_ended_by_themselves_are_still():
    rising, gone = np.linspace(0, 1, 100), np.linspace(0, 1, 30)
    assert settling([rising] * 4).moving and settling([gone] * 4, [True] * 4).moving is False
    mixed = settling([rising, rising, gone, gone], [False, False, True, True])
    assert mixed.change == pytest.approx(change_at_end(rising) / 2)


def test_the_sign_test_of_what_comes_later():
    """Exact: 7 of 7 one way is 2 / 2**7 = .0156, below .025; 6 of 6 and 7 against 1 are not."""
    for gained, lost, moving in ((7, 0, True), (0, 7, True), (6, 0, False), (7, 1, False), (0, 0, False)):
        before = [False] * gained + [True] * lost + [True, False] * 5
        found = later_on(before, [True] * gained + [False] * lost + [True, False] * 5, tests=2)
        assert (found.gained, found.lost, found.moving) == (gained, lost, moving)


# --- tipping points ---------------------------------------------------------------------------------------------------

ZEALOTS = {
    "name": "zealots", "sentence": "A committed share at 1 draws all others from 0.", "agents": 50, "structure": "complete",
    "value_system": "stance", "human_values": [0.0],
    "groups": [
        {"name": "committed", "share": 0.1, "fixed": True, "initial": {"values": {"same": {"value": 1.0}}}},
        {"name": "rest", "initial": {"values": {"same": {"value": 0.0}}}},
    ],
    "rules": [{"averaging": {"strength": 1.0}}], "steps": 10, "record": ["human_gap"],
}  # fmt: skip
ADDRESS = "groups.committed.share"


def share_at(steps: int, strength: float = 1.0) -> float:
    """The share z at which the mean passes 1/2: v of the rest is 1 - (1 - s z n / (n - 1))^t, n = 50."""
    z = np.linspace(0, 0.5, 100_001)
    v = 1 - (1 - strength * z * 50 / 49) ** steps
    return float(z[np.argmax(z + (1 - z) * v > 0.5)])


def test_a_tipping_point_of_runs_that_move_is_called_so_and_runs_are_made_longer():
    """Any share wins in the end: .061 in 10 steps, .0067 in 100; never settled."""
    zealots = Scenario.from_dict(ZEALOTS)
    how = {"engine": Here(), "high": 0.5, "coarse": 6, "runs": 2}
    short = tip(zealots, ADDRESS, "human_gap > 0.5", **how, longest=10)
    assert short.low <= share_at(10) <= short.high and short.steps == 10 and short.settled is False
    assert "At step 10, not settled: over the last tenth of the records human_gap changed by" in short.message
    longer = tip(zealots, ADDRESS, "human_gap > 0.5", **how)
    assert longer.low <= share_at(100) <= longer.high and longer.steps == 100 and longer.settled is False
    assert longer.runs > short.runs and "At step 10 they still moved, so they were made longer." in longer.message
    with pytest.raises(InputError, match="--longest 5: at least the scenario's 10 steps"):
        tip(zealots, ADDRESS, "human_gap > 0.5", **how, longest=5)


@pytest.mark.slow
def test_runs_are_made_longer_until_they_stand():
    """One zealot in 50 turns everybody in the end, and none turns nobody."""
    zealots = Scenario.from_dict(ZEALOTS)
    how = {"engine": Here(), "high": 0.5, "coarse": 6, "runs": 2}
    last = tip(zealots, ADDRESS, "human_gap > 0.5", **how, longest=5000)
    assert last.neighbours == (0.0, 0.02) and last.settled is True and 100 < last.steps < 5000
    assert re.search(r"the neighbours are 0 of (\d+) at 0 and (\d+) of \2 at 0\.02\.", last.message)
    assert "settled: human_gap stood" in last.message


def test_settled_societies_are_rarely_made_longer():
    """Majority force above its critical noise is stationary; at .05 a search, more than 2 of 8 have a chance below .006."""
    noisy = Scenario.from_dict(
        {"agents": 20, "structure": "complete", "traits": 1, "initial": {"traits": "chance"}, "steps": 40,
         "rules": [{"majority_force": {"beta": 0.5}}], "record": ["mean_stance"]}
    )  # fmt: skip
    how = {"low": -1.0, "high": 1.0, "coarse": 5, "runs": 6, "width": 0.5}
    found = [tip(noisy, "majority_force.h", "mean_stance > 0", Here(), first_seed=5000 * k, **how) for k in range(8)]
    assert sum(f.steps > 40 for f in found) <= 2
    assert all(f.settled is not None for f in found)


def test_an_outcome_that_is_shown_ever_later_is_not_settled():
    """`ever` counts the first time; a constant hazard goes on hitting, also where the measure itself is stationary."""
    noisy = Scenario.from_dict(
        {"agents": 10, "structure": "complete", "traits": 1, "initial": {"traits": "chance"}, "steps": 40,
         "rules": [{"majority_force": {"beta": 0.5}}], "record": ["mean_stance"]}
    )  # fmt: skip
    how = {"low": -1.0, "high": 1.0, "ever": True, "longest": 40, "width": 0.15, "coarse": 5, "runs": 12}
    found = tip(noisy, "majority_force.h", "mean_stance > 0.9", Here(), **how)
    assert found.settled is False and "showed the outcome only later and 0 no longer" in found.message


@pytest.mark.parametrize(("truth", "falls"), [(0.0337, False), (0.0337, True), (0.001, False), (0.4991, False)])
def test_on_a_grid_the_search_ends_at_two_neighbours(truth, falls):
    asked = []

    def outcomes(batch):
        asked.extend(x for x, _ in batch)
        return [(x > truth) != falls for x, _ in batch]

    found = find_threshold(outcomes, 0.0, 0.5, step=0.005, width=0.001, name="share")
    below = np.floor(truth / 0.005) * 0.005
    assert found.neighbours == pytest.approx((below, below + 0.005))
    assert (found.low, found.high) == pytest.approx(found.neighbours)
    assert all(abs(x / 0.005 - round(x / 0.005)) < 1e-9 for x in asked)
    assert all(asked.count(x) >= 12 for x in found.neighbours)
    with pytest.raises(InputError, match="holds less than two of the steps"):
        find_threshold(outcomes, 0.001, 0.004, step=0.005)


def test_the_grid_of_what_can_exist():
    camps = {"values": {"two_camps": {}}}
    both = Scenario.from_dict(
        {"agents": 30, "structure": {"ring": {"degree": 2}}, "traits": 1, "value_system": "stance",
         "initial": {"traits": {"chance": {"exact": True}}}, "rules": ["averaging", "voter"],
         "groups": [{"name": "a", "share": 0.4, "initial": camps}, {"name": "b", "initial": {"values": "uniform"}}]}
    )  # fmt: skip
    alone = Scenario.from_dict({**both.to_dict(), "groups": [], "initial": {**camps, "traits": "chance"}})
    for scenario, name, step in (
        (both, "groups.a.share", 1 / 30),
        (both, "groups.a.initial.values.first", 1 / 12),
        (both, "groups.a.initial.values.spread", None),
        (both, "averaging.strength", None),
        (both, "structure.degree", 1.0),
        (alone, "initial.values.first", 1 / 30),
        (alone, "initial.traits.share", None),
    ):
        assert grid_step(scenario, address_of(scenario, name, "")) == step


def test_tip_by_a_second_address_gives_a_curve(tmp_path):
    path = tmp_path / "zealots.yaml"
    path.write_text(yaml.safe_dump(ZEALOTS))
    words = [
        "tip",
        str(path),
        "--over",
        ADDRESS,
        "--until",
        "human_gap > 0.5",
        "--high",
        "0.5",
        "--coarse",
        "6",
        "--runs",
        "2",
    ]
    words += ["--longest", "10", "--by", "averaging.strength=0.4,0.6,1", "--out", str(tmp_path / "out")]
    said = CliRunner().invoke(app, [*words, "--quiet"], env={"COLUMNS": "200"})
    assert said.exit_code == 0, said.output
    assert "averaging.strength" in said.stdout and said.stdout.count("no, not at step 10") == 3
    frame = pd.read_parquet(tmp_path / "out" / "tip.parquet")
    assert frame["averaging.strength"].tolist() == [0.4, 0.6, 1.0]
    for strength, low, high in zip(frame["averaging.strength"], frame["low"], frame["high"], strict=True):
        assert low <= share_at(10, strength) <= high
    assert (tmp_path / "out" / "tip.png").stat().st_size > 5000
    found = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert found["by"] == "averaging.strength" and [row["by"] for row in found["rows"]] == [0.4, 0.6, 1.0]
    assert [row["settled"] for row in found["rows"]] == [False] * 3
    for wrong, told in (("averaging.strength", "ADDRESS=VALUE,VALUE"), (f"{ADDRESS}=0.1", "the address of --over already")):
        refused = CliRunner().invoke(app, [*words[:-4], "--by", wrong])
        assert refused.exit_code == 2 and told in " ".join(refused.output.split())


def test_the_curve_is_hollow_where_it_had_not_settled():
    frame = pd.DataFrame(
        {"by": [1.0, 2.0, 3.0], "estimate": [0.1, 0.2, None], "low": [0.05, 0.1, None], "high": [0.2, 0.3, None],
         "settled": [True, False, None]}
    )  # fmt: skip
    axes = threshold_curve(frame, "x", "y", "z > 1")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["settled", "not settled, or it cannot be told"]


# --- twins and maps ---------------------------------------------------------------------------------------------------

PULL = {
    "name": "pull", "sentence": "A pull.", "agents": 10, "structure": "complete", "value_system": "stance",
    "human_values": [1.0], "initial": {"values": "uniform"}, "rules": [{"human_pull": {"strength": 0.5}}], "steps": 60,
    "record": ["human_gap"],
}  # fmt: skip


def test_compare_says_which_side_moved(tmp_path):
    path = tmp_path / "pull.yaml"
    path.write_text(yaml.safe_dump(PULL))
    scenario = Scenario.from_dict(PULL)
    slow = compare(scenario, scenario.vary({"human_pull.strength": 0.02}), range(5), Here())
    found = {side: s.moving for side, s in slow.settling("human_gap").items()}
    assert found == {"first": False, "second": True, "difference": True}
    words = ["compare", str(path), "--seeds", "5", "--set"]
    said = CliRunner().invoke(app, [*words, "human_pull.strength=0.02"], env={"COLUMNS": "200"}).stdout
    assert "At step 60, not settled: human_gap (over the last tenth of the records -0.0" in said
    assert "in the second" in said and "in the first" not in said
    both = CliRunner().invoke(app, [*words, "human_pull.strength=0.6"], env={"COLUMNS": "200"}).stdout
    assert "At step 60, settled: no measure moved over the last tenth of the records." in both
    moving = json.loads(CliRunner().invoke(app, [*words, "human_pull.strength=0.02", "--json"]).stdout)["moving_at_end"]
    assert moving == {"human_gap": found}


def test_maps_cross_the_points_that_still_move(tmp_path):
    grid = {"human_pull.strength": [0.02, 0.5], "agents": [5, 10]}
    results = Sweep.from_dict({"scenario": PULL, "seeds": 4, "design": {"grid": grid}}).run(tmp_path, Here())
    by = list(grid)
    runs = with_moving(results, results.runs, by, "human_gap")
    assert (runs[MOVING] == (runs["human_pull.strength"] < 0.1)).all()
    assert moving_sentence(runs, by, "human_gap") == "human gap: at step 60, not settled at 2 of 4 points."
    axes = phase_map(runs, *by, "human_gap", moving=MOVING)
    crosses = axes.collections[-1].get_offsets()
    assert len(crosses) == 2 and {round(float(x), 2) for x, _ in crosses} == {0.02}
    assert "human gap: at step 60, not settled at 2 of 4 points." in sweep_page(results, {})
    figure = tmp_path / "map.png"
    said = CliRunner().invoke(app, ["results", str(tmp_path), "--figure", str(figure)])
    assert "human gap: at step 60, not settled at 2 of 4 points." in " ".join(said.output.split()) and figure.is_file()


def test_maps_of_one_seed_say_that_it_cannot_be_told(tmp_path):
    grid = {"human_pull.strength": [0.02, 0.5]}
    results = Sweep.from_dict({"scenario": PULL, "seeds": 1, "design": {"grid": grid}}).run(tmp_path, Here())
    runs = with_moving(results, results.runs, list(grid), "human_gap")
    assert runs[MOVING].isna().all()
    assert "at 2 of 2 points it cannot be told whether it stood (one run, or too few records)" in moving_sentence(
        runs, list(grid), "human_gap"
    )
