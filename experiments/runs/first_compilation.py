"""The kernels of a first run are compiled by two processes, each of which compiles one kernel after the other.

This one begins with what is measured at step 0 and goes on with the first rule, the other begins with the last rule, and
they meet. What one has compiled the other loads.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.model.compilation import cache_directory, is_cold, is_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from valuescape.model.scenario import Scenario


@contextmanager
def compiled_by_two(scenario: Scenario, folder: Path | None) -> Iterator[None]:
    """In the block another process compiles a scenario's rules, where nothing is compiled yet; it ends with the block.

    folder: of the scenario's files. A scenario with code of the user's is compiled here alone: nothing of it runs twice.
    """
    alone = is_plain() or cache_directory() is None or (os.cpu_count() or 1) < 2
    if alone or scenario.own_code or not is_cold():
        yield
        return
    asked = json.dumps([{**scenario.to_dict(), "record": []}, None if folder is None else str(folder)])
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=nowhere, stderr=nowhere
    ) as other:
        try:
            if other.stdin is not None:
                with suppress(BrokenPipeError), other.stdin:
                    other.stdin.write(asked.encode())
            yield
        finally:
            other.kill()


def compile_rules(described: dict[str, Any], folder: str | None) -> None:
    """Each rule of a scenario once, the last one first; nothing is recorded."""
    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society

    society = Society(Scenario.from_dict(described, None if folder is None else Path(folder)), rng=0)
    for act in reversed(society.acts):
        act(society.clock)


if __name__ == "__main__":
    from valuescape.experiments.runs.engines import leave_with_parent

    leave_with_parent()
    compile_rules(*json.load(sys.stdin))
