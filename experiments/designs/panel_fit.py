"""Friedkin-Johnsen fitted to a user's own data: an opinion panel, and who listens to whom, from CSV files."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError, unknown
from valuescape.model.text_files import read_table
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from valuescape.analysis.anchored_influence import Fit

KEYS = ("agent", "wave")


@dataclass(frozen=True)
class Panel:
    """Observed opinions (T, N, K) of N agents on K topics, in T waves in their order."""

    agents: list[str]
    waves: list[float]
    topics: list[str]
    opinions: np.ndarray


@dataclass(frozen=True)
class PanelFit:
    """The fit of a panel.

    ahead: the share of the variance of the last wave's moves that a fit to the earlier waves predicts; None for two waves.
    """

    panel: Panel
    fit: Fit
    ahead: float | None

    def agents(self) -> pd.DataFrame:
        """One row per agent: agent, susceptibility, told; where the data do not tell it, susceptibility 0 and told False."""
        import pandas as pd

        s = self.fit.susceptibility
        return pd.DataFrame({"agent": self.panel.agents, "susceptibility": np.nan_to_num(s), "told": ~np.isnan(s)})

    def points(self) -> pd.DataFrame:
        """One row per agent, wave after the first, and topic: agent, wave, topic, observed, fitted."""
        import pandas as pd

        p = self.panel
        shape = p.opinions[1:].shape
        at = np.indices(shape).reshape(3, -1)
        columns: dict[str, Any] = {
            "agent": np.array(p.agents, object)[at[1]],
            "wave": np.array(p.waves[1:])[at[0]],
            "topic": np.array(p.topics, object)[at[2]],
            "observed": p.opinions[1:].ravel(),
            "fitted": self.fit.fitted[1:].ravel(),
        }
        return pd.DataFrame(columns)


def read_panel(path: Path, encoding: str = "") -> Panel:
    """A CSV file with one row per agent and wave: agent, wave, and one column per topic. Every agent is in every wave."""
    import pandas as pd

    cells = read_table(path, "the panel", encoding)
    places = {column: cells.index(column) for column in KEYS}
    header = [next((key for key, at in places.items() if at == i), name) for i, name in enumerate(cells.header)]
    table: Any = pd.DataFrame(cells.rows, columns=header)
    topics = [str(c) for c in table.columns if c not in KEYS]
    if not topics:
        raise InputError(f"{path.name} has no topic: at least one column of opinions besides agent and wave")
    for column in ("wave", *topics):
        table[column] = cells.numbers(column, "the panel")
    for line, agent in zip(cells.lines, table["agent"], strict=True):
        if not agent:
            raise InputError(f"{path.name} line {line} names no agent")
    twice = table.duplicated(list(KEYS))
    if twice.any():
        row = table[twice].iloc[0]
        raise InputError(f"{path.name}: agent {row['agent']} has two rows in wave {in_digits(row['wave'])}")
    agents, waves = list(dict.fromkeys(table["agent"])), sorted(table["wave"].unique())
    if len(waves) < 2:
        raise InputError(f"{path.name} has {len(waves)} wave: at least two are needed, and the first is the start")
    cube = np.full((len(waves), len(agents), len(topics)), math.nan)
    cube[table["wave"].map(waves.index), table["agent"].map(agents.index)] = table[topics].to_numpy(float)
    missing = np.argwhere(np.isnan(cube).any(2))
    if missing.size:
        t, i = missing[0]
        others = f", and so are {len(missing) - 1} others" if len(missing) > 1 else ""
        place = f"agent {agents[i]} is missing in wave {in_digits(waves[t])}{others}"
        raise InputError(f"{path.name}: {place}: leave out the agent or the wave")
    return Panel(agents, [float(w) for w in waves], topics, cube)


def with_ties(
    panel: Panel, path: Path | None, *, directed: bool | None = None, encoding: str = ""
) -> tuple[Panel, np.ndarray]:
    """The panel in the agents' order in the file of ties, and the shares (N, N) with which each listens to each.

    A scenario that reads the file has the same order. Rows sum to 1; agents without ties come last, and their rows are 0.
    directed: whether ties have a direction; None: as the file says. Without a file everybody listens to all others alike.
    """
    agents = panel.agents
    n = len(agents)
    if path is None:
        return panel, (1.0 - np.eye(n)) / max(n - 1, 1)
    from valuescape.social_structures.datasets import FromFile

    given = {None: "as_in_file", True: "directed", False: "undirected"}[directed]
    structure = FromFile(file=str(path), ties=given, encoding=encoding)
    ties = structure.build(structure.size() or 0, np.random.default_rng(0), np.zeros(0, np.int32))
    names = list(ties.names or ())
    for name in names:
        if name not in agents:
            raise unknown(f"agent of {path.name} in the panel:", name, agents)
    order = names + [name for name in agents if name not in set(names)]
    shares = np.zeros((n, n))
    shares[ties.rows(), ties.neighbour] = ties.share
    return replace(panel, agents=order, opinions=panel.opinions[:, [agents.index(a) for a in order]]), shares


def fit(panel: Panel, shares: np.ndarray) -> PanelFit:
    """Friedkin-Johnsen by least squares, and how well a fit to the earlier waves predicts the last one."""
    from valuescape.analysis.anchored_influence import fit_friedkin_johnsen

    x, ahead = panel.opinions, None
    if len(x) > 2:
        before = fit_friedkin_johnsen(x[:-1], shares)
        s, alone = np.nan_to_num(before.susceptibility), ~(shares != 0).any(1)
        heard = np.where(alone[:, None], x[0], shares @ x[-2])
        left = (x[-1] - x[0] - s[:, None] * (heard - x[0])) ** 2
        moved = ((x[-1] - x[0]) ** 2).sum()
        ahead = float(1 - left.sum() / moved) if moved > 0 else None
    return PanelFit(panel, fit_friedkin_johnsen(x, shares), ahead)
