"""Schwartz: the circle of ten values, their ranking over cultures, and the survey's key."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.agents.questionnaires import PVQ21
from valuescape.agents.values import SCHWARTZ
from valuescape.experiments.reproductions.findings import Finding, rank_correlation
from valuescape.experiments.reproductions.mutants import Mutant
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, exact

if TYPE_CHECKING:
    from collections.abc import Mapping

RANKING = (
    "benevolence",
    "self_direction",
    "universalism",
    "security",
    "conformity",
    "achievement",
    "hedonism",
    "stimulation",
    "tradition",
    "power",
)
PEOPLE = 4000
SCENARIO = {
    "agents": 1000,
    "value_system": "schwartz10",
    "initial": {"values": {"pan_cultural": {"spread": 0.1}}},
    "steps": 0,
}


def answers(key: Mapping[str, tuple[int, ...]] = PVQ21, turns: int = 1) -> np.ndarray:
    """Answers (people, 21): two latent traits load on each value by its place on the circle (`turns` times round it)."""
    rng = np.random.default_rng(35)
    latent = rng.standard_normal((PEOPLE, 2))
    angle = turns * np.deg2rad(np.array(SCHWARTZ.angles))
    found = np.empty((PEOPLE, 21))
    for k, name in enumerate(SCHWARTZ.dimensions):
        for item in key[name]:
            tendency = latent @ [np.cos(angle[k]), np.sin(angle[k])] + 0.7 * rng.standard_normal(PEOPLE)
            found[:, item - 1] = np.clip(np.round(3.5 + tendency), 1, 6)
    return found


def surveyed(table: np.ndarray) -> np.ndarray:
    """Those answers through a survey file into values (people, 10)."""
    table = table.astype(int)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "survey.csv"
        head = ",".join(f"q{i}" for i in range(1, 22))
        path.write_text("\n".join([head, *(",".join(map(str, row)) for row in table)]) + "\n")
        initial = {"values": {"survey": {"file": str(path), "scale": "pvq21"}}}
        return society_of(SCENARIO, 0, agents=PEOPLE, initial=initial).state.values.copy()


def later(items: tuple[int, ...]) -> tuple[int, ...]:
    """Each item's next on the sheet."""
    return tuple(item % 21 + 1 for item in items)


def run() -> Answer:
    """Ranking, circle, and a survey of people on the circle."""
    return read_off(surveyed(answers()))


def read_off(survey: np.ndarray, initial: Mapping[str, Any] = SCENARIO["initial"]) -> Answer:
    """What a survey's values and the pan-cultural initial show."""
    values = society_of(SCENARIO, 1, initial=initial).state.values
    order = [SCHWARTZ.dimensions[k] for k in np.argsort(-values.mean(axis=0))]
    expected = [RANKING.index(name) for name in SCHWARTZ.dimensions]
    r = np.corrcoef(survey.T)
    angle = np.deg2rad(np.array(SCHWARTZ.angles))
    cosine = np.cos(angle[:, None] - angle[None, :])
    upper = np.triu_indices(10, 1)
    nearest = sum(
        set(np.argsort(-np.where(np.eye(10, dtype=bool), -2, r)[k])[:2].tolist()) == {(k - 1) % 10, (k + 1) % 10}
        for k in range(10)
    )
    opposite = sum(int(np.argmin(r[k])) == (k + 5) % 10 for k in range(10))
    return Answer(
        {
            "values in the published rank": Finding(float(sum(a == b for a, b in zip(order, RANKING, strict=True)))),
            "rank correlation with the published ranking": Finding(-rank_correlation(values.mean(axis=0), expected)),
            "survey: correlation of r_kl with cos(angle)": Finding(float(np.corrcoef(r[upper], cosine[upper])[0, 1])),
            "survey: values whose two nearest are their neighbours on the circle": Finding(float(nearest)),
            "survey: values that conflict most with the one opposite": Finding(float(opposite)),
            "items of the 21 that the key uses once": Finding(float(len({i for items in PVQ21.values() for i in items}))),
        },
        {"r": r[upper].tolist(), "cosine": cosine[upper].tolist()},
    )


def draw(data):
    """Correlations against the cosine of the angle between values."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.8, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.plot(data["cosine"], data["r"], "o", markersize=4)
    axes.set(xlabel="cosine of the angle between two values", ylabel="correlation in the survey")
    return figure


TABLE = "Greenberg et al., table 2.1, at digfir-published.macmillanusa.com, from Schwartz & Bardi (2001)"
PUT_IN = "the circle that is put in"


REPRODUCTION = Reproduction(
    title="The circle of basic values",
    citation="Schwartz (1992), Adv. Exp. Soc. Psychol. 25, 1-65; ranking: Schwartz & Bardi (2001), J. Cross-Cult."
    " Psychol. 32, 268-290; the PVQ-21 key from its manual",
    claim="Ten values form a circle: neighbours are compatible, opposites conflict, so correlations follow the cosine of"
    " the angle. Nations rank them alike: benevolence first, power last.",
    setup="The value system and its pan-cultural initial; and a made-up survey of 4,000 whose answers load on the circle,"
    " read through the survey initial, its key and its centring. That circle is put in and must come out.",
    scenario=SCENARIO,
    targets=(
        exact("values in the published rank", 10.0, 0.0, "function", "secondary", TABLE),
        exact("rank correlation with the published ranking", 1.0, kind="function", source="secondary", read=TABLE),
        Target(
            "survey: correlation of r_kl with cos(angle)",
            1.0,
            0.99,
            1.0,
            "rounding to six answers and unequal item counts",
            "function",
            "closed form",
            PUT_IN,
        ),
        exact("survey: values whose two nearest are their neighbours on the circle", 10.0, 0.0, "function", read=PUT_IN),
        Target(
            "survey: values that conflict most with the one opposite",
            10.0,
            8.0,
            10.0,
            "near ties with the two beside it",
            "function",
            "closed form",
            PUT_IN,
        ),
        exact(
            "items of the 21 that the key uses once",
            21.0,
            0.0,
            "function",
            "secondary",
            "the manual of the PVQ at scribd.com, 300228665",
        ),
    ),
    mutants=(
        Mutant(
            "key off by one",
            "Each answer is read as that to the item before it.",
            run=lambda: read_off(surveyed(answers({k: later(v) for k, v in PVQ21.items()}))).findings,
        ),
        Mutant(
            "twice round the circle",
            "Values half a circle apart are alike, and not opposite.",
            run=lambda: read_off(surveyed(answers(turns=2))).findings,
        ),
        Mutant(
            "no ranking",
            "Values are spread evenly, and not about their ranks over cultures.",
            run=lambda: read_off(surveyed(answers()), {"values": "uniform"}).findings,
        ),
    ),
    run=run,
    seeds="1, 35",
    draw=draw,
)
