"""Axelrod and Bennett: alliances roll down a landscape of energy, and stop in its valleys."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from valuescape.agents.landscape import energy
from valuescape.experiments.reproductions.findings import Finding
from valuescape.experiments.reproductions.mutants import Mutant, plays
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, exact

FILE = Path(__file__).parent / "data" / "landscape17.csv"
N, RUNS = 17, 200
SIZES = tuple(float(1 + (7 * i) % 10) for i in range(N))
SCENARIO = {
    "structure": {"from_file": {"file": str(FILE), "signed": True, "ties": "undirected"}},
    "value_system": "stance",
    "initial": {"coalition": {"kinds": {"q": 2}}, "size": {"listed": {"rows": SIZES}}},
    "rules": [{"landscape_move": {"blocs": 2}}],
    "steps": 100,
}


def matrix(society) -> np.ndarray:
    """Signed propensities (N, N)."""
    ties = society.state.ties["main"]
    p = np.zeros((N, N))
    p[ties.rows(), ties.neighbour] = ties.weight
    return p


def energy_of(society) -> float:
    """The energy of the blocs as they stand."""
    state, ties = society.state, society.state.ties["main"]
    return float(energy(state.coalition, state["size"], state.active, ties.start, ties.neighbour, ties.weight))


def landscape(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Energy (2^16,) of every way to part 17 into two blocs, and which of them no single switch improves."""
    s = np.array(SIZES)
    weighted = p * s[:, None] * s[None, :]
    codes = np.arange(1 << (N - 1))
    side = ((codes[:, None] >> np.arange(N)) & 1).astype(float)  # the last nation stays on side 0
    apart = side @ weighted * (1 - side) + (1 - side) @ weighted * side
    total = apart.sum(axis=1)
    gain = (side @ weighted) * side + ((1 - side) @ weighted) * (1 - side) - apart  # energy taken on by a switch, over 2
    return total, (gain >= -1e-9).all(axis=1)


def run() -> Answer:
    """Every configuration counted, and 200 walks from random ones."""
    ends, rises, worst = set(), 0, 0.0
    society = society_of(SCENARIO, 0)
    p = matrix(society)
    total, minimum = landscape(p)
    for seed in range(RUNS):
        society = society_of(SCENARIO, seed)
        before = energy_of(society)
        for _ in range(100):
            held = society.state.coalition.copy()
            society.step()
            now = energy_of(society)
            rises += now > before + 1e-9
            before = now
            if np.array_equal(held, society.state.coalition):
                break
        bloc = society.state.coalition ^ society.state.coalition[-1]
        code = int((bloc[: N - 1].astype(np.int64) << np.arange(N - 1)).sum())
        ends.add(code)
        worst = max(worst, abs(before - total[code]))
    minima = set(np.flatnonzero(minimum).tolist())
    return Answer(
        {
            "configurations of 17 nations in two blocs": Finding(float(total.size)),
            "walks in which the energy ever rises": Finding(float(rises), samples=RUNS),
            "walks that end anywhere but in a local minimum": Finding(float(len(ends - minima)), samples=RUNS),
            "local minima that no walk found": Finding(float(len(minima - ends))),
            "largest difference of the two energies": Finding(worst),
            "nations on the right side in the two minima of 1936": Finding(float("nan")),
        },
        {"energies": np.sort(total[list(minima)]).tolist(), "lowest": float(total.min())},
    )


def draw(data):
    """The valleys, by energy."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(np.arange(1, len(data["energies"]) + 1), data["energies"], "o")
    axes.set(xlabel="local minimum", ylabel="energy")
    return figure


REPRODUCTION = Reproduction(
    title="A landscape of alliances",
    citation="Axelrod & Bennett (1993), A landscape theory of aggregation, Br. J. Polit. Sci. 23, 211-233",
    claim="Nations with symmetric propensities switch blocs one at a time when that lowers their frustration; every"
    " switch lowers the energy, so it ends in a local minimum. Seventeen nations have 65,536 configurations.",
    setup="Landscape moves among 17 nations with random propensities and sizes of our own: 200 walks, compared with all"
    " 65,536 configurations. The propensities of 1936 could not be read, so Europe's alliances are not made again.",
    scenario={**SCENARIO, "structure": {"from_file": {"file": "landscape17.csv", "signed": True, "ties": "undirected"}}},
    targets=(
        exact(
            "configurations of 17 nations in two blocs",
            65536.0,
            0.0,
            "function",
            "secondary",
            "Axelrod, The Complexity of Cooperation, ch. 4, at loveread.me, p. 105",
        ),
        exact("walks in which the energy ever rises", 0.0, 0.0, read="the paper's theorem"),
        exact("walks that end anywhere but in a local minimum", 0.0, 0.0, read="the paper's theorem"),
        Target(
            "local minima that no walk found",
            0.0,
            0.0,
            2.0,
            "200 random starts may miss a narrow valley",
            "theory",
            "closed form",
            "all 65,536 configurations",
        ),
        exact("largest difference of the two energies", 0.0, 1e-9, "function", read="all 65,536 configurations"),
        Target(
            "nations on the right side in the two minima of 1936",
            None,
            0,
            0,
            "data not available",
            "published",
            "memory",
            "",
        ),
    ),
    mutants=(
        Mutant("uphill", "The sign of frustration is turned.", plays("landscape_move", "landscape:_Uphill")),
        Mutant(
            "sizes ignored", "Every nation weighs the same in a move.", plays("landscape_move", "landscape:_SizesIgnored")
        ),
        Mutant("all at once", "Everybody moves on the same blocs.", plays("landscape_move", "landscape:_AllAtOnce")),
    ),
    run=run,
    seeds="0-199",
    draw=draw,
)
