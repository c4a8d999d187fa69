"""Every stated limit holds, before anything is made, and stands on the page of limits."""

from __future__ import annotations

import math
import re
import time
import tracemalloc

import pytest

from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.reports.limits_page import DECLARING, PAGE, declared, page
from valuescape.experiments.runs.provenance import ROOT
from valuescape.model import limits
from valuescape.model.errors import InputError
from valuescape.model.kinds import Declared, kinds, known
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

PLAIN = {"agents": 5, "structure": "complete", "initial": {"values": "uniform"}}
BEYOND = [
    ({"agents": limits.MOST_AGENTS + 1}, "agents = 100000001: a society has at most 100,000,000 agents"),
    ({"structure": {"lattice": {"rows": 20_000, "columns": 20_000}}, "agents": None},
     "structure: it has 400000000 agents, and a society at most 100,000,000"),
    ({"reserve": limits.MOST_AGENTS + 1}, "reserve = 100000001 lies outside [0, 100000000]"),
    ({"steps": 10**12}, "steps = 1000000000000 lies outside [0, 1e+09]"),
    ({"record_every": 10**12}, "record_every = 1000000000000 lies outside [1, 1e+09]"),
    ({"events": 10**9}, "events = 1000000000 lies outside [1, 100000000]"),
    ({"traits": 10**9}, "traits = 1000000000 lies outside [1, 10000]"),
    ({"value_system": 10**9}, "value_system = 1e+09: at least one dimension, at most 1,000"),
    ({"value_system": {"name": "x", "dimensions": [f"d{i}" for i in range(1001)]}},
     "value_system.dimensions: 1,001 of them, and at most 1,000 are allowed"),
    ({"value_system": {"name": "x", "dimensions": ["a", "b"], "prosocial": [math.nan, 0]}},
     "value_system.prosocial = [nan, 0.0]: a number is not finite, or too large"),
    ({"layers": {f"l{i}": "complete" for i in range(101)}}, "layers has 101 entries: at most 100"),
    ({"groups": [{"name": f"g{i}", "count": 0} for i in range(1001)]}, "groups has 1,001 entries: at most 1,000"),
    ({"rules": [{"averaging": {"label": f"a{i}"}} for i in range(1001)]}, "rules has 1,001 entries: at most 1,000"),
    ({"rules": [{"averaging": {"label": f"a{i}"}} for i in range(201)],
      "groups": [{"name": f"g{i}", "count": 0} for i in range(100)]},
     "groups times rules is 20,100, at most 20,000: each pair has addresses of its own"),
    ({"schedule": {"averaging.strength": [[i, 0.1] for i in range(100_001)]}, "rules": ["averaging"]},
     "schedule has 100,001 entries: at most 100,000"),
    ({"schedule": {"averaging.strength": [[10**12, 0.1]]}, "rules": ["averaging"]},
     "schedule.averaging.strength: the step 1e+12 is beyond the last, 1,000,000,000"),
    ({"rules": [{"averaging": {"begin": 10**12}}]}, "averaging.begin = 1000000000000 lies outside [0, 1e+09]"),
    ({"rules": [{"averaging": {"end": 10**30}}]}, f"averaging.end = {10**30} lies outside [0, 1e+09]"),
    ({"interventions": {"a": {"set": {}, "begin": 10**12}}}, "interventions.a.begin = 1000000000000 lies outside [0, "),
    ({"groups": [{"name": "a", "count": 10**12}]}, "groups.a.count = 1000000000000 lies outside [0, 100000000]"),
    ({"rules": [{"anchoring": {"price": math.inf}}]},
     "anchoring.price = inf is larger than the largest number here, 1,000,000,000 in size: "),
    ({"rules": [{"anchoring": {"price": 10**400}}]}, "anchoring.price is a whole number of more than 300 digits: "),
    ({"structure": {"ring": {"degree": 10**30}}}, f"structure.degree = {1e30:g} is larger than the largest number here, "),
    ({"initial": {"values": {"around": {"profile": [math.inf] * 10}}}}, "initial.values.profile = inf is larger than"),
    ({"initial": {"values": {"around": {"profile": [math.nan] * 10}}}}, "initial.values.profile holds nan, which is not"),
    ({"until": "spread < 1e999"}, "until = 'spread < 1e999': 1e999 is too large a number"),
    ({"agents": True}, "agents = true: true and false mean nothing here"),
    ({"rules": [{"averaging": {"label": 5}}]}, "averaging.label = 5 is not a text"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), BEYOND, ids=range(len(BEYOND)))
def test_beyond_a_limit_is_refused_before_anything_is_made(change, message):
    data = {k: v for k, v in {**PLAIN, **change}.items() if v is not None}
    known("rule")  # what is imported once is not the scenario's
    tracemalloc.start()
    begun = time.perf_counter()
    with pytest.raises(InputError) as refused:
        Scenario.from_dict(data)
    assert str(refused.value).startswith(message)
    assert time.perf_counter() - begun < 10 and tracemalloc.get_traced_memory()[1] < 100 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("seed", [2**63, 2**64, 10**40])
def test_a_seed_beyond_sixty_three_bits_is_refused(seed):
    with pytest.raises(InputError, match=r"rng = .* the seed is a whole number below 2\*\*63"):
        Society(Scenario.from_dict(PLAIN), rng=seed)
    sweep = {"scenario": "karate", "design": {"grid": {"averaging.strength": [0.1]}}}
    with pytest.raises(InputError, match=r"seeds: .* is no seed: whole numbers below 2\*\*63"):
        Sweep.from_dict({**sweep, "seeds": [1, seed]})
    with pytest.raises(InputError, match=r"seeds = .*: at least one, and at most 1,000,000"):
        Sweep.from_dict({**sweep, "seeds": seed})


@pytest.mark.parametrize(
    "design",
    [
        {"grid": {"averaging.strength": {"count": 10**12}}},
        {"grid": {"averaging.strength": {"count": 2000}, "steps": list(range(1, 1001))}},
        {"latin_hypercube": {"ranges": ["averaging.strength"], "samples": 10**12}},
        {"sobol": {"ranges": ["averaging.strength"], "samples": 2**40}},
        {"morris": {"ranges": ["averaging.strength"], "trajectories": 10**12}},
    ],
)
def test_a_design_of_too_many_points_is_refused_before_any_is_made(design):
    with pytest.raises(InputError, match=r"design\.\w+ has \S+ points: a sweep has at most 1,000,000"):
        Sweep.from_dict({"scenario": "karate", "design": design, "seeds": 1}).points()


def test_the_largest_seed_is_one():
    one, other = (Society(Scenario.from_dict(PLAIN), rng=seed).state.values for seed in (2**63 - 1, 2**63 - 2))
    assert (one != other).any()


def numeric() -> list[tuple[str, type[Declared], str]]:
    """(kind, class, parameter) of every number that anything declares."""
    return [
        (k, cls, name) for k in kinds() for cls in known(k).values() for name, s in cls.parameters().items() if s.numeric
    ]


def test_infinity_is_refused_by_every_parameter_that_does_not_declare_it():
    for _, cls, name in numeric():
        spec = cls.parameters()[name]
        for value, bound in ((math.inf, spec.high), (-math.inf, spec.low), (1e300, spec.high), (-1e300, spec.low)):
            if bound is None or abs(bound) < abs(value):
                with pytest.raises(InputError, match=name):
                    spec.check(value, f"{cls.name()}.{name}")


def test_the_page_of_limits_is_what_the_code_says():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: make docs"


def test_every_module_that_declares_a_limit_is_on_the_page():
    found = {
        file.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for folder in ("model", "agents", "social_structures", "analysis", "experiments", "views", "language_models")
        for file in (ROOT / folder).rglob("*.py")
        if re.search(r"= limit\(", file.read_text(encoding="utf-8"))
    }
    assert found == set(DECLARING)
    named = {(one.of, one.what) for one in declared()}
    assert len(named) == len(declared()) > 30
