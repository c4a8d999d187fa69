"""The window: `valuescape app`, or `solara run valuescape.app`. A running society in a browser, offline."""

from __future__ import annotations

import os
from pathlib import Path

import solara
from solara.server import settings

from valuescape.experiments import gallery
from valuescape.experiments.commands.window import KERNEL_SECONDS
from valuescape.model.sources import only_ours
from valuescape.views.door import shut
from valuescape.views.page import page

OWN_CODE = os.environ.get("VALUESCAPE_OWN_CODE")

# Read when the server starts: nothing is reported to anybody, and a tab that is gone without notice ends soon.
settings.telemetry.mixpanel_enable = False
settings.theme.show_banner = False
settings.theme.title = "Valuescape"
settings.assets.extra_locations = [str(Path(__file__).parent / "views" / "assets")]
settings.kernel.cull_timeout = KERNEL_SECONDS
# A link, a dropped file and a pasted text come from anybody.
only_ours([gallery.SCENARIOS], Path(OWN_CODE) if OWN_CODE else None)
shut()


@solara.component
def Page() -> None:  # noqa: N802
    """What Solara shows: one tab, with a society of its own."""
    page()


@solara.component
def Layout(children: list) -> None:  # noqa: N802
    """The whole window is the page's own."""
    solara.Div(children=children)
