"""De Marzo and colleagues: how many opinion pairs of nine language models lie in the misalignment trap."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from valuescape.analysis.mean_field import is_trap, spinodal
from valuescape.experiments.reproductions.findings import Finding, Findings, share_of
from valuescape.experiments.reproductions.mutants import Mutant, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, around

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "VALUESCAPE_FITS"
BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data" / "language_model_conformity_fits.csv"
RUNS = 10
MODELS = (
    "gemma-3-27b-it",
    "gemini-2.5-flash-lite",
    "gpt-5-mini",
    "gemma-3-12b-it",
    "Qwen2.5-14B-Instruct",
    "Qwen2.5-32B-Instruct",
    "Qwen3-14B",
    "Qwen3-32B",
    "Llama-3.1-8B-Instruct",
)
SCENARIO = {
    "structure": {"caves": {"cave": 50, "joined": "apart"}},
    "value_system": "stance",
    "rules": [{"majority_force": {"beta": 2.0, "h": 0.2}}],
    "steps": 10,
}


def fits() -> Path | None:
    """The file of fits: the one that the environment variable names, or the one beside the project."""
    named = os.environ.get(VARIABLE)
    path = Path(named) if named else BESIDE
    return path if path.is_file() else None


def read(path: Path) -> dict[str, np.ndarray]:
    """(pairs, 2) of beta and h by model; an opinion called Unknown makes no pair, as in the paper."""
    found: dict[str, list[tuple[float, float]]] = {}
    with path.open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            if "unknown" not in (row["Opinion_A"].strip().casefold(), row["Opinion_B"].strip().casefold()):
                found.setdefault(row["Model"], []).append((float(row["beta"]), float(row["h"])))
    return {model: np.array(pairs) for model, pairs in found.items()}


def still_misaligned(pairs: np.ndarray) -> np.ndarray:
    """For each pair whether most of ten societies of 50, started at .9 against the bias, are still so after 10 sweeps."""
    each = np.repeat(np.arange(len(pairs)), RUNS * 50)
    rows = ([1, 1] + [0] * 48) * (len(pairs) * RUNS)
    society = society_of(
        SCENARIO,
        seed=1,
        agents=each.size,
        initial={"traits": {"listed": {"rows": rows}}},
        rules=[{"majority_force": {"beta": np.clip(pairs[each, 0], 0, 1e3), "h": np.clip(np.abs(pairs[each, 1]), 0, 10)}}],
    )
    society.run_for(10)
    against = society.state.traits[:, 0].reshape(len(pairs), RUNS, 50).mean(axis=2) < 0.5
    return against.mean(axis=1) > 0.5


def run() -> Answer:
    """The closed form pair by pair, and each pair simulated."""
    path = fits()
    if path is None:
        return Answer(
            {}, missing=f"no file of fits: set {VARIABLE} to a copy of all_fits_combined.csv of the paper's repository"
        )
    fitted = read(path)
    medians = {model: [float(np.median(p[:, 0])), float(np.median(np.abs(p[:, 1])))] for model, p in fitted.items()}
    return Answer(lived(fitted), {"medians": medians})


def lived(fitted: Mapping[str, np.ndarray]) -> Findings:
    """What the closed form says of each model's pairs, and how far societies' answers are from it."""
    found, agree = {}, []
    for model, pairs in fitted.items():
        inside = np.array([is_trap(max(b, 0.0), h) for b, h in pairs])
        still = still_misaligned(pairs)
        agree.append(still == inside)
        found[f"{model}: points in the trap, simulated less by the spinodal"] = Finding(
            float(100 * (still.mean() - inside.mean())), samples=len(pairs)
        )
        for said, named in (("Gemma-3-27B", MODELS[0]), ("Gemini", MODELS[1]), ("ChatGPT", MODELS[2])):
            if named == model:
                found[f"{said}, as published"] = _percent(inside)
    found["pairs on which society and spinodal agree"] = share_of(np.concatenate(agree))
    return found


def part() -> Findings:
    """Three of the models; nothing where the file is not to be had."""
    path = fits()
    return {} if path is None else lived({model: pairs for model, pairs in read(path).items() if model in MODELS[:3]})


def _percent(hits: np.ndarray) -> Finding:
    one = share_of(hits)
    return Finding(100 * one.value, 100 * (one.low or 0.0), 100 * (one.high or 0.0), one.samples)


def draw(data):
    """Each model's median force and bias in the phase diagram."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.6), layout="constrained")
    axes = figure.subplots()
    beta = np.linspace(1.001, 6, 300)
    axes.fill_between(beta, 0, [spinodal(b) for b in beta], color="0.9", label="misalignment trap")
    for model, (b, h) in data["medians"].items():
        axes.plot(b, h, "o", label=model, markersize=5)
    axes.set(xlabel="median majority force beta", ylabel="median bias |h|", ylim=(0, 0.8))
    axes.legend(frameon=False, fontsize=6, ncol=2)
    return figure


SLOW_TO_LEAVE = (
    "Six of its 85 pairs lie just outside, where the way out takes longest: after 20, 40 and 100 sweeps in place of 10 it is"
    " -2.4, -4.7 and -11.8; every other model's falls from within the band as well, since societies of 50 leave by chance in"
    " the end (-4 to -17 after 100)."
)
QUOTED = "the paper's text, as reported in a secondary source"


REPRODUCTION = Reproduction(
    title="Nine language models in the trap",
    citation="De Marzo, Bellina, Castellano, Priesemann & Garcia (2026), arXiv 2605.10721; fits from"
    " giordano-demarzo/Opinion-Dynamics-with-AI-Agents, data/analysis_results_v2/all_fits_combined.csv",
    claim="Fits beta and h to nine language models on about a hundred pairs of opinions each, and counts the pairs in the"
    " metastable region: over 60 % (Gemma-3-27B), about 60 % (Gemini), about 30 % (ChatGPT).",
    setup="The file is read from beside the project or from the path in VALUESCAPE_FITS, and is not part of the project."
    " Each pair by the closed form, and ten societies of 50 each simulated against the bias for ten sweeps.",
    scenario=SCENARIO,
    targets=(
        Target("Gemma-3-27B, as published", "> 60", 60, 70, "above 60", "function", "secondary", QUOTED),
        around("Gemini, as published", 60.0, 5.0, "+- 5 points", "function", "secondary", QUOTED),
        around("ChatGPT, as published", 30.0, 5.0, "+- 5 points", "function", "secondary", QUOTED),
        *(
            around(
                f"{model}: points in the trap, simulated less by the spinodal",
                0.0,
                5.0,
                "the edge is smeared in societies of 50, over both sides",
                "theory",
                "closed form",
                "h_s = m_s - artanh(m_s) / beta, pair by pair of the same file",
                reason=SLOW_TO_LEAVE if model == MODELS[-1] else "",
            )
            for model in MODELS
        ),
        Target(
            "pairs on which society and spinodal agree",
            1.0,
            0.93,
            1.0,
            "all but those next to the edge",
            "theory",
            "closed form",
            "h_s = m_s - artanh(m_s) / beta, pair by pair of the same file",
        ),
    ),
    mutants=(
        Mutant(
            "bias turned",
            "The bias is for the side on which the society begins.",
            sets("majority_force", h=lambda h: -h),
            part,
        ),
        Mutant(
            "force + 20 %", "The majority's force is a fifth larger.", sets("majority_force", beta=lambda b: 1.2 * b), part
        ),
        Mutant("no bias", "There is no bias.", sets("majority_force", h=0.0), part),
    ),
    run=run,
    seeds="1",
    tier="all",
    seconds=10,
    draw=draw,
)
