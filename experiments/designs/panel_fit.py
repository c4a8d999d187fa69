"""Friedkin-Johnsen fitted to a user's own data: an opinion panel, and who listens to whom, from CSV files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import unknown
from valuescape.model.joins import listed, spelled

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from valuescape.analysis.anchored_influence import Fit
    from valuescape.experiments.designs.panels import Panel


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
    known = {spelled(agent): agent for agent in agents}
    for name in ties.names or ():
        if spelled(name) not in known:
            raise unknown(f"agent of {path.name} in the panel:", name, agents)
    names = [known[spelled(name)] for name in ties.names or ()]
    alone = [name for name in agents if name not in set(names)]
    order = names + alone
    shares = np.zeros((n, n))
    shares[ties.rows(), ties.neighbour] = ties.share
    said = (f"{path.name}: {len(names)} agents with ties, matched by name", *structure.says())
    if alone:
        said = (*said, f"{len(alone)} agents of the panel are not in {path.name} and listen to nobody: {listed(alone)}")
    opinions = panel.opinions[:, [agents.index(a) for a in order]]
    return replace(panel, agents=order, opinions=opinions, said=(*panel.said, *said)), shares


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
