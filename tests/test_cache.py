"""The compilation cache is keyed by all the code that a kernel may call, not only by the file that it stands in."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from valuescape.model.compilation import KERNEL_ROOMS, code_hash

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


def test_a_users_own_rule_is_keyed_by_its_own_file_too(tmp_path):
    """A rule of a user's module, changed, is compiled anew: its kernels are cached under a hash of its folder."""
    import numba.core.config as numba_config

    from valuescape.model.compilation import keyed_by

    found = []
    for text in ("a = 1\n", "a = 2\n", "a = 1\n"):
        (tmp_path / "mine.py").write_text(text)
        before = numba_config.CACHE_DIR
        with keyed_by(tmp_path):
            found.append(numba_config.CACHE_DIR)
        assert before == numba_config.CACHE_DIR
    assert found[0] == found[2] != found[1]
    assert all(str(os.environ.get("VALUESCAPE_CACHE", "")) in path for path in found)
