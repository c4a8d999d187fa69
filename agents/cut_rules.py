"""Rules by which a cause is cut for a share of the agents, or its harm counted: `diagnose` sets them into a scenario.

A cut that no parameter of a rule can make is made by two rules round it: the first lets the rule see something else, the
second puts back what there was, so that nothing else in the step sees it. What they draw comes from streams of their own.
Two rules only count. With share 0 a run is, bit for bit, the run without them.
"""

from __future__ import annotations

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.games import FELT, PAYOFF
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import ALONE, Field, State

ENDS = "whether it is put back"
COUNTS = "whether it is counted"
SHARE = "share of the agents for whom the cause is cut: 1 less its strength"
TEAMS = ("coalition", "group", "society")
FELT_ASIDE = Field("felt_aside", ("N",), meaning="what one really feels, while another's pay stands in its place")
TEAM_ASIDE = Field("team_aside", ("N",), "int", ALONE, low=ALONE, meaning="the working group, while one acts alone")
TASK_ASIDE = Field("task_aside", ("N", "K"), meaning="the task less what stands in its place")
ORDINARY = Field("ordinary", ("N", "K"), low=0, high=1, starts=True, meaning="the values with which others start")
EARNED = Field("earned", ("N",), meaning="what an agent has been paid since the start")
PRODUCED = Field("produced", ("N",), meaning="what the game itself paid in this step")


class ShuffledPay(Rule):
    """What others earn says nothing: a share of the agents carry the pay of random others of the share.

        felt_i <- felt_s(i),    s a permutation of those drawn, new in every step

    Whom one follows or ties oneself to is then a matter of chance, and is as often somebody else as before: the set of pays
    stays. `pay_again` ends it. felt (N,). One alone keeps its own. Imitation at random as the null of imitation by pay:
    Bentley, Hahn & Shennan (2004), Proc. R. Soc. B 271, 1443-1450.
    """

    share: float = param(1.0, 0, 1, SHARE, off=0.0)
    reach = "society"
    activations = ("synchronous",)
    writes = ("felt", "felt_aside")
    fields = (FELT, FELT_ASIDE)

    def kernel(self, who, felt, draw, new_felt, new_felt_aside, share):
        """Permute the felt pay of those drawn."""
        new_felt_aside[:] = felt
        drawn = who[draw(who, 0) < share]
        new_felt[drawn[np.argsort(draw(drawn, 1), kind="stable")]] = felt[drawn]


class PayAgain(Rule):
    """Everybody feels its own pay again: the end of `shuffled_pay`.

        felt_i <- felt_aside_i

    felt, felt_aside (N,). One alone likewise. Bentley, Hahn & Shennan (2004), Proc. R. Soc. B 271, 1443-1450.
    """

    ends: bool = param(True, meaning=ENDS, off=False)
    reach = "society"
    activations = ("synchronous",)
    writes = ("felt",)
    fields = (FELT, FELT_ASIDE)

    def kernel(self, who, felt_aside, new_felt, ends):
        """Put back what was felt."""
        if ends:
            new_felt[who] = felt_aside[who]


class Dispersed(Rule):
    """A share of the agents work alone: each of them is a working group of one.

        coalition_i <- a number that nobody else has,    for the same agents in all steps

    The others stay together, and are fewer. `regrouped` ends it. teams: what the working group is otherwise. coalition,
    group (N,) int. One alone is alone. Teams of one as the control: Darley & Latane (1968), J. Pers. Soc. Psychol. 8,
    377-383.
    """

    share: float = param(0.5, 0, 1, SHARE, off=0.0)
    teams: str = param("coalition", choices=TEAMS, meaning="what makes a working group where nobody is dispersed")
    reach = "society"
    activations = ("synchronous",)
    writes = ("coalition", "team_aside")
    fields = (TEAM_ASIDE,)

    def kernel(self, who, coalition, group, draw, new_coalition, new_team_aside, share, teams):
        """Give each of those drawn a number of its own."""
        own = {"coalition": coalition, "group": group, "society": np.zeros_like(coalition)}[teams]
        alone = who[draw(who, 0, name="dispersed") < share]
        new_coalition[:] = new_team_aside[:] = own
        others = np.delete(own, alone)
        unused = np.setdiff1d(np.arange(own.size), others[others >= 0])
        new_coalition[alone] = unused[: alone.size]


class Regrouped(Rule):
    """Working groups are again what they were: the end of `dispersed`.

        coalition_i <- team_aside_i

    coalition, team_aside (N,) int. One alone likewise. Darley & Latane (1968), J. Pers. Soc. Psychol. 8, 377-383.
    """

    ends: bool = param(True, meaning=ENDS, off=False)
    reach = "society"
    activations = ("synchronous",)
    writes = ("coalition",)
    fields = (TEAM_ASIDE,)

    def kernel(self, who, team_aside, new_coalition, ends):
        """Put the groups back."""
        if ends:
            new_coalition[who] = team_aside[who]


@njit
def put_wish_for_task(who, objectives, preferences, new_objectives, new_task_aside, share):
    for i in who:
        for d in range(objectives.shape[1]):
            task = objectives[i, d]
            seen = task + share * (preferences[i, d] - task)
            new_objectives[i, d] = seen
            new_task_aside[i, d] = task - seen


class WishForTask(Rule):
    """What an agent takes for its task is what its user wants.

        o_i <- o_i + share (u_i - o_i)

    `task_again` ends it. objectives, preferences, task_aside (N, K). One alone likewise. The task as its user restates it:
    Hadfield-Menell et al. (2016), arXiv 1606.03137.
    """

    share: float = param(1.0, 0, 1, "share of the way from the task to what the user wants", off=0.0)
    writes = ("objectives", "task_aside")
    fields = (TASK_ASIDE,)
    activations = ("synchronous",)
    kernel = put_wish_for_task


@njit
def put_task_back(who, objectives, task_aside, new_objectives, ends):
    for i in who:
        if not ends:
            continue
        for d in range(objectives.shape[1]):
            new_objectives[i, d] = min(1.0, max(0.0, objectives[i, d] + task_aside[i, d]))


class TaskAgain(Rule):
    """The task is again what it was: the end of `wish_for_task`.

        o_i <- o_i + task_aside_i

    objectives, task_aside (N, K). One alone likewise. Hadfield-Menell et al. (2016), arXiv 1606.03137.
    """

    ends: bool = param(True, meaning=ENDS, off=False)
    writes = ("objectives",)
    fields = (TASK_ASIDE,)
    activations = ("synchronous",)
    kernel = put_task_back


@njit
def start_ordinarily(who, values, anchors, ordinary, fixed, new_values, new_anchors, new_fixed, share):
    for i in who:
        new_fixed[i] = fixed[i]
        for d in range(values.shape[1]):
            new_values[i, d] = values[i, d] + share * (ordinary[i, d] - values[i, d])
            new_anchors[i, d] = anchors[i, d] + share * (ordinary[i, d] - anchors[i, d])


class OrdinaryStart(Rule):
    """Start as the others do: for the first step of a run, and for committed agents too.

        v_i <- v_i + share (x_i - v_i),  anchor_i likewise,    x_i drawn by `initial: {ordinary: ...}`

    values, anchors, ordinary (N, K). One alone likewise. The same member with an ordinary mind as the control: Felps,
    Mitchell & Byington (2006), Res. Organ. Behav. 27, 175-222.
    """

    share: float = param(1.0, 0, 1, "share of the way to the ordinary start", off=0.0)
    writes = ("values", "anchors", "fixed")
    fields = (ORDINARY,)
    activations = ("synchronous",)
    kernel = start_ordinarily


class Unheard(Rule):
    """Some weigh less for those who listen to them: the weights of the ties to `on`, once.

        w_ij <- (1 - share) w_ij    for j in `on`

    The attention goes to the others whom one hears. Applied to the ties (E,). One alone hears nobody. The leader who keeps
    silent as the control: Flowers (1977), J. Pers. Soc. Psychol. 35, 888-896.
    """

    share: float = param(1.0, 0, 1, "share of the weight that is taken away", off=0.0)
    reach = "society"
    activations = ("synchronous",)
    writes = ("ties",)

    def check(self, state: State) -> None:
        """Ties are stored."""
        if state.ties[self.layer].implicit:
            raise InputError(f"{self.label} changes ties: complete ties that are not stored have none to change")

    def kernel(self, who, ties, share):
        """Weaken the ties to those it is for."""
        if share > 0.0:
            ties.reweigh(ties.weight * np.where(np.isin(ties.neighbour, who), 1.0 - share, 1.0))


@njit
def add_pay(who, payoff, earned, new_earned, counts):
    for i in who:
        new_earned[i] = earned[i] + payoff[i] if counts else earned[i]


class PayCount(Rule):
    """A counter, and no more: what each has been paid since the start.

        earned_i <- earned_i + p_i

    payoff, earned (N,). One alone likewise. Merton (1968), Science 159, 56-63, for what it is counted for.
    """

    counts: bool = param(True, meaning=COUNTS, off=False)
    writes = ("earned",)
    fields = (PAYOFF, EARNED)
    activations = ("synchronous",)
    kernel = add_pay


@njit
def note_pay(who, payoff, produced, new_produced, counts):
    for i in who:
        new_produced[i] = payoff[i] if counts else produced[i]


class GameCount(Rule):
    """A counter, and no more: what the game itself paid, noted before anything else changes what is paid.

        produced_i <- p_i

    payoff, produced (N,). One alone likewise. Harberger (1954), Am. Econ. Rev. 44(2), 77-87, for what is paid beyond it.
    """

    counts: bool = param(True, meaning=COUNTS, off=False)
    writes = ("produced",)
    fields = (PAYOFF, PRODUCED)
    activations = ("synchronous",)
    kernel = note_pay
