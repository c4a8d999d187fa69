"""Mesa's own page for a society, for people who know it: `uv run --extra app solara run examples/mesa_viz.py`.

The model is made inside the component, so that two browser tabs do not share it. The project's own page, `app.py`, shows
more.
"""

from __future__ import annotations

import solara
from mesa.visualization import SolaraViz, make_plot_component
from solara.server import settings

from valuescape import load
from valuescape.views.mesa_page import slider, society_class

settings.telemetry.mixpanel_enable = False
SCENARIO = load("karate")


@solara.component
def Page() -> None:  # noqa: N802
    """Mesa's controls, two plots."""
    society = solara.use_memo(lambda: society_class(SCENARIO)(), [])
    seed = {"type": "SliderInt", "label": "seed", "min": 0, "max": 100, "step": 1, "value": 0}
    SolaraViz(
        society,
        components=[make_plot_component(["human_gap", "preference_gap"]), make_plot_component("coalitions")],
        model_params={"rng": seed, "averaging.strength": slider(SCENARIO, "averaging.strength")},
        name=SCENARIO.name,
    )
