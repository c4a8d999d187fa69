"""What the detectors of patterns, which the cuts have replaced, said of the gallery: seed 0, code of commit 50ad645, once.

With as many null runs as one of all tests needs to fire under Holm's correction.
"""

from __future__ import annotations

from typing import NamedTuple


class Old(NamedTuple):
    """The failures that fired, and whether the scenario has been changed since."""

    fired: tuple[str, ...]
    changed: bool = False


OLD = {
    "activists": Old(()),
    "ai-conformity": Old(()),
    "bad-apple": Old(("conformity_cascade", "groupthink", "one_bad_apple")),
    "bounded-minds": Old(()),
    "bridges": Old(("group_polarisation",)),
    "broken-windows": Old(("norm_erosion",)),
    "bystanders": Old(("diffusion_of_responsibility",)),
    "cartel": Old((), changed=True),
    "cascade": Old(("conformity_cascade",), changed=True),
    "choice-shift": Old(("conformity_cascade", "group_polarisation", "groupthink")),
    "convention": Old(()),
    "culture-regions": Old(()),
    "directive-leader": Old(("conformity_cascade", "groupthink", "one_bad_apple"), changed=True),
    "dissenters": Old(()),
    "earthquake-aid": Old(()),
    "echo-chamber": Old(()),
    "ethnocentrism": Old(()),
    "fishery": Old(()),
    "flattery": Old(("sycophancy",)),
    "goodhart": Old(("group_polarisation", "objective_takeover", "groupthink")),
    "habituation": Old(("preference_capture",)),
    "insiders": Old(("conformity_cascade",)),
    "karate": Old(("preference_capture",)),
    "karate-split": Old(()),
    "lock-in": Old(("lock_in", "objective_takeover"), changed=True),
    "matthew-effect": Old(("growing_disparities",)),
    "metanorms": Old(()),
    "one-goal": Old(("diffusion_of_responsibility",)),
    "power-blocs": Old(()),
    "preference-capture": Old(("conformity_cascade",)),
    "price-ring": Old(("conformity_cascade", "collusion", "group_polarisation"), changed=True),
    "rich-club": Old(("conformity_cascade", "oligarchy", "growing_disparities")),
    "riot": Old(()),
    "rivalry": Old(("conformity_cascade", "group_polarisation")),
    "sanctions": Old(("conformity_cascade",)),
    "silent-drift": Old(("conformity_cascade", "groupthink", "objective_takeover", "silent_drift")),
    "spatial-dilemma": Old(("norm_erosion", "growing_disparities")),
    "stubborn-users": Old(("conformity_cascade",)),
    "sycophants": Old(()),
    "takeover": Old(("groupthink", "objective_takeover"), changed=True),
    "turnover": Old(("groupthink", "conformity_cascade")),
    "watchdogs": Old(("groupthink", "objective_takeover")),
}
