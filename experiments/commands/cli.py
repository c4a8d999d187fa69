"""The command `valuescape`. It only reads the command line: what a command does stands in a file beside this one.

That file is imported when the command is called, so `valuescape --help` answers at once: neither mesa nor numba nor pandas
is imported here, nor rich, which would take as long as all the rest (a test holds that).
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from valuescape.experiments.commands.ending import Commands
from valuescape.model.errors import InputError

OBJECTS_BETWEEN_COLLECTIONS = 100_000
EPILOG = (
    "Exit codes: 0 done; 1 a negative answer (a failed run, a conclusion that does not hold, a failure mode that is named);"
    " 2 a mistake in the input, a full disk or a closed output, explained in one message; 130 stopped by Ctrl-C,"
    " 143 by SIGTERM."
)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    help="How the values of agents change when agents live together.",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A name of the gallery (`valuescape list scenarios`), or a scenario file.")
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="ADDRESS=VALUE", help="Change one address, as in averaging.strength=0.3. Repeatable."),
]
Steps = Annotated[int | None, typer.Option("--steps", help="The number of steps, in place of the scenario's.")]
Seed = Annotated[int, typer.Option("--seed", help="The seed. The same seed gives the same run, bit for bit.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar and no tables.")]
RunsFolder = Annotated[Path, typer.Option("--out", help="The folder in which the run folder is made.")]
SweepFile = Annotated[str, typer.Argument(metavar="FILE", help="A sweep file (YAML), or a name (`valuescape list sweeps`).")]
Workers = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many runs are made at a time.")]
SweepFolder = Annotated[Path | None, typer.Option("--out", help="The folder of the results. Default: runs/NAME.")]
Results = Annotated[Path, typer.Argument(metavar="PATH", help="The folder of a run or of a sweep.")]
RunId = Annotated[
    str | None, typer.Option("--run", metavar="ID", help="In the folder of a sweep: the id of one run, or its beginning.")
]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="FORMAT", help="Write figures as svg or pdf too, beside png. Repeatable."),
]
Plain = Annotated[
    bool,
    typer.Option(
        "--plain",
        help="Compile nothing: many times slower, the same bits up to the order of sums, and an error shows its line.",
    ),
]
ResultFolder = Annotated[Path | None, typer.Option("--out", help="A folder in which tables and figures are stored.")]


def call(file: str, function: str, *arguments: Any, **options: Any) -> Any:
    """Import `experiments.commands.<file>` now, and call its function; a command of another room is named with the room."""
    # What is imported stays: each time that the collector looks through it all again is lost (a tenth of a small run).
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    place = file if "." in file else f"experiments.commands.{file}"
    return getattr(import_module(f"valuescape.{place}"), function)(*arguments, **options)


def without_compilation() -> None:
    """Kernels that are defined from now on in this process stay the Python functions that they are."""
    if "numba" in sys.modules and os.environ.get("NUMBA_DISABLE_JIT") != "1":
        raise InputError("--plain: kernels are compiled in this process already: give the command in a process of its own")
    os.environ["NUMBA_DISABLE_JIT"] = "1"  # numba reads it once, when it is imported


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
    figures: Annotated[
        bool | None,
        typer.Option(
            "--figures/--no-figures",
            help="Draw every figure, those of the ledger too; or none. Default: measures and network, and none with --quiet"
            " or --json.",
            show_default=False,
        ),
    ] = None,
    formats: Formats = None,
    threads: Annotated[
        int,
        typer.Option("--threads", min=1, help="Threads that share each synchronous rule of a large society; the same bits."),
    ] = 1,
    plain: Plain = False,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a scenario, print what happened, write a run folder, and draw it."""
    if plain:
        without_compilation()
    how = {"figures": figures, "formats": formats or [], "as_json": json, "quiet": quiet, "threads": threads}
    call("running", "run", scenario, changes or [], steps=steps, seed=seed, out=out, **how)


@app.command("list")
def list_(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="[KIND]",
            help="scenarios, sweeps, rules, structures, initials, measures, failures, value-systems or reproductions."
            " Default: all.",
        ),
    ] = None,
    family: Annotated[
        str | None, typer.Option("--family", help="Only rules that change this, as in values, ties or payoffs.")
    ] = None,
    needs: Annotated[
        str | None,
        typer.Option("--needs", metavar="FIELD", help="Only rules (or measures) that need this field, as in coalition."),
    ] = None,
    about: Annotated[
        str | None,
        typer.Option("--about", metavar="WORDS", help="Only what has all of these words in its name or its line."),
    ] = None,
    json: AsJson = False,
) -> None:
    """List what exists: scenarios, rules (by what they change), measures, and so on; or what there is about something."""
    call("listing", "list_kind", kind, family=family, needs=needs, about=about, as_json=json)


@app.command()
def describe(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A rule, structure, initial, measure, failure or value system; a field or a family of rules; an author or a"
            " year; a scenario by name or file; or a part of a file: scenario, groups, initial, together, schedule,"
            " interventions, sweep, design.",
        ),
    ],
) -> None:
    """Describe one thing: formula, source and parameters; the addresses of a scenario; the keys of a file."""
    call("describing", "describe", name)


@app.command()
def show(scenario: ScenarioName, changes: Changes = None, json: AsJson = False) -> None:
    """Print a scenario as YAML, with every default written out."""
    call("describing", "show", scenario, changes or [], as_json=json)


@app.command()
def check(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A scenario file or a name of the gallery; or code of your own: a Python file, or my_module:MyRule.",
        ),
    ],
    changes: Changes = None,
    robust: Annotated[
        bool, typer.Option("--robust", help="Test the conclusion with reversed rules and with other activations.")
    ] = False,
    holds: Annotated[
        str | None,
        typer.Option("--holds", metavar="CONDITION", help="The conclusion, as in `human_gap > 0.3`; implies --robust."),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="The number of seeds per variant; with --robust.")] = 5,
    order: Annotated[
        bool, typer.Option("--order", help="Print how much the measures change when the rules are reversed.")
    ] = False,
    seed: Seed = 0,
    plain: Plain = False,
    json: AsJson = False,
) -> None:
    """Check that a scenario is sound: read it, build it, make its first step, print its parts.

    Of a Python file (or my_module:MyRule) check every rule, measure, structure, initial and class of agents that it
    declares against the laws: rows, purity, range, names, seeds, parameters, and so on. Exit code 1: a law is broken.
    Of a file with a mechanism or a policy, try it as `evaluate` would, and say what it lacks.
    """
    if plain:
        without_compilation()
    if call("upstairs", "declares_submission", what):
        leave(call("upstairs", "evaluation", "check_submission", what, as_json=json))
        return
    leave(
        call(
            "checking", "check", what, changes or [], order=order, seed=seed, as_json=json,
            robust=robust, holds=holds, seeds=seeds,
        )
    )  # fmt: skip


@app.command()
def sweep(
    file: SweepFile,
    changes: Changes = None,
    jobs: Workers = 1,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="The address of a Dask scheduler, in place of --jobs.")
    ] = None,
    out: SweepFolder = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only estimate the number of runs, the time and the disk space.")
    ] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Repeat the runs that failed.")] = False,
    other_code: Annotated[
        bool, typer.Option("--other-code", help="Add runs to a folder whose runs another version of the code made.")
    ] = False,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make the runs of a sweep. After an interruption the same command continues."""
    how = {"dry_run": dry_run, "retry_failed": retry_failed, "other_code": other_code, "as_json": json, "quiet": quiet}
    leave(call("sweeping", "sweep", file, changes or [], jobs=jobs, cluster=cluster, out=out, **how))


@app.command()
def status(path: Results, json: AsJson = False) -> None:
    """Print how many runs a folder holds, which failed, and how many are missing."""
    leave(call("sweeping", "status", path, as_json=json))


@app.command()
def results(
    path: Results,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the table to this CSV file.")] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="Write the table to this Parquet file.")] = None,
    series: Annotated[bool, typer.Option("--series", help="The recorded series, in place of one row per run.")] = False,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="ADDRESS[,ADDRESS]",
            help="Means with 95 % intervals over the runs at each value; `point`: at each point of all that was varied.",
        ),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", help="Draw a measure over what was varied, into this file (.png, .svg or .pdf)."),
    ] = None,
    measure: Annotated[
        str | None, typer.Option("--measure", help="The measure of --figure. Default: the first recorded one.")
    ] = None,
) -> None:
    """Print the results: one row per run, one column per address and measure; or means at each point (--by)."""
    how = {"csv": csv, "parquet": parquet, "series": series, "by": by, "figure": figure, "measure": measure}
    leave(call("tabulating", "results", path, **how))


@app.command()
def compare(
    first: ScenarioName,
    second: Annotated[str | None, typer.Argument(metavar="[OTHER]", help="The scenario to compare it with.")] = None,
    changes: Changes = None,
    intervene: Annotated[
        str | None, typer.Option("--intervene", metavar="NAME", help="Compare it with one of its interventions.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=2, help="The number of pairs of runs.")] = 20,
    jobs: Workers = 1,
    out: ResultFolder = None,
    formats: Formats = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare two scenarios on the same noise: the paired difference of every measure."""
    how = {"seeds": seeds, "jobs": jobs, "out": out, "formats": formats or [], "as_json": json, "quiet": quiet}
    leave(call("comparing", "compare", first, second, changes or [], intervene=intervene, **how))


@app.command()
def tip(
    scenario: ScenarioName,
    over: Annotated[str, typer.Option("--over", metavar="ADDRESS", help="The address whose tipping point is searched.")],
    until: Annotated[
        str, typer.Option("--until", metavar="CONDITION", help="The outcome of a run at its end, as in `human_gap > 0.3`.")
    ],
    changes: Changes = None,
    low: Annotated[
        float | None, typer.Option("--low", help="The lower end of the search. Default: the address's lower bound.")
    ] = None,
    high: Annotated[
        float | None, typer.Option("--high", help="The upper end of the search. Default: the address's upper bound.")
    ] = None,
    width: Annotated[float, typer.Option("--width", min=1e-9, help="The width of the 95 % interval to reach.")] = 0.01,
    ever: Annotated[
        bool, typer.Option("--ever", help="The outcome counts at any recorded step, not only at the end.")
    ] = False,
    coarse: Annotated[int, typer.Option("--coarse", min=2, help="The number of points of the first, coarse sweep.")] = 9,
    runs: Annotated[int, typer.Option("--runs", min=1, help="The number of seeds at each of these points.")] = 12,
    most: Annotated[int, typer.Option("--most", min=1, help="The largest number of runs of one search.")] = 5000,
    longest: Annotated[
        int | None,
        typer.Option(
            "--longest", min=1, help="The most steps of a run that still moves at its end. Default: 10 times the scenario's."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="ADDRESS=VALUES", help="A search at each of these values: averaging.strength=0.1,0.3."),
    ] = None,
    jobs: Workers = 1,
    out: ResultFolder = None,
    formats: Formats = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find a tipping point: the value of an address at which half of the runs show an outcome.

    Where the runs near it still move over the last tenth of their records, they are made twice as long, up to --longest;
    what has not settled then is called so. Shares of so many agents and whole numbers are searched on the grid of what can
    exist.
    """
    how = {"low": low, "high": high, "width": width, "ever": ever, "coarse": coarse, "runs": runs, "most": most}
    where = {
        "longest": longest,
        "by": by,
        "jobs": jobs,
        "out": out,
        "formats": formats or [],
        "as_json": json,
        "quiet": quiet,
    }
    leave(call("tip_and_sensitivity", "tip", scenario, changes or [], over=over, until=until, **how, **where))


@app.command()
def sensitivity(
    file: SweepFile,
    changes: Changes = None,
    measure: Annotated[str | None, typer.Option("--measure", help="The measure. Default: the first recorded one.")] = None,
    no_screen: Annotated[bool, typer.Option("--no-screen", help="Leave out the Morris screen.")] = False,
    jobs: Workers = 1,
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder of the results. Default: runs/NAME-sensitivity.")
    ] = None,
    formats: Formats = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find which address matters: a Morris screen, then Sobol's indices."""
    how = {"screened": not no_screen, "jobs": jobs, "out": out, "formats": formats or [], "as_json": json, "quiet": quiet}
    leave(call("tip_and_sensitivity", "sensitivity", file, changes or [], measure=measure, **how))


@app.command()
def fit(
    panel: Annotated[
        Path,
        typer.Argument(
            metavar="PANEL",
            help="A CSV file, one row per agent and wave: agent, wave, one column per topic; or one row per agent and a"
            " column per topic and wave: climate_1, climate_2.",
        ),
    ],
    ties: Annotated[
        Path | None, typer.Option("--ties", help="A CSV file of who listens to whom: source, target and, if any, weight.")
    ] = None,
    directed: Annotated[
        bool | None,
        typer.Option("--directed/--undirected", help="Whether ties have a direction: the source listens."),
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option("--topic", help="A column of opinions, once for each; in a wide panel its start.")
    ] = None,
    agent: Annotated[str, typer.Option("--agent", help="The column of agents, if it is not called agent, id, name …")] = "",
    wave: Annotated[str, typer.Option("--wave", help="The column of waves, if it is not called wave, time, date …")] = "",
    missing: Annotated[
        list[str] | None, typer.Option("--missing", help="A code or word that stands for no answer, once for each: 99.")
    ] = None,
    incomplete: Annotated[
        str, typer.Option("--incomplete", help="Agents who are not in every wave: refuse, or drop them.")
    ] = "refuse",
    encoding: Annotated[str, typer.Option("--encoding", help="The encoding of the files, if not UTF-8: latin-1.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder of tables and figure. Default: runs/fit-NAME.")
    ] = None,
    formats: Formats = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fit Friedkin-Johnsen to an observed opinion panel: each agent's susceptibility."""
    reading = {"topics": topic or [], "agent": agent, "wave": wave, "missing": missing or [], "incomplete": incomplete}
    how = {
        "ties": ties,
        "directed": directed,
        "encoding": encoding,
        "out": out,
        "formats": formats or [],
        "as_json": json,
        "quiet": quiet,
    }
    leave(call("fitting", "fit", panel, reading, **how))


@app.command()
def calibrate(
    model: Annotated[str, typer.Option("--model", help="The name of the model, as its server calls it.")] = "",
    pairs: Annotated[
        Path | None,
        typer.Option("--pairs", metavar="FILE", help="A CSV file of options, with the columns `plus` and `minus`."),
    ] = None,
    statements: Annotated[
        Path | None,
        typer.Option("--statements", metavar="FILE", help="Graded answers: a CSV file with the column `statement`."),
    ] = None,
    from_log: Annotated[
        Path | None,
        typer.Option("--from-log", metavar="FILE", help="A log of Inspect's valuescape/conformity, in place of a server."),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", help="A server of the OpenAI protocol: http://127.0.0.1:8000/v1. Without: the record."),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Make no call: print how many calls give intervals how wide.")
    ] = False,
    sizes: Annotated[
        list[int] | None, typer.Option("--size", help="How many others are shown; repeatable. Default: 10.")
    ] = None,
    points: Annotated[int, typer.Option("--points", min=2, help="States per size, from nobody to everybody.")] = 7,
    wordings: Annotated[int, typer.Option("--wordings", help="Wordings, an even number from 4 to 24.")] = 24,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Answers to each prompt, where they are sampled.")] = 5,
    show: Annotated[
        list[str] | None, typer.Option("--show", help="counts, list or dialogue; repeatable. Default: counts.")
    ] = None,
    form: Annotated[str, typer.Option("--form", help="chat, or completion.")] = "chat",
    exact: Annotated[
        bool | None,
        typer.Option("--exact/--sampled", help="Probabilities of the options, or answers. Default: what the server gives."),
    ] = None,
    temperature: Annotated[float, typer.Option("--temperature", min=0, help="The temperature of sampled answers.")] = 1.0,
    limit_name: Annotated[
        str, typer.Option("--limit-name", help="How the server calls the most tokens of an answer.")
    ] = "max_tokens",
    budget: Annotated[int | None, typer.Option("--budget", help="The most calls that may be paid, over all runs.")] = None,
    tokens: Annotated[int | None, typer.Option("--tokens", help="The most tokens, of prompts and answers.")] = None,
    money: Annotated[float | None, typer.Option("--money", help="The most money, in the currency of --price-in.")] = None,
    price_in: Annotated[float, typer.Option("--price-in", min=0, help="The price of a million tokens of prompts.")] = 0.0,
    price_out: Annotated[float, typer.Option("--price-out", min=0, help="The price of a million tokens of answers.")] = 0.0,
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, help="Calls under way at once.")] = 8,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that one call may take.")] = 60.0,
    key_variable: Annotated[
        str, typer.Option("--key-variable", help="The environment variable that holds the key of the server.")
    ] = "OPENAI_API_KEY",
    seed: Seed = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder of record and fit. Default: runs/calibrate-MODEL.")
    ] = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Calibrate a language model: show it what others chose, and fit how it answers.

    Every answer goes to record.jsonl; the same command continues where it stopped, and without --base-url it replays. Exit
    code 1: the budget ended before everything was answered.
    """
    where = "language_models.calibrate_command"
    limits = call("language_models.call_budget", "Budget", budget, tokens, money)
    prices = call("language_models.call_budget", "Prices", price_in, price_out)
    server = call(where, "Server", base_url, key_variable, timeout, concurrency, limits, prices)
    if from_log is not None:
        call(where, "calibrate_from_log", from_log, out=out, as_json=json, quiet=quiet)
        return
    if statements is not None:
        size = (sizes or [10])[0]
        graded = call("language_models.graded_answers", "GradedCalibration", model, size, draws, form, temperature, seed,
                      limit_name)  # fmt: skip
        where = "language_models.graded_command"
        leave(call(where, "calibrate_graded", graded, statements, server, out=out, as_json=json, quiet=quiet))
        return
    design = call(
        "language_models.calibration", "Calibration", model, tuple(sizes or [10]), points, wordings, draws,
        presentations=tuple(show or ["counts"]), form=form, temperature=temperature, seed=seed, limit_name=limit_name,
    )  # fmt: skip
    leave(call(where, "calibrate", design, pairs, server, exact=exact, plan=plan, out=out, as_json=json, quiet=quiet))


@app.command()
def forecast(
    fit: Annotated[
        Path,
        typer.Argument(
            metavar="FIT",
            help="fit.json of `valuescape calibrate`; or a CSV file: Model, Size, Opinion_A, Opinion_B, beta, h.",
        ),
    ],
    members: Annotated[str, typer.Option("--members", help="Numbers of members.")] = "50,1000,100000",
    networks: Annotated[
        bool, typer.Option("--networks", help="Simulate small-world and scale-free ties too, which takes minutes.")
    ] = False,
    model: Annotated[list[str] | None, typer.Option("--model", help="Only this model of the file; repeatable.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder of page and tables. Default: runs/forecast-FIT.")
    ] = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Forecast societies of a calibrated language model: do they stay aligned, and how many members tip them.

    Refused, with the reason, where members would hear more others than were shown in the calibration.
    """
    how = {"members": members, "networks": networks, "model": model or [], "out": out, "as_json": json, "quiet": quiet}
    call("language_models.forecast_command", "forecast", fit, **how)


@app.command()
def replay(
    path: Results,
    run_: RunId = None,
    step: Annotated[int | None, typer.Option("--step", help="Stop at this step, and store the state.")] = None,
    fork: Annotated[
        bool, typer.Option("--fork", help="Continue from this step with the changes of --set, as a run of its own.")
    ] = False,
    changes: Changes = None,
    steps: Annotated[int | None, typer.Option("--steps", help="The last step of the fork.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The folder in which the state or the fork is stored.")] = None,
    json: AsJson = False,
) -> None:
    """Repeat a stored run bit for bit, up to any step; or fork it there."""
    how = {"run": run_, "step": step, "is_fork": fork, "steps": steps, "out": out, "as_json": json}
    leave(call("replaying", "replay", path, changes=changes or [], **how))


@app.command()
def explain(
    path: Results,
    run_: RunId = None,
    shapley: Annotated[
        bool, typer.Option("--shapley", help="Each rule's Shapley share of the change; 2^n runs for n rules.")
    ] = False,
    rules: Annotated[
        list[str] | None,
        typer.Option(
            "--rule", metavar="LABEL", help="With --shapley: one rule that shares; all others stay on. Repeatable."
        ),
    ] = None,
    who: Annotated[bool, typer.Option("--who", help="Which agent moved whom, for rules that are linear.")] = False,
    by: Annotated[
        str | None, typer.Option("--by", metavar="PART", help="Net and gross amounts by `group` or by `step`.")
    ] = None,
    out: ResultFolder = None,
    formats: Formats = None,
    json: AsJson = False,
) -> None:
    """Explain a stored run: what the ledger books to each rule, beside the run without that rule."""
    how = {
        "shapley": shapley,
        "rules": rules or [],
        "who": who,
        "by": by,
        "out": out,
        "formats": formats or [],
        "as_json": json,
    }
    leave(call("explaining", "explain", path, run=run_, **how))


@app.command()
def diagnose(
    path: Results,
    run_: RunId = None,
    pairs: Annotated[int, typer.Option("--pairs", min=30, help="The number of pairs of runs on the same seeds.")] = 30,
    seed_from: Annotated[int, typer.Option("--seed-from", min=0, help="The first seed besides the run's own.")] = 1000,
    shares: Annotated[
        bool, typer.Option(help="Reckon what each cause of a named failure does alone, and its Shapley share.")
    ] = True,
    jobs: Workers = 1,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Diagnose a stored run: which failure modes, since when, and how much of the harm is by the cause.

    Each harm is compared with runs on the same seeds in which the alleged cause is cut. The exit code is 1 where at least
    one failure mode is named.
    """
    how = {"run": run_, "pairs": pairs, "seed_from": seed_from, "shares": shares, "jobs": jobs}
    how |= {"as_json": json, "quiet": quiet}
    leave(call("diagnosing", "diagnose", path, **how))


@app.command()
def report(path: Results) -> None:
    """Write report.html for a run or a sweep: one page that needs no other file."""
    leave(call("reporting", "report", path))


@app.command()
def reproduce(
    which: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Names of results (`valuescape list reproductions`).")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="All but the slowest results, about 2 minutes on 2 cores.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="The quick results, about 30 seconds; the default.")] = False,
    nightly: Annotated[bool, typer.Option("--nightly", help="Every result, however long it takes.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write pages and figures into this folder (as docs/reproductions).")
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=0, help="The number of worker processes; with 0, as many as there are cores.")
    ] = 0,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Try each result's mutants too: mistakes in its rule that a band must notice.")
    ] = False,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Reproduce published results with the shipped rules: what was missed, published, ours, verdict."""
    tier = "nightly" if nightly else "all" if all_ else "quick" if quick else None
    settings = {"tier": tier, "out": out, "as_json": json, "quiet": quiet, "jobs": jobs, "mutants": mutants}
    call("reproducing", "reproduce", which or [], **settings)


@app.command()
def evaluate(
    submissions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SUBMISSION]...",
            help="Your files (my_mechanism.py) or dotted paths, and names of baselines. Default: all baselines.",
        ),
    ] = None,
    track: Annotated[
        str | None, typer.Option("--track", help="mechanisms or agents. Default: as the submission is.")
    ] = None,
    tasks: Annotated[
        list[str] | None, typer.Option("--tasks", metavar="TASK", help="One open task, in place of all. Repeatable.")
    ] = None,
    held_out: Annotated[
        str | None,
        typer.Option(
            "--held-out", metavar="SEED", help="Tasks drawn by this word and the submission's hash, and no others."
        ),
    ] = None,
    jobs: Workers = 1,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="The address of a Dask scheduler, in place of --jobs.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small societies and three seeds.")] = False,
    sparing: Annotated[
        bool,
        typer.Option(
            "--sparing", help="Agents that are paid for by the call: as visitors only, three seeds, no other doses."
        ),
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="The folder of rows and page. Default: runs/evaluation.")] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Make the rows that bounds are frozen from.", hidden=True)
    ] = False,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Evaluate what is meant to keep a society aligned: mechanisms, or agents.

    After an interruption the same command continues. A submission that raises, hangs, answers nonsense or overspends has
    failed runs with their reason; the others go on.
    """
    how = {"track": track, "names": tasks or [], "held_out": held_out, "jobs": jobs, "cluster": cluster, "quick": quick}
    how |= {"out": out, "reference": reference, "sparing": sparing, "as_json": json, "quiet": quiet}
    leave(call("upstairs", "evaluation", "evaluate_all", submissions or [], **how))


@app.command()
def leaderboard(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Folders of evaluations. Default: the reference results."),
    ] = None,
    track: Annotated[
        str | None, typer.Option("--track", help="mechanisms or agents, of the reference results. Default: mechanisms.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The HTML page. Default: leaderboard.html in the first folder.")
    ] = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Rank submissions that were evaluated in the same tasks: a table, a page, the front of alignment, welfare, cost."""
    leave(call("upstairs", "evaluation", "leaderboard", paths or [], track=track, out=out, as_json=json, quiet=quiet))


@app.command("app")
def app_(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port of the page.")] = 8765,
    host: Annotated[
        str, typer.Option("--host", help="The address that the page listens on; 127.0.0.1 is this machine only.")
    ] = "127.0.0.1",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser; only print the address.")] = False,
    allow_own_code: Annotated[
        Path | None,
        typer.Option("--allow-own-code", help="Scenarios in the page may run the code and read the files of this folder."),
    ] = None,
) -> None:
    """Open the window: a page that shows a society as it changes.

    Links, dropped files and pasted texts may name registered parts only, and no files, unless a folder is allowed.
    """
    call("window", "open_window", port=port, host=host, browser=not no_browser, own_code=allow_own_code)


if __name__ == "__main__":
    app()
