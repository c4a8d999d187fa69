"""De Marzo and colleagues: how many adversaries tip a society, and whether it comes back when they leave."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.mean_field import critical_share, stationary
from valuescape.analysis.tipping_points import bisection
from valuescape.experiments.reproductions.findings import Finding, Findings
from valuescape.experiments.reproductions.mutants import Mutant, described, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import around, exact
from valuescape.model.words import in_digits

N, SWEEPS = 20_000, 250
Z = {
    (1.5, 0.0): 0.0981,
    (2.0, -0.1): 0.2835,
    (2.0, 0.0): 0.1892,
    (2.0, 0.1): 0.1094,
    (3.0, 0.0): 0.3214,
    (3.0, 0.2): 0.1496,
    (4.0, 0.2): 0.2224,
    (5.0, 0.4): 0.1223,
}
SCENARIO = {
    "agents": N,
    "structure": {"complete": {"loops": True}},
    "value_system": "stance",
    "groups": [
        {"name": "adversaries", "count": 2000, "fixed": True, "initial": {"traits": {"same": {"value": 1}}}},
        {"name": "free", "initial": {"traits": {"same": {"value": 0}}}},
    ],
    "rules": [{"majority_force": {"beta": 2.0, "h": 0.0}}],
    "steps": SWEEPS,
}


def tips(beta: float, h: float, z: float) -> bool:
    """Whether z N adversaries of stance 1 turn N others, who start at stance 0, within 250 sweeps."""
    count = round(z * N)
    groups = [{**SCENARIO["groups"][0], "count": count}, SCENARIO["groups"][1]]
    rules = [{"majority_force": {"beta": beta, "h": h}}]
    society = society_of(SCENARIO, seed=1, agents=N + count, groups=groups, rules=rules)
    free = ~society.state.fixed
    for _ in range(SWEEPS // 10):
        society.run_for(10)
        if society.state.traits[free, 0].mean() > 0.5:
            return True
    return False


def critical(beta: float, h: float) -> float:
    """The smallest z that tips, to .002."""
    return bisection(lambda z: tips(beta, h, z), 0.0, 0.6, 0.002)


RETURN = {
    "agents": 20_000,
    "structure": {"complete": {"loops": True}},
    "value_system": "stance",
    "initial": {"traits": {"same": {"value": 0}}},
    "rules": [
        {"committed_stances": {"share": 0.0, "stance": 1}},
        {"majority_force": {"beta": 3.0, "h": -0.1}},
    ],
    "schedule": {"committed_stances.share": [[0, 0.45], [100, 0.0]]},
    "steps": 300,
}


def after(beta: float, h: float) -> tuple[float, list[float]]:
    """Mean stance 200 sweeps after 45 % adversaries have left, and the whole path."""
    rules = [RETURN["rules"][0], {"majority_force": {"beta": beta, "h": h}}]
    society = society_of(RETURN, seed=1, rules=rules)
    path = []
    for _ in range(300):
        society.step()
        path.append(2 * float(society.state.traits[:, 0].mean()) - 1)
    return float(np.mean(path[-50:])), path


def _stance(beta: float, h: float, sign: int) -> float:
    """The stationary stance on the side of `sign`."""
    return stationary(beta, h)[0][-1 if sign > 0 else 0]


CASES = {
    "beta 3, h -.1 (metastable)": (3.0, -0.1, 1),
    "beta 3, h -.6 (beyond the spinodal)": (3.0, -0.6, -1),
    "beta .8, h -.1 (below the onset of order)": (0.8, -0.1, -1),
}


def settled() -> tuple[Findings, dict[str, list[float]]]:
    """Three societies after the adversaries have gone, and their paths."""
    found, paths = {}, {}
    for said, (beta, h, _) in CASES.items():
        m, paths[said] = after(beta, h)
        found[f"m once they have left: {said}"] = Finding(m)
    return found, paths


def run() -> Answer:
    """Eight critical shares, and three societies after the adversaries have gone."""
    found = {f"z_c, beta = {in_digits(b)}, h = {in_digits(h)}": Finding(critical(b, h)) for b, h in Z}
    found |= {f"z_c in closed form, beta = {in_digits(b)}, h = {in_digits(h)}": Finding(critical_share(b, h)) for b, h in Z}
    left, paths = settled()
    return Answer(found | left, {"paths": paths})


def part() -> Findings:
    """Two of the critical shares, and what is left once they have gone."""
    two = {f"z_c, beta = {in_digits(b)}, h = {in_digits(h)}": Finding(critical(b, h)) for b, h in ((2.0, 0.1), (3.0, 0.2))}
    return two | settled()[0]


def draw(data):
    """Three societies under adversaries, and after them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.subplots()
    for said, path in data["paths"].items():
        axes.plot(path, label=said)
    axes.axvspan(0, 100, color="0.92")
    axes.set(xlabel="sweep (adversaries present in grey)", ylabel="mean stance m", ylim=(-1.05, 1.05))
    axes.legend(frameon=False, fontsize=7)
    return figure


EQUATION = "the roots of the claim's equation, by experiments/reproductions/independent/majority_force_script.py"


REPRODUCTION = Reproduction(
    title="Adversaries, tipping and no return",
    citation="De Marzo, Bellina, Castellano, Priesemann & Garcia (2026), arXiv 2605.10721 (the equation read in a"
    " secondary source; the table solved from it by experiments/reproductions/independent/majority_force_script.py)",
    claim="With N_S = z N stubborn adversaries the mean follows m = tanh[beta (m + h)] + z (s - m); above z_c(beta, h)"
    " the majority's state vanishes. Below the spinodal the new state stays when they leave.",
    setup="Majority force with a `fixed` group, z_c by bisection to .002 in societies of 20,000; and committed stances on"
    " a schedule, 45 % for 100 sweeps and then none.",
    scenario=SCENARIO,
    targets=(
        *(
            around(
                f"z_c, beta = {in_digits(b)}, h = {in_digits(h)}",
                z,
                0.004,
                "bisection to .002, and slowing down at the edge in societies of 20,000",
                "theory",
                "code",
                EQUATION,
            )
            for (b, h), z in Z.items()
        ),
        *(
            exact(f"z_c in closed form, beta = {in_digits(b)}, h = {in_digits(h)}", z, 1e-4, "function", "code", EQUATION)
            for (b, h), z in Z.items()
        ),
        *(
            around(
                f"m once they have left: {said}",
                _stance(beta, h, sign),
                0.002 if beta > 1 else 0.02,
                "four standard errors of 20,000 agents over 50 sweeps",
                "theory",
                "closed form",
                "m = tanh(beta (m + h))",
            )
            for said, (beta, h, sign) in CASES.items()
        ),
    ),
    mutants=(
        Mutant("bias turned", "The sign of the bias h is turned.", sets("majority_force", h=lambda h: -h), part),
        Mutant("force + 5 %", "The majority's force is 5 % larger.", sets("majority_force", beta=lambda b: 1.05 * b), part),
        Mutant(
            "adversaries give way",
            "Adversaries are not committed: they answer to the majority like the others.",
            described(groups=lambda groups: [{**g, "fixed": False} for g in groups or []]),
            part,
        ),
    ),
    run=run,
    seeds="1",
    tier="all",
    seconds=12,
    draw=draw,
)
