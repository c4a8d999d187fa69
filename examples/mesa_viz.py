"""Mesa's own page for a society, for people who know it: `uv run solara run examples/mesa_viz.py`.

`SolaraViz` takes a `Society` like any Mesa model, and its sliders are addresses of the scenario. The model is made inside
the component, so that two browser tabs do not share it. `app.py` is the project's own page, and shows more.
"""

from __future__ import annotations

from typing import Any

import solara
from mesa.visualization import SolaraViz, make_plot_component
from solara.server import settings

from experiments.gallery import load
from model.society import Society

settings.telemetry.mixpanel_enable = False
SCENARIO = load("karate")


def slider(address: str) -> dict:
    """Mesa's slider for an address: range, value and meaning are the scenario's."""
    found = SCENARIO.bounds()[address]
    low, high = found.spec.low, found.spec.high
    return {"type": "SliderFloat", "label": address, "min": low, "max": high, "step": 0.01, "value": found.value}


class Karate(Society):
    """The karate club. Mesa's page builds a new one on reset, from what its sliders say.

    Mesa's page takes whatever stands under `scenario` for a scenario of Mesa's own kind; ours is not, so it is hidden.
    """

    def __init__(self, *, rng: int = 0, **changes: Any) -> None:
        super().__init__(SCENARIO, rng=rng, **changes)

    @property
    def scenario(self) -> Any:
        """Nothing that Mesa's page would read."""
        return None

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        """Mesa writes its own default here; nothing to keep."""


@solara.component
def Page() -> None:  # noqa: N802
    """Mesa's controls, two plots."""
    society = solara.use_memo(lambda: Karate(), [])
    seed = {"type": "SliderInt", "label": "seed", "min": 0, "max": 100, "step": 1, "value": 0}
    SolaraViz(
        society,
        components=[make_plot_component(["human_gap", "preference_gap"]), make_plot_component("coalitions")],
        model_params={"rng": seed, "averaging.strength": slider("averaging.strength")},
        name=SCENARIO.name,
    )
