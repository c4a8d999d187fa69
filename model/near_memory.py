"""What keeps the numbers that a kernel works on near: a vector on the stack, and rows that are fetched before their turn.

A body that names `dims` (`model/binding.py`) is compiled once for each number of dimensions K, which numba then knows: loops
over `range(len(dims))` are unrolled, and a `vector(dims)` lives in registers. Averaging with ten dimensions costs half of
what it costs with `np.empty(k)`. Neither changes a bit of what is computed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array, populate_array

from valuescape.model.compilation import njit

_BYTES = 8
_READ, _KEPT_IN_ALL_CACHES, _DATA = 0, 3, 1  # the arguments of llvm.prefetch
NEAR = 1 << 15  # numbers of an array that stay in the near caches, a quarter of a megabyte
AHEAD = 16  # places between the row that is fetched and the one that is read: about as many as memory is late


def vector(dims: tuple[int, ...]) -> np.ndarray:
    """Room for K numbers, as `np.empty(K)`; compiled, a place on the stack that is gone when its function returns."""
    return np.empty(len(dims))


@type_callable(vector)
def _type_of_vector(context: Any) -> Any:
    return lambda dims: types.Array(types.float64, 1, "C")


@lower_builtin(vector, types.BaseTuple)
def _place_on_stack(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    def whole(number: int) -> ir.Constant:
        return ir.Constant(ir.IntType(64), number)

    size, array = whole(sig.args[0].count), make_array(sig.return_type)(context, builder)
    place = cgutils.alloca_once(builder, ir.DoubleType(), size=size)
    populate_array(array, data=place, shape=[size], strides=[whole(_BYTES)], itemsize=whole(_BYTES), meminfo=None)
    return array._getvalue()


def fetch_row(rows: np.ndarray, i: int) -> None:
    """Have row i brought near, which must exist: nothing to see, and nothing waits for it."""


def fetch_row_end(rows: np.ndarray, i: int) -> None:
    """As `fetch_row`, but where row i ends: rows of more than a line of memory (64 bytes), and some of less, cross lines."""


@type_callable(fetch_row)
@type_callable(fetch_row_end)
def _type_of_fetch(context: Any) -> Any:
    return lambda rows, i: types.none


def _fetch(context: Any, builder: Any, sig: Any, args: Any, *, at_end: bool) -> Any:
    rows, array = sig.args[0], make_array(sig.args[0])(context, builder, args[0])
    one = context.get_constant(types.intp, 1)
    lengths = cgutils.unpack_tuple(builder, array.shape, rows.ndim)[1:]
    places = [builder.sub(length, one) if at_end else context.get_constant(types.intp, 0) for length in lengths]
    first = [context.cast(builder, args[1], sig.args[1], types.intp), *places]
    item = cgutils.get_item_pointer(context, builder, rows, array, first, wraparound=False, boundscheck=False)
    byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
    fetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
    how = [ir.Constant(word, number) for number in (_READ, _KEPT_IN_ALL_CACHES, _DATA)]
    builder.call(fetch, [builder.bitcast(item, byte), *how])
    return context.get_dummy_value()


lower_builtin(fetch_row, types.Array, types.Integer)(partial(_fetch, at_end=False))
lower_builtin(fetch_row_end, types.Array, types.Integer)(partial(_fetch, at_end=True))


@njit
def _ahead(order, m):
    """What a walk along `order`, which is at place m, comes to `AHEAD` places on, or last."""
    return order[np.uint64(min(np.int64(m) + AHEAD, order.size - 1))]


@njit
def fetch_ahead(rows, order, m):
    """Have the row brought near that a walk along `order` (ties, or agents), which is at place m, comes to soon.

    Arrays of up to `NEAR` numbers are near as a whole; whether `rows` is larger is for the walk to ask, once.
    """
    fetch_row(rows, _ahead(order, m))


@njit
def fetch_values_ahead(rows, dims, order, m):
    """As `fetch_ahead`, for rows of K numbers: both ends, where a row may lie in two lines of memory."""
    ahead = _ahead(order, m)
    fetch_row(rows, ahead)
    if len(dims) > 4:
        fetch_row_end(rows, ahead)
