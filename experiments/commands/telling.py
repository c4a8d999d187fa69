"""`valuescape report` and `valuescape explain`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from experiments.commands.printing import console, say, signed, table
from experiments.commands.running import announce_compilation

if TYPE_CHECKING:
    from pathlib import Path


def report(path: Path) -> None:
    from experiments.reporting import report as write

    sys.stdout.write(f"{write(path)}\n")


def explain(path: Path, *, run: str | None, as_json: bool) -> None:
    """The ledger of a stored run beside its twins without each rule."""
    from experiments.explain import explain as ask
    from experiments.replay import stored
    from model.compilation import code_hash

    announce_compilation(as_json)
    then = stored(path, run)
    if then.code != code_hash():
        say("The run was made by other code; what follows is what this code makes of its scenario and seed.")
    frame = ask(then)
    if as_json:
        json.dump(
            {"scenario": then.scenario.name, "seed": then.seed, "rows": frame.to_dict("records")}, sys.stdout, indent=1
        )
        sys.stdout.write("\n")
        return
    out = console()
    rows, last = [], ""
    for r in frame.to_dict("records"):
        effect = float("nan") if r["effect"] is None else float(r["effect"])
        twin = [f"{r['end_without']:.4f}", signed(effect)] if effect == effect else ["refused", ""]
        rows.append([r["gap"] if r["gap"] != last else "", r["rule"], signed(r["net"]), f"{r['gross']:.4f}", *twin])
        last = r["gap"]
    out.print(f"[bold]{then.scenario.name}[/bold], seed {then.seed}: what is booked to each rule, and the twin without it")
    out.print(table(["gap", "rule", "booked net", "gross", "end without it", "effect"], rows, (2, 3, 4, 5)))
    out.print("effect: the gap at the end less the gap at the end of the twin in which the rule is off, on the same noise.")
