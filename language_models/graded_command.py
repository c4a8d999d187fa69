"""`valuescape calibrate --statements`: graded answers, the law of anchored averaging, and what follows for a society."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.experiments.commands.printing import console, notice, print_json, say, table
from valuescape.experiments.runs.files import slug
from valuescape.language_models.asking import ask
from valuescape.language_models.fit_files import write_fits
from valuescape.language_models.graded_answers import MOST, GradedCalibration, read_statements
from valuescape.language_models.graded_fit import fit_graded
from valuescape.model.errors import InputError
from valuescape.model.words import decimal

if TYPE_CHECKING:
    from valuescape.language_models.calibrate_command import Server
    from valuescape.language_models.exchanges import Reply

FIT = "graded.json"


def calibrate_graded(
    design: GradedCalibration, statements_file: Path, server: Server, *, out: Path | None, as_json: bool, quiet: bool
) -> int:
    """Ask, fit, store `record.jsonl` and `graded.json`, and print one row per statement; exit code 1: it ended early."""
    if not design.model:
        raise InputError("--model is missing")
    statements = read_statements(statements_file)
    folder = out if out is not None else Path("runs") / f"calibrate-{slug(design.model)}"
    found, stopped = [], None
    with server.opened(folder) as (record, endpoint):
        for statement in statements:
            asked = list(design.requests(statement))
            answers = ask([r for *_, r in asked], record, endpoint, budget=server.budget, prices=server.prices,
                          concurrency=server.concurrency)  # fmt: skip
            stopped = stopped or answers.stopped
            found.append(_one(design, statement, asked, answers.replies))
        spent = {"calls": answers.calls, "tokens": answers.tokens, "money": answers.money}
    given = {one.name: getattr(design, one.name) for one in fields(design) if one.init}
    document = {"model": design.model, "design": given, "spent": spent, "stopped": stopped, "statements": found}
    write_fits(folder / FIT, document)
    if as_json:
        print_json({**document, "folder": str(folder)})
    else:
        if not quiet:
            _print(found)
        if stopped:
            notice(f"Not everything was answered: {stopped}. What was answered is kept; the same command continues.")
        say(f"{folder / FIT}\n")
    return 1 if stopped else 0


def _one(design: GradedCalibration, statement: str, asked: list[Any], replies: list[Reply | None]) -> dict[str, Any]:
    """What is stored about one statement."""
    given = [(k, x, design.forms[k].read(reply)) for (k, x, _), reply in zip(asked, replies, strict=True) if reply]
    valid = [(k, x, y) for k, x, y in given if y is not None]
    about = {"statement": statement, "asked": len(asked), "answered": len(given), "malformed": len(given) - len(valid)}
    try:
        fit = fit_graded([k for k, _, _ in valid], [x for _, x, _ in valid], [y for *_, y in valid], step=1 / MOST)
    except InputError as too_little:
        return about | {"verdict": f"Nothing can be said: {too_little}."}
    law = {"susceptibility": fit.susceptibility, "susceptibility_interval": list(fit.interval), "anchor": fit.anchor,
           "anchor_interval": fit.anchor_interval and list(fit.anchor_interval), "p_value": fit.p_value}  # fmt: skip
    follows = {"tips": fit.tips(), "settles_at_a_tenth": fit.settles_at(0.1)} if fit.fits else {}
    return about | {"verdict": fit.verdict} | law | follows


def _told(one: dict[str, Any], key: str) -> str:
    """An estimate and its interval, where it has one."""
    span = one[f"{key}_interval"]
    return decimal(one[key]) + (f" ({decimal(span[0])} to {decimal(span[1])})" if span else "")


def _print(found: list[dict[str, Any]]) -> None:
    out = console()
    rows = [
        [one["statement"], decimal(one["p_value"]), *(_told(one, key) for key in ("susceptibility", "anchor")),
         decimal(one["tips"]) if "tips" in one else ""]
        for one in found if "anchor" in one
    ]  # fmt: skip
    columns = ["statement", "fits (p)", "susceptibility (95 %)", "anchor (95 %)", "committed share that turns it"]
    out.print(table(columns, rows, (1, 2, 3, 4)))
    for one in found:
        told = f"{one['statement']}: {one['verdict']} {one['malformed']} of {one['answered']} answers could not be read."
        out.print(told, markup=False, highlight=False)
