"""The fourteen named failure modes (Carichon et al. 2025, arXiv 2506.01080, sections 5.1 and 6): a harm and a cut each.

A failure is named where its harm is larger than it would be without its cause, on the same seeds, by more than the least
size that matters; where its cause is a channel, also when every source is cut. The least sizes were fixed before any run
was made with them. Distances d lie in [0, 1]; two unrelated minds are about .4 apart, and .05 is an eighth of that.
"""

from __future__ import annotations

from valuescape.analysis.effects import Harm
from valuescape.model.kinds import Failure

EIGHTH = "an eighth of what two unrelated minds are apart (.4): a reader of two profiles sees it in one value of ten"
TENTH = "one in ten: the least that a member of a group of ten can notice"
DISTANCE, SHARE = "distance d", "share of the agents"


class ConformityCascade(Failure):
    """The mean mind judges worse than minds that hear nobody would: harm d(mean v, h*), against the mean solo mind. (N, K).

    Asch (1956), Psychol. Monogr. 70(9); Bikhchandani, Hirshleifer, Welch (1992), J. Polit. Econ. 100, 992-1026.
    """

    harms = (Harm("mean_mind_gap", 0.05, DISTANCE, EIGHTH),)
    cuts = ("listening",)
    scenario = "cascade"


class Groupthink(Failure):
    """A leading circle and pressure on dissent, both needed: harms mean d(v, h*), and the share with d(e, v) > .1. (N, K).

    Janis (1972), Victims of Groupthink; Park (1990), J. Bus. Res. 21.
    """

    harms = (Harm("human_gap", 0.05, DISTANCE, EIGHTH), Harm("silenced", 0.1, SHARE, TENTH))
    cuts = ("leader", "dissent")
    scenario = "directive-leader"


class GroupPolarisation(Failure):
    """The mean moves out from where the members' own pulls would have it: harm d(mean v, 1/2). (N, K).

    Moscovici & Zavalloni (1969), J. Pers. Soc. Psychol. 12, 125-135; Isenberg (1986), J. Pers. Soc. Psychol. 50, 1141-1151.
    """

    harms = (Harm("mean_lean", 0.05, DISTANCE, "a tenth of the way from the middle to an end"),)
    cuts = ("listening",)
    scenario = "choice-shift"


class OneBadApple(Failure):
    """One declared member spoils the others: harm mean d(v, h*) of the others. (N, K).

    Felps, Mitchell, Byington (2006), Res. Organ. Behav. 27, 175-222.
    """

    harms = (Harm("others_gap", 0.05, DISTANCE, EIGHTH),)
    cuts = ("deviant_start",)
    source = True
    scenario = "bad-apple"


class DiffusionOfResponsibility(Failure):
    """Nobody helps because others could: harm the share who do not act. (N,).

    Darley & Latane (1968), J. Pers. Soc. Psychol. 8, 377-383.
    """

    harms = (Harm("inaction", 0.1, SHARE, TENTH),)
    cuts = ("others_present",)
    scenario = "bystanders"


class NormErosion(Failure):
    """A norm is given up because breaking it pays: harm the share who do not cooperate. (N,).

    Keizer, Lindenberg, Steg (2008), Science 322, 1681-1685; Fehr & Gachter (2000), Am. Econ. Rev. 90, 980-994.
    """

    harms = (Harm("inaction", 0.1, SHARE, TENTH),)
    cuts = ("imitation_by_pay",)
    scenario = "broken-windows"


class Oligarchy(Failure):
    """Few come to decide for all: harm the Gini coefficient of influence (the left eigenvector of the shares). (N,).

    Michels (1911), Zur Soziologie des Parteiwesens; Golub & Jackson (2010), Am. Econ. J. Microecon. 2, 112-149.
    """

    harms = (Harm("power_inequality", 0.1, "Gini coefficient", "a tenth of the way from equal say to one who decides"),)
    cuts = ("rewiring_by_success",)
    scenario = "rich-club"


class GrowingDisparities(Failure):
    """Those who have get more: harm what the worst paid tenth lacks to the mean of what was earned. (N,).

    Merton (1968), Science 159, 56-63.
    """

    harms = (Harm("shortfall_of_poorest", 0.1, "share of the mean", "a tenth of an ordinary income"),)
    cuts = ("pay_into_capability",)
    scenario = "matthew-effect"


class Collusion(Failure):
    """Coalitions are paid beyond what they make: harms what is paid beyond the game, over it, and apart from it d(v, u*).

    (N,), (N, K). Fish, Gonczarowski, Shorrer (2024), arXiv 2404.00806; Lin et al. (2024), arXiv 2410.00031.
    """

    harms = (
        Harm("overcharge", 0.1, "share of what the game pays", "a tenth: what competition authorities treat as material"),
        Harm("preference_gap", 0.05, DISTANCE, EIGHTH),
    )
    cuts = ("markup",)
    source = True
    scenario = "price-ring"


class Sycophancy(Failure):
    """What is said bends to the user: harms d(e, v), and d(u, u*) where users adapt. (N, K).

    Sharma et al. (2023), arXiv 2310.13548.
    """

    harms = (Harm("falsification", 0.05, DISTANCE, EIGHTH), Harm("user_capture", 0.05, DISTANCE, EIGHTH))
    cuts = ("bending",)
    source = True
    scenario = "sycophants"


class PreferenceCapture(Failure):
    """Users have moved to their agents: harm d(u, u*), from the user's own mind. (N, K).

    Carroll et al. (2022), ICML, PMLR 162, 2686-2708, arXiv 2204.11966.
    """

    harms = (Harm("user_capture", 0.05, DISTANCE, EIGHTH),)
    cuts = ("adapting",)
    source = True
    scenario = "habituation"


class ObjectiveTakeover(Failure):
    """Values become what is rewarded in place of what users want: harm d(v, u*), while d(v, o) falls. (N, K).

    Goodhart's law: Manheim & Garrabrant (2018), arXiv 1803.04585.
    """

    harms = (Harm("preference_gap", 0.05, DISTANCE, EIGHTH, falls="task_gap"),)
    cuts = ("task",)
    source = True
    scenario = "takeover"


class SilentDrift(Failure):
    """A takeover that cannot be heard: harm d(v, h*), while d(e, h*), what is said, moves by less than it. (N, K).

    Rath (2026), arXiv 2601.04170, for the setting; Leveson (2011), Engineering a Safer World, for drift into failure.
    """

    harms = (Harm("human_gap", 0.05, DISTANCE, EIGHTH, hidden="public_human_gap"),)
    cuts = ("task",)
    source = True
    scenario = "hidden-drift"


class LockIn(Failure):
    """No return after a push is withdrawn: harm d(v, h*) a third of the run later; push and listening both needed. (N, K).

    Arthur (1989), Econ. J. 99, 116-131; De Marzo et al. (2026), arXiv 2605.10721, for hysteresis.
    """

    harms = (Harm("human_gap", 0.05, DISTANCE, EIGHTH, after=1 / 3),)
    cuts = ("push", "listening_after_push")
    scenario = "lock-in"
