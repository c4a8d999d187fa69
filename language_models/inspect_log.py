"""A log of Inspect's task `valuescape/conformity`, read as the answers of a calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.experiments.runs.extras import require
from valuescape.language_models.call_manner import Manner
from valuescape.language_models.exchanges import Reply, Request
from valuescape.language_models.group_states import GroupState
from valuescape.language_models.wordings import Pair, Wording, wordings
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    Asked = list[tuple[Wording, GroupState, Request]]


def reply_of(output: Any) -> Reply:
    """What a model's output in Inspect says: the text, tokens, and log-probabilities of the first token if there are any."""
    usage, choice = output.usage, output.choices[0] if output.choices else None
    logs = None
    if choice is not None and choice.logprobs is not None and choice.logprobs.content:
        logs = {one.token: float(one.logprob) for one in choice.logprobs.content[0].top_logprobs or ()} or None
    tokens = (0, 0) if usage is None else (usage.input_tokens, usage.output_tokens)
    return Reply(output.completion, *tokens, logs)


def read_log(path: Path) -> tuple[str, bool, list[tuple[Pair, str, Asked, list[Reply | None]]]]:
    """(model, whether probabilities were asked for, [(pair, presentation, asked, replies)]) of a log.

    Errors: no such file, no log, or the log of another task; the extra `inspect` is missing.
    """
    require("inspect", "a log of Inspect")
    from inspect_ai.log import read_eval_log

    if not path.is_file():
        raise InputError(f"--from-log: there is no file {path}")
    try:
        log = read_eval_log(str(path))
    except Exception as error:  # noqa: BLE001 - whatever Inspect says of a file that is no log
        raise InputError(f"--from-log: {path} is no log of Inspect: {type(error).__name__}") from None
    if not log.eval.task.endswith("conformity") or not log.samples:
        raise InputError(f"--from-log: {path} is a log of {log.eval.task}, with {len(log.samples or ())} samples: that of"
                         " valuescape/conformity is wanted")  # fmt: skip
    found: dict[tuple[Pair, str], tuple[Asked, list[Reply | None]]] = {}
    for sample in log.samples:
        about = sample.metadata
        asked, replies = found.setdefault((Pair(about["plus"], about["minus"]), about["show"]), ([], []))
        request = Manner(log.eval.model).request(str(sample.input), about["draw"])
        asked.append((wordings(about["wordings"])[about["wording"]], GroupState(about["size"], about["support"]), request))
        replies.append(reply_of(sample.output) if sample.output.choices and sample.error is None else None)
    exact = bool(log.samples[0].metadata["exact"])
    return log.eval.model, exact, [(pair, show, *given) for (pair, show), given in found.items()]
