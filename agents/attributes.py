"""Initials that are taken from what a network's data say of its agents."""

from __future__ import annotations

from typing import Any

import numpy as np

from valuescape.model.errors import InputError, unknown
from valuescape.model.kinds import Initial
from valuescape.model.parameters import param


class FromAttributes(Initial):
    """What the data of the structure say of each agent: v = (x - low) / (high - low). Shape (n, K), or (n,).

    One attribute for each dimension, in `columns`; without `columns` those that are called like the dimensions.
    In a field of whole numbers they stay as they are (low 0, high 1). Data of this kind: the sides that the members of
    Zachary (1977), J. Anthropol. Res. 33, 452-473, took.
    """

    columns: tuple[str, ...] = param((), meaning="the attributes, in the order of the dimensions")
    low: float = param(0.0, meaning="the number that becomes 0")
    high: float = param(1.0, meaning="the number that becomes 1")

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        where = f"initial.{context.field}"
        known = context.ties.node if "main" in context.state.ties else {}
        if self.low == self.high:
            raise InputError(f"{where}.high = {self.high}: other than low")
        names = self.columns or (context.value_system.dimensions if len(shape) > 1 else (context.field,))
        for name in names:
            if name not in known:
                raise unknown(f"attribute in {where}.columns:", name, known)
            if known[name].dtype.kind not in "iuf":
                raise InputError(f"{where}.columns: the attribute {name} is no number: {known[name][0]}, ...")
        content = np.column_stack([known[name][context.ids] for name in names])
        content = content if (self.low, self.high) == (0, 1) else (content - self.low) / (self.high - self.low)
        if content.shape[1] != int(np.prod(shape[1:])):
            raise InputError(f"{where}.columns names {content.shape[1]} attributes for {int(np.prod(shape[1:]))} dimensions")
        return content.reshape(shape)
