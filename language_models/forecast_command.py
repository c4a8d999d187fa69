"""`valuescape forecast`: what follows for societies of a calibrated model, or of the models of a table of fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from valuescape.experiments.commands.printing import console, notice, print_json, say, table
from valuescape.experiments.runs.files import claim, slug
from valuescape.language_models.fit_files import read_members
from valuescape.model.errors import InputError
from valuescape.model.limits import limit

MOST_MEMBERS = limit("Language models", "`--members`", 1_000_000, "members of a forecast society", "refused")


def forecast(
    fit: Path, *, members: str, networks: bool, model: list[str], out: Path | None, as_json: bool, quiet: bool
) -> None:
    """Forecast, store page and tables, and print one row per model.

    members: numbers of members, separated by commas; model: only these.
    """
    from valuescape.experiments.runs.provenance import provenance, write_frame, write_text
    from valuescape.language_models import forecast_table
    from valuescape.language_models.forecast_page import forecast_page

    sizes = _sizes(members)
    found, notes = read_members(fit)
    known = list(dict.fromkeys(m.model for m in found))
    for name in model:
        if name not in known:
            raise InputError(f"--model = {name}: {fit.name} has {', '.join(known)}")
    found = [m for m in found if not model or m.model in model]
    folder = out if out is not None else Path("runs") / f"forecast-{slug(fit.stem)}"
    claim(folder)
    pairs = forecast_table.of_pairs(found, sizes)
    models = forecast_table.of_models(pairs, sizes)
    watch = None if quiet or as_json else notice
    tied = forecast_table.of_networks(found, sizes, watch) if networks else None
    notes = [*forecast_table.refusals(found, sizes), *notes]
    origin = provenance()
    write_frame(folder / "pairs.csv", pairs)
    write_frame(folder / "models.csv", models)
    if tied is not None:
        write_frame(folder / "networks.csv", tied)
    write_text(
        folder / "forecast.html", forecast_page(models, pairs, tied, sizes, notes, {"fits": fit.name, **_few(origin)})
    )
    if as_json:
        tables = {"models": models.to_dict("records"), "networks": [] if tied is None else tied.to_dict("records")}
        print_json({**tables, "notes": notes, "folder": str(folder)})
        return
    if not quiet:
        _print(models, sizes, notes)
    say(f"{folder / 'forecast.html'}\n")


def _sizes(members: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(text) for text in members.split(","))
    except ValueError:
        sizes = ()
    if not sizes or not all(2 <= n <= MOST_MEMBERS for n in sizes) or len(set(sizes)) < len(sizes):
        raise InputError(f"--members = {members}: different whole numbers from 2 to {MOST_MEMBERS:,}, as in 50,1000")
    return sizes


def _few(origin: dict[str, Any]) -> dict[str, Any]:
    return {key: origin[key] for key in ("commit", "code", "time") if key in origin}


def _print(models: Any, sizes: tuple[int, ...], notes: list[str]) -> None:
    out = console()
    columns = ["model", "pairs", "metastable", *(f"tips {n:,}" for n in sizes)]
    rows = [
        [r["model"], str(r["pairs"]), f"{r['metastable']:.3f}", *(f"{r[f'tips at {n}']:.3f}" for n in sizes)]
        for r in models.to_dict("records")
    ]
    out.print(table(columns, rows, tuple(range(1, len(columns)))))
    for sentence in notes:
        out.print(sentence, markup=False, highlight=False)
