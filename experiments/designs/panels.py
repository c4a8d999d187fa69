"""Reading an opinion panel: who was asked when, and what of it is an opinion; long tables and wide ones."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.joins import columns_of_ids, listed, plain, spelled
from valuescape.model.text_files import number_in, read_table
from valuescape.model.words import in_a_line, in_digits, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from valuescape.model.text_files import Table

WHERE = "the panel"
REFUSE, DROP = "refuse", "drop"
OPINION = "opinion"
WAVES = (
    "wave", "waveid", "time", "t", "w", "round", "essround", "period", "year", "date", "month", "week", "day", "step",
    "timepoint", "session",
)  # fmt: skip
_WITH_NUMBER = re.compile(r"(.*?)[ _.-]*(\d+)", re.ASCII)

Wave = float | str


@dataclass(frozen=True)
class Panel:
    """Observed opinions (T, N, K) of N agents on K topics, in T waves in their order; said: how the file was read."""

    agents: list[str]
    waves: list[Wave]
    topics: list[str]
    opinions: np.ndarray
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class PanelOptions:
    """How a panel is read: the columns of agents, waves and topics where they are not found, and what is no answer.

    missing: codes and words that stand for no answer; incomplete: `refuse`, or `drop` agents who are not in every wave.
    """

    agent: str = ""
    wave: str = ""
    topics: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    incomplete: str = REFUSE
    encoding: str = ""


@dataclass(frozen=True)
class _Long:
    """One entry per agent and wave: its line, and the cell of each column that may be a topic."""

    agents: list[str]
    waves: list[str]
    lines: list[int]
    columns: dict[str, list[str]]
    said: list[str]


def read_panel(path: Path, options: PanelOptions | None = None) -> Panel:
    """A panel from a text table.

    Long: one row per agent and wave, columns agent (or id and the like), wave (or time, year, date and the like; numbers,
    dates or words) and one per topic. Wide: one row per agent, columns such as climate_1, climate_2. A column that is a
    text, an id, a running number, the same for everybody, the same for each agent in every wave, or moves by the same
    for all (age, year) is no topic unless `topics` names it.
    """
    options = options or PanelOptions()
    table = read_table(path, WHERE, options.encoding)
    wave = _wave_column(table, options)
    long = _wide(table, options) if wave is None else _long(table, wave, options)
    if not long.columns:
        raise InputError(f"{path.name} has no topic: at least one column of opinions besides agent and wave")
    agents, waves = list(dict.fromkeys(long.agents)), _ordered(long.waves)
    place = np.array([waves.index(w) for w in long.waves]), np.array([agents.index(a) for a in long.agents])
    first: dict[tuple[int, int], int] = {}
    for line, t, i in zip(long.lines, *place, strict=True):
        if first.setdefault((t, i), line) != line:
            lines = f"lines {first[t, i]} and {line}"
            raise InputError(f"{path.name}: agent {agents[i]} has two rows in wave {waves[t]}, {lines}")
    if len(waves) < 2:
        raise InputError(f"{path.name} has {len(waves)} wave: at least two are needed, and the first is the start")
    cubes, left_out = _topics(table, long, place, (len(waves), len(agents)), options)
    cube = np.stack(list(cubes.values()), axis=2)
    agents, cube, said = _complete(table, cube, agents, waves, options)
    labels = _labels(waves)
    words = [in_digits(w) if isinstance(w, float) else str(w) for w in labels]
    counts = f"{table.name}: {len(agents)} agents, {len(waves)} waves"
    found = [
        f"{counts}, in this order: {listed(words)}; topics: {', '.join(cubes)}",
        *long.said,
        *([f"No topics: {'; '.join(f'{name} ({why})' for name, why in left_out.items())}"] if left_out else []),
        *said,
    ]
    return Panel(agents, labels, list(cubes), cube, tuple(found))


def _wave_column(table: Table, options: PanelOptions) -> int | None:
    """The place of the column of waves, or None where the panel is wide."""
    if options.wave:
        return table.index(options.wave, "column of waves")
    found = [i for i, name in enumerate(table.header) if plain(name) in WAVES]
    if len(found) > 1:
        columns = listed(table.header[i] for i in found)
        raise InputError(f"{table.name} has the columns {columns}: --wave says which the waves are")
    return found[0] if found else None


def _agent_column(table: Table, options: PanelOptions, fits: Callable[[int], bool]) -> int:
    """The place of the column of agents: the named one, or one that is called so and of which `fits` is true."""
    if options.agent:
        return table.index(options.agent, "column of agents")
    called = columns_of_ids(table.header)
    if not called:
        columns = ", ".join(table.header)
        raise InputError(f"{table.name} has no column called agent, id or the like: {columns}: --agent says which")
    fitting = [i for i in called if fits(i)] or called[:1]
    orders = {tuple(_first_mentions([row[i] for row in table.rows])) for i in fitting}
    if len(orders) > 1:
        columns = listed(table.header[i] for i in fitting)
        raise InputError(f"{table.name} has the columns {columns}: --agent says which the agents are")
    return fitting[0]


def _first_mentions(cells: Sequence[str]) -> list[int]:
    """Each cell as the number of those that were mentioned before it: two columns that name the same people agree."""
    number: dict[str, int] = {}
    return [number.setdefault(spelled(cell), len(number)) for cell in cells]


def _names(table: Table, at: int) -> list[str]:
    for line, row in zip(table.lines, table.rows, strict=True):
        if not row[at]:
            raise InputError(f"{table.name} line {line} names no agent")
    return [spelled(row[at]) for row in table.rows]


def _long(table: Table, wave: int, options: PanelOptions) -> _Long:
    waves = [spelled(row[wave]) for row in table.rows]
    for line, word in zip(table.lines, waves, strict=True):
        if not word:
            raise InputError(f"{table.name} line {line} names no wave")

    def fits(at: int) -> bool:
        names = [spelled(row[at]) for row in table.rows]
        return at != wave and len(set(names)) < len(names) and len(set(zip(names, waves, strict=True))) == len(names)

    agent = _agent_column(table, options, fits)
    if agent == wave:
        both = f"{table.header[wave]} cannot hold both agents and waves"
        raise InputError(f"{table.name}: {both}: --agent and --wave say which")
    others = {name: [row[i] for row in table.rows] for i, name in enumerate(table.header) if i not in (agent, wave)}
    said = [f"Agents: column {table.header[agent]}; waves: column {table.header[wave]}"]
    return _Long(_names(table, agent), waves, table.lines, others, said)


def _wide(table: Table, options: PanelOptions) -> _Long:
    """A wide panel as a long one."""
    agent = _agent_column(table, options, lambda at: len({row[at] for row in table.rows}) == len(table.rows))
    stems = _stems(table, agent, options)
    stems = {stem: waves for stem, waves in stems.items() if len(waves) > 1}
    if not stems:
        raise InputError(
            f"{table.name} has no column of waves: {', '.join(table.header)}: --wave NAME says which, or, with one row per"
            " agent, columns such as climate_1, climate_2"
        )
    waves = next(iter(stems.values()))
    for stem, its in stems.items():
        if its.keys() != waves.keys():
            apart = sorted(its.keys() ^ waves.keys())
            raise InputError(f"{table.name}: {stem} has other waves than {next(iter(stems))}: {listed(apart)}: --topic NAME")
    names = _names(table, agent)
    if len(set(names)) < len(names):
        twice = next(name for k, name in enumerate(names) if name in names[:k])
        raise InputError(f"{table.name}: agent {twice} has two rows, and the panel has no column of waves: --wave NAME")
    columns = {
        OPINION if plain(stem) in ("", *WAVES) else stem: [row[its[wave]] for wave in waves for row in table.rows]
        for stem, its in stems.items()
    }
    used = {agent, *(i for its in stems.values() for i in its.values())}
    left = [name or "(no name)" for i, name in enumerate(table.header) if i not in used]
    columns_of_waves = listed(table.header[i] for its in stems.values() for i in its.values())
    said = [f"Agents: column {table.header[agent]}; a wide table, one column per topic and wave: {columns_of_waves}"]
    said += [f"Columns not read: {listed(left)}"] if left else []
    words = [wave for wave in waves for _ in names]
    return _Long(names * len(waves), words, table.lines * len(waves), columns, said)


def _stems(table: Table, agent: int, options: PanelOptions) -> dict[str, dict[str, int]]:
    """{topic: {wave: place of its column}}."""
    stems: dict[str, dict[str, int]] = {}
    for i, name in enumerate(table.header):
        if i == agent:
            continue
        ends = _WITH_NUMBER.fullmatch(name)
        stem, wave = (ends[1], ends[2]) if ends else ("", "")
        for topic in options.topics:
            if name.casefold().startswith(topic.casefold()) and len(name) > len(topic):
                stem, wave = topic, name[len(topic) :].strip(" _.-")
        if wave and (not options.topics or stem in options.topics):
            stems.setdefault(stem, {})[wave] = i
    return stems


def _key_of_waves(words: Sequence[str]) -> Callable[[str], object] | None:
    """What waves are sorted by, or None where they are words that stand in no order of their own."""
    if not any(math.isnan(number_in(word)) for word in words):
        return number_in
    try:
        days = {word: date.fromisoformat(word) for word in words}
    except ValueError:
        ends = {word: _WITH_NUMBER.fullmatch(word) for word in words}
        if all(ends.values()) and len({e[1].casefold() for e in ends.values() if e}) == 1:
            return lambda word: int(e[2]) if (e := ends[word]) else 0
        return None
    return days.__getitem__


def _ordered(waves: Sequence[str]) -> list[str]:
    """Each wave once: by number, by date, by the number after one word, else in the order of first mention."""
    each = list(dict.fromkeys(waves))
    key = _key_of_waves(each)
    return each if key is None else sorted(each, key=key)  # type: ignore[arg-type]


def _labels(waves: Sequence[str]) -> list[Wave]:
    return [float(word) for word in waves] if _key_of_waves(waves) is number_in else list(waves)


def _topics(
    table: Table, long: _Long, place: tuple[np.ndarray, np.ndarray], shape: tuple[int, int], options: PanelOptions
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The opinions (T, N) on each topic, NaN where there is no answer; and the other columns with the reason."""
    words = {word.casefold() for word in options.missing}
    codes = {number_in(word) for word in words} - {math.nan}
    cubes, left_out = {}, {}
    names = {plain(name): name for name in long.columns}
    for topic in options.topics:
        if plain(topic) not in names:
            table.index(topic, "topic")
            raise InputError(f"--topic {topic} is the column of agents or waves")
    wanted = [names[plain(topic)] for topic in options.topics] or list(long.columns)
    for name in wanted:
        cells = long.columns[name]
        numbers = [number_in(cell) for cell in cells]
        given = [bool(c) and c.casefold() not in words and x not in codes for c, x in zip(cells, numbers, strict=True)]
        wrong = [k for k, (x, there) in enumerate(zip(numbers, given, strict=True)) if there and math.isnan(x)]
        if wrong and len(wrong) == sum(given) and not options.topics:
            left_out[name or "(no name)"] = "text"
            continue
        if wrong:
            cell = cells[wrong[0]]
            raise InputError(
                f"{WHERE}: {table.name} line {long.lines[wrong[0]]}, {name} = {quoted(cell)} is not a number:"
                f" --missing {in_a_line(cell)} if that stands for no answer, --topic NAME if the column is none"
            )
        opinions = np.full(shape, math.nan)
        opinions[place] = np.where(given, numbers, math.nan)
        reason = "" if options.topics else _no_opinion(name, numbers, opinions)
        if reason:
            left_out[name or "(no name)"] = reason
        else:
            cubes[name] = opinions
    if not cubes:
        rest = f" ({'; '.join(f'{name}: {why}' for name, why in left_out.items())})" if left_out else ""
        raise InputError(
            f"{table.name} has no topic: at least one column of opinions besides agent and wave{rest}: --topic NAME says"
            " which"
        )
    return cubes, left_out


def _no_opinion(name: str, numbers: Sequence[float], opinions: np.ndarray) -> str:
    """Why a column is no opinion, or nothing."""
    steps = np.diff(numbers)
    if not name:
        return "unnamed"
    if len(numbers) > 2 and (steps == 1).all():
        return "a running number"
    if columns_of_ids([name]):
        return "an id"
    there = opinions[~np.isnan(opinions)]
    if not there.size or np.ptp(there) == 0:
        return "the same for everybody"
    moves = np.diff(opinions, axis=0)
    moves = moves[:, ~np.isnan(moves).any(0)]
    if not moves.size or not (moves != 0).any():
        return "the same for each agent in every wave"
    if moves.shape[1] > 1 and (moves == moves[:, :1]).all():
        return "it moves by the same for everybody"
    return ""


def _complete(
    table: Table, cube: np.ndarray, agents: list[str], waves: list[str], options: PanelOptions
) -> tuple[list[str], np.ndarray, list[str]]:
    """Those agents who gave every answer; who did not is refused or dropped."""
    gaps = np.isnan(cube).any(2)
    if not gaps.any():
        return agents, cube, []
    holes = gaps.any(0)
    t, i = np.argwhere(gaps)[0]
    if options.incomplete == REFUSE:
        others = f", and so are {int(gaps.sum()) - 1} others" if gaps.sum() > 1 else ""
        raise InputError(
            f"{table.name}: agent {agents[i]} is missing in wave {waves[t]}{others}: --incomplete drop leaves out the"
            f" {int(holes.sum())} agents with gaps; or leave out the wave"
        )
    kept = np.flatnonzero(~holes)
    if not kept.size:
        raise InputError(f"{table.name}: no agent is in every wave, so --incomplete drop leaves nobody")
    left = listed(name for name, hole in zip(agents, holes, strict=True) if hole)
    return [agents[k] for k in kept], cube[:, kept], [f"{int(holes.sum())} agents with gaps are left out: {left}"]
