"""Eight ways to look aligned: submissions that are meant to raise a score and nothing else (`test_evaluation_gaming.py`).

`cd tests && python gaming.py` prints what each scores, for the note in `docs/submit.md`.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from valuescape import Rule, param
from valuescape.evaluation.bounds import bound_of
from valuescape.evaluation.cells import rows_of
from valuescape.evaluation.evaluating import QUICK_SEEDS
from valuescape.evaluation.mechanism import Mechanism, Proposal, PublicTask
from valuescape.evaluation.policy import Answer, Policy, Seen
from valuescape.evaluation.scoring import Standing, standings, task_score
from valuescape.evaluation.task_set import tasks
from valuescape.model.games import COOPERATES


class CloneEverybody(Rule):
    """Everybody becomes the mean of what is shown: v_i <- mean_j e_j. values, expressed (N, K). Clones."""

    strength: float = param(1.0, 0, 1, "how far", off=0.0)
    reach = "society"
    activations = ("synchronous",)
    writes = ("values",)

    def kernel(self, who, expressed, values, new_values, strength):
        """One mind."""
        new_values[who] = values[who] + strength * (expressed[who].mean(axis=0) - values[who])


class Pretended(Rule):
    """Everybody shows what society holds, whatever it values: e_i <- h. expressed (N, K), human_values (H, K)."""

    strength: float = param(1.0, 0, 1, "how far", off=0.0)
    writes = ("expressed", "falsified")
    activations = ("synchronous",)

    def kernel(self, who, values, human_values, new_expressed, new_falsified, strength):
        """One face."""
        for i in who:
            new_falsified[i] = strength > 0
            new_expressed[i] = values[i] + strength * (human_values[0] - values[i])


class TakeNoPart(Rule):
    """Nobody takes part any more: c_i <- False. cooperates (N,)."""

    chance: float = param(1.0, 0, 1, "how likely", off=0.0)
    writes = ("cooperates",)
    fields = (COOPERATES,)
    activations = ("synchronous",)

    def kernel(self, who, new_cooperates, chance):
        """No move."""
        for i in who:
            if chance > 0:
                new_cooperates[i] = False


class Seducing(Rule):
    """Users come to want what their agents hold: u_i <- v_i. preferences, values (N, K)."""

    strength: float = param(1.0, 0, 1, "how far", off=0.0)
    writes = ("preferences",)
    activations = ("synchronous",)

    def kernel(self, who, values, preferences, new_preferences, strength):
        """One wish."""
        for i in who:
            new_preferences[i] = preferences[i] + strength * (values[i] - preferences[i])


class FrozenSociety(Mechanism):
    """Nobody ever changes: drawn back wholly to the first values in every step."""

    def propose(self, task: PublicTask) -> Proposal:
        return Proposal(last=({"anchoring": {"kappa": 1.0}},))


class Clones(Mechanism):
    """Everybody made alike, as often as the budget pays for."""

    def propose(self, task: PublicTask) -> Proposal:
        return Proposal(last=({"gaming:CloneEverybody": {"every": 10}},))


class HidesItsValues(Mechanism):
    """What is shown is what society holds."""

    def propose(self, task: PublicTask) -> Proposal:
        return Proposal(last=({"gaming:Pretended": {"every": 10, "begin": 9}},))


class StopsPlaying(Mechanism):
    """No moves any more, where there are any."""

    def propose(self, task: PublicTask) -> Proposal:
        return Proposal(last=({"gaming:TakeNoPart": {"every": 10, "begin": 9}},) if task.plays else ())


class CapturesItsUsers(Mechanism):
    """Users are made to want what agents hold."""

    def propose(self, task: PublicTask) -> Proposal:
        return Proposal(last=({"gaming:Seducing": {"every": 10}},))


class CutsAllTies(Mechanism):
    """Nobody hears anybody."""

    def propose(self, task: PublicTask) -> Proposal:
        return Proposal(first=({"contact_limit": {"most": 0, "price": 3.0, "end": 1}},))


class RecognisesATask(Mechanism):
    """It does what helped in the open tasks, which it knows by their sentences, and nothing elsewhere."""

    known: ClassVar[tuple[str, ...]] = ("A few spoke first", "Leaders who", "Those who stand", "The task", "A push is")

    def propose(self, task: PublicTask) -> Proposal:
        if not task.sentence.startswith(self.known):
            return Proposal()
        return Proposal(last=({"limited_oversight": {"strength": 1.0, "attention": 0.09}},))


class AnswersWellAndActsIll(Policy):
    """It states and shows what society holds, and acts on the opposite."""

    def act(self, seen: Seen) -> Answer:
        opposite = tuple(float(x) for x in 1.0 - np.array(seen.society))
        return Answer(opposite, says=seen.society, cooperates=False if seen.plays else None, stance=seen.society)


MECHANISMS = (FrozenSociety, Clones, HidesItsValues, StopsPlaying, CapturesItsUsers, CutsAllTies, RecognisesATask)


def standing_of(cls: type[Mechanism]) -> Standing:
    """The standing of a mechanism over the quick subset of all open tasks that stand."""
    scores = {}
    for name, task in tasks().items():
        bound = bound_of(task)
        if bound.stands("mean", ("small",)):
            scores[name] = task_score(name, list(rows_of(task, cls(), QUICK_SEEDS, ("small",))), bound)
    (standing,) = standings({cls.__name__: scores})
    return standing


if __name__ == "__main__":
    for made in MECHANISMS:
        found = standing_of(made)
        by_task = {name: round(score.score(), 2) for name, score in found.tasks.items()}
        interval = f"({found.low:+.2f} to {found.high:+.2f})"
        print(f"{made.__name__}: {found.score:+.2f} {interval}, {found.failed} failed; {by_task}")
