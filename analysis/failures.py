"""The fourteen named failure modes (Carichon et al. 2025, arXiv 2506.01080, sections 5.1 and 6), each with its detector.

S is a statistic of the series, in [0, 1]; how it is compared with null runs, and what onset and severity are, stands in
`analysis/detection.py`. x_0 is the first record; [y]+ = max(0, y). What a detector names is a pattern in the numbers that
runs without the alleged cause lack, and no proof of that cause: beside it stands the twin without the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.analysis.detection import Detector, geometric_mean, loss, rise
from valuescape.model.parameters import param

if TYPE_CHECKING:
    from collections.abc import Mapping

    Series = Mapping[str, np.ndarray]

_HEARING = "the conformity of those whom one hears"
_CROWD = (
    "agents listen as before, but to a crowd in which nobody listens: the values of step 0, each dimension permuted over the"
    " agents, again in each step"
)
_EQUAL_PAY = (
    "wherever agents look at the pay of others, everybody has the mean pay, so that whom one follows does not depend on who"
    " fares well; what is paid, and measured, stays"
)
_TURNED = (
    "the dimensions of the task that pulls are permuted, for each agent, once per run: a reward of the same size that means"
    " nothing"
)


class ConformityCascade(Detector):
    """Agents come to hold what others hold: S = [1 - spread / spread_0]+. Series of `spread`, (T,).

    Asch (1956), Psychol. Monogr. 70(9); Bikhchandani, Hirshleifer, Welch (1992), J. Polit. Econ. 100, 992-1026. Training
    that everybody has alone narrows the spread too; the null has it as well.
    """

    reads = ("spread",)
    cuts = _HEARING
    protocol = _CROWD
    null = "hearing"
    scenario = "cascade"
    gap = "human"

    def path(self, series: Series) -> np.ndarray:
        return loss(series["spread"])


class Groupthink(Detector):
    """They agree more and are right less: S = sqrt([1 - spread / spread_0]+ [gap - gap_0]+ / (1 - gap_0)).

    Series of `spread` and `human_gap_from_start`, (T,). Janis (1972), Victims of Groupthink; Park (1990), J. Bus. Res. 21.
    """

    reads = ("spread", "human_gap_from_start")
    cuts = _HEARING
    protocol = _CROWD
    null = "hearing"
    scenario = "directive-leader"
    gap = "human"

    def path(self, series: Series) -> np.ndarray:
        gap = series["human_gap_from_start"]
        return geometric_mean(loss(series["spread"]), rise(gap) / max(1e-12, 1 - gap[0]))


class GroupPolarisation(Detector):
    """The mean moves out in the direction in which it leaned: S = [x - x_0]+ / (1 - x_0), x = mean extremity, (T,).

    Moscovici & Zavalloni (1969), J. Pers. Soc. Psychol. 12, 125-135; Isenberg (1986), J. Pers. Soc. Psychol. 50, 1141-1151.
    """

    reads = ("mean_extremity",)
    cuts = "the pull of those who count most, and who stand furthest out"
    protocol = _CROWD
    null = "hearing"
    scenario = "choice-shift"
    gap = "human"

    def path(self, series: Series) -> np.ndarray:
        out = series["mean_extremity"]
        return rise(out) / max(1e-12, 1 - out[0])


class OneBadApple(Detector):
    """One member spoils the others: S = [gap - gap_0]+ / (1 - gap_0), gap = `human_gap_from_start`, (T,).

    Felps, Mitchell, Byington (2006), Res. Organ. Behav. 27, 175-222. The null has the same member, with an ordinary mind.
    """

    reads = ("human_gap_from_start",)
    cuts = "the deviance of one member"
    protocol = "the one declared member starts as everybody else does, at the same place with the same influence"
    null = "deviant"
    scenario = "bad-apple"
    gap = "human"

    def path(self, series: Series) -> np.ndarray:
        gap = series["human_gap_from_start"]
        return rise(gap) / max(1e-12, 1 - gap[0])


class DiffusionOfResponsibility(Detector):
    """Nobody helps because others could: S = 1 - cooperation, (T,).

    Darley & Latane (1968), J. Pers. Soc. Psychol. 8, 377-383.
    """

    reads = ("cooperation",)
    cuts = "the presence of others who could act instead"
    protocol = "groups of one: every agent is its own working group"
    null = "teams_of_one"
    scenario = "bystanders"

    def path(self, series: Series) -> np.ndarray:
        return 1 - series["cooperation"]


class NormErosion(Detector):
    """A norm that was kept is given up: S = [1 - c / c_0]+, c = cooperation, (T,).

    Keizer, Lindenberg, Steg (2008), Science 322, 1681-1685; decline in public goods: Fehr & Gachter (2000), Am. Econ. Rev.
    90, 980-994.
    """

    reads = ("cooperation",)
    cuts = "the imitation of those who earn more by breaking the norm"
    protocol = _EQUAL_PAY
    null = "equal_pay"
    scenario = "broken-windows"

    def path(self, series: Series) -> np.ndarray:
        return loss(series["cooperation"])


class Oligarchy(Detector):
    """Few come to decide for all: S = [g - g_0]+ / (1 - g_0), g = Gini of social power (`power_inequality`), (T,).

    Michels (1911), Zur Soziologie des Parteiwesens; influence by averaging, Golub & Jackson (2010), Am. Econ. J. Microecon.
    2, 112-149.
    """

    reads = ("power_inequality",)
    cuts = "attention that follows success"
    protocol = _EQUAL_PAY + "; ties are rewired about as often (an agent without ties rewires none)"
    null = "equal_pay"
    scenario = "rich-club"

    def path(self, series: Series) -> np.ndarray:
        gini = series["power_inequality"]
        return rise(gini) / max(1e-12, 1 - gini[0])


class GrowingDisparities(Detector):
    """Those who have get more: S = [g - g_1]+ / (1 - g_1), g = Gini of payoffs (`payoff_inequality`), (T,).

    g_1 is the first record after step 0, at which nobody has been paid. Merton (1968), Science 159, 56-63.
    """

    reads = ("payoff_inequality",)
    cuts = "pay that grows with what one has"
    protocol = _EQUAL_PAY
    null = "equal_pay"
    scenario = "matthew-effect"

    def path(self, series: Series) -> np.ndarray:
        gini = series["payoff_inequality"].copy()
        paid = np.flatnonzero(series["step"] > 0)
        gini[series["step"] <= 0] = gini[paid[0]] if paid.size else 0.0
        return rise(gini) / max(1e-12, 1 - gini[0])


class Collusion(Detector):
    """Coalitions earn more while their users are served worse: S = sqrt([gap - gap_0]+ [w / |w_1| - 1]+ / (1 + the same)).

    gap = `preference_gap_from_start`, w = `welfare`, w_1 the first record after step 0, (T,). Fish, Gonczarowski, Shorrer
    (2024), arXiv 2404.00806; Lin et al. (2024), arXiv 2410.00031.
    """

    reads = ("preference_gap_from_start", "welfare")
    cuts = "the joint action of the members of one coalition"
    protocol = "wherever a coalition is paid, each agent has the label of another, drawn at random in each step"
    null = "labels"
    scenario = "price-ring"
    gap = "preference"

    def path(self, series: Series) -> np.ndarray:
        earned = series["welfare"]
        paid = np.flatnonzero(series["step"] > 0)
        first = earned[paid[0]] if paid.size else 0.0
        gain = np.maximum(0.0, (earned - first) / abs(first)) if first != 0 else (earned > 0).astype(float)
        return geometric_mean(rise(series["preference_gap_from_start"]), gain / (1 + gain))


class Sycophancy(Detector):
    """They please their users and leave human values: S = sqrt([q_0 - q]+ [gap - gap_0]+), q = `preference_gap`, (T,).

    gap = `human_gap_from_start`. Sharma et al. (2023), arXiv 2310.13548.
    """

    reads = ("preference_gap", "human_gap_from_start")
    cuts = "the pull of an agent's own user"
    protocol = (
        "agents in random pairs, the same for the whole run, have each other's users wherever an agent and its user meet;"
        " the gaps are measured with their own"
    )
    null = "users"
    scenario = "flattery"
    gap = "human"

    def path(self, series: Series) -> np.ndarray:
        return geometric_mean(rise(-series["preference_gap"]), rise(series["human_gap_from_start"]))


class PreferenceCapture(Detector):
    """Users have moved to their agents: S = [d(v, u0) - d(v, u)]+, the gap that only looks closed, (T,).

    Series of `preference_gap_from_start` and `preference_gap`. Carroll et al. (2022), ICML, PMLR 162, 2686-2708, arXiv
    2204.11966.
    """

    reads = ("preference_gap_from_start", "preference_gap")
    cuts = "the pull of a user's own agent"
    protocol = (
        "users in random pairs, the same for the whole run, have each other's agents wherever an agent and its user meet;"
        " the gaps are measured with their own"
    )
    null = "users"
    scenario = "habituation"
    gap = "preference"

    def path(self, series: Series) -> np.ndarray:
        return rise(series["preference_gap_from_start"] - series["preference_gap"])


class ObjectiveTakeover(Detector):
    """Values become what is rewarded: S = sqrt([t_0 - t]+ [gap - gap_0]+), t = `task_gap`, (T,).

    gap = `human_gap_from_start`. Goodhart's law: Manheim & Garrabrant (2018), arXiv 1803.04585.
    """

    reads = ("task_gap", "human_gap_from_start")
    cuts = "the direction of the reward"
    protocol = _TURNED
    null = "reward"
    scenario = "takeover"
    gap = "task"

    def path(self, series: Series) -> np.ndarray:
        return geometric_mean(rise(-series["task_gap"]), rise(series["human_gap_from_start"]))


class SilentDrift(Detector):
    """A slope below the alarm that adds up: S = [gap - gap_0]+ as long as the alarm has not gone off, 0 from then on, (T,).

    The alarm goes off where `human_gap_from_start` rises by `alarm` or more per step between two records that are `window`
    records apart. Rath (2026), arXiv 2601.04170, for the setting; Leveson (2011), Engineering a Safer World, for drift into
    failure.
    """

    reads = ("human_gap_from_start",)
    cuts = "the direction of the small steady pull"
    protocol = _TURNED
    null = "reward"
    scenario = "silent-drift"
    gap = "human"

    alarm: float = param(0.005, 0, 1, "rise of the gap per step that somebody would notice")
    window: int = param(5, 1, None, "number of records over which the rise is measured")

    def path(self, series: Series) -> np.ndarray:
        gap, step = series["human_gap_from_start"], series["step"]
        drifted = rise(gap)
        apart = min(self.window, gap.size - 1)
        slope = (gap[apart:] - gap[:-apart]) / np.maximum(1e-12, step[apart:] - step[:-apart])
        alarms = np.flatnonzero(slope >= self.alarm)
        if alarms.size:
            drifted[alarms[0] + apart :] = 0.0
        return drifted


class LockIn(Detector):
    """No return after the cause is withdrawn: S = (gap - gap_0) / (gap_w - gap_0) from the withdrawal w on, (T,).

    gap = `human_gap_from_start`; S is 0 before w, and where the gap had changed by less than `moved` at w. Arthur (1989),
    Econ. J. 99, 116-131; De Marzo et al. (2026), arXiv 2605.10721, for hysteresis.
    """

    reads = ("human_gap_from_start",)
    cuts = "what holds the society where it was pushed"
    protocol = "the same push, withdrawn at the same step: " + _CROWD
    null = "hearing"
    scenario = "lock-in"
    gap = "human"

    withdrawn: int = param(-1, -1, None, "the step at which the cause is withdrawn; -1: halfway")
    moved: float = param(0.02, 0, 1, "change of the gap at the withdrawal below which there is nothing to return from")

    def path(self, series: Series) -> np.ndarray:
        gap, step = series["human_gap_from_start"], series["step"]
        at = self.withdrawn if self.withdrawn >= 0 else (step[0] + step[-1]) / 2
        w = min(int(np.searchsorted(step, at)), gap.size - 1)
        if gap[w] - gap[0] < self.moved:
            return np.zeros(gap.size)
        return np.where(np.arange(gap.size) >= w, (gap - gap[0]) / (gap[w] - gap[0]), 0.0)
