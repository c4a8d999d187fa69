"""The same model in an independent program, both run here, compared in distribution.

They need the group `bench` (`make slow`): NDlib, EGTtools. Axelrod-Python's later versions need torch, so its
last one without is run in an environment of its own (`uv run --isolated --with`). A peer that is missing is a failure,
not a skip. NDlib does not repeat under its own seed, so no bits are compared; its Hegselmann-Krause is another model.
"""

from __future__ import annotations

import random
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from scipy.stats import binomtest, ks_2samp

from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # the peers' own warnings are not ours
LEAST = 1e-3  # p below which two samples are called different


def society(seed: int, **described) -> Society:
    base = {"structure": "complete", "value_system": "stance", "steps": 10**6}
    return Society(Scenario.from_dict({**base, **described}), rng=seed)


def times_of_ours(n: int, ones: int, runs: int) -> tuple[np.ndarray, np.ndarray]:
    """Voter events until consensus, in tenths of a sweep, and who wins."""
    times, wins = np.empty(runs), np.empty(runs, bool)
    for seed in range(runs):
        start = {"traits": {"chance": {"share": ones / n, "exact": True}}}
        ours = society(seed, agents=n, initial=start, rules=["voter"], events=n // 10)
        stances = ours.state.traits[:, 0]
        while stances.min() != stances.max():
            ours.step()
        times[seed], wins[seed] = ours.clock * (n // 10), stances[0] == 1
    return times, wins


def same_shares(a: np.ndarray, b: np.ndarray) -> bool:
    """Two shares differ by less than 3.5 standard errors (p of about 5e-4)."""
    pooled = np.concatenate([a, b]).mean()
    error = np.sqrt(pooled * (1 - pooled) * (1 / a.size + 1 / b.size))
    return abs(a.mean() - b.mean()) <= 3.5 * error


def test_ndlibs_voter_takes_as_long_and_ends_alike():
    """30 agents, 9 for: 200 runs of theirs, 400 of ours; Kolmogorov-Smirnov on times, and the share of wins."""
    from ndlib.models.ModelConfig import Configuration
    from ndlib.models.opinions import VoterModel

    n, ones = 30, 9
    random.seed(1)
    np.random.seed(1)  # NDlib draws from the global generators
    times, wins = [], []
    for _ in range(200):
        theirs = VoterModel(nx.complete_graph(n))
        config = Configuration()
        config.add_model_parameter("fraction_infected", ones / n)
        theirs.set_initial_status(config)
        theirs.iteration()  # the first only reports the start
        events = 0
        while len(set(theirs.status.values())) > 1:
            theirs.iteration(node_status=False)
            events += 1
        times.append(np.ceil(events / (n // 10)) * (n // 10))
        wins.append(theirs.status[0] == 1)
    ours, our_wins = times_of_ours(n, ones, 400)
    assert ks_2samp(times, ours).pvalue > LEAST
    assert same_shares(np.array(wins), our_wins)


def test_ndlibs_deffuant_leaves_the_same_spread_and_clusters():
    """100 agents, tolerance .3: 60 runs each, 8 sweeps, and again at 40."""
    from ndlib.models.ModelConfig import Configuration
    from ndlib.models.opinions import AlgorithmicBiasModel

    from valuescape.analysis.dispersion import ValueClusters

    n = 100
    random.seed(2)
    np.random.seed(2)
    theirs_spread, theirs_left, ours_spread, ours_left = [], [], [], []
    for seed in range(60):
        peer = AlgorithmicBiasModel(nx.complete_graph(n))
        config = Configuration()
        config.add_model_parameter("epsilon", 0.3)
        config.add_model_parameter("gamma", 0)
        config.add_model_parameter("mu", 0.5)
        peer.set_initial_status(config)
        ours = society(seed, agents=n, initial={"values": "uniform"}, rules=[{"deffuant": {"tolerance": 0.3}}])
        peer.iteration()
        for sweep in range(40):
            peer.iteration(node_status=False)
            ours.step()
            if sweep == 7:
                theirs_spread.append(np.std(list(peer.status.values())))
                ours_spread.append(ours.state.values.std())
        x = np.sort(list(peer.status.values()))
        theirs_left.append(1 + int((np.diff(x) > 0.02).sum()))
        ours_left.append(int(ValueClusters(tolerance=0.02)(ours.state)))
    assert ks_2samp(theirs_spread, ours_spread).pvalue > LEAST
    assert ks_2samp(theirs_left, ours_left).pvalue > LEAST


def test_egttools_gives_the_fixation_that_fermi_imitation_has():
    """Pairwise comparison among 12, one mutant, snowdrift: its exact chance inside our 99.9 % interval of 800 runs."""
    from egttools.analytical import PairwiseComparison
    from egttools.games import Matrix2PlayerGameHolder

    n, runs = 12, 800
    payoffs = np.array([[3.0, 2.0], [4.0, 1.0]])
    holder = Matrix2PlayerGameHolder(2, payoffs)  # named: the process keeps a bare pointer to it
    expected = PairwiseComparison(n, holder).calculate_fixation_probability(0, 1, 0.5)
    game = {"reward": 3.0, "sucker": 2.0, "temptation": 4.0, "punishment": 1.0}
    won = 0
    for seed in range(runs):
        ours = society(
            seed,
            agents=n,
            groups=[
                {"name": "mutant", "count": 1, "initial": {"cooperates": {"same": {"value": 1}}}},
                {"name": "residents", "initial": {"cooperates": {"same": {"value": 0}}}},
            ],
            initial={"values": {"same": {"value": 0.5}}},
            rules=[{"dilemma": game}, {"fermi_imitation": {"temperature": 2.0, "activation": "random"}}],
            events=1,
        )
        moves = ours.state.cooperates
        while moves.min() != moves.max():
            ours.step()
        won += bool(moves[0])
    interval = binomtest(won, runs).proportion_ci(0.999)
    assert interval.low <= expected <= interval.high


AXELROD = """
import axelrod
won = 0
for seed in range(200):
    players = [axelrod.Cooperator() for _ in range(5)] + [axelrod.Defector()]
    process = axelrod.MoranProcess(players, turns=1, seed=seed)
    process.play()
    won += process.winning_strategy_name == "Cooperator"
print(won)
"""


def test_axelrods_moran_process_fixes_as_often_as_ours():
    """Five cooperators and a defector, R 3, S 0, T 5, P 1: 200 runs of theirs, 400 of ours."""
    command = ["uv", "run", "--isolated", "--no-project", "--python", sys.executable, "--with", "axelrod==4.13.1", "python"]
    done = subprocess.run([*command, "-W", "ignore", "-c", AXELROD], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"Axelrod-Python in an environment of its own: {done.stderr[-2000:]}"
    theirs = np.arange(200) < int(done.stdout.split()[-1])
    ours = np.empty(400, bool)
    for seed in range(400):
        lived = society(
            seed,
            agents=6,
            initial={"values": {"same": {"value": 0.5}}, "cooperates": {"chance": {"share": 5 / 6, "exact": True}}},
            rules=[{"dilemma": {"reward": 3.0, "sucker": 0.0, "temptation": 5.0, "punishment": 1.0}}, "moran"],
        )
        moves = lived.state.cooperates
        while moves.min() != moves.max():
            lived.step()
        ours[seed] = moves[0]
    assert same_shares(theirs, ours)
    assert 0 < ours.mean() < 1


def test_a_plain_mesa_loop_of_voters_takes_as_long():
    """30 Mesa agents, one random one a step copies a random other: 300 runs each, Kolmogorov-Smirnov on times."""
    import mesa

    class Person(mesa.Agent):
        def __init__(self, model, stance):
            super().__init__(model)
            self.stance = stance

        def step(self):
            other = self
            while other is self:
                other = self.model.random.choice(self.model.everybody)
            self.stance = other.stance

    class Crowd(mesa.Model):
        def __init__(self, n, ones, rng):
            super().__init__(rng=rng)
            self.everybody = [Person(self, int(i < ones)) for i in range(n)]

        def step(self):
            self.random.choice(self.everybody).step()

    n, ones, times, wins = 30, 9, [], []
    for seed in range(300):
        crowd, events = Crowd(n, ones, seed), 0
        while len({p.stance for p in crowd.everybody}) > 1:
            crowd.step()
            events += 1
        times.append(np.ceil(events / (n // 10)) * (n // 10))
        wins.append(crowd.everybody[0].stance == 1)
    ours, our_wins = times_of_ours(n, ones, 300)
    assert ks_2samp(times, ours).pvalue > LEAST
    assert same_shares(np.array(wins), our_wins)


def test_a_plain_mesa_loop_of_the_majority_force_has_the_same_law():
    """40 Mesa agents in random order by shuffle_do, 12 steps from disorder at beta = 1.3: |m| of 300 runs each."""
    import mesa

    n, beta, steps = 40, 1.3, 12

    class Agent(mesa.Agent):
        stance = 0

        def step(self):
            heard = sum(a.stance for a in self.model.everybody) - self.stance
            m = 2 * heard / (n - 1) - 1
            self.stance = int(self.random.random() < 0.5 * (1 + np.tanh(beta * m)))

    class Crowd(mesa.Model):
        def __init__(self, rng):
            super().__init__(rng=rng)
            self.everybody = [Agent(self) for _ in range(n)]
            for agent in self.everybody[: n // 2]:
                agent.stance = 1

        def step(self):
            self.agents.shuffle_do("step")

    theirs, ours = [], []
    for seed in range(300):
        crowd = Crowd(seed)
        for _ in range(steps):
            crowd.step()
        theirs.append(abs(2 * sum(a.stance for a in crowd.everybody) / n - 1))
        lived = society(
            seed, agents=n, initial={"traits": {"chance": {"share": 0.5, "exact": True}}},
            rules=[{"majority_force": {"beta": beta, "activation": "sequential"}}],
        )  # fmt: skip
        lived.run_for(steps)
        ours.append(abs(2 * lived.state.traits[:, 0].mean() - 1))
    assert ks_2samp(theirs, ours).pvalue > LEAST
