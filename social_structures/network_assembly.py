"""From what a file says to a network: names are matched, directions decided, repeated ties joined; all of it is said."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.words import in_digits, quoted
from valuescape.social_structures.network_content import AS_IN_FILE, DIRECTED, UNDIRECTED, Content, FileOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

_WHOLE = re.compile(r"([+-]?)0*(\d+)(?:\.0*)?", re.ASCII)
_SHOWN = 5


@dataclass(frozen=True)
class Network:
    """A network: names of the agents, ties as indices into these names, attributes of the agents, and how it was read.

    said: sentences about what was read, what was not, and how; unusable: why an attribute of the file is not in `node`.
    """

    names: tuple[str, ...]
    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    directed: bool
    node: dict[str, np.ndarray]
    said: tuple[str, ...]
    unusable: dict[str, str]

    @property
    def n(self) -> int:
        """How many agents."""
        return len(self.names)


def assembled(content: Content, options: FileOptions) -> Network:
    """The network of a content."""
    listed, matched = _matched(content, options)
    order = _order(listed)
    names = tuple(listed[i] for i in order)
    number = {name: i for i, name in enumerate(names)}
    i = np.array([number[name] for name in content.source], np.int64)
    j = np.array([number[name] for name in content.target], np.int64)
    w = np.ones(i.size) if content.weight is None else np.array(content.weight, float)
    tie = np.arange(i.size)
    loops = i == j
    said_of_loops = _count(int(loops.sum()), "loop") + (
        f", {'kept' if options.loops == 'keep' else 'dropped'}" if loops.any() else ""
    )
    if options.loops == "drop":
        i, j, w, tie = (array[~loops] for array in (i, j, w, tie))
    directed, why, twice_told = _direction(content, options, i, j, w)
    if twice_told:
        once = i <= j
        i, j, w, tie = (array[once] for array in (i, j, w, tie))
    i, j, w, said_of_repeats = _joined(content, options, i, j, w, tie, len(names), directed=directed)
    node, unusable = _attributes(content, order, names)
    tied = np.zeros(len(names), bool)
    tied[i[i != j]] = tied[j[i != j]] = True
    alone = np.flatnonzero(~tied)
    said_of_isolated = f"{_count(alone.size, 'agent')} without ties{_listing(names[k] for k in alone[:_SHOWN])}"
    zeros = int((w == 0).sum())
    kept_zeros = f"; {_count(zeros, 'tie')} of weight 0 {'is' if zeros == 1 else 'are'} kept" if zeros else ""
    reach = f": {_reach(w)}" if content.weight is not None and w.size else ""
    if content.weight is None and (w != 1).any():
        reach = f"; repeated ties together {_reach(w)}"
    said = [
        f"{content.file}: {_count(len(names), 'agent')}, {_count(i.size, 'tie')}",
        f"{'Directed' if directed else 'Undirected'}: {why}",
        f"Weights: {content.weighed}{reach}{kept_zeros}",
        *content.said,
        f"{said_of_loops[0].upper()}{said_of_loops[1:]}; {said_of_isolated}; {said_of_repeats}",
        matched,
    ]
    if node:
        said.append(f"Attributes of the agents: {', '.join(node)}")
    said += [f"The attribute {key} cannot be used: {reason}" for key, reason in unusable.items()]
    return Network(names, i.astype(np.int32), j.astype(np.int32), w, directed, node, tuple(said), unusable)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _listing(names: Iterable[str]) -> str:
    listed = list(names)
    return f" ({', '.join(listed)}{', …' if len(listed) == _SHOWN else ''})" if listed else ""


def _reach(weight: np.ndarray) -> str:
    low, high = float(weight.min()), float(weight.max())
    return f"all {in_digits(low)}" if low == high else f"{in_digits(low, 6)} to {in_digits(high, 6)}"


# --- names ------------------------------------------------------------------------------------------------------------


def _matched(content: Content, options: FileOptions) -> tuple[list[str], str]:
    """The names in the order of their first mention, and how they were compared; ties are renamed where they have to be."""
    if options.ids == "number":
        for list_of in (content.nodes, content.source, content.target):
            list_of[:] = [_as_number(name, content.file) for name in list_of]
    names = list(dict.fromkeys([*content.nodes, *content.source, *content.target]))
    if not names:
        raise InputError(f"structure.file: {content.file} names no agents")
    if content.attributes and len(names) != len(next(iter(content.attributes.values()))):
        raise InputError(
            f"structure.file: {content.file} has two agents of one name, or ties among agents that it does not list"
        )
    spelled: dict[str, str] = {}
    alike: dict[str, str] = {}
    other_case = []
    for name in names:
        whole = _WHOLE.fullmatch(name)
        same = (whole[1].strip("+") + whole[2]) if whole else unicodedata.normalize("NFC", name)
        before = spelled.setdefault(same, name)
        if before != name and options.ids == "strict":
            what = "one number" if whole else "one name"
            raise InputError(
                f"structure.ids: {content.file} writes {what} in two ways, {quoted(before)} and {quoted(name)}: `ids:"
                " number` takes numbers that are equal for one agent, `ids: text` takes what is spelled differently for two"
            )
        folded = same.casefold()
        if alike.setdefault(folded, name) != name and not whole:
            other_case.append(f"{alike[folded]} and {name}")
    how = "as numbers" if options.ids == "number" else "letter by letter"
    capitals = f"; different agents by their capitals only: {'; '.join(other_case[:_SHOWN])}" if other_case else ""
    return names, f"Names are compared {how}{capitals}; {_ordered(names)}"


def _as_number(name: str, file: str) -> str:
    whole = _WHOLE.fullmatch(name)
    if whole is None:
        raise InputError(f"structure.ids = 'number': {file} has the agent {quoted(name)}, which is no whole number")
    return (whole[1].strip("+") + whole[2]) if int(whole[2][:1] or 0) or len(whole[2]) > 1 else whole[2]


def _is_whole(name: str) -> bool:
    return name.isascii() and name.removeprefix("-").isdigit() and len(name) < 19


def _order(names: list[str]) -> np.ndarray:
    """By number where all names are whole numbers, else as they were first mentioned."""
    if all(map(_is_whole, names)):
        return np.argsort(np.array([int(name) for name in names]), kind="stable")
    return np.arange(len(names))


def _ordered(names: list[str]) -> str:
    return "agents stand in the order of " + ("their numbers" if all(map(_is_whole, names)) else "their first mention")


# --- directions and repeated ties -------------------------------------------------------------------------------------


def _direction(
    content: Content, options: FileOptions, i: np.ndarray, j: np.ndarray, w: np.ndarray
) -> tuple[bool, str, bool]:
    """Whether ties go one way, why, and whether each stands in the file in both directions, alike, and counts once."""
    apart = i != j
    a, b, c = i[apart], j[apart], w[apart]
    one, other = np.lexsort((c, b, a)), np.lexsort((c, a, b))
    symmetric = a.size > 0 and bool((a[one] == b[other]).all() and (b[one] == a[other]).all() and (c[one] == c[other]).all())
    twice = ", and each stands there both ways, which counts once"
    if options.ties != AS_IN_FILE:
        directed = options.ties == DIRECTED
        other_way = content.directed is not None and content.directed != directed
        but = f", although {content.why}" if other_way else ""
        return (
            directed,
            f"`ties: {options.ties}` says so{but}{twice if symmetric and not directed else ''}",
            symmetric and not directed,
        )
    if content.directed is not None:
        return (
            content.directed,
            content.why + (twice if symmetric and not content.directed else ""),
            symmetric and not content.directed,
        )
    if symmetric:
        return False, "every tie stands in the file both ways, with one weight", True
    if not i.size:
        return False, "there are no ties", False
    reason = f": {content.why}" if content.why else ""
    raise InputError(
        f"structure.ties is missing: {content.file} does not say whether its ties have a direction{reason}:"
        f" `ties: {DIRECTED}` (source listens to target) or `ties: {UNDIRECTED}`"
    )


def _joined(
    content: Content,
    options: FileOptions,
    i: np.ndarray,
    j: np.ndarray,
    w: np.ndarray,
    tie: np.ndarray,
    n: int,
    *,
    directed: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """Each pair once, in the order of first mention; what to do with repeated ones is the user's word."""
    low, high = (i, j) if directed else (np.minimum(i, j), np.maximum(i, j))
    _, first, pair, times = np.unique(low * n + high, return_index=True, return_inverse=True, return_counts=True)
    again = np.flatnonzero(times > 1)
    if not again.size:
        return low, high, w, "no tie is repeated"
    if options.repeated == "refuse":
        alike = np.bincount(pair, weights=w != w[first][pair]) == 0
        both_ways = (times == 2) & (np.bincount(pair, weights=i < j) == 1) & alike & (low[first] != high[first])
        wrong = again if directed else again[~both_ways[again]]
        if wrong.size:
            raise _repeated(content, np.flatnonzero(pair == wrong[0]), i, w, tie, directed=directed)
        said = f"{_count(int(again.size), 'tie')} of one weight both ways, counted once"
        joined = w[first]
    else:
        total = np.bincount(pair, weights=w)
        joined = {"sum": total, "mean": total / times, "first": w[first]}[options.repeated]
        how = {"sum": "their weights are added", "mean": "their mean weight is taken", "first": "the first is taken"}
        said = f"{_count(int(again.size), 'tie')} repeated ({int(times[again].sum())} entries): {how[options.repeated]}"
    order = np.argsort(first, kind="stable")
    kept = first[order]
    return low[kept], high[kept], joined[order], said


def _repeated(
    content: Content, entries: np.ndarray, i: np.ndarray, w: np.ndarray, tie: np.ndarray, *, directed: bool
) -> InputError:
    second = int(tie[entries[1]])
    weights = [in_digits(x) for x in w[entries[:_SHOWN]]]
    ways = not directed and len(set(i[entries].tolist())) > 1
    keeps = "; `ties: directed` keeps one for each direction" if ways else ""
    return InputError(
        f"{content.place(second)}: the tie {content.source[second]} - {content.target[second]} stands"
        f" {'twice' if entries.size == 2 else f'{entries.size} times'}, with the weights"
        f" {', '.join(weights[:-1])} and {weights[-1]}: `repeated: sum`, `mean` or `first` makes one tie of them{keeps}"
    )


def _attributes(content: Content, order: np.ndarray, names: tuple[str, ...]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The attributes that every agent has, in the agents' order; of the others, why they cannot be used."""
    node, unusable = {}, {}
    for key, given in content.attributes.items():
        values = [given[k] for k in order]
        missing = [name for name, value in zip(names, values, strict=True) if value is None or value == ""]
        if missing:
            unusable[key] = f"it is missing for {_count(len(missing), 'agent')}{_listing(missing[:_SHOWN])}"
        elif len({isinstance(value, str) for value in values}) > 1:
            unusable[key] = "it is a number for some agents and a text for others"
        else:
            node[key] = np.array(values)
    return node, unusable
