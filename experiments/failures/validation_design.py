"""The design of the validation, written before any of its runs: societies, plants, sizes, what is counted.

The least sizes stand in `analysis/failures.py`. A cell is a small society (24-36 agents, 20-40 steps) with a plant of a
given strength; strengths of one plant were chosen on paper to lie on both sides of the least size. Ten of fifteen
plants are rules of a user (`tests/plants.py`), which no cut names; the one of group polarisation was added when the
others had been made once, before any run of it: on a ring a mean lean of .249 grows by (1 + strength) a step, to .026,
.049, .067 and .159 more in 20. The second one of groupthink was added when the first had been made and was true nowhere
(it hushes the leaders too), and before any run of it: with each tenth agent a leader at L and members who say e = (1 -
s) v + s E of what is said around them, E = .1 L / (1 - .9 s - .643 (1 - s)) from human values, v = E / 1.4, and L =
.528 away the gap is .017, .043, .059 and .144 above that without pressure, were everybody tied to everybody. Truth: the
mean effect over 2,000 pairs, seeds 10,000-11,999, beyond the least size or not, for every condition of the failure.
Diagnosed: each of 66 disjoint blocks of 30 of these pairs, as `valuescape diagnose` does it (Holm over all that is
testable there). Counted: coverage of the 95 % interval of 30 pairs, apart where the effect is the same in all pairs, up
to 1e-9 (nothing to cover), and where it is another in fewer pairs than 30 can be expected to show (.095, from n and 95
% alone; written after cells of an earlier code had shown 90.8 % over all, and before the present ones were read); the
table true x named; the area under the ROC curve of the block's mean effect between cells whose true effect lies at .5-1
and at 1-1.5 least sizes. Healthy societies: named in at most 5 % of the blocks.
"""

from __future__ import annotations

from typing import Any

from valuescape.model.words import in_digits

TRUTH_SEEDS = range(10_000, 12_000)
BLOCK, BLOCKS, DRAWN = 30, 66, 1000  # pairs of a block, disjoint blocks, and blocks drawn at random
NEAR = (0.5, 1.5)
HEALTHY_AT_MOST = 0.05

_RING = {"ring": {"degree": 4}}
_PAN = {"pan_cultural": {"spread": 0.1}}
_OPPOSITE = {"around": {"profile": "not pan_cultural", "spread": 0.1}}
_NOISE = {"noise": {"sd": 0.01}}


def _society(rules: list[Any], initial: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A small society in which the plants grow."""
    return {
        "agents": 30, "structure": _RING, "value_system": "schwartz10", "human_values": "pan_cultural",
        "initial": {"values": _PAN, **(initial or {})}, "rules": rules, "steps": 20, "record_every": 2, **more,
    }  # fmt: skip


def _user(name: str, **parameters: Any) -> dict[str, Any]:
    return {f"plants:{name}": parameters}


_FEW = [{"name": "few", "share": 0.2, "placement": "random", "initial": {"values": _OPPOSITE}}, {"name": "members"}]
_USERS = {"preferences": {"pan_cultural": {"spread": 0.3}}}
_WISHES = {"preferences": _PAN, "objectives": _OPPOSITE}
_PLAYERS = {"cooperates": {"chance": {"share": 0.9}}}
_GAME = {"dilemma": {"matrix": "prisoners_dilemma"}}
_TEAMS = [{"name": letter, "count": 6} for letter in "abcde"]
_ACTING = {"act_on_values": {"steepness": 6}}
_KIND = {"values": {"around": {"profile": "prosocial", "spread": 0.1}}}
_SOCIAL = {"human_values": "prosocial"}
_LEADERS = [{"name": "leaders", "count": 3, "fixed": True, "placement": "random", "initial": {"values": _OPPOSITE}},
            {"name": "members"}]  # fmt: skip
_OFFICIALS = [{"name": "officials", "share": 0.25, "placement": "random"}, {"name": "members"}]
_APPLE = [{"name": "apple", "count": 1, "fixed": True, "initial": {"values": _OPPOSITE}}, {"name": "members"}]


def _loudest(s: float) -> dict[str, Any]:
    return _society([_user("Loudest", strength=s, on="members"), _NOISE], groups=_FEW)


def _outbid(s: float) -> dict[str, Any]:
    return _society([_user("Outbid", strength=s), _NOISE])


def _flatterer(s: float) -> dict[str, Any]:
    return _society([_user("Flatterer", strength=s), _NOISE], _USERS)


def _seducer(s: float) -> dict[str, Any]:
    return _society([_user("Seducer", strength=s), _NOISE], _USERS)


def _greed(s: float) -> dict[str, Any]:
    return _society([_user("Greed", strength=s), _NOISE], _WISHES)


def _slack(s: float) -> dict[str, Any]:
    return _society([_ACTING, _user("Slack", strength=s)], _KIND, groups=_TEAMS, works_with="group", **_SOCIAL)


def _copy_rich(s: float) -> dict[str, Any]:
    return _society([_GAME, _user("CopyRich", strength=s)], {**_KIND, **_PLAYERS}, **_SOCIAL)


def _fee(s: float) -> dict[str, Any]:
    start = {**_KIND, "cooperates": {"chance": {"share": 0.8}}, "coalition": {"kinds": {"q": 3}}}
    return _society([_GAME, _user("Fee", strength=s)], start, **_SOCIAL)


def _hush(s: float) -> dict[str, Any]:
    rules = [_user("Hush", strength=s), {"together": [{"averaging": {"strength": 0.5}},
             {"human_pull": {"strength": 0.2, "on": "members"}}]}]  # fmt: skip
    return _society(rules, groups=_LEADERS)


def _pressed(s: float) -> dict[str, Any]:
    rules = [_user("Hush", strength=s, on="members"), {"together": [{"averaging": {"strength": 0.5}},
             {"human_pull": {"strength": 0.2, "on": "members"}}]}, _NOISE]  # fmt: skip
    return _society(rules, groups=_LEADERS)


def _apple(s: float) -> dict[str, Any]:
    rules = [{"together": [{"averaging": {"strength": s}}, {"human_pull": {"strength": 0.05}}]}, _NOISE]
    return _society(rules, groups=_APPLE)


def _lock_in(s: float) -> dict[str, Any]:
    pulls = [{"averaging": {"strength": {"officials": 0.0, "members": s}}}, {"task_pull": {"strength": 0.3}},
             {"human_pull": {"strength": 0.1, "on": "members"}}]  # fmt: skip
    more = {"steps": 40, "schedule": {"task_pull.strength": [[15, 0.0]]}, "groups": _OFFICIALS}
    return _society([{"together": pulls}, _NOISE], {"objectives": _OPPOSITE}, **more)


def _success(s: float) -> dict[str, Any]:
    rules = [_ACTING, {"dilemma": {"matrix": "prisoners_dilemma", "pay": "accumulate"}},
             {"follow_success": {"chance": 0.5, "gain": s, "every": 2}}]  # fmt: skip
    return _society(rules, _KIND, structure={"random_network": {"degree": 5}}, **_SOCIAL)


def _advantage(s: float) -> dict[str, Any]:
    rules = [{"act_on_values": {"steepness": 2}}, _GAME, {"capability_pays": {"strength": 1}},
             {"cumulative_advantage": {"growth": s}}]  # fmt: skip
    return _society(rules, {"values": {"around": {"profile": "flat", "spread": 0.1}}}, steps=40, **_SOCIAL)


def _hidden(s: float) -> dict[str, Any]:
    rules = [_user("Greed", strength=s), {"sycophancy": {"strength": 0.9}}, _NOISE]
    return _society(rules, _WISHES)


# plant -> (what it plants, the society of a strength, the strengths)
PLANTS: dict[str, tuple[str, Any, tuple[float, ...]]] = {
    "loudest": ("conformity cascade, a user's rule", _loudest, (0.01, 0.02, 0.04, 0.1)),
    "outbid": ("group polarisation, a user's rule", _outbid, (0.005, 0.009, 0.012, 0.025)),
    "flatterer": ("sycophancy, a user's rule", _flatterer, (0.1, 0.15, 0.2, 0.35)),
    "seducer": ("preference capture, a user's rule", _seducer, (0.004, 0.007, 0.01, 0.02)),
    "greed": ("objective takeover, a user's rule", _greed, (0.008, 0.013, 0.02, 0.05)),
    "slack": ("diffusion of responsibility, a user's rule", _slack, (0.06, 0.1, 0.15, 0.4)),
    "copy rich": ("norm erosion, a user's rule", _copy_rich, (0.02, 0.05, 0.1, 0.3)),
    "fee": ("collusion, a user's rule", _fee, (0.15, 0.25, 0.35, 0.8)),
    "hush": ("groupthink, a user's rule of pressure", _hush, (0.2, 0.5, 0.8, 1.0)),
    "pressed": ("groupthink, pressure on all but those who lead", _pressed, (0.2, 0.4, 0.5, 0.8)),
    "apple": ("one bad apple", _apple, (0.05, 0.1, 0.2, 0.5)),
    "officials": ("lock-in", _lock_in, (0.02, 0.05, 0.1, 0.4)),
    "success": ("oligarchy", _success, (0.05, 0.1, 0.2, 0.5)),
    "advantage": ("growing disparities", _advantage, (0.005, 0.015, 0.03, 0.06)),
    "hidden": ("two at once: takeover that flattery hides", _hidden, (0.01, 0.02, 0.03, 0.06)),
}

_two_channels = _society(
    [_user("Loudest", strength=0.05, on="members"), _user("Greed", strength=0.03), _NOISE],
    {**_WISHES}, groups=_FEW,
)  # fmt: skip
_two_moves = _society(
    [_ACTING, _user("Slack", strength=0.3), _GAME, _user("CopyRich", strength=0.3)], _KIND, groups=_TEAMS,
    works_with="group", **_SOCIAL,
)  # fmt: skip

# name -> (what it is, the society): no grid of strengths
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "two at once: loudest and greed": ("two plants", _two_channels),
    "two at once: slack and copy rich": ("two plants", _two_moves),
    "inert: nod": ("inert", _society([_user("Nod", strength=1.0), _NOISE])),
    "useful: median": (
        "useful", _society([_user("Median", strength=0.4), _NOISE], {"values": {"pan_cultural": {"spread": 0.3}}})),
    "decoy: slide": ("decoy", _society([_user("Slide", strength=0.03), {"averaging": {"strength": 0.3}}, _NOISE])),
    "decoy: slide and a wise crowd": (
        "decoy", _society([_user("Slide", strength=0.03), _user("Median", strength=0.3), _NOISE], groups=_FEW)),
}  # fmt: skip

HEALTHY: dict[str, dict[str, Any]] = {
    "teaching": _society([{"together": [{"human_pull": {"strength": 0.1}}, {"averaging": {"strength": 0.2}}]}, _NOISE],
                         {"values": {"pan_cultural": {"spread": 0.3}}}),
    "legitimate change: society follows its users": _society(
        [{"preference_averaging": {"strength": 0.2}}, {"society_follows": {"strength": 0.1}},
         {"together": [{"user_pull": {"strength": 0.1}}, {"human_pull": {"strength": 0.1}},
                       {"averaging": {"strength": 0.2}}]}, _NOISE],
        {"preferences": {"around": {"profile": "prosocial", "spread": 0.2}}}),
    "legitimate change: users among themselves": _society(
        [{"preference_averaging": {"strength": 0.3}},
         {"together": [{"user_pull": {"strength": 0.2}}, {"averaging": {"strength": 0.1}}]}, _NOISE], _USERS),
    "conformity to a right majority": _society([{"averaging": {"strength": 0.4}}, _NOISE], groups=_FEW),
}  # fmt: skip


def cells() -> dict[str, dict[str, Any]]:
    """Every society of the design by name, the strengths of one plant one after the other."""
    grid = {f"{name} {in_digits(s)}": make(s) for name, (_, make, strengths) in PLANTS.items() for s in strengths}
    return {**grid, **{name: society for name, (_, society) in OTHERS.items()}, **HEALTHY}


def in_order() -> dict[str, dict[str, Any]]:
    """The cells in the order in which they are made: of every plant the two middle strengths, then all without one."""
    every = cells()
    by_strength = [[f"{name} {in_digits(strengths[i])}" for name, (_, _, strengths) in PLANTS.items()] for i in (1, 2, 0, 3)]
    order = [*by_strength[0], *by_strength[1], *OTHERS, *HEALTHY, *by_strength[2], *by_strength[3]]
    return {name: every[name] for name in order}
