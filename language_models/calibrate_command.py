"""`valuescape calibrate`: show a model what others chose, fit how it answers, and say what was found."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.experiments.commands.printing import console, notice, print_json, say, table
from valuescape.experiments.runs.files import claim, slug
from valuescape.language_models.asking import Answers, ask
from valuescape.language_models.calibration import Calibration, gathered
from valuescape.language_models.call_budget import Budget, Prices
from valuescape.language_models.endpoint import Endpoint
from valuescape.language_models.exchange_record import Record
from valuescape.language_models.fit_files import as_data, from_data, write_fits
from valuescape.language_models.group_states import read_pairs
from valuescape.model.errors import InputError
from valuescape.model.words import decimal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from valuescape.language_models.exchanges import Reply
    from valuescape.language_models.law_fit import Fitted
    from valuescape.language_models.wordings import Pair

RECORD, FIT = "record.jsonl", "fit.json"


@dataclass(frozen=True)
class Server:
    """Where the model answers, and how it is asked; without a base URL only the record answers."""

    base_url: str | None
    key_variable: str
    timeout: float
    concurrency: int
    budget: Budget
    prices: Prices

    @contextmanager
    def opened(self, folder: Path) -> Iterator[tuple[Record, Endpoint | None]]:
        """The record of a folder, open for writing where there is a server, and the way to that.

        Errors: neither a server is named, nor is there a record to replay.
        """
        if self.base_url is None and not (folder / RECORD).is_file():
            raise InputError(f"--base-url is missing: no server is named, and {folder / RECORD} is no record to replay")
        claim(folder)
        endpoint = None
        if self.base_url is not None:
            endpoint = Endpoint(self.base_url, key_variable=self.key_variable, timeout=self.timeout)
        try:
            with Record(folder / RECORD, writes=endpoint is not None) as record:
                yield record, endpoint
        finally:
            if endpoint is not None:
                endpoint.close()


def calibrate(
    design: Calibration, pairs_file: Path | None, server: Server, *, exact: bool | None, plan: bool, out: Path | None,
    as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Ask, fit, store `record.jsonl` and `fit.json`, and print one row per pair, presentation and law; exit code.

    exact: whether probabilities are asked for; None: if the server gives them, which the first call tells. The code is 1
    where the budget or the record ended before everything was answered.
    """
    if not design.model or pairs_file is None:
        raise InputError(f"{'--pairs' if design.model else '--model'} is missing: a model and its pairs, or --from-log")
    pairs = read_pairs(pairs_file)
    if plan:
        _print_plan(replace(design, is_exact=bool(exact)), pairs, as_json=as_json)
        return 0
    folder = out if out is not None else Path("runs") / f"calibrate-{slug(design.model)}"
    with server.opened(folder) as (record, endpoint):
        how = {"budget": server.budget, "prices": server.prices, "concurrency": server.concurrency}
        design = replace(design, is_exact=_gives_probabilities(design, pairs[0], record, endpoint, how, exact))
        said = [_one(design, pair, shown, record, endpoint, how, quiet) for pair in pairs for shown in design.presentations]
        spent = {"calls": said[-1][1].calls, "tokens": said[-1][1].tokens, "money": said[-1][1].money}
        spent |= {"unanswered": record.unanswered, "answered": len(record.replies)}
    stopped = next((answers.stopped for _, answers in said if answers.stopped), None)
    found = [one for one, _ in said]
    document = {"model": design.model, "design": _as_data(design), "spent": spent, "stopped": stopped, "pairs": found,
                "over_pairs": _over_pairs(found)}  # fmt: skip
    write_fits(folder / FIT, document)
    if as_json:
        print_json({**document, "folder": str(folder)})
    else:
        if not quiet:
            _print(found, spent, document["over_pairs"])
        if stopped:
            notice(f"Not everything was answered: {stopped}. What was answered is kept; the same command continues.")
        say(f"{folder / FIT}\n")
    return 1 if stopped else 0


def calibrate_from_log(log: Path, *, out: Path | None, as_json: bool, quiet: bool) -> None:
    """Fit a log of Inspect's task `valuescape/conformity`, store `fit.json`, and print as `calibrate` does."""
    from valuescape.language_models.inspect_log import read_log

    model, is_exact, given = read_log(log)
    folder = out if out is not None else Path("runs") / f"calibrate-{slug(model)}"
    claim(folder)
    found = [_fitted(pair, shown, asked, replies, is_exact=is_exact, quiet=quiet) for pair, shown, asked, replies in given]
    kept = [reply for *_, replies in given for reply in replies if reply is not None]
    asked = sum(len(replies) for *_, replies in given)
    spent = {"calls": asked, "tokens": sum(r.tokens_in + r.tokens_out for r in kept), "money": 0.0}
    spent |= {"unanswered": asked - len(kept), "answered": len(kept)}
    document = {"model": model, "design": {"log": log.name, "is_exact": is_exact}, "spent": spent, "stopped": None,
                "pairs": found, "over_pairs": _over_pairs(found)}  # fmt: skip
    write_fits(folder / FIT, document)
    if as_json:
        print_json({**document, "folder": str(folder)})
        return
    if not quiet:
        _print(found, spent, document["over_pairs"])
    say(f"{folder / FIT}\n")


def _gives_probabilities(
    design: Calibration, pair: Pair, record: Record, endpoint: Endpoint | None, how: dict[str, Any], exact: bool | None
) -> bool:
    """Whether the calibration is by probabilities: as is said, or as the first call with probabilities tells."""
    if exact is not None:
        return exact
    request = next(replace(design, is_exact=True).requests(pair, design.presentations[0]))[2]
    (reply,) = ask([request], record, endpoint, **how).replies
    return reply is not None and reply.first_token is not None


def _one(
    design: Calibration, pair: Pair, shown: str, record: Record, endpoint: Endpoint | None, how: dict[str, Any], quiet: bool
) -> tuple[dict[str, Any], Answers]:
    """One pair in one presentation: what is stored about it, and the answers."""
    asked = list(design.requests(pair, shown))
    answers = ask([request for _, _, request in asked], record, endpoint, **how)
    return _fitted(pair, shown, asked, answers.replies, is_exact=design.is_exact, quiet=quiet), answers


def _fitted(
    pair: Pair, shown: str, asked: list[Any], replies: Sequence[Reply | None], *, is_exact: bool, quiet: bool
) -> dict[str, Any]:
    """What is stored about one pair in one presentation."""
    from valuescape.language_models.law_fit import fit_all, verdict

    about = {"plus": pair.plus, "minus": pair.minus, "presentation": shown}
    try:
        observed = gathered(asked, replies, pair, is_exact=is_exact)
        fits = fit_all(observed)
    except InputError as too_little:
        return about | {"verdict": f"Nothing can be said: {too_little}.", "laws": [], "asked": len(asked)}
    if not quiet:
        notice(f"{pair.plus} / {pair.minus} ({shown}): {observed.asked:,} of {len(asked):,} answered")
    counts = {"asked": len(asked), "answered": observed.asked, "malformed": observed.malformed}
    bias = {"position": fits[0].position, "spread": fits[0].spread, "lapse": max(one.lapse for one in fits)}
    return about | {"verdict": verdict(fits), **counts, **bias, "laws": [as_data(one) for one in fits]}


def _over_pairs(found: list[dict[str, Any]]) -> dict[str, Any]:
    """By presentation: the majority force over the pairs, where three of them have one that is not rejected."""
    from valuescape.language_models.pair_hierarchy import of_forces

    fits: dict[str, list[Fitted]] = {}
    for one in found:
        fits.setdefault(one["presentation"], []).extend(from_data(law) for law in one["laws"])
    each = {presentation: of_forces(own) for presentation, own in fits.items()}
    return {presentation: its for presentation, its in each.items() if its}


def _as_data(design: Calibration) -> dict[str, Any]:
    given = {one.name: getattr(design, one.name) for one in fields(design) if one.init and one.name != "model"}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}


def _print_plan(design: Calibration, pairs: tuple[Pair, ...], *, as_json: bool) -> None:
    from valuescape.language_models.call_plan import plan

    frame = plan(design, len(pairs))
    if as_json:
        print_json(frame.to_dict("records"))
        return
    out = console()
    rows = [[f"{row[0]:.0f}", f"{row[1]:,.0f}", *(f"{x:.3f}" for x in row[2:])] for row in frame.itertuples(index=False)]
    out.print(table([str(c) for c in frame.columns], rows, tuple(range(len(frame.columns)))))
    out.print(
        f"{len(pairs)} pairs, {len(design.presentations)} presentations, {len(design.forms)} wordings, {len(design.states)}"
        " states. Half-widths of the 95 % intervals are for one pair, and suppose h = .1, wordings that differ by .3"
        " (standard deviation, in the logit), and one answer in a hundred at random.",
        markup=False, highlight=False,
    )  # fmt: skip


def _print(found: list[dict[str, Any]], spent: dict[str, Any], over_pairs: dict[str, Any]) -> None:
    out = console()
    rows = []
    for one in found:
        for law in one["laws"]:
            fitted = from_data(law)
            told = ", ".join(fitted.in_words(name) for name in fitted.names)
            rows.append([f"{one['plus']} / {one['minus']}", one["presentation"], law["law"], decimal(law["p_value"]), told])
    out.print(table(["pair", "shown as", "law", "fits (p)", "estimates"], rows, (3,)))
    for one in found:
        out.print(f"{one['plus']} / {one['minus']} ({one['presentation']}): {one['verdict']}", markup=False, highlight=False)
    for presentation, its in over_pairs.items():
        left_out = its["left_out"]
        without = f", without {left_out} of which only one end, or none, is told" if left_out else ""
        for name in (name for name in its if name not in ("pairs", "left_out")):
            mean, (low, high), (least, most) = (its[name][key] for key in ("mean", "interval", "another_pair"))
            out.print(
                f"Over {its['pairs']} pairs ({presentation}){without}:"
                f" {name} {decimal(mean)} ({decimal(low)} to {decimal(high)});"
                f" another pair is expected between {decimal(least)} and {decimal(most)}.",
                markup=False, highlight=False,
            )  # fmt: skip
    out.print(
        f"{spent['answered']:,} answers; {spent['calls']:,} calls may have been paid, {spent['unanswered']:,} of them"
        f" without an answer; {spent['tokens']:,} tokens.",
        markup=False, highlight=False,
    )  # fmt: skip
