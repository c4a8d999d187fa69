"""Figures: what is drawn is what the frame holds; colour is never alone; nothing is left in pyplot."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from valuescape.analysis import figures, ledger_figures, network_figures, study_figures
from valuescape.analysis.statistics import mean_interval
from valuescape.experiments.reports.figure_files import FORMATS, read_formats, save_figure, write_figure
from valuescape.model.errors import InputError


@pytest.fixture
def frame():
    rng = np.random.default_rng(1)
    rows = [(run, "ab"[run % 2], t, rng.random(), 5 * rng.random()) for run in range(6) for t in range(20)]
    return pd.DataFrame(rows, columns=["run", "arm", "step", "human_gap", "coalitions"])


def written(axes):
    """The figure as PNG bytes: drawing it is where most mistakes show."""
    out = io.BytesIO()
    axes.figure.savefig(out, format="png", dpi=50)
    assert pyplot.get_fignums() == []
    return out.getvalue()


def test_trajectories_draw_the_median_and_its_band(frame):
    axes = figures.trajectories(frame)
    line = axes.lines[0]
    assert np.allclose(line.get_ydata(), frame.groupby("step")["human_gap"].median())
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    expected = frame.groupby("step")["human_gap"].quantile([0.05, 0.95])
    assert band.min() == pytest.approx(expected.min())
    assert band.max() == pytest.approx(expected.max())
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["human gap", "coalitions"]
    assert len(written(axes)) > 1000


def test_series_differ_in_marker_and_dashes_not_only_in_colour():
    styles = [figures.style(number) for number in range(6)]
    assert len({s["marker"] for s in styles}) == 6
    assert len({s["linestyle"] for s in styles}) == 6


def test_trajectories_by_a_column_and_on_given_axes(frame):
    axes = figures.trajectories(frame, ["human_gap"], by="arm")
    assert figures.trajectories(frame, ["coalitions"], ax=axes) is axes
    assert len(axes.lines) == 3
    assert np.allclose(axes.lines[1].get_ydata(), frame[frame.arm == "b"].groupby("step")["human_gap"].median())


def test_a_frame_without_the_column_is_refused(frame):
    with pytest.raises(InputError, match="Did you mean `human_gap`"):
        figures.trajectories(frame, ["human_gab"])
    with pytest.raises(InputError, match="no column of numbers"):
        figures.trajectories(frame[["step"]])
    with pytest.raises(InputError, match="no entries of the gap task"):
        ledger_figures.waterfall(pd.DataFrame({"rule": ["a"], "amount": [1.0], "gap": ["human"]}), "task")


def test_network_draws_each_node_where_it_is(frame):
    places = np.random.default_rng(0).random((12, 2))
    edges = np.array([[0, 1], [2, 3], [0, 11]])
    axes = network_figures.network(places, edges, np.linspace(0, 1, 12), label="power", names=range(12))
    lines, nodes = axes.collections[:2]
    assert np.allclose(nodes.get_offsets(), places)
    assert np.allclose(np.asarray(lines.get_segments()), places[edges])
    assert len(axes.texts) == 12
    written(axes)
    with pytest.raises(InputError, match=r"outside 0\.\.11"):
        network_figures.network(places, np.array([[0, 12]]), np.zeros(12))
    with pytest.raises(InputError, match=r"not \(5, 2\)"):
        network_figures.network(places, edges[:1], np.zeros(5))


def test_network_tells_classes_by_shape_too():
    axes = network_figures.network(np.random.default_rng(0).random((6, 2)), np.empty((0, 2)), list("aabbcc"))
    shapes = {tuple(c.get_paths()[0].vertices.ravel()) for c in axes.collections[1:]}
    assert len(shapes) == 3
    written(axes)


def test_positions_are_the_same_for_the_same_seed():
    edges = np.array([[i, (i + 1) % 30] for i in range(30)])
    assert np.array_equal(network_figures.positions(30, edges, 4), network_figures.positions(30, edges, 4))
    assert not np.array_equal(network_figures.positions(30, edges, 4), network_figures.positions(30, edges, 5))


def test_parts_stand_beside_one_another_and_the_lonely_below():
    """Two triangles and three nodes alone: no part lies over another, and no third of the picture is empty."""
    edges = np.array([[0, 1], [1, 2], [2, 0], [3, 4], [4, 5], [5, 3]])
    places = network_figures.positions(9, edges)
    one, two, alone = places[:3], places[3:6], places[6:]
    assert one[:, 0].max() < two[:, 0].min() or two[:, 0].max() < one[:, 0].min()
    assert alone[:, 1].max() < places[:6, 1].min() - 0.25
    assert len(np.unique(places.round(6), axis=0)) == 9
    lengths = np.sqrt(((places[edges[:, 0]] - places[edges[:, 1]]) ** 2).sum(axis=1)).reshape(2, 3)
    assert np.allclose(lengths.mean(axis=1), 1)


def test_a_large_network_is_drawn_class_by_class():
    """Circle areas are members, a line is the ties between, and what is inside is said."""
    classes = ["a"] * 60 + ["b"] * 15
    edges = np.array([[i, i + 1] for i in range(59)] + [[0, 60], [1, 61]] + [[60, 61]])
    colours = np.r_[np.linspace(0, 0.5, 60), np.full(15, 1.0)]
    axes = network_figures.aggregated(classes, edges, colours, label="power")
    outlines = [circles.get_paths()[0].vertices for circles in axes.collections]
    widths = [np.ptp(outline[:, 0]) for outline in outlines]
    assert (widths[0] / widths[1]) ** 2 == pytest.approx(60 / 15)
    assert [t.get_text() for t in axes.texts] == ["a: 60\n97% of ties inside", "b: 15\n33% of ties inside"]
    assert axes.get_title(loc="left").startswith("widest line: 2 ties")
    assert len(axes.lines) == 1
    written(axes)
    many = np.array([f"c{i}" for i in range(40) for _ in range(40 - i)])
    few = network_figures.few_classes(many, 10)
    assert np.unique(few).size == 10 and (few == "31 smaller ones").sum() == sum(range(1, 32))


def test_densely_tied_parts_are_found_and_the_lonely_set_aside():
    triangles = [[a + i, a + j] for a in (0, 4) for i in range(4) for j in range(i)]
    parts = network_figures.communities(10, np.array([*triangles, [0, 4]]))
    assert np.unique(parts).tolist() == ["part 1", "part 2", network_figures.WITHOUT]
    assert len(set(parts[:4])) == len(set(parts[4:8])) == 1 and parts[0] != parts[4]
    assert (parts[8:] == network_figures.WITHOUT).all()


def test_every_panel_has_a_y_axis_that_says_what_it_measures(frame):
    drawn = figures.panels(frame, {"0 to 1, lower is better": ["human_gap"], "coalitions": ["coalitions"]})
    assert [ax.get_ylabel() for ax in drawn] == ["human gap\n0 to 1\nlower is better", "coalitions"]
    assert all(len(ax.get_yticks()) > 1 for ax in drawn)
    both = figures.trajectories(frame, ["human_gap", "coalitions"], ylabel="0 to 5")
    assert both.get_ylabel() == "0 to 5"
    written(drawn[0])


def test_figures_are_written_in_each_format_and_twice_the_same(frame, tmp_path):
    axes = figures.trajectories(frame)
    paths = write_figure(axes.figure, tmp_path / "a", "human gap", FORMATS)
    again = write_figure(figures.trajectories(frame).figure, tmp_path / "b", "human gap", FORMATS)
    assert [p.suffix for p in paths] == [".png", ".svg", ".pdf"]
    assert [p.read_bytes()[:4] for p in paths] == [b"\x89PNG", b"<?xm", b"%PDF"]
    assert [p.read_bytes() for p in paths] == [p.read_bytes() for p in again]
    with pytest.raises(InputError, match=r"x\.bmp: a figure's file ends in \.png, \.svg or \.pdf"):
        save_figure(axes.figure, tmp_path / "x.bmp", "x.bmp")
    with pytest.raises(InputError, match=r"unknown format of figures `swg`\. Did you mean `svg`"):
        read_formats(["swg"])


def test_waterfall_stands_bar_on_bar_and_ends_where_they_lead():
    ledger = pd.DataFrame(
        [(0, "averaging", "human", 0.1), (1, "averaging", "human", -0.04), (1, "training", "human", -0.2),
         (1, "training", "task", 9.0)], columns=["step", "rule", "gap", "amount"])  # fmt: skip
    axes = ledger_figures.waterfall(ledger, "human", start=0.5)
    bars = [(b.get_x(), b.get_width()) for b in axes.patches]
    assert np.allclose(bars, [(0, 0.5), (0.5, 0.06), (0.56, -0.2), (0, 0.36)])
    assert np.allclose(axes.lines[0].get_xdata(), [0.46, 0.6])
    assert axes.patches[2].get_hatch() and not axes.patches[1].get_hatch()
    written(axes)


def test_phase_map_shows_means_and_marks_the_phase():
    table = pd.DataFrame(
        [(a, b, a + b + e) for a in (0, 1, 2) for b in (0, 1) for e in (-0.25, 0.25)], columns=["a", "b", "m"]
    )
    axes = study_figures.phase_map(table, "a", "b", "m", level=2)
    assert np.allclose(axes.collections[0].get_array(), [[0, 1, 2], [1, 2, 3]])
    assert axes.collections[1].get_offsets().shape == (3, 2)
    written(axes)


def test_a_map_of_uneven_values_is_uneven():
    rows = [(a, b, 1.0) for a in (0.0, 0.1, 0.5) for b in (0.0, 1.0)]
    axes = study_figures.phase_map(pd.DataFrame(rows, columns=["a", "b", "m"]), "a", "b", "m")
    edges = np.unique(axes.collections[0].get_coordinates()[..., 0])
    assert np.allclose(edges, [-0.05, 0.05, 0.3, 0.7])
    assert np.allclose(axes.get_xticks(), [0, 0.1, 0.5])


def test_a_response_has_its_interval_its_runs_and_a_true_axis():
    rng = np.random.default_rng(2)
    rows = [(x, arm, x + rng.normal(), x == 4.0) for x in (1.0, 2.0, 4.0) for arm in "ab" for _ in range(5)]
    table = pd.DataFrame(rows, columns=["x", "arm", "m", "moving"])
    axes = study_figures.response(table, "x", "m", by="arm", moving="moving")
    bars = [c for c in axes.containers if c.has_yerr]
    assert [bar.get_label() for bar in bars] == ["arm = a", "arm = b"]
    first = table[(table.arm == "a") & (table.x == 2.0)]["m"]
    low, high = mean_interval(first).low, mean_interval(first).high
    segments = bars[0].lines[2][0].get_segments()
    assert np.allclose(segments[1], [[2, low], [2, high]])
    assert np.allclose(bars[0].lines[0].get_xdata(), [1, 2, 4])
    dots = [c for c in axes.collections if len(c.get_offsets()) == 5]
    assert len(dots) == 6
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert [line.get_xdata().tolist() for line in hollow] == [[4.0], [4.0]]
    words = study_figures.response(table, "arm", "m")
    assert [t.get_text() for t in words.get_xticklabels()] == ["a", "b"]
    written(words)


def test_the_palette_is_seaborns_colour_blind_safe_one():
    import seaborn as sns

    assert np.allclose(figures.PALETTE, sns.color_palette("colorblind", 10))


def luminance(colour):
    """Relative luminance of a colour, WCAG 2: what is left of it in black and white."""
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return float(np.dot([0.2126, 0.7152, 0.0722], parts))


def test_the_map_of_numbers_grows_lighter_all_the_way():
    import matplotlib

    shades = [luminance(c) for c in matplotlib.colormaps[figures.MAP](np.linspace(0, 1, 64))]
    assert (np.diff(shades) > 0).all() and shades[-1] - shades[0] > 0.6


def test_signs_can_be_told_without_colour():
    """Falls are hatched; a cell of somebody who moved closer has a dash."""
    moved = pd.DataFrame({"source": ["a", "b", "a"], "moved": ["x", "x", "y"], "amount": [0.5, -0.4, -0.3]})
    axes = ledger_figures.who_moved_whom(moved)
    assert len(axes.collections[1].get_offsets()) == 2
    written(axes)
    axes = ledger_figures.top_sources(moved)
    assert [t.get_text() for t in axes.get_yticklabels()] == ["b", "a"]
    assert [bool(b.get_hatch()) for b in axes.patches] == [True, False]
    assert np.allclose([b.get_width() for b in axes.patches], [-0.4, 0.2])
    written(axes)
    shares = pd.DataFrame({"rule": ["r", "q"], "share": [0.2, -0.1], "alone": [0.3, 0.0], "last": [0.1, -0.2]})
    axes = ledger_figures.shapley_bars(shares)
    assert [bool(b.get_hatch()) for b in axes.patches] == [False, True]
    marks = {tuple(c.get_paths()[0].vertices.ravel()) for c in axes.collections}
    assert len(marks) == 2
    with pytest.raises(InputError, match="nobody moved anybody"):
        ledger_figures.who_moved_whom(moved[:0])
