"""Hegselmann and Krause in mesa-frames, in an environment of its own: a step for each line that it is sent, with its time.

python frames_people.py GIVEN.npz        leaves the opinions in GIVEN.npy
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
from mesa_frames import AgentSetPolars, ModelDF

TOLERANCE = 0.2


class Minds(AgentSetPolars):
    """One opinion each, and the ties as a frame."""

    def __init__(self, model: ModelDF, ties: pl.DataFrame, opinions: np.ndarray) -> None:
        super().__init__(model)
        self.add(pl.DataFrame({"unique_id": np.arange(opinions.size), "opinion": opinions}))
        self.ties = ties

    def step(self) -> None:
        """The mean of oneself and of all who are near enough."""
        now = self.agents
        mine = now.rename({"unique_id": "i", "opinion": "mine"})
        theirs = now.rename({"unique_id": "j", "opinion": "theirs"})
        pairs = self.ties.join(mine, on="i").join(theirs, on="j")
        near = pairs.filter((pl.col("theirs") - pl.col("mine")).abs() <= TOLERANCE)
        heard = near.group_by("i").agg(pl.col("theirs").sum().alias("total"), pl.len().alias("heard"))
        joined = now.join(heard, left_on="unique_id", right_on="i", how="left").sort("unique_id")
        mean = (pl.col("opinion") + pl.col("total").fill_null(0.0)) / (1 + pl.col("heard").fill_null(0))
        self.agents = joined.select("unique_id", mean.alias("opinion"))


class Society(ModelDF):
    """A mesa-frames model of the ties and opinions in a file."""

    def __init__(self, given: dict[str, np.ndarray]) -> None:
        super().__init__()
        degree = np.diff(given["start"])
        ties = pl.DataFrame({"i": np.repeat(np.arange(degree.size), degree), "j": given["neighbour"].astype(np.int64)})
        self.minds = Minds(self, ties, given["opinion"])
        self.agents += self.minds

    def step(self) -> None:
        """Everybody at once."""
        self.agents.do("step")


def main() -> None:
    """Answer each line with the processor seconds of a step."""
    path = Path(sys.argv[1])
    society = Society(dict(np.load(path)))
    for line in sys.stdin:
        if line.strip() == "end":
            break
        start = time.process_time()
        society.step()
        print(time.process_time() - start, flush=True)
    agents = next(iter(society.agents.agents.values()))
    np.save(path.with_suffix(".npy"), agents.sort("unique_id")["opinion"].to_numpy())


if __name__ == "__main__":
    main()
