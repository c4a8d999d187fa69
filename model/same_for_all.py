"""Arrays of one number, whose type says so: what a kernel is handed in a large society in place of (N,) equal entries.

Most parameters are the same for all agents, and where nobody can die everybody lives. A kernel that indexes such an array
at random waits for memory to hear what it could know: a meeting of Deffuant's reads four parameters and two masks. Handed a
`SameForAll`, the same source is compiled once more, to code that reads none of them (a meeting costs three quarters); that
everybody lives or is free is then no question at all. No bit of what is computed changes.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba.core import cgutils, types
from numba.extending import (
    NativeValue,
    lower_builtin,
    make_attribute_wrapper,
    models,
    overload,
    overload_method,
    register_model,
    typeof_impl,
    unbox,
)

from valuescape.model.compilation import is_plain
from valuescape.model.near_memory import fetch_row

LARGE = 1 << 14  # entries from which it pays to compile a kernel once more: smaller arrays are near anyway


class SameForAll:
    """`size` entries, each of them `value`, a float or True; a kernel reads it as an array: `a[i]`, `a.size`.

    Of True also `all()`, `any()`, `sum()`, and as a mask, `rows[a]`. What else a kernel may do with an array it cannot do
    with this: a test looks through the bodies of all rules, and what they call.
    """

    def __init__(self, value: float, size: int) -> None:
        self.value, self.size = value, size


class _NumberType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="SameForAll(float64)")


class _TrueType(types.Type):
    """Every entry is True, and the compiler knows."""

    def __init__(self) -> None:
        super().__init__(name="SameForAll(True)")


_NUMBER, _TRUE = _NumberType(), _TrueType()


@typeof_impl.register(SameForAll)
def _type_of(given: SameForAll, context: Any) -> Any:
    return _TRUE if given.value is True else _NUMBER


def _filled(typ: Any, given: Any, c: Any) -> NativeValue:
    held = cgutils.create_struct_proxy(typ)(c.context, c.builder)
    takes = {"size": c.pyapi.long_as_longlong, "value": c.pyapi.float_as_double}
    for name in _HELD[type(typ)]:
        attribute = c.pyapi.object_getattr_string(given, name)
        setattr(held, name, takes[name](attribute))
        c.pyapi.decref(attribute)
    return NativeValue(held._getvalue(), is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))


def _model_of(names: tuple[str, ...]) -> type:
    members = [(name, {"size": types.intp, "value": types.float64}[name]) for name in names]

    class Model(models.StructModel):
        def __init__(self, manager: Any, typ: Any) -> None:
            super().__init__(manager, typ, members)

    return Model


_HELD = {_NumberType: ("value", "size"), _TrueType: ("size",)}
for each, names in _HELD.items():
    register_model(each)(_model_of(names))
    unbox(each)(_filled)
    lower_builtin(fetch_row, each, types.Integer)(lambda context, builder, sig, args: context.get_dummy_value())
    for name in names:
        make_attribute_wrapper(each, name, name)


@overload(operator.getitem)
def _entry(a, i):
    if isinstance(a, _TrueType) and isinstance(i, types.Integer):
        return lambda a, i: True
    if isinstance(a, _NumberType) and isinstance(i, types.Integer):
        return lambda a, i: a.value
    if isinstance(a, types.Array) and isinstance(i, _TrueType):
        return lambda a, i: a.copy()
    return None


@overload_method(_TrueType, "all")
def _all(a):
    return lambda a: True


@overload_method(_TrueType, "any")
def _any(a):
    return lambda a: a.size > 0


@overload_method(_TrueType, "sum")
def _count(a):
    return lambda a: a.size


def true_for_all(mask: np.ndarray) -> Any:
    """A mask as a kernel is best handed it: a `SameForAll` where it is large and True everywhere, else itself."""
    return SameForAll(True, mask.size) if mask.size >= LARGE and not is_plain() and mask.all() else mask


def same_for_all(setting: Any) -> Any:
    """A parameter, or weights of ties, as kernels are best handed them: a `SameForAll` where large and of one number."""
    if not isinstance(setting, np.ndarray) or setting.ndim != 1 or setting.dtype != np.float64:
        return setting
    if setting.size < LARGE or is_plain() or not (setting == setting[0]).all():
        return setting
    return SameForAll(float(setting[0]), setting.size)
