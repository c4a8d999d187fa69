"""The window's parts: the society of a tab, its widgets with their .js, its panels."""

from valuescape.experiments.runs.extras import require

require("app", "valuescape.views")
