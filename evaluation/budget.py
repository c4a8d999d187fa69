"""What a mechanism costs, and what it may not do. The unit: one act of an institution on one agent.

- A shipped institution charges its own `price` for each act, as it runs (`spent`); no submission may ask for less than the
  rule's default, and for less than `CONTACT` for a tie that is cut: what is not said any more is lost to everybody.
- Rules without a price charge as `FLAT` says, per agent and step in which they may act.
- A rule of the submission's own charges 1 per agent and step in which it may act: what an institution may cost at most.
- A setting charges its change, per agent and step; a committed agent 1 per step.

So a budget of .1 buys, for each agent, one act in ten steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.model.checks import group_sizes
from valuescape.model.description import read_declared
from valuescape.model.errors import InputError
from valuescape.model.own_files import is_ours
from valuescape.model.rule import EVERYBODY
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from valuescape.evaluation.mechanism import Proposal, PublicTask
    from valuescape.model.rule import Rule
    from valuescape.model.scenario import Scenario

OWN_RULE = 1.0
CONTACT = 3.0
# What shipped rules without a price charge per agent and step, from their parameters.
FLAT: dict[str, Callable[[Rule], float]] = {
    "human_pull": lambda rule: _most(rule.strength),  # type: ignore[attr-defined]
    "limited_oversight": lambda rule: _most(rule.attention),  # type: ignore[attr-defined]
    "discriminate": lambda rule: 0.0,  # who tells the standings is paid (gossip)
    "interdependence": lambda rule: abs(_most(rule.s)),  # type: ignore[attr-defined]
}
PRICED = ("anchoring", "pulse", "transparency", "audit", "peer_sanctions", "pool_sanctions", "gossip", "committed_agents",
          "dissent_protection", "turnover", "seek_alike", "leave_defectors", "contact_limit", "cut_bridges",
          "equal_weighting", "egalitarian_rewards", "narrow_gaps")  # fmt: skip
MAY_WRITE = frozenset({"values", "cooperates", "reputation", "felt", "ties"})
PRIVATE = ("own_", "anchors", "u0", "o0", "h0", "active", "fixed")


def _most(value: Any) -> float:
    """The largest number in a parameter: one number, or one per group."""
    if isinstance(value, dict):
        if not all(isinstance(v, int | float) for v in value.values()):
            raise InputError(f"{value}: what differs by agent has no price: give one number, or one per group")
        return max(map(float, value.values()), default=0.0)
    return float(value)


def charge_ahead(proposal: Proposal, scenario: Scenario, told: PublicTask, folder: Path | None = None) -> float:
    """What a proposal costs that is known before the run; `spent` is what comes to it as it runs.

    Errors: a rule is not allowed, or asks for less than an institution costs.
    """
    total = 0.0
    sizes = dict(zip([g.name for g in scenario.groups] or [EVERYBODY], group_sizes(scenario) or [told.agents], strict=False))
    for place, rules in proposal.rules().items():
        for entry in rules:
            rule = read_declared("rule", entry, place, folder)
            total += _per_act(rule) * _agents(rule, sizes, told.agents) * _steps(rule, told.steps)
    for address, value in proposal.settings.items():
        total += abs(value - told.settable[address]) * told.agents * told.steps
    if proposal.committed is not None:
        total += int(proposal.committed.share * told.agents + 0.5) * told.steps
    return total


def _per_act(rule: Rule) -> float:
    """What a rule charges per agent and step ahead of the run."""
    cls = type(rule)
    name = cls.name()
    if not is_ours(cls.__module__):
        return _own(rule)
    if name in FLAT:
        return FLAT[name](rule)
    if name not in PRICED:
        known = ", ".join(sorted((*FLAT, *PRICED)))
        raise InputError(f"{rule.label}: {name} is no rule of a mechanism: {known}, or a rule of your own")
    least = CONTACT if name in ("contact_limit", "cut_bridges") else cls.model_fields["price"].default
    if getattr(rule, "price") < least:  # noqa: B009 - the class is not known here
        raise InputError(f"{rule.label}.price = {in_digits(rule.price)}: it costs {in_digits(least)} at least")  # type: ignore[attr-defined]
    return 0.0


def _own(rule: Rule) -> float:
    cls = type(rule)
    written = sorted(set(cls.writes) - MAY_WRITE)
    if written:
        raise InputError(f"{rule.label} writes {written[0]}: a rule of a mechanism may write {', '.join(sorted(MAY_WRITE))}")
    private = sorted(name for name in cls.reads() if name.startswith(PRIVATE) and name not in ("active", "fixed"))
    if private:
        raise InputError(f"{rule.label} reads {private[0]}: own minds and first values are nobody's to look at")
    return OWN_RULE


def _agents(rule: Rule, sizes: dict[str, int], everybody: int) -> int:
    """How many agents a rule may act on."""
    on = rule.on if isinstance(rule.on, list | tuple) else (rule.on,)
    if any(word in (None, EVERYBODY) for word in on):
        return everybody
    if len(on) == 1 and str(on[0]).startswith("not "):
        return everybody - sizes.get(str(on[0])[4:], 0)
    return sum(sizes.get(str(word), everybody) for word in on)


def _steps(rule: Rule, steps: int) -> int:
    """In how many steps a rule may act."""
    end = steps if rule.end is None else min(rule.end, steps)
    return len(range(rule.begin, end, rule.every))
