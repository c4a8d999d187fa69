"""`valuescape app`: the page, served by Solara in a process of its own (this floor may not import the window)."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from experiments.commands.printing import say
from model.errors import InputError

KERNEL_SECONDS = "60s"
PAGE = Path(__file__).resolve().parents[2] / "app.py"


def open_window(*, port: int, host: str, browser: bool) -> None:
    """Serve the page until Ctrl-C."""
    if not _has_assets():
        say("solara-assets is not installed: the page will ask a CDN for its scripts and icons (`uv sync --group assets`).")
    command = [sys.executable, "-m", "solara", "run", str(PAGE), "--host", host, "--port", str(port), "--production"]
    if not browser:
        command.append("--no-open")
    say(f"The page is at http://{host}:{port} (Ctrl-C ends it)")
    done = subprocess.run(command, env=environment(os.environ), check=False)
    if done.returncode not in (0, 130, -2):
        raise InputError(f"the page could not be served at {host}:{port}: see above")


def _has_assets() -> bool:
    try:
        return bool(version("solara-assets"))
    except PackageNotFoundError:
        return False


def environment(given: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """What Solara is told: no telemetry, no banner, a closed tab's run ends within a minute, no window for matplotlib."""
    ours = {
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_THEME_SHOW_BANNER": "False",
        "SOLARA_KERNEL_CULL_TIMEOUT": KERNEL_SECONDS,
        "MPLBACKEND": "agg",
    }
    return {**ours, **given}
