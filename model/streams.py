"""Randomness: named streams and counter-based draws.

One integer seed a run. A part of the model draws from its own stream, keyed by blake2b of (seed, label), so adding or
changing one part leaves all other draws as they were. Inside a step a draw is a pure function of (stream, step, who,
which), made by SplitMix64 (Steele, Lea, Flood 2014, OOPSLA, 453-472, doi 10.1145/2660193.2660195): nothing is stored,
nothing is consumed, and the order of asking does not matter. All key arithmetic on uint64 stays in this file.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.compilation import njit

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11, _ONE = (np.uint64(s) for s in (30, 27, 31, 11, 1))
_S2, _S4, _S8, _S16, _S32 = (np.uint64(s) for s in (2, 4, 8, 16, 32))
_LOW = np.uint64(0xFFFFFFFF)
_MASK = (1 << 64) - 1
_UNIT = 1.0 / (1 << 53)


@njit
def mix(z):
    """SplitMix64's finaliser: a bijection on uint64."""
    z = (z ^ (z >> _S30)) * _FIRST
    z = (z ^ (z >> _S27)) * _SECOND
    return z ^ (z >> _S31)


@njit
def split(key, at):
    """The key of one event or agent: `at` is its id or number, uint64, never its position in `who`."""
    return mix(key + GOLDEN * (np.uint64(at) + _ONE))


@njit
def bits(k, d):
    """Draw number `d` of key `k` as 64 random bits."""
    return mix(k + GOLDEN * (np.uint64(d) + _ONE))


@njit
def uniform(k, d):
    """Draw number `d` of key `k`, uniform on [0, 1) with 53 bits."""
    return (bits(k, d) >> _S11) * _UNIT


@njit
def happens(k, d, chance):
    """Whether something of this chance happens: uniform(k, d) < chance, without a draw where nothing or all would do.

    For chances that are 0 or 1 in most scenarios: where they lie between, the two questions cost more than the draw.
    """
    return chance >= 1.0 or (chance > 0.0 and uniform(k, d) < chance)


@njit
def normal(k, d):
    """Draw number `d` of key `k`, standard normal (Box-Muller)."""
    inner = bits(k, d)
    radius = np.sqrt(-2.0 * np.log(1.0 - uniform(inner, 0)))
    return radius * np.cos(2.0 * np.pi * uniform(inner, 1))


@njit
def _mask_over(n):
    """The next power of two from n on, less 1."""
    mask = np.uint64(n) - _ONE
    mask |= mask >> _ONE
    mask |= mask >> _S2
    mask |= mask >> _S4
    mask |= mask >> _S8
    mask |= mask >> _S16
    return mask | (mask >> _S32)


@njit
def below(k, d, n):
    """Draw number `d` of key `k`, uniform on {0, ..., n - 1}.

    By rejection under the next power of two, so that n + 1 in place of n leaves almost every pick as it was: for a choice
    among all agents.
    """
    limit, mask = np.uint64(n), _mask_over(n)
    inner = bits(k, d)
    draw = inner & mask
    tries = 0
    while draw >= limit:
        draw = bits(inner, tries) & mask
        tries += 1
    return np.int64(draw)


@njit
def below_each(key, first, n, draws):
    """Fill `draws` (M,) uint64 with below(split(key, first + m), 0, n).

    The first two tries of all are made without a branch, so that the processor makes several at a time; few need a third.
    """
    limit, mask, words = np.uint64(n), _mask_over(n), np.empty_like(draws)
    for m in range(draws.size):
        words[m] = bits(split(key, first + m), 0)
        one, other = words[m] & mask, bits(words[m], 0) & mask
        draws[m] = one if one < limit else other
    for m in range(draws.size):
        tries = 1
        while draws[m] >= limit:
            draws[m] = bits(words[m], tries) & mask
            tries += 1


@njit
def bits_each(key, at, words):
    """Fill `words` (M,) uint64 with bits(split(key, at[m]), 0), several at a time."""
    for m in range(words.size):
        words[m] = bits(split(key, at[m]), 0)


@njit
def pick(k, d, n):
    """Draw number `d` of key `k`, uniform on {0, ..., n - 1} by multiply-shift, n < 2**32: the high word of bits times n.

    One draw, no rejection: for a choice among what is stored (the ties of one agent, the words that it knows). Another n
    changes most picks, where `below` keeps almost all. Lemire (2019), ACM Trans. Model. Comput. Simul. 29(1), 3; without
    its last step a chance is off by less than 2**-64.
    """
    return pick_by(bits(k, d), n)


@njit
def pick_by(draw, n):
    """`pick` by 64 random bits that are drawn already."""
    size = np.uint64(n)
    return np.int64(((draw >> _S32) * size + (((draw & _LOW) * size) >> _S32)) >> _S32)


@njit
def uniform_each(key, at, d):
    """Draw number `d` of each member of `at` (uint64): what a kernel sees as uniform(split(key, at[m]), d)."""
    out = np.empty(at.size)
    for m in range(at.size):
        out[m] = uniform(split(key, at[m]), d)
    return out


@njit
def uniform_rows(key, ids, width):
    """(M, width): draws 0, 1, ... of the key of each id, uniform on [0, 1)."""
    out = np.empty((ids.size, width))
    for m in range(ids.size):
        k = split(key, np.uint64(ids[m]))
        for c in range(width):
            out[m, c] = uniform(k, c)
    return out


@njit
def normal_rows(key, ids, width):
    """(M, width) standard normals of the key of each id; Box-Muller gives two at a time, so they come in pairs."""
    out = np.empty((ids.size, width))
    for m in range(ids.size):
        k = split(key, np.uint64(ids[m]))
        for c in range(0, width, 2):
            inner = bits(k, c)
            radius = np.sqrt(-2.0 * np.log(1.0 - uniform(inner, 0)))
            angle = 2.0 * np.pi * uniform(inner, 1)
            out[m, c] = radius * np.cos(angle)
            if c + 1 < width:
                out[m, c + 1] = radius * np.sin(angle)
    return out


@njit
def pick_rows(key, ids, width, n):
    """(M, width) whole numbers: draws 0, 1, ... of the key of each id, uniform on {0, ..., n - 1}."""
    out = np.empty((ids.size, width), np.int64)
    for m in range(ids.size):
        k = split(key, np.uint64(ids[m]))
        for c in range(width):
            out[m, c] = pick(k, c, n)
    return out


@njit
def order_keys(key, who):
    """One sort key an agent id, uint64 (M,)."""
    out = np.empty(who.size, np.uint64)
    for m in range(who.size):
        out[m] = bits(split(key, np.uint64(who[m])), 0)
    return out


def shuffled(key: np.uint64, who: np.ndarray) -> np.ndarray:
    """`who` in a random order that depends on ids only: without one member, the others keep their order."""
    return who[np.argsort(order_keys(key, who), kind="stable")]


@lru_cache(maxsize=4096)
def stream(seed: int, label: str) -> int:
    """The key of a named stream, as a Python integer below 2**64."""
    return int.from_bytes(blake2b(f"{seed}|{label}".encode(), digest_size=8).digest(), "little")


def at_step(key: int, step: int) -> np.uint64:
    """The key of a stream at one step."""
    z = (key + int(GOLDEN) * (step + 1)) & _MASK
    z = ((z ^ (z >> 30)) * int(_FIRST)) & _MASK
    z = ((z ^ (z >> 27)) * int(_SECOND)) & _MASK
    return np.uint64(z ^ (z >> 31))


class Stream(np.random.Generator):
    """A numpy generator of a named stream that also hands out keys of counter draws: number m is split(key, m)."""

    def __init__(self, key: int) -> None:
        super().__init__(np.random.PCG64(key))
        self._key, self._asked = key, 0

    def next_key(self) -> np.uint64:
        """Another key each time, whatever was drawn from the generator meanwhile."""
        self._asked += 1
        return at_step(self._key, self._asked - 1)


def generator(seed: int, label: str) -> Stream:
    """The generator of a named stream, for building a society and for shapes that counter draws cannot give."""
    return Stream(stream(seed, label))


def key_of(rng: np.random.Generator) -> np.uint64:
    """A key for counter draws: the stream's next one, or, of a generator that is no stream, its next 64 bits."""
    return rng.next_key() if isinstance(rng, Stream) else np.uint64(rng.bit_generator.random_raw())


@contextmanager
def igraph_draws_from(rng: np.random.Generator) -> Iterator[None]:
    """igraph draws from Python's global generator; inside this it draws from a private one seeded by `rng`."""
    import igraph

    igraph.set_random_number_generator(Random(int(rng.integers(1 << 62))))
    try:
        yield
    finally:
        igraph.set_random_number_generator(import_module("random"))
