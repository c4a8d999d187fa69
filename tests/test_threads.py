"""Threads that share a synchronous rule change no bit."""

from __future__ import annotations

import pytest

from valuescape import Society
from valuescape.model import activation
from valuescape.model.errors import InputError

LISTENING = {"name": "s", "agents": 60, "structure": {"regular": {"degree": 6}}, "initial": {"values": "uniform"}}
GAME = [{"dilemma": {}}, {"fermi_imitation": {"learning": 0.4}}]
COOPERATING = {"values": "uniform", "cooperates": {"chance": {"share": 0.5}}}
SOCIETIES: dict = {
    "averaging": {**LISTENING, "value_system": 4, "rules": [{"averaging": {"strength": 0.4}}]},
    "bounded confidence": {**LISTENING, "value_system": "stance", "rules": [{"bounded_confidence": {"tolerance": 0.3}}]},
    "a game and draws": {**LISTENING, "initial": COOPERATING, "rules": GAME},
    "karate": "karate",
}


@pytest.fixture
def shared(monkeypatch):
    """How many calls were shared, from 2 agents on."""
    calls, before = [], activation.Act._call_in_threads

    def counted(self, *arguments):
        calls.append(self.label)
        before(self, *arguments)

    monkeypatch.setattr(activation, "SHARED_FROM", 2)
    monkeypatch.setattr(activation.Act, "_call_in_threads", counted)
    return calls


@pytest.mark.parametrize("scenario", SOCIETIES.values(), ids=SOCIETIES)
def test_any_number_of_threads_gives_the_same_bits(scenario, shared):
    from valuescape import load

    read = load(scenario, {"steps": 6}) if isinstance(scenario, str) else {**scenario, "steps": 6}
    alone, together = Society(read, rng=3), Society(read, rng=3, threads=3)
    alone.run()
    assert not shared
    together.run()
    assert shared
    assert alone.records.table().tobytes() == together.records.table().tobytes()
    for name, array in alone.state.arrays.items():
        assert array.tobytes() == together.state.arrays[name].tobytes(), name


def test_pair_rules_and_small_societies_are_not_shared(monkeypatch):
    monkeypatch.setattr(activation.Act, "_call_in_threads", None)
    Society(SOCIETIES["averaging"], rng=1, threads=2).run()
    monkeypatch.setattr(activation, "SHARED_FROM", 2)
    Society({**SOCIETIES["bounded confidence"], "rules": ["deffuant"]}, rng=1, threads=2).run()


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_threads_are_a_whole_number_from_one_on(threads):
    with pytest.raises(InputError, match="a whole number from 1 on"):
        Society(SOCIETIES["averaging"], rng=1, threads=threads)
