"""A built wheel and fresh environments to install it in, cut off from the network; a foreign package `agents` beside it."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

from tests import lock

ROOT = Path(__file__).resolve().parent.parent
UV = os.environ.get("UV") or shutil.which("uv") or "uv"
# Names of files that a user may well have: each breaks off as soon as somebody imports it.
OWN_NAMES = ("model", "agents", "social_structures", "analysis", "experiments", "evaluation", "views", "app", "solara")

# Loaded at the start of every Python of the environment: what asks for another machine is refused, and noted down.
CUT = """
import errno, os, socket, sys
from pathlib import Path

LOCAL = {{"", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::", socket.gethostname()}}


def cut(event, given):
    if event == "socket.getaddrinfo":
        host = given[0]
    elif event == "socket.connect" and isinstance(given[1], tuple):
        host = given[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host is not None and host not in LOCAL:
        with Path({record!r}).open("a") as record:
            record.write(f"{{event}} {{host}} by {{sys.argv}}\\n")
        raise OSError(errno.ENETUNREACH, "the network is cut")


sys.addaudithook(cut)
"""


def tracked() -> list[Path]:
    """What git would keep, relative to the repository."""
    listed = ["git", "ls-files", "-co", "--exclude-standard"]
    done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(line) for line in done.stdout.splitlines() if (ROOT / line).is_file()]


def build_wheel(folder: Path) -> Path:
    """The wheel of what git would keep, built in a folder of its own: nothing that lies about here gets into it."""
    for path in tracked():
        (folder / "source" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / "source" / path)
    done = called([UV, "build", "--quiet", "--wheel", "--out-dir", folder, folder / "source"], folder)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def foreign_wheel(folder: Path) -> Path:
    """A distribution of the name openai-agents with a package `agents`, as small as can be."""
    info = "openai_agents-0.0.1.dist-info"
    files = {
        "agents/__init__.py": "from agents.runner import WHOSE\n",
        "agents/runner.py": 'WHOSE = "somebody else\'s"\n',
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: openai-agents\nVersion: 0.0.1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text.encode())}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    wheel = folder / "openai_agents-0.0.1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel


def called(command: list[object], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command run in a folder, without a word of the environment and the paths that the tests themselves run in."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**clean(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def clean() -> dict[str, str]:
    """The environment variables without those that lead back to the clone."""
    ours = ("PYTHON", "VIRTUAL_ENV", "VALUESCAPE_", "UV_PROJECT", "PYTEST_", "MPLBACKEND", "SOLARA_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


class Installed:
    """A fresh environment in `folder / "env"` with a wheel and extras of it, at the versions written in pyproject.toml."""

    def __init__(self, folder: Path, wheel: Path, extras: str = "") -> None:
        self.folder, self.wheel = folder, wheel
        self.python = folder / "env" / "bin" / "python"
        self.command = folder / "env" / "bin" / "valuescape"
        self.asked_abroad = folder / "asked-abroad.txt"
        self._uv("venv", "--python", "3.12", folder / "env")
        held = folder / "versions.txt"
        held.write_text("".join(f"{name}=={version}\n" for name, version in lock.written().items()))
        self.pip("install", "--constraint", held, f"{wheel}[{extras}]" if extras else wheel)
        (site,) = folder.glob("env/lib/python*/site-packages")
        self.site = site
        (site / "network_cut.py").write_text(CUT.format(record=str(self.asked_abroad)))
        (site / "network_cut.pth").write_text("import network_cut\n")
        tried = called([self.python, "-c", "import socket; socket.create_connection(('192.0.2.1', 9), 1)"], folder)
        assert "the network is cut" in tried.stderr and self.abroad(), tried.stderr
        self.asked_abroad.unlink()

    def pip(self, verb: str, *words: object) -> None:
        """`uv pip install …` or `uninstall …` in this environment."""
        self._uv("pip", verb, "--python", self.python, *words)

    def _uv(self, *words: object) -> None:
        done = called([UV, *words, "--quiet"], self.folder)
        assert done.returncode == 0, done.stderr

    def environment(self) -> dict[str, str]:
        """Kernels are compiled once for all that runs in this environment."""
        return {"VALUESCAPE_CACHE": str(self.folder / "cache")}

    def run(self, folder: Path, *words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        """`valuescape …`, called in a folder; it must end with the code, without a traceback."""
        done = called([self.command, *words], folder, **self.environment())
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    def evaluate(self, folder: Path, code: str) -> str:
        """What a Python of this environment prints, called in a folder that it does not import from."""
        done = called([self.python, "-P", "-c", code], folder, **self.environment())
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def abroad(self) -> str:
        """What asked for another machine."""
        return self.asked_abroad.read_text() if self.asked_abroad.exists() else ""


def own_folder(folder: Path) -> Path:
    """A user's folder with files of the names that we once took: each breaks off when it is imported."""
    folder.mkdir()
    for name in OWN_NAMES:
        (folder / f"{name}.py").write_text(f"raise RuntimeError('the user\\'s own {name}.py was imported')\n")
    return folder
