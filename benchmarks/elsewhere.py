"""A peer in an environment of its own, where its dependencies cannot stand beside ours: a step for each line it reads.

mesa-frames needs an older numpy; AgentPy installs a top-level package `tests`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from types import TracebackType


class Elsewhere:
    """`with Elsewhere("mesa-frames", "frames_people.py", start=..., ...) as peer`: the peer is given named arrays."""

    def __init__(self, needs: str, script: str, **given: np.ndarray) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "given.npz"
        np.savez(self.path, **given)
        command = ["uv", "run", "--isolated", "--no-project", "--python", sys.executable, "--with", needs, "python"]
        told = [*command, "-W", "ignore", str(Path(__file__).with_name(script)), str(self.path)]
        self.peer = subprocess.Popen(told, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Elsewhere:
        return self

    def step(self) -> float:
        """Processor seconds of a step of the peer's. Errors: the benchmark ends where the peer did."""
        print("step", file=self.peer.stdin, flush=True)
        said = self.peer.stdout.readline() if self.peer.stdout else ""
        if not said:
            raise SystemExit("the peer ended; its words stand above")
        return float(said)

    def end(self) -> np.ndarray:
        """What it holds after its last step."""
        print("end", file=self.peer.stdin, flush=True)
        self.peer.wait()
        return np.load(self.path.with_suffix(".npy"))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for stream in (self.peer.stdin, self.peer.stdout):
            if stream is not None:
                stream.close()
        self.peer.wait()
        self.folder.cleanup()
