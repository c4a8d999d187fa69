"""What the network shows: a byte of colour and a byte of size for each agent, and the legend that says what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

from valuescape.model.ledger import HEADLINE
from valuescape.model.words import in_digits, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from valuescape.model.society import Society
    from valuescape.model.state import Field, State

HIDDEN = 255
MOST_KINDS = 6
SHADES = 64
WIDEST_GAP = 0.5
NOBODY = "#8d96a3"
# Okabe & Ito's colours for the colour-blind, then four more that stay apart from them.
KINDS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442",
         "#8c564b", "#7f3c8d", "#66a61e", "#b3b3b3", "#e7298a")  # fmt: skip


def shades(name: str) -> list[str]:
    """64 colours of a perceptually even map."""
    return [to_hex(colormaps[name](x)) for x in np.linspace(0.04, 0.98, SHADES)]


VALUES, DISTANCES = shades("viridis"), shades("plasma")


@dataclass(frozen=True)
class Mode:
    """One way to colour: its name, the palette, the function state -> (N,) bytes, and the legend (label, colour).

    `present`: state -> legend, where it says what there is at the moment.
    """

    key: str
    name: str
    palette: list[str]
    read: Callable[[State], np.ndarray]
    legend: list[tuple[str, str]]
    about: str
    present: Callable[[State], list[tuple[str, str]]] | None = None


def _shade(numbers: np.ndarray, low: float, high: float) -> np.ndarray:
    scaled = (np.asarray(numbers, float) - low) / (high - low) * (SHADES - 1)
    return np.clip(np.nan_to_num(np.rint(scaled)), 0, SHADES - 1).astype(np.uint8)


def distances(state: State, target: str) -> np.ndarray:
    """d(values_i, target_i), (N,)."""
    goal = state[target]
    if goal.shape[0] != state.n:
        goal = goal[state.group] if goal.shape[0] > 1 else goal[:1]
    return np.sqrt(((state.values - goal) ** 2).mean(axis=1))


def _ramp(palette: list[str], low: str, high: str) -> list[tuple[str, str]]:
    stops = [palette[int(i)] for i in np.linspace(0, SHADES - 1, 5)]
    return list(zip([low, "", "", "", high], stops, strict=True))


def _distance_mode(key: str, name: str, target: str, about: str) -> Mode:
    legend = _ramp(DISTANCES, "0", f"{WIDEST_GAP} and more")
    return Mode(key, name, DISTANCES, lambda s: _shade(distances(s, target), 0, WIDEST_GAP), legend, about)


def _value_mode(k: int, dimension: str) -> Mode:
    legend = _ramp(VALUES, "0", "1")
    about = f"the weight that each agent gives {in_words(dimension)}"
    name = f"value: {in_words(dimension)}"
    return Mode(f"value.{dimension}", name, VALUES, lambda s: _shade(s.values[:, k], 0, 1), legend, about)


def _trait_mode(f: int, several: bool, words: Sequence[str]) -> Mode:
    name = f"trait {f + 1}" if several else "trait"
    about = f"{name} of each agent: the most frequent now, with their shares"
    read, present = lambda s: (s.traits[:, f] % len(KINDS)).astype(np.uint8), partial(_present, f, words)
    return Mode(f"trait.{f}", f"{name}: {words[-1]}" if words else name, list(KINDS), read, [], about, present)


def _present(f: int, words: Sequence[str], state: State) -> list[tuple[str, str]]:
    """The traits that the living have now, in the order of their numbers: word or number and share, with its colour."""
    counts = np.bincount(state.traits[state.living(), f])
    most = sorted(np.argsort(-counts, kind="stable")[:MOST_KINDS])
    shares = [(int(kind), counts[kind] / max(1, counts.sum())) for kind in most if counts[kind]]
    legend = [
        (f"{words[kind] if kind < len(words) else kind} {share:.0%}", KINDS[kind % len(KINDS)]) for kind, share in shares
    ]
    others = int(np.count_nonzero(counts)) - len(shares)
    return [*legend, (f"and {others} more", NOBODY)] if others else legend


def modes(society: Society) -> dict[str, Mode]:
    """Every way to colour this society, the most telling first."""
    state, ways = society.state, []
    names = society.scenario.value_system.dimensions if "values" in state else ()
    weights = [_value_mode(k, dimension) for k, dimension in enumerate(names)]
    if "cooperates" in state:
        ways.append(_moves())
    if len(weights) == 1:
        ways, weights = [*ways, *weights], []
    if "values" in state:
        for gap, target in HEADLINE.items():
            if target in state:
                about = f"how far each agent's values are from its {in_words(target)}"
                ways.append(_distance_mode(f"{gap}_gap", f"{gap} gap", target, about))
        if "anchors" in state:
            about = "how far each agent's values are from those it began with"
            ways.append(_distance_mode("drift", "drift from the start", "anchors", about))
        ways += weights
    if "coalition" in state:
        about = "one colour per coalition; twelve colours, used again when there are more coalitions"
        ways.append(Mode("coalition", "coalition", [*KINDS, NOBODY], _coalitions, [("in none", NOBODY)], about))
    if "traits" in state:
        words, count = society.scenario.words_of_traits, state.traits.shape[1]
        ways += [_trait_mode(f, count > 1, words[f] if f < len(words) else ()) for f in range(count)]
    covered = {mode.key for mode in ways} | {"cooperates", "coalition", "traits", "group", "active", "values"}
    ways += [
        _field_mode(name, None, "") for name, field in state.fields.items() if name in state and _per_agent(field, covered)
    ]
    ways += [
        _field_mode(name, k, dimension)
        for name, field in state.fields.items()
        if name in state and tuple(field.dims) == ("N", "K") and name != "values" and name not in state.aliases
        for k, dimension in enumerate(names)
    ]
    legend = [(in_words(name), KINDS[i]) for i, name in enumerate(society.group_names[: len(KINDS)])]
    about = "the declared group that each agent belongs to"
    ways.append(Mode("group", "group", list(KINDS), lambda s: (s.group % len(KINDS)).astype(np.uint8), legend, about))
    return {mode.key: mode for mode in ways}


def _per_agent(field: Field, covered: set[str]) -> bool:
    return tuple(field.dims) == ("N",) and field.name not in covered


def _field_mode(name: str, k: int | None, dimension: str) -> Mode:
    """Any field with a number for each agent, or one dimension of it: from the least to the largest that there is now."""

    def numbers(state: State) -> np.ndarray:
        values = np.asarray(state[name], float)
        return values if k is None else values[:, k]

    def ends(state: State) -> tuple[float, float]:
        there = numbers(state)[state.living()]
        there = there[np.isfinite(there)]
        return (float(there.min()), float(there.max())) if there.size else (0.0, 0.0)

    def read(state: State) -> np.ndarray:
        low, high = ends(state)
        return _shade(numbers(state), low, high if high > low else low + 1)

    def legend(state: State) -> list[tuple[str, str]]:
        low, high = ends(state)
        return _ramp(VALUES, in_digits(low, 3), in_digits(high, 3))

    said = in_words(name) if k is None else f"{in_words(name)}: {in_words(dimension)}"
    about = f"{said}, from the least to the largest that there is now"
    return Mode(f"field.{name}{'' if k is None else f'.{dimension}'}", said, VALUES, read, [], about, legend)


def _moves() -> Mode:
    legend = [("defects", "#d55e00"), ("cooperates", "#0072b2")]
    about = "each agent's last move in the dilemma"
    palette = [colour for _, colour in legend]
    return Mode("cooperation", "cooperation", palette, lambda s: s.cooperates.astype(np.uint8), legend, about)


def _coalitions(state: State) -> np.ndarray:
    return np.where(state.coalition < 0, len(KINDS), state.coalition % len(KINDS)).astype(np.uint8)


def power(state: State) -> np.ndarray:
    """How much the others listen to each: the sum of the shares that it gets, (N,)."""
    ties = state.ties.get("main")
    if ties is None or ties.implicit:
        return np.ones(state.n)
    return np.bincount(ties.neighbour, weights=np.abs(ties.share), minlength=state.n)


def size_modes(society: Society) -> dict[str, tuple[str, Callable[[State], np.ndarray]]]:
    """Every way to size the agents: key -> (name, state -> (N,) numbers)."""
    state = society.state
    ways: dict[str, tuple[str, Callable[[State], np.ndarray]]] = {"equal": ("all equal", lambda s: np.zeros(s.n))}
    if state.ties and not next(iter(state.ties.values())).implicit:
        ways["power"] = ("power (how much others listen)", power)
    for field, name in (("payoff", "payoff"), ("felt", "felt payoff"), ("reputation", "reputation")):
        if field in state:
            ways[field] = (name, lambda s, field=field: np.asarray(s[field], float))
    return ways


def colors_of(society: Society, mode: Mode) -> bytes:
    """One byte per agent; vacant places are hidden."""
    out = mode.read(society.state)
    active = society.state.active
    return (out if active.all() else np.where(active, out, HIDDEN).astype(np.uint8)).tobytes()


def sizes_of(society: Society, read: Callable[[State], np.ndarray]) -> bytes:
    """One byte per agent: 0 the smallest number, 255 the largest, by the root, since areas are seen; 85 if all are equal."""
    numbers = read(society.state)
    low, high = float(numbers.min()), float(numbers.max())
    if high - low < 1e-12:
        return np.full(numbers.size, 85, np.uint8).tobytes()
    return np.rint(255 * np.sqrt((numbers - low) / (high - low))).astype(np.uint8).tobytes()


def flags_of(society: Society) -> bytes:
    """Bit 0: committed (does not change its mind)."""
    return society.state.fixed.astype(np.uint8).tobytes()
