"""De Marzo and colleagues: how many opinion pairs of nine language models lie in the misalignment trap."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np

from valuescape.analysis.mean_field import is_trap, spinodal
from valuescape.experiments.reproductions.findings import Finding, share_of
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target

VARIABLE = "VALUESCAPE_FITS"
BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data" / "language_model_conformity_fits.csv"
RUNS = 10
# Share in percent recomputed by an independent code from the same file with the paper's own list of pairs.
RECOMPUTED = {
    "gemma-3-27b-it": 63.6,
    "gemini-2.5-flash-lite": 55.6,
    "gpt-5-mini": 27.6,
    "gemma-3-12b-it": 69.4,
    "Qwen2.5-14B-Instruct": 69.1,
    "Qwen2.5-32B-Instruct": 72.7,
    "Qwen3-14B": 57.1,
    "Qwen3-32B": 46.9,
    "Llama-3.1-8B-Instruct": 31.8,
}
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
    """(pairs, 2) of beta and h by model."""
    found: dict[str, list[tuple[float, float]]] = {}
    with path.open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
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
    found, data, agree = {}, {}, []
    for model, pairs in read(path).items():
        inside = np.array([is_trap(max(b, 0.0), h) for b, h in pairs])
        lived = still_misaligned(pairs)
        agree.append(lived == inside)
        found[f"{model}: percent in the trap, by the spinodal"] = _percent(inside)
        found[f"{model}: percent in the trap, simulated"] = _percent(lived)
        data[model] = [float(np.median(pairs[:, 0])), float(np.median(np.abs(pairs[:, 1])))]
    for said, model in (("Gemma-3-27B", "gemma-3-27b-it"), ("Gemini", "gemini-2.5-flash-lite"), ("ChatGPT", "gpt-5-mini")):
        found[f"{said}, as published"] = found[f"{model}: percent in the trap, by the spinodal"]
    found["pairs on which society and spinodal agree"] = share_of(np.concatenate(agree))
    return Answer(found, {"medians": data})


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


_ALL = "the file's pairs all counted, where the paper counts those of a list that the file does not hold: +- 6 points"
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
        Target("Gemma-3-27B, as published", "> 60", 60, 70, "above 60", "P", "secondary"),
        Target(
            "Gemini, as published",
            "about 60",
            55,
            65,
            "+- 5 points",
            "P",
            "secondary",
            known_difference="with the paper's own list of pairs an independent code finds 55.6 in the same file",
        ),
        Target("ChatGPT, as published", "about 30", 25, 35, "+- 5 points", "P", "secondary"),
        *(
            Target(f"{model}: percent in the trap, by the spinodal", p, p - 6, p + 6, _ALL, "P", "code")
            for model, p in RECOMPUTED.items()
        ),
        *(
            Target(
                f"{model}: percent in the trap, simulated",
                p,
                p - 16,
                p + 16,
                "the edge is smeared by a tenth in societies of 50, and the list of pairs",
                "P",
                "code",
            )
            for model, p in RECOMPUTED.items()
        ),
        Target(
            "pairs on which society and spinodal agree",
            1.0,
            0.8,
            1.0,
            "all but those within a tenth of the edge",
            "T",
            "theory",
        ),
    ),
    run=run,
    seeds="1",
    tier="all",
    seconds=20,
    draw=draw,
)
