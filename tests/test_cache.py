"""The compilation cache is keyed by all the code that a kernel may call, not only by the file that it stands in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from valuescape.agents.conformity import inside
from valuescape.model import compilation
from valuescape.model.compilation import KERNEL_ROOMS, cache_directory, code_hash

ROOT = Path(__file__).resolve().parent.parent

# A kernel of `agents` that calls a helper of `model`; prints its result, and whether it came from the cache.
PROGRAM = """
import numpy as np
from valuescape.agents.dilemmas import prosocial_score, act_on_values
from valuescape.model.streams import stream
who, at = np.arange(4, dtype=np.int32), np.arange(4, dtype=np.uint64)
values, moves = np.full((4, 2), 0.5), np.zeros(4, bool)
prosocial, steepness, chance = np.array([0.5, -0.5]), np.full(4, 0.0), np.full(4, 1.0)
act_on_values(who, np.uint64(stream(1, "x")), at, values, prosocial, moves, steepness, chance)
print("".join("CD"[not move] for move in moves), sum(act_on_values.stats.cache_hits.values()))
"""


@pytest.fixture
def copied(tmp_path):
    """The kernel rooms, copied where they may be changed."""
    for room in KERNEL_ROOMS:
        shutil.copytree(ROOT / room, tmp_path / "valuescape" / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "__init__.py", tmp_path / "valuescape")
    return tmp_path


def test_kernels_that_threads_define_at_once_are_kept_where_they_belong(tmp_path):
    """numba has one setting for all threads: where one took it away, another wrote its kernels into the folder one is in."""

    def defined(number: int) -> bool:
        kernel = compilation._compiled(inside.py_func, {"cache": True}, tmp_path / str(number))
        return Path(kernel._cache.cache_path).is_relative_to(tmp_path / str(number))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(defined, range(400)))
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.slow
def test_a_changed_helper_in_another_file_changes_the_result_although_the_cache_is_warm(copied, child):
    """`uniform` of model/streams.py turned around: coins of agents/dilemmas.py fall the other way at once."""
    environment = {"VALUESCAPE_CACHE": str(copied / "cache"), "VALUESCAPE_CODE_KEY": ""}
    cold, cold_hits = child(PROGRAM, cwd=copied, **environment).split()
    warm, warm_hits = child(PROGRAM, cwd=copied, **environment).split()
    assert (cold, cold_hits) == (warm, "0")
    assert warm_hits == "1"
    assert len(list((copied / "cache" / "kernels").iterdir())) == 1

    helper = copied / "valuescape" / "model" / "streams.py"
    before = "return (bits(k, d) >> _S11) * _UNIT"
    assert helper.read_text().count(before) == 1
    helper.write_text(helper.read_text().replace(before, "return 1.0 - (bits(k, d) >> _S11) * _UNIT - _UNIT"))
    changed, hits = child(PROGRAM, cwd=copied, **environment).split()
    assert changed == warm.translate(str.maketrans("CD", "DC"))
    assert hits == "0"
    assert len(list((copied / "cache" / "kernels").iterdir())) == 2

    helper.write_text(helper.read_text().replace("return 1.0 - (bits(k, d) >> _S11) * _UNIT - _UNIT", before))
    assert child(PROGRAM, cwd=copied, **environment).split() == [warm, "1"]  # the old code finds its own kernels again


HASHES = """
from valuescape.model.compilation import KERNEL_ROOMS, cache_directory, code_hash
print(code_hash(KERNEL_ROOMS), cache_directory())
"""


def test_the_hash_is_of_the_code_and_of_nothing_else(copied, child):
    """The same code has one hash anywhere; a comment in any file of any kernel room changes it, a text file does not."""
    environment = {"VALUESCAPE_CACHE": str(copied / "cache"), "VALUESCAPE_CODE_KEY": ""}
    assert child(HASHES, cwd=copied, **environment).split()[0] == code_hash(KERNEL_ROOMS)
    (copied / "valuescape" / "agents" / "notes.txt").write_text("nothing that is compiled")
    first = child(HASHES, cwd=copied, **environment).split()
    assert first[0] == code_hash(KERNEL_ROOMS)
    with (copied / "valuescape" / "analysis" / "measures.py").open("a") as handle:
        handle.write("# one more line\n")
    second = child(HASHES, cwd=copied, **environment).split()
    assert second[0] != first[0]
    assert second[1] != first[1]


DEEP = """
from valuescape import njit
GOAL = {goal}

@njit
def pulled(value):
    return value + 0.5 * (GOAL - value)
"""
HELPER = """
from valuescape import njit
from parts.deep import pulled

@njit
def moved(value):
    return {factor} * pulled(value)
"""
RULE = """
import helper
from valuescape import Rule, njit

@njit
def move(who, values, new_values):
    for i in who:
        for d in range(values.shape[1]):
            new_values[i, d] = helper.moved(values[i, d])

class Moved(Rule):
    '''v <- f (v + (g - v) / 2). values (N, K). Test of 2026.'''

    writes = ("values",)
    kernel = move
"""
SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from valuescape import Scenario, Society
from mine import Moved, move

given = {"agents": 2, "value_system": "stance", "steps": 1, "initial": {"values": {"same": {"value": 0.0}}}}
society = Society(Scenario.from_dict({**given, "rules": [Moved()]}), rng=1).run()
print(society.state.values[0, 0], sum(move.stats.cache_hits.values()), *society.scenario.own_code)
"""


def without_users(folder: Path) -> str:
    """A cache in which our own kernels are, as far as they are compiled, and none of a user's."""
    ours = cache_directory()
    if ours is not None:
        (folder / "kernels" / ours.name).mkdir(parents=True)
        for room in ours.iterdir():
            if room.name != "user":
                (folder / "kernels" / ours.name / room.name).symlink_to(room)
    return str(folder)


@pytest.mark.slow
def test_a_changed_helper_of_a_users_is_seen_whichever_way_it_is_imported(tmp_path):
    """A script in one folder imports a rule from another, which imports a helper, which imports a part of a package.

    Every change is seen over a warm cache, and what is as it was finds its own kernels again.
    """
    library, scripts = tmp_path / "library", tmp_path / "scripts"
    (library / "parts").mkdir(parents=True)
    scripts.mkdir()
    (library / "mine.py").write_text(RULE)
    (library / "parts" / "__init__.py").touch()
    (scripts / "script.py").write_text(SCRIPT)
    cache = without_users(tmp_path / "cache")
    environment = {**os.environ, "VALUESCAPE_CACHE": cache, "PYTHONPATH": os.pathsep.join(sys.path)}
    printed = []
    for goal, factor in ((0.5, 1.0), (0.5, 1.0), (0.8, 1.0), (0.8, 0.5), (0.5, 1.0)):
        (library / "parts" / "deep.py").write_text(DEEP.format(goal=goal))
        (library / "helper.py").write_text(HELPER.format(factor=factor))
        command = [sys.executable, "script.py", str(library)]
        done = subprocess.run(command, cwd=scripts, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        value, hits, *modules = done.stdout.split()
        assert modules == ["helper", "mine", "parts", "parts.deep"]
        printed.append((float(value), int(hits)))
    assert printed == [(0.25, 0), (0.25, 1), (0.4, 0), (0.2, 0), (0.25, 1)]


def test_only_what_our_njit_compiles_is_cached_in_our_directory():
    """The settings of numba stay as they are for everything else in the process."""
    import numba.core.config as numba_config

    assert os.environ.get("NUMBA_CACHE_DIR", "") == numba_config.CACHE_DIR
