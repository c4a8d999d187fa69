"""Mutants: resolved scenarios of the gallery in which one leaf is changed at random, and what becomes of each.

A refusal names the key: the leaf's own or one of the two above it; of a part that got another name, that, its old one, or
where it stands; or the word that was put in. Underscores may be spaces (value_system, value system).
"""

from __future__ import annotations

import copy
import math
import random
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from valuescape.experiments import gallery
from valuescape.model.errors import InputError
from valuescape.model.kinds import kinds, known
from valuescape.model.own_files import is_ours
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

FEW_AGENTS, FEW_STEPS = 24, 4
LONGEST, TO_COMPILE = 5, 100
HUGE = (10**10, 10**9, 2**63, 10**30, 1e18, 1e300, -1e300)
GONE = object()


@cache
def small(name: str) -> dict[str, Any]:
    """A scenario of the gallery, resolved, with few agents and steps where it can be had with few."""
    data = {**gallery.load(name).to_dict(), "steps": FEW_STEPS}
    fewer = {**data, "agents": FEW_AGENTS, "groups": [_few(group) for group in data["groups"]]}
    for tried in (fewer, {**fewer, "agents": data["agents"]}):
        try:
            Society(Scenario.from_dict(tried), rng=0)
        except InputError:
            continue
        return tried
    return data


def _few(group: dict[str, Any]) -> dict[str, Any]:
    return {**group, "count": min(group["count"], 3)} if "count" in group else group


def leaves(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every leaf; of a part that is named by its key, `(..., key, GONE)` is the path of the name."""
    if isinstance(data, dict | list) and data:
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            if isinstance(data, dict) and len(data) == 1:
                yield (*path, key, GONE)
            yield from leaves(value, (*path, key))
    else:
        yield path


def mutant(number: int) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    """(what was changed, scenario, the keys of which a refusal names one) of a number; the same for ever."""
    draw = random.Random(number)
    name = draw.choice(sorted(gallery.scenarios()))
    data = copy.deepcopy(small(name))
    path = draw.choice(list(leaves(data)))
    renamed = path[-1] is GONE
    *way, last = path[:-1] if renamed else path
    place = data
    for key in way:
        place = place[key]
    if renamed:
        other = _other_name(draw)
        place[other] = place.pop(last)
        return f"{number}: {name}, the name {_words(path[:-1])} -> {other}", data, (other, *_keys(path[:-1])[-2:])
    value = _other(place[last], draw)
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    said = "deleted" if value is GONE else repr(value)
    word = (value,) if isinstance(value, str) and value else ()
    return f"{number}: {name}, {_words(path)} -> {said}", data, (*_keys(path)[-3:], *word)


def _keys(path: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(key for key in path if isinstance(key, str))


def _words(path: tuple[Any, ...]) -> str:
    return ".".join(map(str, path))


def _other(value: Any, draw: random.Random) -> Any:
    made = draw.choice(("deleted", "type", "negative", "huge", "nan", "infinity", "text", "list", "null", "name"))
    if made == "type":
        return draw.choice([True, {}, {"a": 1}, [[1.0]], "5", 0.5, 3])
    if made == "negative":
        return -abs(value) - 1 if isinstance(value, int | float) and not isinstance(value, bool) else -1
    return {
        "deleted": GONE,
        "huge": draw.choice(HUGE),
        "nan": math.nan,
        "infinity": draw.choice([math.inf, -math.inf]),
        "text": draw.choice(["", "x" * 50, "a.b", "\x1b[31m", "../../etc/passwd", "mod:X"]),
        "list": draw.choice([[], [value], [value] * 3, list(range(50))]),
        "null": None,
        "name": _other_name(draw),
    }[made]


def _other_name(draw: random.Random) -> str:
    names = sorted({name for kind in kinds() for name, cls in known(kind).items() if is_ours(cls.__module__)})
    return draw.choice([*names, "everybody", "main", "values", "traits", "own", "random", "flat"])


class Hang(BaseException):
    """It took too long."""


@contextmanager
def at_most(seconds: float):
    """No more processor time than that: a busy machine makes nothing hang."""
    rung = []

    def ring(*_: Any) -> None:
        rung.append(True)
        raise Hang

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    if rung:  # whoever caught it on the way
        raise Hang


def outcome(data: dict[str, Any], keys: tuple[str, ...]) -> str:
    """`runs`, `refused`, or what is wrong: another exception, a hang, a number out of bounds, a refusal without a key."""
    for seconds in (TO_COMPILE, LONGEST):  # the first time rules may have to be compiled, which may not be cut short
        begun = time.process_time()
        try:
            with at_most(seconds), warnings.catch_warnings():
                warnings.simplefilter("error")
                became = _run(copy.deepcopy(data), keys)
        except Hang:
            return "hang"
        if time.process_time() - begun < LONGEST:
            return became
    return "hang"


def _run(data: dict[str, Any], keys: tuple[str, ...]) -> str:
    try:
        society = Society(Scenario.from_dict(data), rng=1)
        society.run_for(min(FEW_STEPS, society.scenario.steps))
    except InputError as error:
        said = str(error)
        words = said.replace("_", " ")
        if said.strip() and "\n" not in said and any(key.replace("_", " ") in words for key in keys):
            return "refused"
        return f"message: {said[:200]!r}"
    except Exception as error:  # noqa: BLE001 - which ones there are is the question
        return f"exception: {type(error).__name__}: {str(error)[:200]}"
    state = society.state
    for name, array in state.arrays.items():
        wrong = state.outside(name, array)
        if wrong:
            return f"numbers: {wrong[:200]}"
    records = society.records.table()
    if state.living().any() and np.isinf(records).any():
        return "numbers: a measure is infinite"
    return "runs"
