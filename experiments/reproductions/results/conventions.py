"""Ashery, Aiello and Baronchelli: conventions that language-model agents find in pairs."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.findings import Finding, Findings, share_of
from valuescape.experiments.reproductions.mutants import Mutant, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, around

N, WORDS, RUNS, ROUNDS = 24, 10, 60, 40
SCENARIO = {
    "agents": N,
    "structure": "complete",
    "value_system": "stance",
    "initial": {"traits": {"kinds": {"q": WORDS}}},
    "rules": [{"win_stay_lose_shift": {"words": WORDS, "length": 5, "stay": 0.994, "shift": 0.973}}],
    "steps": ROUNDS,
    "events": N // 2,
}


def rounds_to_agree(seed: int) -> float:
    """Population rounds (N/2 pairs each) until 95 % of the agents are on one name; nan after 40 rounds without."""
    society = society_of(SCENARIO, seed)
    stances = society.state.traits[:, 0]
    for t in range(1, ROUNDS + 1):
        society.step()
        counts = np.bincount(stances, minlength=WORDS)
        if counts.max() >= 0.95 * N:
            return float(t)
    return float("nan")


def flips(count: int, seed: int) -> bool:
    """Whether `count` committed agents turn an established convention within 60 rounds."""
    society = society_of(
        SCENARIO,
        seed,
        groups=[
            {"name": "committed", "count": count, "fixed": True, "initial": {"traits": {"same": {"value": 1}}}},
            {"name": "free", "initial": {"traits": {"same": {"value": 0}}, "memory": {"same": {"value": 0}}}},
        ],
        initial={},
    )
    society.run_for(60)
    return bool((society.state.traits[~society.state.fixed, 0] == 1).mean() >= 0.95)


PAIRS = 4000


def answers() -> Findings:
    """What becomes of names in one meeting: pairs that agree, and pairs that do not."""
    found = {}
    for said, words in (("keeps its name after a success", [2, 2]), ("changes its name after a failure", [2, 5])):
        society = society_of(
            SCENARIO,
            7,
            agents=2 * PAIRS,
            structure={"caves": {"cave": 2, "joined": "apart"}},
            initial={"traits": {"listed": {"rows": words * PAIRS}}},
            rules=[{"win_stay_lose_shift": {**SCENARIO["rules"][0]["win_stay_lose_shift"], "activation": "matching"}}],
        )
        society.step()
        kept = society.state.traits[::2, 0] == words[0]
        found[said] = share_of(kept if words[0] == words[1] else ~kept)
    return found


def run() -> Answer:
    """Sixty societies from random names, and the critical mass."""
    taken = np.array([rounds_to_agree(seed) for seed in range(RUNS)])
    found = answers() | {
        "societies of one convention by round 25": share_of(taken <= 25),
        "median round of consensus": Finding(float(np.nanmedian(taken)), samples=RUNS),
    }
    curve = {}
    for count in range(1, 19):
        curve[count / N] = float(np.mean([flips(count, seed) for seed in range(20)]))
        if curve[count / N] >= 0.5:
            found["percent committed that flip half of the societies"] = Finding(100 * count / N, samples=20)
            break
    found.setdefault("percent committed that flip half of the societies", Finding(float("nan")))
    return Answer(found, {"taken": taken.tolist(), "curve": {str(k): v for k, v in curve.items()}})


def draw(data):
    """When societies agreed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3), layout="constrained")
    axes = figure.subplots()
    t = np.array(data["taken"])
    axes.hist(t[~np.isnan(t)], bins=np.arange(0.5, ROUNDS + 1.5).tolist(), color="0.7")
    axes.axvline(15, color="black", linestyle="--", label="language models, about")
    axes.set(xlabel="population round of consensus", ylabel="societies")
    axes.legend(frameon=False)
    return figure


QUOTED = "the paper's text, as quoted in a secondary source"


REPRODUCTION = Reproduction(
    title="Conventions among language-model agents",
    citation="Ashery, Aiello & Baronchelli (2025), Emergent social conventions and collective bias in LLM populations,"
    " Sci. Adv. 11(20), eadu9368, arXiv 2410.08948 (read in a secondary source)",
    claim="24 agents with memory 5 name one of ten things in random pairs; three models agree by about round 15."
    " Llama-3.1 keeps its name after a success in 99.4 % and changes it after a failure in 97.3 %. A committed 2 % to 67"
    " % flips a convention, depending on the model.",
    setup="Win-stay, lose-shift with these two rates, N/2 pairs per round; a convention is 95 % of agents on one name."
    " That the shift goes to the name most often heard is our reading. Language models stand beside it and neither pass"
    " nor fail.",
    scenario=SCENARIO,
    targets=(
        around(
            "keeps its name after a success",
            0.994,
            0.006,
            "four standard errors of 4,000 pairs",
            "published",
            "secondary",
            QUOTED,
        ),
        around(
            "changes its name after a failure",
            0.973,
            0.0105,
            "four standard errors of 4,000 pairs",
            "published",
            "secondary",
            QUOTED,
        ),
        Target("societies of one convention by round 25", 1.0, 0.9, 1.0, "90 % by round 25", "beside", "secondary", QUOTED),
        Target("median round of consensus", "about 15", 10, 25, "round 10 to 25", "beside", "secondary", QUOTED),
        Target(
            "percent committed that flip half of the societies",
            "2 to 67",
            2,
            67,
            "the range over models",
            "beside",
            "secondary",
            QUOTED,
        ),
    ),
    mutants=(
        Mutant(
            "rates exchanged",
            "The chance to stay is that to shift, and the other way round.",
            sets("win_stay_lose_shift", stay=0.973, shift=0.994),
            answers,
        ),
        Mutant("nobody shifts", "Who failed keeps its name.", sets("win_stay_lose_shift", shift=0.0), answers),
        Mutant(
            "a success is forgotten", "One in ten changes after a success.", sets("win_stay_lose_shift", stay=0.9), answers
        ),
    ),
    run=run,
    seconds=1,
    seeds="0-59",
    draw=draw,
)
