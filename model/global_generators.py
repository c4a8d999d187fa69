"""Where the generators that a whole process shares stand: looked at, never drawn from, to find a rule that draws."""

from __future__ import annotations

from importlib import import_module
from random import getstate
from typing import Any

import numpy as np

_numba: Any = import_module("numba._helperlib")


def global_generators(*, compiled: bool) -> dict[str, Any]:
    """Where the generators stand that a whole process shares, by name: those that compiled code, or Python, draws from."""
    if compiled:
        return {
            "np.random": _numba.rnd_get_state(_numba.rnd_get_np_state_ptr()),
            "random": _numba.rnd_get_state(_numba.rnd_get_py_state_ptr()),
        }
    keys, place = np.random.get_state()[1:3]
    return {"np.random": (place, int(keys[0]), int(keys[-1])), "random": getstate()}
