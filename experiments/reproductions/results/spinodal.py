"""De Marzo and colleagues: how much bias frees a society from a misaligned majority: the spinodal."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.mean_field import spinodal
from valuescape.analysis.tipping_points import bisection
from valuescape.experiments.reproductions.findings import Finding, Findings, share_of
from valuescape.experiments.reproductions.mutants import Mutant, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, around
from valuescape.model.words import in_digits

BETAS = (1.5, 2.0, 3.0, 4.0)
N, SWEEPS = 40_000, 250
SCENARIO = {
    "agents": N,
    "structure": {"complete": {"loops": True}},
    "value_system": "stance",
    "initial": {"traits": {"same": {"value": 0}}},
    "rules": [{"majority_force": {"beta": 2.0, "h": 0.2}}],
    "steps": SWEEPS,
}


def escapes(beta: float, h: float) -> bool:
    """Whether most agents of a society that starts all against the bias are for it after 250 sweeps."""
    society = society_of(SCENARIO, seed=1, rules=[{"majority_force": {"beta": beta, "h": h}}])
    for _ in range(SWEEPS // 10):
        society.run_for(10)
        if society.state.traits[:, 0].mean() > 0.5:
            return True
    return False


def least_bias(beta: float) -> float:
    """The smallest bias with which a society escapes, to .001."""
    return bisection(lambda h: escapes(beta, h), 0.0, 1.0, 0.001)


def trapped(beta: float, h: float) -> Finding:
    """Share of 1,000 societies of 50, of whom 2 are for at first, that are still against after 10 sweeps."""
    caves = {"caves": {"cave": 50, "joined": "apart"}}
    rows = ([1, 1] + [0] * 48) * MANY
    society = society_of(
        SCENARIO,
        3,
        agents=50 * MANY,
        structure=caves,
        initial={"traits": {"listed": {"rows": rows}}},
        rules=[{"majority_force": {"beta": beta, "h": h}}],
    )
    society.run_for(10)
    return share_of(society.state.traits[:, 0].reshape(MANY, 50).mean(axis=1) < 0.5)


SMALL = {(3.0, 0.1): 1.0, (3.0, 0.3): 0.9995, (3.0, 0.45): 0.4012, (3.0, 0.55): 0.0002, (2.0, 0.3): 0.3933}
MANY = 1000


def smeared() -> Findings:
    """Societies of 50 about the edge."""
    return {f"50 agents, beta = {in_digits(b)}, h = {in_digits(h)}: still misaligned": trapped(b, h) for b, h in SMALL}


def run() -> Answer:
    """The spinodal of large societies, and how far it is smeared in societies of 50."""
    found = {f"bias that frees a society, beta = {in_digits(b)}": Finding(least_bias(b)) for b in BETAS}
    found |= smeared()
    return Answer(found, {"points": [found[f"bias that frees a society, beta = {in_digits(b)}"].value for b in BETAS]})


def draw(data):
    """The metastable region, with the simulated edge."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3.2), layout="constrained")
    axes = figure.subplots()
    beta = np.linspace(1.001, 5, 300)
    edge = [spinodal(b) for b in beta]
    axes.fill_between(beta, 0, edge, color="0.9", label="metastable")
    axes.plot(beta, edge, color="black", label="spinodal")
    axes.plot(BETAS, data["points"], "o", label="simulated")
    axes.set(xlabel="majority force beta", ylabel="bias |h|")
    axes.legend(frameon=False)
    return figure


SCRIPT = "experiments/reproductions/independent/majority_force_script.py, 6,000 societies"


REPRODUCTION = Reproduction(
    title="The misalignment trap",
    citation="De Marzo, Bellina, Castellano, Priesemann & Garcia (2026), Conformity generates collective misalignment in"
    " AI agents societies, arXiv 2605.10721; code giordano-demarzo/Opinion-Dynamics-with-AI-Agents, figures/plot3.py",
    claim="P(m) = [1 + tanh(beta (m + h))]/2: a misaligned majority holds against a bias |h| below the spinodal h_s = m_s"
    " - artanh(m_s)/beta, m_s = sqrt(1 - 1/beta), and only for beta > 1.",
    setup="Majority force: 40,000 agents, all against the bias at first, and the smallest bias with which they change"
    " sides within 250 sweeps, by bisection. In societies of 50 the edge is smeared over about a tenth.",
    scenario=SCENARIO,
    targets=(
        *(
            around(
                f"bias that frees a society, beta = {in_digits(b)}",
                spinodal(b),
                0.005,
                "slowing down at the edge and fluctuations of 40,000",
                "theory",
                "closed form",
                "h_s = m_s - artanh(m_s) / beta, also figures/plot3.py of the paper's repository",
            )
            for b in BETAS
        ),
        *(
            Target(
                f"50 agents, beta = {in_digits(b)}, h = {in_digits(h)}: still misaligned",
                p,
                p - 0.08,
                p + 0.08,
                "two one-sided tests: our whole interval over 1,000 societies",
                "theory",
                "code",
                SCRIPT,
                equivalent=True,
            )
            for (b, h), p in SMALL.items()
        ),
    ),
    mutants=(
        Mutant("bias turned", "The sign of the bias h is turned.", sets("majority_force", h=lambda h: -h), smeared),
        Mutant(
            "force + 5 %", "The majority's force is 5 % larger.", sets("majority_force", beta=lambda b: 1.05 * b), smeared
        ),
        Mutant(
            "all at once",
            "Everybody takes sides on the step before.",
            sets("majority_force", activation="synchronous"),
            smeared,
        ),
    ),
    run=run,
    seeds="1, 3",
    tier="all",
    seconds=13,
    draw=draw,
)
