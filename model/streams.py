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
def normal(k, d):
    """Draw number `d` of key `k`, standard normal (Box-Muller)."""
    inner = bits(k, d)
    radius = np.sqrt(-2.0 * np.log(1.0 - uniform(inner, 0)))
    return radius * np.cos(2.0 * np.pi * uniform(inner, 1))


@njit
def below(k, d, n):
    """Draw number `d` of key `k`, uniform on {0, ..., n - 1}.

    By rejection under the next power of two, so that n + 1 in place of n leaves almost every pick as it was.
    """
    limit = np.uint64(n)
    mask = limit - _ONE
    mask |= mask >> _ONE
    mask |= mask >> _S2
    mask |= mask >> _S4
    mask |= mask >> _S8
    mask |= mask >> _S16
    mask |= mask >> _S32
    inner = bits(k, d)
    draw = inner & mask
    tries = 0
    while draw >= limit:
        draw = bits(inner, tries) & mask
        tries += 1
    return np.int64(draw)


@njit
def uniform_each(key, at, d):
    """Draw number `d` of each member of `at` (uint64): what a kernel sees as uniform(split(key, at[m]), d)."""
    out = np.empty(at.size)
    for m in range(at.size):
        out[m] = uniform(split(key, at[m]), d)
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


def generator(seed: int, label: str) -> np.random.Generator:
    """A numpy generator of a named stream, for building a society and for shapes that counter draws cannot give."""
    return np.random.Generator(np.random.PCG64(stream(seed, label)))


@contextmanager
def igraph_draws_from(rng: np.random.Generator) -> Iterator[None]:
    """igraph draws from Python's global generator; inside this it draws from a private one seeded by `rng`."""
    import igraph

    igraph.set_random_number_generator(Random(int(rng.integers(1 << 62))))
    try:
        yield
    finally:
        igraph.set_random_number_generator(import_module("random"))
