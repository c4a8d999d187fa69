"""DeGroot: consensus at the mean weighted by the left eigenvector of the shares, and how fast."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.findings import Finding
from valuescape.experiments.reproductions.mutants import Mutant, plays, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import EXACT, around, exact

SCENARIO = {
    "structure": {"real_network": {"dataset": "karate"}},
    "value_system": "stance",
    "initial": {"values": "uniform"},
    "rules": [{"averaging": {"strength": 1.0}}],
    "steps": 2000,
}
RING = {
    **SCENARIO,
    "agents": 20,
    "structure": {"ring": {"degree": 2}},
    "initial": {"values": {"listed": {"rows": [0, 1] * 10}}},
}
GOSSIP = {**SCENARIO, "agents": 100, "structure": "complete", "rules": [{"deffuant": {"tolerance": 1.0}}]}


def shares_of(society) -> np.ndarray:
    """The row-stochastic matrix W of a society's ties, (N, N)."""
    ties = society.state.ties["main"]
    w = np.zeros((ties.n, ties.n))
    np.add.at(w, (ties.rows(), ties.neighbour), ties.share)
    return w


def run() -> Answer:
    """Karate club to consensus; an even ring that never settles; gossip that keeps the mean."""
    society = society_of(SCENARIO, seed=1)
    w, x0 = shares_of(society), society.state.values[:, 0].copy()
    eigenvalues, vectors = np.linalg.eig(w.T)
    order = np.argsort(-np.abs(eigenvalues))
    pi = np.real(vectors[:, order[0]] / vectors[:, order[0]].sum())
    strength = np.zeros(w.shape[0])
    np.add.at(strength, society.state.ties["main"].rows(), society.state.ties["main"].weight)
    gaps = []
    for _ in range(400):
        society.step()
        gaps.append(float(np.abs(society.state.values[:, 0] - pi @ x0).max()))
    society.run_for(1600)
    ring = society_of(RING, seed=1)
    ring.run_for(1001)
    gossip = society_of(GOSSIP, seed=1)
    mean = gossip.state.values.mean()
    gossip.run_for(30)
    end = np.abs(society.state.values[:, 0] - pi @ x0).max()
    rate = (gaps[119] / gaps[59]) ** (1 / 60)
    return Answer(
        {
            "largest distance of an agent from pi . x0": Finding(float(end)),
            "largest distance of pi from degree / sum of degrees": Finding(
                float(np.abs(pi - strength / strength.sum()).max())
            ),
            "factor of the error a step, over |lambda_2|": Finding(rate / float(np.abs(eigenvalues[order[1]]))),
            "spread on an even ring after 1,001 steps": Finding(float(np.ptp(ring.state.values))),
            "change of the mean under random pair gossip": Finding(float(abs(gossip.state.values.mean() - mean))),
        },
        {"gaps": gaps, "second": float(np.abs(eigenvalues[order[1]]))},
    )


def draw(data):
    """The distance from consensus, step by step, beside |lambda_2|^t."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.subplots()
    steps = np.arange(1, len(data["gaps"]) + 1)
    axes.semilogy(steps, data["gaps"], label="simulated")
    axes.semilogy(steps, data["gaps"][59] * data["second"] ** (steps - 60), "--", color="black", label="|lambda_2|^t")
    axes.set(xlabel="step", ylabel="largest distance from pi . x0", ylim=(1e-17, 1))
    axes.legend(frameon=False)
    return figure


REPRODUCTION = Reproduction(
    title="DeGroot's consensus",
    citation="DeGroot (1974), Reaching a consensus, J. Am. Stat. Assoc. 69(345), 118-121",
    claim="Proves that repeated averaging with row-stochastic weights W reaches consensus at pi . x(0), pi W = pi, where"
    " W is connected and aperiodic; the error falls as |lambda_2|^t.",
    setup="Averaging of strength 1 on the weighted karate club (34 members), against numpy's eigenvectors of its shares;"
    " a ring of 20 (two-colourable: no consensus); pair gossip among 100.",
    scenario=SCENARIO,
    targets=(
        exact("largest distance of an agent from pi . x0", 0.0, read="pi W = pi, by numpy's eigenvectors"),
        exact(
            "largest distance of pi from degree / sum of degrees", 0.0, kind="function", read="W = D^-1 A of undirected ties"
        ),
        around(
            "factor of the error a step, over |lambda_2|",
            1.0,
            0.001,
            "within .1 %: the second eigenvector's term outlives the others by step 60",
            "theory",
            "closed form",
            "|lambda_2|, by numpy's eigenvalues",
        ),
        exact("spread on an even ring after 1,001 steps", 1.0, 0.0, read="a two-coloured ring takes turns for ever"),
        exact("change of the mean under random pair gossip", 0.0, EXACT, read="each meeting keeps the sum"),
    ),
    mutants=(
        Mutant("half of the way", "One closes half of the gap in a step.", sets("averaging", strength=0.5)),
        Mutant(
            "one after another",
            "Each hears what the others have become in the same step.",
            sets("averaging", activation="sequential"),
        ),
        Mutant("one of two moves", "In gossip only the one who listens moves.", plays("deffuant", "bounded:_OneMoves")),
    ),
    run=run,
    seeds="1",
    draw=draw,
)
