"""The page of a forecast: what follows for societies of each model, in plain sentences, a figure and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.language_models.forecast_table import SWEEPS_SAID
from valuescape.language_models.society_forecast import DEGREE
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_QUESTION = (
    "A society of copies of one model begins on the side to which the model leans by itself. Does it stay there, and how"
    " many members who are committed to the other side turn most of the rest? Once turned, does it come back?"
)


def forecast_page(
    models: pd.DataFrame,
    pairs: pd.DataFrame,
    networks: pd.DataFrame | None,
    sizes: Sequence[int],
    notes: Sequence[str],
    provenance: dict[str, Any],
) -> str:
    """The page as text; models, pairs, networks: the tables of `forecast_table`."""
    from valuescape.analysis.report import page

    figures = {"The committed share that turns a society on complete ties: median pair, and the middle half of the pairs.":
               _figure(models, sizes)}  # fmt: skip
    tables = {"Models, on complete ties": _rounded(models)}
    if networks is not None and len(networks):
        tables["Networks, simulated, for the median force and bias of each model"] = _rounded(networks)
    tables["Pairs"] = _rounded(pairs)
    findings = [*sentences(models, sizes), *([] if networks is None else network_sentences(networks)), *notes]
    return page("Societies of language models", _QUESTION, findings, figures=figures, tables=tables, provenance=provenance)


def sentences(models: pd.DataFrame, sizes: Sequence[int]) -> list[str]:
    """One sentence per model, and what a tipping share is."""
    found = [
        "A tipping share is the committed share of all members at which half of the others are expected to turn"
        f" {SWEEPS_SAID}."
    ]
    for row in models.to_dict("records"):
        tips = ", ".join(f"{row[f'tips at {n}']:.0%} of {n:,}" for n in sizes)
        found.append(
            f"{row['model']}: on {row['metastable']:.0%} of its {in_digits(row['pairs'])} pairs a society that was turned"
            f" stays so by itself after the committed have left; on the median pair it is turned by {tips} members."
        )
    return found


def network_sentences(networks: pd.DataFrame) -> list[str]:
    """One sentence per model on its networks, after what they suppose."""
    found = [
        f"On the networks members hear their ties, {DEGREE} of them in the mean, and the committed stand anywhere; their"
        " answer is taken to be that to the nearest size that was shown. Simulated, one run at each share above 100 members."
    ]
    for model, own in networks.groupby("model", sort=False):
        said = [
            f"{row['ties']}, {row['members']:,} members: "
            + ("not turned by any share" if row["tips"] >= 1 else f"{row['tips']:.0%}")
            for row in own.to_dict("records")
        ]
        found.append(f"{model} with its median force and bias on networks, to 2 points: {'; '.join(said)}.")
    return found


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.round(3)


def _figure(models: pd.DataFrame, sizes: Sequence[int]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 0.8 + 0.45 * len(models)), layout="constrained")
    axes = figure.subplots()
    for j, size in enumerate(sizes):
        middle = models[f"tips at {size}"].to_numpy()
        down = middle - models[f"quarter below, {size}"].to_numpy()
        up = models[f"quarter above, {size}"].to_numpy() - middle
        y = [i + 0.22 * (j - (len(sizes) - 1) / 2) for i in range(len(models))]
        axes.errorbar(middle, y, xerr=[down, up], fmt="os^Dv"[j % 5], markersize=4, label=f"{size:,} members", linewidth=1)
    axes.set_yticks(range(len(models)), models["model"], fontsize=7)
    axes.invert_yaxis()
    axes.set(xlim=(-0.02, 1.02), xlabel="committed share that turns it")
    axes.legend(frameon=False, fontsize=7, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=3)
    return axes
