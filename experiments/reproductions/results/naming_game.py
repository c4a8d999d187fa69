"""The naming game with a committed minority: one in ten turns the rest."""

from __future__ import annotations

import numpy as np
from scipy.optimize import fsolve

from valuescape.experiments.reproductions.findings import Finding, Findings, share_of
from valuescape.experiments.reproductions.mutants import Mutant, described, plays
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, around

N, SEEDS, SWEEPS = 400, 20, 2000
SCENARIO = {
    "agents": N,
    "structure": "complete",
    "value_system": "stance",
    "groups": [
        {"name": "committed", "count": 40, "fixed": True, "initial": {"inventory": {"listed": {"rows": [[1, 0]] * 40}}}},
        {"name": "free", "initial": {"inventory": {"listed": {"rows": [[0, 1]] * 360}}}},
    ],
    "rules": [{"naming_game": {"words": 2}}],
    "steps": SWEEPS,
}


def society(p: float, n: int, seed: int):
    """n agents of whom a share p is committed to word 0, the others know only word 1."""
    k = round(p * n)
    starts = ([[1, 0]] * k, [[0, 1]] * (n - k))
    sizes = ({"count": k, "fixed": True}, {})
    groups = [
        {"name": name, **size, "initial": {"inventory": {"listed": {"rows": rows}}}}
        for name, size, rows in zip(("committed", "free"), sizes, starts, strict=True)
    ]
    return society_of(SCENARIO, seed, agents=n, groups=groups)


def turned(p: float, seed: int) -> float:
    """Sweeps until everybody knows only the committed word; nan after 2,000 without."""
    one = society(p, N, seed)
    for _ in range(SWEEPS):
        one.step()
        if not one.state.inventory[:, 1].any():
            return float(one.clock)
    return float("nan")


def flow(n: np.ndarray, p: float) -> np.ndarray:
    """The mean field: change of the free shares that know only A, only B; p are committed to A."""
    a, b = n
    both = 1 - p - a - b
    return np.array([-a * b + both**2 + both * a + 1.5 * p * both, -a * b + both**2 + both * b - p * b])


def saddle_node() -> float:
    """The committed share at which the state near all B vanishes."""

    def meets(x: np.ndarray) -> np.ndarray:
        a, b, p = x
        h = 1e-6
        jacobian = np.array(
            [
                (flow(np.array([a + h, b]), p) - flow(np.array([a - h, b]), p)) / (2 * h),
                (flow(np.array([a, b + h]), p) - flow(np.array([a, b - h]), p)) / (2 * h),
            ]
        )
        return np.append(flow(np.array([a, b]), p), np.linalg.det(jacobian))

    return float(fsolve(meets, [0.09, 0.66, 0.097])[2])


def large() -> Findings:
    """A large society below the saddle."""
    many = society(0.09, 100_000, 0)
    many.run_for(200)
    known = many.state.inventory[~many.state.fixed]
    only_a, only_b = (known[:, 0] & ~known[:, 1]).sum() / 100_000, (~known[:, 0] & known[:, 1]).sum() / 100_000
    expected = np.asarray(fsolve(lambda n: flow(n, 0.09), [0.05, 0.75]), float)
    return {
        "9 % committed among 100,000: know only A, less mean field": Finding(float(only_a - expected[0])),
        "9 % committed among 100,000: know only B, less mean field": Finding(float(only_b - expected[1])),
    }


def run() -> Answer:
    """The mean field's saddle, a large society below it, and small ones on either side."""
    times = {p: np.array([turned(p, seed) for seed in range(SEEDS)]) for p in (0.06, 0.07, 0.11, 0.12)}
    found = {
        "committed share at which the old word's state vanishes": Finding(saddle_node()),
        **large(),
    }
    found |= {f"runs turned, {p:.0%} committed": share_of(~np.isnan(t)) for p, t in times.items()}
    return Answer(found, {"turned": {p: float((~np.isnan(t)).mean()) for p, t in times.items()}})


def draw(data):
    """Share of runs turned against the committed share."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot([float(p) for p in data["turned"]], list(data["turned"].values()), "o-")
    axes.axvline(0.0979, color="0.6", linestyle="--")
    axes.set(xlabel="committed share", ylabel="runs turned, 400 agents", xlim=(0.05, 0.13))
    return figure


REPRODUCTION = Reproduction(
    title="A committed minority in the naming game",
    citation="Xie, Sreenivasan, Korniss, Zhang, Lim & Szymanski (2011), Social consensus through the influence of"
    " committed minorities, Phys. Rev. E 84, 011130, arXiv 1102.3931",
    claim="A share p that always says one word turns everybody quickly above p_c near 10 %, and takes exponentially long"
    " below it.",
    setup="The naming game with two words and a `fixed` group on complete ties. The mean field, written down here and"
    " solved, gives .09789; the simulator is compared with its fixed point at 9 % and on both sides of it. At 8 % one run"
    " of twenty among 400 agents still tips within 2,000 sweeps, for below the threshold the time is exponential in N, so"
    " the sides are taken at 7 % and 11 %.",
    scenario={**SCENARIO, "groups": ["committed: knows only A, fixed", "free: know only B"]},
    targets=(
        around(
            "committed share at which the old word's state vanishes",
            0.0979,
            0.0002,
            "the mean field, +- .0002",
            "function",
            "closed form",
            "the saddle node of the mean field, written down here",
        ),
        *(
            around(
                f"9 % committed among 100,000: know only {word}, less mean field",
                0.0,
                margin,
                "four standard errors",
                "theory",
                "closed form",
                "the fixed point of the mean field",
            )
            for word, margin in (("A", 0.008), ("B", 0.012))
        ),
        *(
            Target(
                f"runs turned, {p:.0%} committed",
                said,
                0.0 if p < 0.1 else 0.9,
                0.05 if p < 0.1 else 1.0,
                "one of 20 at most in 2,000 sweeps" if p < 0.1 else "18 of 20 or more in 2,000 sweeps",
                "published",
                "paper",
                "the abstract: p_c near 10 %",
            )
            for p, said in ((0.06, "not turned"), (0.07, "not turned"), (0.11, "turned"), (0.12, "turned"))
        ),
    ),
    mutants=(
        Mutant(
            "the committed give way",
            "The committed learn and forget like the others.",
            described(groups=lambda groups: [{**g, "fixed": False} for g in groups]),
            large,
        ),
        Mutant(
            "the hearer alone forgets",
            "After a success only the hearer forgets the other word.",
            plays("naming_game", "naming:_HearerForgets"),
            large,
        ),
        Mutant(
            "last word wins",
            "The hearer keeps only the word that it has heard.",
            plays("naming_game", "naming:_LastWordWins"),
            large,
        ),
    ),
    run=run,
    seeds="0-19",
    tier="all",
    seconds=6,
    draw=draw,
)
