"""Sweeps: designs, seeds, stopping, resume, twins, tipping points, sensitivity, replay; the commands for them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats
from typer.testing import CliRunner

from valuescape.analysis.statistics import mean_interval
from valuescape.experiments import gallery
from valuescape.experiments.commands.cli import app
from valuescape.experiments.designs.design import read_design
from valuescape.experiments.designs.screening import analyse, study
from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.designs.tip import tip
from valuescape.experiments.reports.sweep_figure import measure_figure
from valuescape.experiments.runs.batch_run import failed
from valuescape.experiments.runs.engines import Here
from valuescape.experiments.runs.explanation import explain, without
from valuescape.experiments.runs.replay import departs, fork, replay, stored
from valuescape.experiments.runs.store import load
from valuescape.experiments.runs.twins import compare
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

DATA = {
    "name": "pull",
    "sentence": "A pull towards what society holds.",
    "agents": 10,
    "structure": {"ring": {"degree": 2}},
    "value_system": "stance",
    "human_values": [1.0],
    "initial": {"values": {"uniform": {"high": 0.5}}},
    "rules": [{"averaging": {"strength": 0.2}}, {"human_pull": {"strength": 0.1}}],
    "interventions": {"more": {"set": {"human_pull.strength": 0.5}, "begin": 3}},
    "steps": 6,
    "record": ["human_gap", "spread"],
}
SCENARIO = Scenario.from_dict(DATA)


def sweep(**more) -> Sweep:
    return Sweep.from_dict({"scenario": DATA, "seeds": 3, **more})


def points(design) -> list[dict]:
    return read_design(design).points(SCENARIO)


def test_grid_points_and_csv(tmp_path):
    grid = {"averaging.strength": [0, 1], "human_pull.strength": {"low": 0, "high": 0.4, "count": 3}}
    found = points({"grid": grid})
    assert [tuple(p.values()) for p in found] == [(a, b) for a in (0.0, 1.0) for b in (0.0, 0.2, 0.4)]
    assert points({"grid": {"averaging.strength": {"count": 2}}}) == [{"averaging.strength": x} for x in (0.0, 1.0)]
    assert points({"points": [{"agents": 4}, {}]}) == [{"agents": 4}, {}]
    assert points(None) == [{}]
    path = tmp_path / "points.csv"
    path.write_text("averaging.strength,structure.degree\n0.25,4\n0.5,\n")
    assert points({"csv": str(path)}) == [{"averaging.strength": 0.25, "structure.degree": 4}, {"averaging.strength": 0.5}]


def test_sampled_designs_fill_their_ranges_and_are_the_same_again():
    ranges = {"averaging.strength": None, "structure.degree": [2, 8]}
    latin = points({"latin_hypercube": {"ranges": ranges, "samples": 20}})
    slices = sorted(int(p["averaging.strength"] * 20) for p in latin)
    assert slices == list(range(20))
    assert {type(p["structure.degree"]) for p in latin} == {int}
    names = ["averaging.strength", "human_pull.strength"]
    assert len(points({"sobol": {"ranges": names, "samples": 8}})) == 8 * 4
    assert len(points({"morris": {"ranges": names, "trajectories": 5}})) == 5 * 3
    for design in ({"latin_hypercube": {"ranges": names, "samples": 4}}, {"sobol": {"ranges": names, "samples": 4}}):
        assert points(design) == points(design)
        (word,) = design
        assert points({word: {**design[word], "seed": 1}}) != points(design)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"design": {"gird": {}}}, "unknown design `gird`. Did you mean `grid`?"),
        ({"design": {"grid": {"averaging.strenth": [1]}}}, "unknown address in design.grid: `averaging.strenth`."),
        ({"design": {"grid": {"averaging.strength": [2]}}}, "design.grid.averaging.strength = 2 lies outside [0, 1]"),
        (
            {"design": {"latin_hypercube": {"ranges": ["agents"], "samples": 3}}},
            "agents is a whole number in [1, inf), without two bounds",
        ),
        ({"design": {"sobol": {"ranges": ["averaging.strength"], "samples": 5}}}, "samples = 5 is no power of 2"),
        ({"design": {"csv": "none.csv"}}, "design.csv.file: there is no file"),
        ({"design": {"morris": {"ranges": ["averaging.strength"]}}}, "design.morris.trajectories is missing"),
        ({"seeds": 0}, "seeds = 0: at least one"),
        ({"seeds": [1, 1]}, "one seed is given twice"),
        ({"seeds": "x"}, "seeds = 'x': a number of seeds, or a list of them"),
        ({"interventions": ["less"]}, "unknown intervention in the sweep: `less`."),
        ({"keep": ["payoff"]}, "unknown field in keep: `payoff`."),
        ({"stop": {"measure": "drift", "half_width": 1}}, "unknown measure in stop: `drift`."),
        ({"measures": ["spred"]}, "unknown measure `spred`. Did you mean `spread`?"),
        ({"scenario": "nobody"}, "unknown scenario `nobody`."),
        ({"sceanrio": "karate"}, "unknown key in the sweep: `sceanrio`. Did you mean `scenario`?"),
    ],
)
def test_mistakes_in_a_sweep_are_one_message_and_exit_code_2(asked, message, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump({"scenario": DATA, **asked}))
    result = CliRunner().invoke(app, ["sweep", str(path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_rows_are_what_the_society_gives(tmp_path):
    asked = sweep(design={"grid": {"averaging.strength": [0.1, 0.4]}}, interventions=["none", "more"], steps=5)
    results = asked.run(tmp_path, Here())
    runs, series = results.runs, results.series
    assert len(runs) == 2 * 2 * 3
    assert runs["averaging.strength"].tolist() == [0.1] * 6 + [0.4] * 6
    for row in runs.to_dict("records"):
        scenario = Scenario.from_dict({**DATA, "steps": 5}).vary({"averaging.strength": row["averaging.strength"]})
        if row["intervention"] == "more":
            scenario = scenario.intervene("more")
        again = Society(scenario, rng=row["seed"]).run().series()
        mine = series[series["run"] == row["run"]].drop(columns="run").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, again, check_exact=True)
        assert (row["human_gap"], row["ended_at"]) == (again["human_gap"].iloc[-1], 5)


def test_nothing_runs_twice_and_a_wider_sweep_adds_to_it(tmp_path):
    made = []

    class Counting(Here):
        def run(self, payload, jobs):
            made.append(len(jobs))
            return super().run(payload, jobs)

    sweep(design={"grid": {"averaging.strength": [0.1, 0.4]}}).run(tmp_path, Counting())
    sweep(design={"grid": {"averaging.strength": [0.1, 0.4]}}).run(tmp_path, Counting())
    sweep(design={"grid": {"averaging.strength": [0.1, 0.4, 0.5]}}, seeds=4).run(tmp_path, Counting())
    assert made == [6, 6]
    assert len(load(tmp_path).runs) == 12


def test_failed_runs_are_rows_and_retried_when_asked(tmp_path):
    asked = sweep(seeds=2, design={"grid": {"human_pull.strength": [0.1, 0.2]}})
    made = []

    class Breaking(Here):
        def run(self, payload, jobs):
            made.append([job.parameters["human_pull.strength"] for job in jobs])
            yield from super().run(payload, [job for job in jobs if job.parameters["human_pull.strength"] < 0.15])
            for job in jobs:
                if job.parameters["human_pull.strength"] > 0.15:
                    yield failed(job, InputError("it broke"), 0.0)

    runs = asked.run(tmp_path, Breaking()).runs
    assert runs["status"].tolist() == ["done", "done", "failed", "failed"]
    assert set(runs["error"].iloc[2:]) == {"it broke"}
    asked.run(tmp_path, Breaking())
    again = asked.run(tmp_path, Breaking(), retry_failed=True).runs
    assert made == [[0.1, 0.1, 0.2, 0.2], [0.2, 0.2]]
    assert again.drop(columns="seconds").equals(runs.drop(columns="seconds"))
    result = CliRunner().invoke(app, ["status", str(tmp_path)])
    assert "2 runs are done, 2 failed" in result.stdout
    assert "failed 2 times: it broke" in result.stdout


def test_whole_numbers_words_and_lists_are_drawn_evenly():
    ranges = {
        "structure.degree": [2, 6], "averaging.activation": ["synchronous", "random"], "steps": {"values": [2, 9]},
        "human_pull.strength": [0.1, 0.2, 0.3], "structure": ["complete", {"ring": {"degree": 4}}],
    }  # fmt: skip
    drawn = points({"latin_hypercube": {"ranges": ranges, "samples": 60}})
    for name, values in ranges.items():
        listed = range(2, 7) if name == "structure.degree" else values["values"] if name == "steps" else values
        assert [sum(p[name] == value for p in drawn) for value in listed] == [60 // len(listed)] * len(listed)
    words = points({"latin_hypercube": {"ranges": ["human_pull.activation"], "samples": 6}})
    assert sorted(p["human_pull.activation"] for p in words) == ["random"] * 2 + ["sequential"] * 2 + ["synchronous"] * 2
    assert {p["steps"] for p in points({"morris": {"ranges": {"steps": [2, 5]}, "trajectories": 20}})} == {2, 3, 4, 5}


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ({"grid": {"averaging.strength": []}}, "design.grid.averaging.strength = []: at least one value"),
        ({"grid": {}}, "design.grid is empty: at least one address"),
        ({"points": []}, "design.points = []: at least one point"),
        ({"sobol": {"ranges": {"agents": []}, "samples": 4}}, "design.sobol.ranges.agents = []: at least one value"),
        ({"sobol": {"ranges": ["structure"], "samples": 4}}, "structure is a whole part: a name, or {name: {key: value}}"),
        ({"grid": {"structure": [3]}}, "design.grid.structure = 3 is not a whole part"),
        ({"grid": {"activation": ["often"]}}, "design.grid.activation = 'often' is not allowed: one of synchronous"),
    ],
)
def test_an_empty_list_and_a_part_that_is_none_are_refused(design, message):
    with pytest.raises(InputError) as caught:
        points(design)
    assert message in str(caught.value)


def test_whole_parts_are_values_of_a_grid_and_replay(tmp_path):
    """A run of the sweep is the run of a scenario that has these parts, bit for bit, and is replayed from its row."""
    grid = {
        "structure": ["complete", {"ring": {"degree": 4}}], "initial.values": [{"uniform": {"high": 0.25}}],
        "activation": ["sequential"], "averaging.strength": [1e-3],
    }  # fmt: skip
    results = sweep(seeds=1, design={"grid": grid}).run(tmp_path, Here())
    runs = results.runs.set_index("structure")
    assert list(runs["status"]) == ["done", "done"] and set(runs.index) == {'"complete"', '{"ring": {"degree": 4}}'}
    rules = [{"averaging": {"strength": 0.001, "activation": "sequential"}},
             {"human_pull": {"strength": 0.1, "activation": "sequential"}}]  # fmt: skip
    for structure in grid["structure"]:
        data = {**DATA, "structure": structure, "initial": {"values": {"uniform": {"high": 0.25}}}, "rules": rules}
        alone = Society(Scenario.from_dict(data), rng=0).run()
        row = runs.loc[json.dumps(structure)]
        assert row["spread"] == alone.measure("spread")
        run = stored(tmp_path, row["run"])
        assert departs(run, replay(run)) is None


def test_a_file_of_a_part_that_is_varied_is_looked_for_beside_the_sweep_and_watched(tmp_path):
    (tmp_path / "t.csv").write_text("source,target\n" + "".join(f"{i},{i + 1}\n" for i in range(9)))
    part = {"from_file": {"file": "t.csv", "ties": "undirected"}}
    given = {"scenario": DATA, "seeds": 1, "design": {"grid": {"structure": [part, "complete"]}}}
    results = Sweep.from_dict(given, tmp_path).run(tmp_path / "out", Here())
    rows = results.runs.set_index("structure")
    named = rows.loc[json.dumps(part)]
    assert str(tmp_path) not in (tmp_path / "out" / "sweep.yaml").read_text()
    run = stored(tmp_path / "out", named["run"])
    assert departs(run, replay(run)) is None
    assert Sweep.from_file(tmp_path / "out" / "sweep.yaml").missing({id_: {} for id_ in rows["run"]}) == []
    (tmp_path / "t.csv").write_text("source,target\n" + "".join(f"{i},{(i + 3) % 10}\n" for i in range(10)))
    with pytest.raises(InputError, match=r"holds the runs of another scenario \(t\.csv has changed\)"):
        Sweep.from_dict(given, tmp_path).run(tmp_path / "out", Here())


def test_sensitivity_takes_words_and_says_of_a_constant_that_it_is_one(tmp_path):
    ranges = {"structure": ["complete", {"ring": {"degree": 2}}], "human_pull.strength": [0.0, 0.5]}
    asked = sweep(seeds=1, design={"sobol": {"ranges": ranges, "samples": 4}})
    found = study(asked, tmp_path / "a", Here(), "human_gap")
    assert set(found["screen"]["address"]) == set(ranges)
    assert not found["doubts"] or "samples: " in found["doubts"][0]
    frozen = {**DATA, "rules": [], "initial": {"values": {"same": {"value": 0.5}}}, "interventions": {}}
    still = Sweep.from_dict({
        "scenario": frozen, "seeds": 1, "design": {"sobol": {"ranges": {"agents": [3, 9], "steps": [1, 3]}, "samples": 4}}
    })  # fmt: skip
    nothing = study(still, tmp_path / "b", Here(), "spread")
    assert [said.partition(":")[0] for said in nothing["doubts"]] == ["spread is the same at every point"]
    assert not (tmp_path / "b" / "runs").exists(), "the screen alone"


def test_a_file_without_record_records_the_usual_measures(tmp_path):
    data = {key: value for key, value in DATA.items() if key != "record"}
    path = tmp_path / "s.yaml"
    path.write_text(yaml.safe_dump(data))
    for scenario in (Scenario.from_file(path), gallery.load(path), sweep(scenario=data).scenario):
        assert [type(m).name() for m in scenario.record] == ["human_gap", "spread"]
    path.write_text(yaml.safe_dump({**data, "record": []}))
    assert Scenario.from_file(path).record == () and Scenario.from_dict(data).record == ()


@pytest.mark.parametrize(
    ("change", "grid", "message"),
    [
        ({"structure": {"blocks": {"blocks": 2}}}, {"structure.blocks": [2, 11]},
         "the point structure.blocks = 11 cannot be: structure.blocks = 11: at most one per agent, 10"),
        ({}, {"structure": ["complete", {"ring": {"degree": 10}}], "agents": [10, 11]}, "structure"),
        ({}, {"structure": ["lattice_of_none"]}, "lattice_of_none"),
    ],
)  # fmt: skip
def test_a_combination_that_cannot_be_is_refused_before_any_run(tmp_path, change, grid, message):
    asked = Sweep.from_dict({"scenario": {**DATA, **change}, "seeds": 2, "design": {"grid": grid}})

    class Never(Here):
        def run(self, payload, jobs):
            raise AssertionError("a run was made")

    with pytest.raises(InputError, match="design: the point") as caught:
        asked.run(tmp_path, Never())
    assert message in str(caught.value)


def test_a_stopping_rule_goes_on_until_the_interval_is_narrow(tmp_path):
    stop = {"measure": "spread", "half_width": 0.004, "at_least": 4, "at_most": 60}
    asked = sweep(stop=stop, design={"grid": {"human_pull.strength": [0.0, 0.3]}})
    runs = asked.run(tmp_path, Here()).runs
    for _, rows in runs.groupby("human_pull.strength"):
        values, n = rows["spread"].to_numpy(), len(rows)
        half = stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)
        assert half <= 0.004 or n == 60
        counts = [4]
        while counts[-1] < n:
            counts.append(counts[-1] + max(1, counts[-1] // 2))
        assert min(counts[-1], 60) == n
        ordered = rows.sort_values("seed")["spread"].to_numpy()
        for count in counts[:-1]:
            part = ordered[:count]
            assert stats.t.ppf(0.975, count - 1) * part.std(ddof=1) / np.sqrt(count) > 0.004
    assert asked.run(tmp_path, Here()).runs.equals(runs)
    rows = {row["run"]: row for row in runs.to_dict("records")}
    assert asked.missing(rows) == [] and len(asked.missing({})) == 8
    last = runs[runs["human_pull.strength"] == 0.0].sort_values("seed")["run"].iloc[-1]
    assert [job.id for job in asked.missing({k: v for k, v in rows.items() if k != last})] == [last]


def test_twins_share_their_noise():
    other = SCENARIO.intervene("more")
    found = compare(SCENARIO, other, range(6), Here())
    for measure in ("human_gap", "spread"):
        assert (found.difference(measure)[:, :4] == 0).all()
        assert (found.difference(measure)[:, 4:] != 0).all()
    frame = found.frame()
    last = frame[(frame["measure"] == "human_gap") & (frame["step"] == 6)].iloc[0]
    a = [Society(SCENARIO, rng=s).run().series()["human_gap"].iloc[-1] for s in range(6)]
    b = [Society(other, rng=s).run().series()["human_gap"].iloc[-1] for s in range(6)]
    low, high = stats.ttest_rel(b, a).confidence_interval()
    assert (last["low"], last["high"]) == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))
    apart = np.var(a, ddof=1) + np.var(b, ddof=1)
    assert last["saved"] == pytest.approx(1 - np.var(np.subtract(b, a), ddof=1) / apart, abs=1e-12)


def test_the_tipping_point_of_a_pull_is_where_algebra_puts_it():
    """v = 0 everywhere, pulled to 1: the gap after 6 steps is (1 - a)^6, below 0.4 from a = 1 - 0.4^(1/6) on."""
    still = Scenario.from_dict({**DATA, "initial": {"values": {"same": {"value": 0.0}}}})
    found = tip(still, "human_pull.strength", "human_gap < 0.4", Here(), width=0.02, coarse=5, runs=4)
    exact = 1 - 0.4 ** (1 / 6)
    assert found.estimate == pytest.approx(exact, abs=0.02)
    assert found.low <= exact <= found.high
    with pytest.raises(InputError, match="unknown address in --over"):
        tip(still, "human_pull.power", "human_gap < 0.4", Here())


@pytest.mark.slow
def test_a_tipping_point_is_the_same_bits_for_any_number_of_workers(tmp_path):
    """A noisy one, so that rounds of several runs come; the command says what it took and what a grid would have taken."""
    path = tmp_path / "noisy.yaml"
    path.write_text(yaml.safe_dump({**DATA, "agents": 4, "steps": 3, "initial": {"values": "uniform"}}))
    words = ["tip", str(path), "--over", "human_pull.strength", "--until", "human_gap < 0.3", "--width", "0.08"]
    words += ["--coarse", "4", "--runs", "6"]
    one, two = (CliRunner().invoke(app, [*words, "--json", "--jobs", str(jobs)]) for jobs in (1, 2))
    assert one.exit_code == 0, one.output
    assert one.stdout == two.stdout
    found = json.loads(one.stdout)
    assert found["runs"] > 4 * 6 + 20
    assert found["grid_runs"] == 14 * 6
    assert (
        f"{found['runs']:,} runs; a grid of the same width with 6 seeds per point needs 84."
        in CliRunner().invoke(app, words).stdout
    )


PLAINLY = '''
from valuescape import Rule, param

class Pull(Rule):
    """Everybody is pulled to 1: v_i <- v_i + strength (1 - v_i). values (N, K). Test (2026)."""

    strength: float = param(0.1, 0, 1, "share of the way in a step", off=0.0)
    writes = ("values",)

    def kernel(self, who, values, new_values, strength):
        new_values[who] = values[who] + strength * (1.0 - values[who])
'''


def test_a_search_step_by_step_says_before_it_starts_how_long_it_takes(tmp_path):
    (tmp_path / "to_one.py").write_text(PLAINLY)
    path = tmp_path / "plain.yaml"
    still = {"agents": 4, "steps": 3, "initial": {"values": {"same": {"value": 0.0}}}}
    path.write_text(yaml.safe_dump({**DATA, **still, "rules": [{"to_one:Pull": {"strength": 0.1}}], "interventions": {}}))
    words = ["tip", str(path), "--over", "pull.strength", "--until", "human_gap < 0.4", "--coarse", "3", "--runs", "2"]
    words += ["--longest", "6"]
    said = CliRunner().invoke(app, words)
    warned = [line for line in said.stderr.splitlines() if line.startswith("Runs are made step by step: ")]
    assert said.exit_code == 0 and len(warned) == 1, said.output
    assert "One takes" in warned[0] and "with --jobs 1: 86 such runs" in warned[0]
    assert "step by step" not in said.stdout
    assert "again with 6 steps" in said.stderr
    for silent in ("--quiet", "--json"):
        assert CliRunner().invoke(app, [*words, silent]).stderr == ""
    path.write_text(yaml.safe_dump({**DATA, **still}))
    words[3] = "human_pull.strength"
    assert "step by step" not in CliRunner().invoke(app, words).stderr


def test_a_run_that_fails_ends_the_search_with_its_error():
    blocks = Scenario.from_dict({**DATA, "structure": {"blocks": {"blocks": 2}}})
    with pytest.raises(InputError, match=r"pull, structure\.blocks = 11, seed \d: structure\.blocks = 11: at most"):
        tip(blocks, "structure.blocks", "spread < 0.1", Here(), low=2, high=20, coarse=3, runs=2)


def test_sensitivity_of_a_product_of_two_pulls(tmp_path):
    """human_gap = (1 - a)^6 from everybody at 0; averaging changes nothing. Variance is all a's: total 1 and 0."""
    still = {**DATA, "initial": {"values": {"same": {"value": 0.0}}}}
    ranges = {"human_pull.strength": [0.05, 0.2], "averaging.strength": [0.0, 0.8]}
    asked = Sweep.from_dict({"scenario": still, "seeds": 1, "design": {"sobol": {"ranges": ranges, "samples": 64}}})
    found = study(asked, tmp_path, Here(), "human_gap")
    assert found["screen"].set_index("address")["mean_size"]["averaging.strength"] < 1e-12
    assert found["indices"]["address"].tolist() == ["human_pull.strength"]
    both = study(asked, tmp_path / "both", Here(), "human_gap", screened=False)["indices"].set_index("address")
    assert both["total"]["human_pull.strength"] == pytest.approx(1, abs=0.1)
    assert abs(both["total"]["averaging.strength"]) < 1e-9
    morris = Sweep.from_dict({"scenario": still, "seeds": 1, "design": {"morris": {"ranges": ranges, "trajectories": 4}}})
    effects = analyse(morris, morris.run(tmp_path / "morris", Here()), "human_gap").set_index("address")
    assert effects["mean"]["human_pull.strength"] < -0.3


def test_replay_of_a_sweep_run_at_any_step_and_a_fork(tmp_path):
    asked = sweep(design={"grid": {"averaging.strength": [0.1, 0.4]}}, interventions=["more"])
    runs = asked.run(tmp_path, Here()).runs
    then = stored(tmp_path, runs["run"].iloc[4][:10])
    whole = Society(asked.scenario.vary({"averaging.strength": 0.4}).intervene("more"), rng=int(runs["seed"].iloc[4]))
    for step in range(7):
        society = replay(then, step)
        assert (society.state.values == whole.state.values).all()
        assert departs(then, society) is None
        whole.step()
    forked = fork(replay(then, 4), {"averaging.strength": 0.9}, steps=9)
    assert (forked.state.values == replay(then, 4).state.values).all()
    by_hand = replay(then, 4)
    by_hand.set("averaging.strength", 0.9)
    by_hand.run_for(5)
    forked.run()
    assert forked.clock == 9
    assert (forked.state.values == by_hand.state.values).all()
    assert (forked.state.values == Society(forked.scenario, rng=then.seed).run().state.values).all()
    then.series.loc[2, "spread"] += 1e-16 + np.spacing(then.series.loc[2, "spread"])
    assert departs(then, replay(then, 6))["step"] == 2
    with pytest.raises(InputError, match=r"--step 7 lies outside 0\.\.6"):
        replay(then, 7)
    with pytest.raises(InputError, match="holds 6 runs: choose one by --run ID"):
        stored(tmp_path)


def test_the_commands_end_to_end(tmp_path):
    runner = CliRunner()
    (tmp_path / "s.yaml").write_text(yaml.safe_dump({"scenario": DATA, "design": {"grid": {"agents": [5, 6]}}, "seeds": 2}))
    file, out = str(tmp_path / "s.yaml"), str(tmp_path / "out")

    def go(*words: str, code: int = 0) -> str:
        result = runner.invoke(app, [str(w) for w in words])
        assert result.exit_code == code, result.output
        return result.stdout

    dry = json.loads(go("sweep", file, "--dry-run", "--json"))
    assert (dry["runs"], dry["points"], dry["error"]) == (4, 2, None)
    assert "4 of them new" in go("sweep", file, "--out", out)
    assert json.loads(go("sweep", file, "--out", out, "--json"))["made"] == 0
    assert json.loads(go("sweep", file, "--out", out, "--dry-run", "--json")) == {"runs": 0, "there": 4, "points": 2}
    assert go("sweep", file, "--out", out, "--quiet").strip() == out
    assert json.loads(go("status", out, "--json"))["missing"] == 0
    go("results", out, "--csv", tmp_path / "a.csv", "--parquet", tmp_path / "a.parquet")
    assert pd.read_csv(tmp_path / "a.csv")["agents"].tolist() == [5, 5, 6, 6]
    assert "human_gap" in go("results", out, "--series")
    said = json.loads(go("compare", "karate-split", "--set", "averaging.strength=0.5", "--seeds", "2", "--json"))
    assert {row["measure"] for row in said["rows"]} == {"spread", "human_gap", "drift"}
    assert go("compare", "karate-split", "--set", "averaging.strength=0.5", "--seeds", "2", "--quiet") == ""
    run = go("run", "echo-chamber", "--steps", "4", "--out", tmp_path / "runs", "--quiet").strip()
    assert json.loads(go("replay", run, "--step", "2", "--json"))["departs"] is None
    with np.load(f"{run}/states/step-2.npz") as state:
        assert state["values"].shape == (200, 1)
    forked = json.loads(go("replay", run, "--step", "2", "--fork", "--set", "deffuant.tolerance=0.5", "--json"))
    assert gallery.load(f"{forked['fork']}/scenario.yaml").schedule == {"deffuant.tolerance": ((2, 0.5),)}
    go("replay", run, "--step", "2", "--set", "deffuant.tolerance=0.5", code=2)
    robust = json.loads(go("check", "echo-chamber", "--set", "steps=5", "--robust", "--seeds", "2", "--json"))["robust"]
    assert set(robust["variants"]) == {"as it is", "rules reversed", "deffuant matching", "deffuant sequential"}


def test_explain_holds_each_rule_against_its_twin(tmp_path):
    """Without the pull the mean stays: the twin's gap is the start's; without averaging the pull alone acts."""
    runs = sweep(seeds=1).run(tmp_path, Here()).runs
    then = stored(tmp_path)
    frame = explain(then).set_index("rule")
    society = Society(SCENARIO, rng=0, ledger=True)
    first = society.measure("human_gap")
    society.run()
    assert frame["end"].unique().tolist() == [pytest.approx(runs["human_gap"].iloc[0], abs=1e-12)]
    assert frame.loc["human_pull", "end_without"] == pytest.approx(first, abs=1e-12)
    assert frame.loc["averaging", "end_without"] == pytest.approx(first * 0.9**6, abs=1e-12)
    assert frame["net"].sum() == pytest.approx(society.ledger.change("human"), abs=1e-12)
    assert (frame["gross"] >= frame["net"].abs() - 1e-12).all()
    scheduled = Scenario.from_dict({**DATA, "schedule": {"human_pull.strength": [[2, 0.9]]}})
    assert without(scheduled, "human_pull").schedule == {}
    result = CliRunner().invoke(app, ["explain", str(tmp_path), "--json"])
    assert len(json.loads(result.stdout)["rows"]) == 2


def test_the_report_of_a_sweep(tmp_path):
    grid = {"averaging.strength": [0.1, 0.4], "human_pull.strength": [0.0, 0.2]}
    sweep(design={"grid": grid}, seeds=2).run(tmp_path, Here())
    result = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert result.stdout.strip() == str(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert "8 runs are done, 0 failed." in text
    assert text.count("data:image/png") == 2
    assert "varied: averaging.strength, human_pull.strength" in text


LEVELS = {"averaging.strength": [0.1, 0.2, 0.4], "human_pull.strength": [0.0, 0.2], "agents": [6, 9]}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_figure_of_a_sweep_shows_means_over_what_was_varied(tmp_path, count, monkeypatch):
    """The address of most values across, another as lines, a third as panels; points are the means over seeds."""
    grid = dict(list(LEVELS.items())[:count])
    runs = sweep(design={"grid": grid}, seeds=2).run(tmp_path, Here()).runs
    drawn = []
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda figure, path, **_: drawn.append(figure) or path.touch())
    target = str(tmp_path / "a.png")
    result = CliRunner().invoke(app, ["results", str(tmp_path), "--figure", target, "--measure", "spread"])
    points = len(runs) // 2
    untold = f"spread: at {points} of {points} points it cannot be told whether it stood (one run, or too few records)."
    told = f"spread in {target}: mean with its 95 % interval; dots: single runs. {untold}\n"
    assert (result.exit_code, result.stderr) == (0, told)
    x = "averaging.strength"
    lines, panels = [("", ""), ("human_pull.strength", ""), ("agents", "human_pull.strength")][count - 1]
    axes = drawn[0].axes
    assert len(axes) == (2 if panels else 1)
    assert {ax.get_ylabel() for ax in axes} == {"spread\n(0 to 0.5)"} and axes[-1].get_xlabel() == x
    for ax in axes:
        mine = runs[runs[panels] == float(ax.texts[0].get_text().rpartition(" ")[2])] if panels else runs
        for bar in ax.containers:
            level = float(str(bar.get_label()).rpartition(" ")[2]) if lines else None
            ours = mine[mine[lines] == level] if lines else mine
            means: Any = ours.groupby(x)["spread"].mean()
            assert np.allclose(bar.lines[0].get_xydata(), np.column_stack([means.index, means]), rtol=0, atol=1e-12)
        assert len(ax.containers) == (2 if lines else 1)


def test_two_addresses_of_many_values_are_a_map_beside_its_uncertainty(tmp_path):
    grid = {"averaging.strength": [0.1, 0.2, 0.3, 0.4, 0.5, 0.9], "human_pull.strength": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}
    done = sweep(design={"grid": grid}, seeds=2, steps=1).run(tmp_path, Here()).runs
    figure, said = measure_figure(done, list(grid), "spread")
    above, below = [ax for ax in figure.axes if ax.get_xlabel()]
    table = done.pivot_table(index="averaging.strength", columns="human_pull.strength", values="spread")
    assert np.allclose(above.collections[0].get_array(), table)
    one = done[(done["averaging.strength"] == 0.1) & (done["human_pull.strength"] == 0.0)]["spread"]
    assert below.collections[0].get_array()[0, 0] == pytest.approx(mean_interval(one).high - one.mean())
    assert said == "mean over the runs, and the half width of its 95 % interval"
    many = sweep(design={"latin_hypercube": {"ranges": {"averaging.strength": [0, 1]}, "samples": 50}}, seeds=1, steps=1)
    figure, said = measure_figure(many.run(tmp_path / "b", Here()).runs, ["averaging.strength"], "spread")
    assert said == "each point is a run" and len(figure.axes[0].collections[0].get_offsets()) == 50


def test_what_no_figure_can_show_is_said(tmp_path):
    sweep(seeds=1).run(tmp_path, Here())
    for words, said in (
        (["--measure", "spred"], "unknown measure of these runs: `spred`. Did you mean `spread`?"),
        ([], "one point only was run: a figure of a sweep shows what was varied"),
    ):
        result = CliRunner().invoke(app, ["results", str(tmp_path), "--figure", str(tmp_path / "a.png"), *words])
        assert result.exit_code == 2
        assert said in result.stderr
    sweep(seeds=1, design={"grid": {"agents": [4, 5]}}).run(tmp_path / "b", Here())
    result = CliRunner().invoke(app, ["results", str(tmp_path / "b"), "--figure", str(tmp_path / "a.bmp")])
    assert (result.exit_code, "a.bmp: a figure's file ends in .png, .svg or .pdf" in result.stderr) == (2, True)
    result = CliRunner().invoke(app, ["results", str(tmp_path / "b"), "--figure", str(tmp_path / "none" / "a.png")])
    assert (result.exit_code, "a.png: cannot be written: No such file" in result.stderr) == (2, True)


def test_check_robust_says_when_a_conclusion_hangs_on_the_order(tmp_path):
    two = {**DATA, "steps": 1, "initial": {f: {"same": {"value": 0.0}} for f in ("values", "objectives")}}
    two["rules"] = [{"human_pull": {"strength": 0.5}}, {"task_pull": {"strength": 0.5}}]
    two["interventions"] = {}
    path = tmp_path / "two.yaml"
    path.write_text(yaml.safe_dump(two))
    words = ["check", str(path), "--robust", "--seeds", "1", "--json"]
    result = CliRunner().invoke(app, [*words, "--holds", "human_gap > 0.6"])
    assert result.exit_code == 1
    share = json.loads(result.stdout)["robust"]["holds"]["share"]
    assert (share["as it is"], share["rules reversed"]) == (1.0, 0.0)
    assert CliRunner().invoke(app, [*words, "--holds", "human_gap < 0.9"]).exit_code == 0
