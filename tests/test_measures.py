"""Measures of a state against closed forms and independent oracles."""

from __future__ import annotations

import re

import networkx
import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

from tests.populations import bare_state
from valuescape.analysis import captures, categories, dispersion, harms, measures, tie_measures, welfare
from valuescape.model.binding import dims_for
from valuescape.model.errors import InputError
from valuescape.model.kinds import known
from valuescape.model.ties import Ties

ALL = sorted(known("measure").items())


@pytest.fixture
def state():
    made = bare_state()
    made["active"][7] = False
    return made


@pytest.mark.parametrize(("name", "measure"), ALL)
def test_stays_in_its_range_and_of_nobody_there_is_nothing_to_measure(name, measure, state):
    state["welfare_all"] = 1.0
    everybody = measure()(state)
    state["active"] = False
    assert np.isnan(measure()(state)) or (measure.better == "" and measure.unit != "1" and measure()(state) == 0)
    state["active"][3] = True
    alone = measure()(state)
    assert np.isfinite(everybody)
    for number in (everybody, alone):  # alone there may be nothing to measure either: no pair, no teammate
        assert measure.low is None or not number < measure.low - 1e-12
        assert measure.high is None or not number > measure.high + 1e-12


@pytest.mark.parametrize(("name", "measure"), ALL)
def test_reads_without_writing(name, measure, state):
    before = {field: array.copy() for field, array in state.arrays.items()}
    measure()(state)
    for field, array in before.items():
        assert np.array_equal(array, state[field]), field


@pytest.mark.parametrize(("name", "measure"), ALL)
def test_docstring_says_its_source(name, measure):
    assert measure.better in ("high", "low", "")
    assert re.search(r"\((19|20)\d\d\)", measure.__doc__), "no source"


def test_spread(state):
    assert measures.Spread()(state) == pytest.approx(np.sqrt(state.values[state.active].var(0).mean()), abs=1e-14)


def test_coalitions_count_the_living(state):
    state["coalition"] = -1
    state["coalition"][[0, 1, 2, 7, 8, 9]] = [0, 0, 0, 4, 4, 5]
    assert measures.Coalitions()(state) == 1
    assert measures.LargestCoalition()(state) == pytest.approx(3 / 39)
    state["active"][7] = True
    assert measures.Coalitions()(state) == 2


def test_cooperation_stance_cost_population(state):
    state["cooperates"][:10] = True
    state["spent"] = 0.5
    assert measures.Cooperation()(state) == pytest.approx(9 / 39)
    assert measures.InstitutionCost()(state) == pytest.approx(19.5)
    assert measures.Population()(state) == 39
    stance = 2 * state.traits[state.active, 1].astype(float) - 1
    assert measures.MeanStance(topic=1)(state) == pytest.approx(stance.mean())
    with pytest.raises(InputError, match=r"mean_stance.topic = 2: there are 2 traits"):
        measures.MeanStance(topic=2)(state)


def on_line(state, points, counts):
    """Everybody's first value at the given points, so many at each."""
    state["active"] = False
    state["active"][: sum(counts)] = True
    state["values"] = 0.0
    state["values"][: sum(counts), 0] = np.repeat(points, counts)
    return state


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ((0, 1), (0.25, 0.203063, 0.164938)),
        ((0, 0.5, 1), (0.148148, 0.106552, 0.076634)),
        (np.arange(11) / 10, (0.033058, 0.016101, 0.007842)),
    ],
)
def test_esteban_ray(points, expected):
    state = on_line(bare_state(44), points, [2] * len(points))
    for alpha, number in zip((1.0, 1.3, 1.6), expected, strict=True):
        assert dispersion.EstebanRay(dimension=0, alpha=alpha)(state) == pytest.approx(number, abs=5e-7)


def test_bimodality_of_known_distributions():
    # 40,000 draws: standard error of the coefficient about .002 (uniform) and .005 (normal)
    n = 40_000
    rng = np.random.default_rng(2)
    for draws, expected in (
        (rng.random(n), 5 / 9),
        (np.clip(rng.normal(0.5, 0.05, n), 0, 1), 1 / 3),
        (np.arange(n) % 2, 1.0),
    ):
        assert dispersion.bimodality_of(draws.astype(float)) == pytest.approx(expected, abs=0.01)


def test_bimodality_uses_the_bias_corrected_moments():
    x = np.random.default_rng(5).random(25) ** 2
    g, k, n = stats.skew(x, bias=False), stats.kurtosis(x, bias=False), x.size
    assert dispersion.bimodality_of(x) == pytest.approx((g**2 + 1) / (k + 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))), abs=1e-12)


def test_pair_distance_identity(state):
    living = state.values[state.active]
    pairs = [((living[i] - living[j]) ** 2).mean() for i in range(len(living)) for j in range(i)]
    assert dispersion.MeanSquaredPairDistance()(state) == pytest.approx(np.mean(pairs), abs=1e-13)


def test_range_coverage_entropy_and_shannon_drift(state):
    living = state.values[state.active]
    assert dispersion.ValueRange()(state) == pytest.approx(np.ptp(living, axis=0).mean(), abs=1e-14)
    assert dispersion.ValueRange(dimension=3)(state) == pytest.approx(np.ptp(living[:, 3]), abs=1e-14)
    line = on_line(bare_state(), (0, 1), (20, 20))
    assert dispersion.Coverage(dimension=0, bins=4)(line) == pytest.approx(2 / 4)
    assert dispersion.ValueEntropy(dimension=0)(line) == pytest.approx(np.log(2))
    line["anchors"][:, 0] = 0.5
    assert dispersion.JensenShannonDrift(dimension=0)(line) == pytest.approx(np.log(2))
    line["anchors"] = line.values[::-1]
    assert dispersion.JensenShannonDrift()(line) == 0.0
    now, then = (
        np.bincount(np.rint(x[state.active, 2] * 10).astype(int), minlength=11) for x in (state.values, line.values)
    )
    state["anchors"] = line.values
    expected = distance.jensenshannon(now, then) ** 2
    assert dispersion.JensenShannonDrift(dimension=2)(state) == pytest.approx(expected, abs=1e-12)


def test_the_range_of_values_takes_no_bounds_for_granted(state):
    for shift in (-3.0, 3.0):
        moved = state.values + shift
        expected = np.ptp(moved[state.active], axis=0).mean()
        assert dispersion.value_range(dims_for(10), moved, state.active, -1) == pytest.approx(expected, abs=1e-14)


def d(a, b):
    """The distance of two minds, number by number, in the order in which kernels add."""
    total = 0.0
    for x, y in zip(a, b, strict=True):
        total += (x - y) * (x - y)
    return np.sqrt(total / len(a))


def middle(minds):
    total = np.zeros(minds.shape[1])
    for mind in minds:
        total += mind
    return total / len(minds)


@pytest.mark.parametrize("references", [1, 3])
@pytest.mark.parametrize("k", [1, 2, 7, 10])
def test_measures_of_rows_to_the_bit(k, references):
    """K is in their type, whatever it is; some are dead, one is alone in its group, and a group is dead."""
    s, rng = bare_state(40, k, references=references), np.random.default_rng(k)
    own, group = rng.random((references, k)), np.arange(40) % 2
    group[11] = 2
    s["own_human_values"], s["group"], s["active"] = own, group, np.arange(40) % 5 > 0
    s.claim("expressed")
    s["expressed"] = 0.75 * s.values + 0.25 * rng.random((40, k))
    here, v, row = np.flatnonzero(s.active), s.values, group if references > 1 else 0 * group

    said = sum(d(v[i], s.expressed[i]) > harms.HIDDEN for i in here)
    assert 0 < said < here.size
    assert harms.Silenced()(s) == said / here.size

    others = [d(v[i], own[row[i]]) for i in here if group[i] < 2]
    assert harms.OthersGap()(s) == sum(others) / len(others)

    held = [np.sum(row[here] == r) * d(middle(v[here][row[here] == r]), own[r]) for r in np.unique(row[here])]
    assert harms.MeanMindGap()(s) == sum(held) / here.size

    means = [middle(v[here][group[here] == g]) for g in range(3)]
    pairs = [d(means[a], means[b]) for a in range(3) for b in range(a)]
    assert dispersion.GroupDivergence()(s) == sum(pairs) / 3
    s["active"] &= group != 1
    assert dispersion.GroupDivergence()(s) == pairs[1]

    now = captures.society_capture(dims_for(k), s.human_values, own, s.group, s.active)
    assert now.tolist() == [d(s.human_values[r], own[r]) for r in row]


def test_clusters_by_networkx_and_by_gaps(state):
    living = np.flatnonzero(state.active)
    graph = networkx.Graph()
    graph.add_nodes_from(living)
    far = lambda i, j: np.sqrt(((state.values[i] - state.values[j]) ** 2).mean())  # noqa: E731
    graph.add_edges_from((i, j) for i in living for j in living if i < j and far(i, j) <= 0.29)
    sizes = np.array([len(c) for c in networkx.connected_components(graph)])
    assert 1 < sizes.size < living.size
    assert dispersion.ValueClusters(tolerance=0.29)(state) == sizes.size
    assert dispersion.EffectiveClusters(tolerance=0.29)(state) == pytest.approx(1 / ((sizes / sizes.sum()) ** 2).sum())
    line = bare_state(30, k=1)
    line["values"][:, 0] = np.repeat([0.1, 0.15, 0.5, 0.9], [6, 6, 12, 6])
    assert dispersion.ValueClusters(tolerance=0.06)(line) == 3
    assert dispersion.ValueClusters(tolerance=0.01)(line) == 4
    assert dispersion.EffectiveClusters(tolerance=0.5)(line) == 1


def test_equal_clusters_count_in_full():
    line = bare_state(40, k=1)
    line["values"][:, 0] = np.arange(40) % 5 / 4
    assert dispersion.EffectiveClusters()(line) == pytest.approx(5)


def test_group_divergence(state):
    means = [state.values[state.active & (state.group == g)].mean(0) for g in (0, 1)]
    assert dispersion.GroupDivergence()(state) == pytest.approx(np.sqrt(((means[0] - means[1]) ** 2).mean()), abs=1e-14)


def test_dimension_and_topic_out_of_range_are_refused(state):
    with pytest.raises(InputError, match=r"coverage.dimension = 10: there are 10"):
        dispersion.Coverage(dimension=10)(state)
    with pytest.raises(InputError, match=r"consensus.topic = 5: there are 2 traits"):
        categories.Consensus(topic=5)(state)


def test_shares_of_stances(state):
    state["traits"][:, 1] = np.arange(40) % 4
    assert categories.StanceEntropy(topic=1)(on_everybody(state)) == pytest.approx(np.log(4))
    assert categories.LargestStance(topic=1)(state) == 0.25
    assert categories.MeanTrait(topic=1)(state) == 1.5
    state["traits"][:, 0] = np.arange(40) < 30
    assert categories.Consensus()(state) == pytest.approx(0.5)


def on_everybody(state):
    state["active"] = True
    return state


def test_pairwise_misalignment_of_equal_groups_and_of_pairs(state):
    on_everybody(state)["traits"][:] = (np.arange(40) % 4)[:, None]
    assert categories.PairwiseMisalignment()(state) == pytest.approx(40 / 39 * (1 - 1 / 4))
    state["traits"] = np.random.default_rng(4).integers(0, 3, (40, 2))
    pairs = [(state.traits[i] != state.traits[j]).mean() for i in range(40) for j in range(i)]
    assert categories.PairwiseMisalignment()(state) == pytest.approx(np.mean(pairs), abs=1e-13)


def test_regions_and_active_ties_by_networkx():
    state = bare_state(100, traits=2, seed=6)
    grid = networkx.grid_2d_graph(10, 10)
    edges = np.array([[10 * a + b, 10 * c + d] for (a, b), (c, d) in grid.edges()])
    state.ties["main"] = Ties.from_edges(100, edges[:, 0], edges[:, 1])
    state["active"][50] = False
    same = [(i, j) for i, j in edges if (state.traits[i] == state.traits[j]).all() and 50 not in (i, j)]
    graph = networkx.Graph(same)
    graph.add_nodes_from(i for i in range(100) if i != 50)
    sizes = [len(c) for c in networkx.connected_components(graph)]
    assert categories.Regions()(state) == len(sizes)
    assert categories.LargestRegion()(state) == pytest.approx(max(sizes) / 99)
    alive = [(i, j) for i, j in edges if 50 not in (i, j)]
    open_ties = [(i, j) for i, j in alive if 0 < (state.traits[i] == state.traits[j]).sum() < 2]
    assert categories.ActiveTies()(state) == pytest.approx(len(open_ties) / len(alive))
    assert categories.Cultures()(state) == len(np.unique(state.traits[np.arange(100) != 50], axis=0))


def test_regions_on_complete_ties_are_cultures(state):
    stored = Ties.complete(40).explicit()
    counts = []
    for ties in (Ties.complete(40), stored):
        state.ties["main"] = ties
        counts.append([categories.Regions()(state), categories.LargestRegion()(state), categories.ActiveTies()(state)])
    assert counts[0] == pytest.approx(counts[1], abs=1e-14)


def test_effective_coalitions(state):
    on_everybody(state)["coalition"] = np.arange(40) % 4
    assert categories.EffectiveCoalitions()(state) == pytest.approx(4)
    state["coalition"] = -1
    assert categories.EffectiveCoalitions()(state) == pytest.approx(40)


@pytest.fixture
def karate():
    graph = networkx.karate_club_graph()
    state = bare_state(34, k=1, seed=9)
    edges = np.array(graph.edges())
    weights = [graph.edges[i, j]["weight"] for i, j in edges]
    state.ties["main"] = Ties.from_edges(34, edges[:, 0], edges[:, 1], weights)
    state["coalition"] = [0 if graph.nodes[i]["club"] == "Mr. Hi" else 1 for i in graph]
    for i in graph:
        graph.nodes[i].update(value=float(state.values[i, 0]), part=int(state.coalition[i]))
    return graph, state


def test_assortativity_homophily_and_modularity_by_networkx(karate):
    graph, state = karate
    expected = networkx.numeric_assortativity_coefficient(graph, "value")
    assert tie_measures.Assortativity()(state) == pytest.approx(expected, abs=1e-12)
    assert tie_measures.Homophily()(state) == pytest.approx(
        networkx.attribute_assortativity_coefficient(graph, "part"), abs=1e-12
    )
    parts = [{i for i in graph if graph.nodes[i]["part"] == p} for p in (0, 1)]
    assert tie_measures.Modularity()(state) == pytest.approx(networkx.community.modularity(graph, parts), abs=1e-12)
    state["coalition"] = -1
    alone = networkx.community.modularity(graph, [{i} for i in graph])
    assert tie_measures.Modularity()(state) == pytest.approx(alone, abs=1e-12)


def test_complete_ties_from_totals_equal_stored_ones():
    state = bare_state(20)
    state.ties["main"] = Ties.complete(20).explicit()
    stored = [m()(state) for m in (tie_measures.Assortativity, tie_measures.PowerInequality, tie_measures.LargestPower)]
    state.ties["main"] = Ties.complete(20)
    assert [
        m()(state) for m in (tie_measures.Assortativity, tie_measures.PowerInequality, tie_measures.LargestPower)
    ] == pytest.approx(stored, abs=1e-12)


def test_power_is_the_left_eigenvector(karate):
    _, state = karate
    ties = state.ties["main"]
    strength = np.bincount(ties.rows(), ties.weight)
    power = tie_measures.power_of(state.active, ties.start, ties.neighbour, ties.share, 20_000, 1e-13)
    assert power == pytest.approx(strength / strength.sum(), abs=1e-9)
    gini = np.abs(power[:, None] - power).sum() / (2 * 34 * power.sum())
    assert tie_measures.PowerInequality()(state) == pytest.approx(gini, abs=1e-7)
    assert tie_measures.LargestPower()(state) == pytest.approx(power.max(), abs=1e-7)


def test_power_goes_to_whom_everybody_hears_in_the_end():
    state = bare_state(4)
    state.ties["main"] = Ties.from_edges(4, [0, 1, 2], [1, 2, 3], directed=True)
    assert tie_measures.LargestPower()(state) == pytest.approx(1.0, abs=1e-7)
    assert tie_measures.PowerInequality()(state) == pytest.approx(3 / 4, abs=1e-7)


def test_welfare(state):
    state["payoff"] = np.random.default_rng(1).random(40) + 0.1
    paid = state.payoff[state.active]
    assert welfare.Welfare()(state) == pytest.approx(paid.sum())
    assert welfare.WorstOff()(state) == paid.min()
    assert welfare.NashWelfare()(state) == pytest.approx(stats.gmean(paid))
    assert welfare.PayoffInequality()(state) == pytest.approx(np.abs(paid[:, None] - paid).sum() / (2 * 39 * paid.sum()))
    state["payoff"] = 0.0
    state["payoff"][0] = 1.0
    assert welfare.PayoffInequality()(state) == pytest.approx(38 / 39)
    assert welfare.NashWelfare()(state) == 0.0
    state["payoff"][1] = -1.0
    assert welfare.PayoffInequality()(state) <= 1.0


def test_mean_extremity_is_of_the_mean(state):
    mean = state.values[state.active].mean(0)
    assert dispersion.MeanExtremity()(state) == pytest.approx(np.abs(2 * mean - 1).mean(), abs=1e-14)
