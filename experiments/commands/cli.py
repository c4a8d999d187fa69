"""`valuescape …`: the command. Thin: what a command does stands in `experiments/commands/`, imported when it is called.

So `valuescape --help` answers at once: this file imports neither mesa nor numba nor pandas (a test holds that).
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from valuescape.experiments.runs.interruption import heeded
from valuescape.model.errors import InputError

MISTAKE, INTERRUPTED = 2, 130
EPILOG = (
    "Exit codes: 0 done; 1 something asked for did not hold (a failed run, a check that says no); 2 a mistake in what was"
    " given, said in one message; 130 stopped with Ctrl-C."
)


class _Commands(TyperGroup):
    """A user's mistake is one message and exit code 2; Ctrl-C is exit code 130."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with heeded():
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
    return getattr(import_module(f"valuescape.experiments.commands.{room}"), function)(*given, **named)


def leave(code: int | None) -> None:
    """End with an exit code other than 0."""
    if code:
        raise typer.Exit(code)


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
    robust: Annotated[bool, typer.Option("--robust", help="Reversed order and other activations too.")] = False,
    holds: Annotated[str | None, typer.Option("--holds", help="The conclusion, as in `human_gap > 0.3`.")] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many seeds; with --robust.")] = 5,
    order: Annotated[bool, typer.Option("--order", help="How far the answer moves with the rules' order reversed.")] = False,
    seed: Seed = 0,
    json: AsJson = False,
) -> None:
    """Whether a scenario is sound: reads it, builds it, and says what it holds."""
    leave(
        call(
            "checking", "check", scenario, changes or [], order=order, seed=seed, as_json=json,
            robust=robust, holds=holds, seeds=seeds,
        )
    )  # fmt: skip


SweepFile = Annotated[str, typer.Argument(metavar="FILE", help="A sweep: scenario, design, seeds (YAML).")]
Workers = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many worker processes; 1: this process.")]
Store = Annotated[Path | None, typer.Option("--out", help="The folder of the results (default: runs/NAME).")]
Results = Annotated[Path, typer.Argument(metavar="PATH", help="The folder of a run or a sweep.")]


@app.command()
def sweep(
    file: SweepFile,
    changes: Changes = None,
    jobs: Workers = 1,
    cluster: Annotated[str | None, typer.Option("--cluster", help="The address of a Dask scheduler.")] = None,
    out: Store = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only how many runs, how long, how much disk.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Make failed runs again.")] = False,
    other_code: Annotated[bool, typer.Option("--other-code", help="Add to runs that other code made.")] = False,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make the runs of a sweep; the same command again goes on where it stopped."""
    how = {"dry_run": dry_run, "retry_failed": retry_failed, "other_code": other_code, "as_json": json, "quiet": quiet}
    leave(call("sweeping", "sweep", file, changes or [], jobs=jobs, cluster=cluster, out=out, **how))


@app.command()
def status(path: Results, json: AsJson = False) -> None:
    """What a folder of runs holds, what failed, and what is missing."""
    leave(call("sweeping", "status", path, as_json=json))


@app.command()
def results(
    path: Results,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the table as CSV.")] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="Write the table as one Parquet file.")] = None,
    series: Annotated[bool, typer.Option("--series", help="The series in place of the runs.")] = False,
    figure: Annotated[Path | None, typer.Option("--figure", help="Draw a measure over what was varied, as PNG.")] = None,
    measure: Annotated[str | None, typer.Option("--measure", help="Which one (default: the first recorded).")] = None,
) -> None:
    """The table of runs, a row a run, a column an address."""
    leave(call("sweeping", "results", path, csv=csv, parquet=parquet, series=series, figure=figure, measure=measure))


@app.command()
def compare(
    first: ScenarioName,
    second: Annotated[str | None, typer.Argument(metavar="[OTHER]", help="The scenario to compare it with.")] = None,
    changes: Changes = None,
    intervene: Annotated[str | None, typer.Option("--intervene", help="Compare with one of its interventions made.")] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=2, help="How many pairs.")] = 20,
    jobs: Workers = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Keep tables and figures there.")] = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Twins: two scenarios on the same noise, and the difference of every measure with its interval."""
    how = {"seeds": seeds, "jobs": jobs, "out": out, "as_json": json, "quiet": quiet}
    leave(call("comparing", "compare", first, second, changes or [], intervene=intervene, **how))


@app.command()
def tip(
    scenario: ScenarioName,
    over: Annotated[str, typer.Option("--over", help="The address that is searched.")],
    until: Annotated[str, typer.Option("--until", help="The outcome at the end, as in `human_gap > 0.3`.")],
    changes: Changes = None,
    low: Annotated[float | None, typer.Option("--low", help="Search from here (default: the address's bound).")] = None,
    high: Annotated[float | None, typer.Option("--high", help="Search up to here.")] = None,
    width: Annotated[float, typer.Option("--width", min=1e-9, help="Until the 95 % interval is this narrow.")] = 0.01,
    ever: Annotated[bool, typer.Option("--ever", help="The outcome at any recorded step, not only the last.")] = False,
    coarse: Annotated[int, typer.Option("--coarse", min=2, help="Points of the first, coarse sweep.")] = 9,
    runs: Annotated[int, typer.Option("--runs", min=1, help="Seeds at each of them.")] = 12,
    most: Annotated[int, typer.Option("--most", min=1, help="At most so many runs.")] = 5000,
    jobs: Workers = 1,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Where it tips: the value of an address at which half of the runs show an outcome."""
    how = {"low": low, "high": high, "width": width, "ever": ever, "coarse": coarse, "runs": runs, "most": most}
    where = {"jobs": jobs, "as_json": json, "quiet": quiet}
    leave(call("tip_and_sensitivity", "tip", scenario, changes or [], over=over, until=until, **how, **where))


@app.command()
def fit(
    panel: Annotated[Path, typer.Argument(metavar="PANEL", help="CSV: agent, wave, and a column a topic; a row a pair.")],
    ties: Annotated[Path | None, typer.Option("--ties", help="Who listens to whom: source, target[, weight].")] = None,
    directed: Annotated[bool, typer.Option("--directed", help="Ties go one way: the source listens to the target.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="The folder of tables and figure (or: runs/fit-NAME).")] = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Each agent's susceptibility from an observed opinion panel (Friedkin-Johnsen), observed against fitted."""
    how = {"ties": ties, "directed": directed, "out": out, "as_json": json, "quiet": quiet}
    leave(call("fitting", "fit", panel, **how))


@app.command()
def sensitivity(
    file: SweepFile,
    changes: Changes = None,
    measure: Annotated[str | None, typer.Option("--measure", help="The measure (default: the first recorded).")] = None,
    no_screen: Annotated[bool, typer.Option("--no-screen", help="No Morris screen before Sobol.")] = False,
    jobs: Workers = 1,
    out: Store = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Which address matters: a Morris screen, then Sobol's indices."""
    how = {"screened": not no_screen, "jobs": jobs, "out": out, "as_json": json, "quiet": quiet}
    leave(call("tip_and_sensitivity", "sensitivity", file, changes or [], measure=measure, **how))


@app.command()
def replay(
    path: Results,
    run_: Annotated[str | None, typer.Option("--run", help="The id of a run of a sweep, or its beginning.")] = None,
    step: Annotated[int | None, typer.Option("--step", help="The step to stop at; its state is kept.")] = None,
    fork: Annotated[bool, typer.Option("--fork", help="Go on from there with what --set changes.")] = False,
    changes: Changes = None,
    steps: Annotated[int | None, typer.Option("--steps", help="The last step of the fork.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where the state or the fork is kept.")] = None,
    json: AsJson = False,
) -> None:
    """A stored run again, bit for bit, at any step; or a fork from there."""
    how = {"run": run_, "step": step, "is_fork": fork, "steps": steps, "out": out, "as_json": json}
    leave(call("replaying", "replay", path, changes=changes or [], **how))


@app.command()
def explain(
    path: Results,
    run_: Annotated[str | None, typer.Option("--run", help="The id of a run of a sweep, or its beginning.")] = None,
    shapley: Annotated[bool, typer.Option("--shapley", help="Shapley's share of each rule; 2^n runs of n rules.")] = False,
    rules: Annotated[
        list[str] | None, typer.Option("--rule", metavar="LABEL", help="With --shapley: a rule that shares; others stay.")
    ] = None,
    who: Annotated[bool, typer.Option("--who", help="Which source agent moved whom, where rules are linear.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="Net and gross by `group` or by `step` as well.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Keep tables and figures there.")] = None,
    json: AsJson = False,
) -> None:
    """What the ledger books to each rule, beside the twin without it."""
    how = {"shapley": shapley, "rules": rules or [], "who": who, "by": by, "out": out, "as_json": json}
    leave(call("explaining", "explain", path, run=run_, **how))


@app.command()
def diagnose(
    path: Results,
    run_: Annotated[str | None, typer.Option("--run", help="The id of a run of a sweep, or its beginning.")] = None,
    nulls: Annotated[int, typer.Option("--nulls", min=1, help="Null runs of each kind; fourteen failures need 279.")] = 299,
    seed_from: Annotated[int, typer.Option("--seed-from", min=0, help="The first seed of the null runs.")] = 1000,
    jobs: Workers = 1,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Which failure modes a stored run shows, since when, how badly, by which rules. Exit code 1: at least one."""
    how = {"run": run_, "nulls": nulls, "seed_from": seed_from, "jobs": jobs, "as_json": json, "quiet": quiet}
    leave(call("diagnosing", "diagnose", path, **how))


@app.command()
def report(path: Results) -> None:
    """One self-contained page, report.html, of a run or a sweep."""
    leave(call("reporting", "report", path))


@app.command()
def reproduce(
    which: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="From experiments/reproductions/.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All but the nightly ones (under forty minutes on 2 cores).")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="The quick ones (under three minutes); the default.")] = False,
    nightly: Annotated[bool, typer.Option("--nightly", help="Everything, however long it takes.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write pages and figures there (docs/reproductions).")] = None,
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
