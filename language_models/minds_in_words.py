"""What an agent is told of minds, its own and others', in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.agents.values import SCHWARTZ
from valuescape.language_models.wordings import quoted
from valuescape.model.words import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_NAMED = 3


def what_matters(
    own: Sequence[float], others: Sequence[Sequence[float]], served: Mapping[str, Sequence[float]] | None = None
) -> str:
    """What an agent is told of itself and of others: the three values that weigh most, in words. served: {who: mind}."""
    lines = [f"What has mattered most to you so far: {strongest(own)}."]
    lines += [f"What matters most to {who}: {strongest(mind)}." for who, mind in (served or {}).items()]
    if len(others):
        said = [quoted(f"What matters most to me: {strongest(mind)}.") for mind in others]
        lines += [f"Member {k} said: {line}" for k, line in enumerate(said, 1)]
    return "\n".join(lines)


def strongest(mind: Sequence[float]) -> str:
    """The names of its three strongest values."""
    order = np.argsort(-np.asarray(mind, float), kind="stable")[:MOST_NAMED]
    return ", ".join(in_words(SCHWARTZ.dimensions[d]) for d in order)
