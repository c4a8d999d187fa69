"""`valuescape …`: the command. Thin: what a command does stands in `experiments/commands/`, imported when it is called.

So `valuescape --help` answers at once: this file imports neither mesa nor numba nor pandas (a test holds that).
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from model.errors import InputError

MISTAKE, INTERRUPTED = 2, 130
EPILOG = (
    "Exit codes: 0 done; 1 something asked for did not hold (a failed run, a check that says no); 2 a mistake in what was"
    " given, said in one message; 130 stopped with Ctrl-C."
)


class _Commands(TyperGroup):
    """A user's mistake is one message and exit code 2; Ctrl-C is exit code 130."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as mistake:
            typer.echo(f"valuescape: {mistake}", err=True)
            raise typer.Exit(MISTAKE) from None
        except KeyboardInterrupt:
            typer.echo("valuescape: stopped", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="How the values of agents change when agents live together.",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A name of the gallery (`list scenarios`), or a YAML file.")
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="ADDRESS=VALUE", help="Change an address, e.g. averaging.strength=0.3; may be repeated."),
]
Steps = Annotated[int | None, typer.Option("--steps", help="How many steps, in place of the scenario's.")]
Seed = Annotated[int, typer.Option("--seed", help="The seed: the same one gives the same run, bit for bit.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on the standard output, and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no tables; only where the results are.")]
RunsFolder = Annotated[Path, typer.Option("--out", help="Where run folders are made.")]


def call(room: str, function: str, *given: Any, **named: Any) -> Any:
    """Import `experiments.commands.<room>` now, and call its function."""
    return getattr(import_module(f"experiments.commands.{room}"), function)(*given, **named)


@app.command()
def run(
    scenario: ScenarioName,
    changes: Changes = None,
    steps: Steps = None,
    seed: Seed = 0,
    out: RunsFolder = Path("runs"),
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a scenario, say what happened, and write a run folder."""
    call("running", "run", scenario, changes or [], steps=steps, seed=seed, out=out, as_json=json, quiet=quiet)


@app.command("list")
def list_(
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[KIND]", help="scenarios, rules, structures, initials, measures, failures, value-systems."),
    ] = None,
    json: AsJson = False,
) -> None:
    """What there is: scenarios, rules, structures, initials, measures, failures, value systems."""
    call("listing", "list_kind", kind, as_json=json)


@app.command()
def describe(name: Annotated[str, typer.Argument(help="A rule, structure, measure, …, value system or scenario.")]) -> None:
    """What one thing is: formula, source, parameters with default, bounds and meaning."""
    call("listing", "describe", name)


@app.command()
def show(scenario: ScenarioName, changes: Changes = None, json: AsJson = False) -> None:
    """The resolved scenario, every default written out, as YAML."""
    call("listing", "show", scenario, changes or [], as_json=json)


@app.command()
def check(
    scenario: Annotated[str, typer.Argument(metavar="FILE", help="A YAML file, or a scenario of the gallery.")],
    changes: Changes = None,
    order: Annotated[bool, typer.Option("--order", help="How far the answer moves with the rules' order reversed.")] = False,
    seed: Seed = 0,
    json: AsJson = False,
) -> None:
    """Whether a scenario is sound: reads it, builds it, and says what it holds."""
    call("checking", "check", scenario, changes or [], order=order, seed=seed, as_json=json)


@app.command()
def reproduce(
    which: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Files of experiments/reproductions/.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All but the nightly ones (under forty minutes on two cores).")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="The quick ones (under three minutes); the default.")] = False,
    nightly: Annotated[bool, typer.Option("--nightly", help="Everything, however long it takes.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write pages and figures there, as in docs/reproductions/.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=0, help="How many at a time; 0: as many as there are cores.")] = 0,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Published results, made again by the shipped rules: published, ours, verdict."""
    tier = "nightly" if nightly else "all" if all_ else "quick" if quick else None
    call("reproducing", "reproduce", which or [], tier=tier, out=out, as_json=json, quiet=quiet, jobs=jobs)


@app.command("app")
def app_(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port of the page.")] = 8765,
    host: Annotated[str, typer.Option("--host", help="Listen here; 127.0.0.1: this machine only.")] = "127.0.0.1",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser; only say where the page is.")] = False,
) -> None:
    """Open the window: a page that shows a society living."""
    call("window", "open_window", port=port, host=host, browser=not no_browser)


if __name__ == "__main__":
    app()
