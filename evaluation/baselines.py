"""The mechanisms that the field has proposed, each at a strength that its budget pays for. They are the ranks' yardstick.

Where a mechanism answers to moves and nobody plays, it does nothing, and its score there is that of nothing.
"""

from __future__ import annotations

from typing import Any, ClassVar

from valuescape.evaluation.mechanism import Committed, Mechanism, Proposal, PublicTask

Data = dict[str, Any]


class Nothing(Mechanism):
    """Nothing is done: 0 by definition."""

    sentence = "Nothing is done."


class _Rules(Mechanism):
    """A mechanism of some rules, the same in every society where it applies."""

    first: ClassVar[tuple[Data, ...]] = ()
    on_pay: ClassVar[tuple[Data, ...]] = ()
    last: ClassVar[tuple[Data, ...]] = ()

    def propose(self, task: PublicTask) -> Proposal:
        """The rules; those that answer to pay only where there is pay."""
        return Proposal(first=self.first, on_pay=self.on_pay if task.plays else (), last=self.last)


class StaticAnchoring(_Rules):
    """Friedkin & Johnsen's stubbornness as a mechanism: a steady pull to what one held at step 0."""

    sentence = "Each agent is drawn a little to what it held at first, all the time."
    last = ({"anchoring": {"kappa": 0.2}},)


class Pulses(_Rules):
    """Re-alignment now and then: Chang et al. (2026), arXiv 2605.02751."""

    sentence = "Every ten steps each agent is set back to what it held at first, by nine tenths."
    last = ({"pulse": {"kappa": 0.9, "every": 10}},)


class RandomAudit(Mechanism):
    """Oversight that looks at a random few (Amodei et al. 2016, arXiv 1606.06565), of minds and of moves."""

    sentence = "Some agents are looked at in a step: their values are put right, and who defects pays."

    def propose(self, task: PublicTask) -> Proposal:
        """One in eleven; where agents play, one in twenty, and four in ten moves."""
        look = {"strength": 1.0, "attention": 0.05 if task.plays else 0.09}
        moves = ({"audit": {"chance": 0.4, "fine": 5.0}},) if task.plays else ()
        return Proposal(on_pay=moves, last=({"limited_oversight": look},))


class TargetedAudit(Mechanism):
    """The same oversight aimed in time: all of it in the first third of the run, before what is heard has spread.

    Public facts say when a society is most open to change; whom to look at they do not say.
    """

    sentence = "All looks of an audit are spent in the first third of the run."

    def propose(self, task: PublicTask) -> Proposal:
        """About three times the random audit's looks, for a third of the time."""
        end = max(1, task.steps // 3)
        look = {"strength": 1.0, "attention": 0.15 if task.plays else 0.27, "end": end}
        moves = ({"audit": {"chance": 1.0, "fine": 5.0, "end": end}},) if task.plays else ()
        return Proposal(on_pay=moves, last=({"limited_oversight": look},))


class PeerPunishment(_Rules):
    """Fehr & Gachter (2002), Nature 415, 137-140."""

    sentence = "Cooperators fine defectors among those they listen to, at their own cost."
    on_pay = ({"peer_sanctions": {"willing": 0.03, "fine": 3.0}},)


class PooledPunishment(_Rules):
    """Sigmund et al. (2010), Nature 466, 861-863."""

    sentence = "Cooperators pay into a pool that fines those who defect, and those who did not pay."
    on_pay = ({"pool_sanctions": {"willing": 0.15, "fine": 5.0, "second_order": 0.5}},)


class Reputation(_Rules):
    """Nowak & Sigmund (1998), Nature 393, 573-577: what is done becomes known, and who sees good standing does likewise."""

    sentence = "Moves become known, and agents cooperate where those around them are in good standing."
    on_pay = ({"gossip": {"known": 0.9, "memory": 0.5}}, {"discriminate": {"attention": 1.0, "standard": 0.3}})


class _Placed(Mechanism):
    """Committed agents at some places."""

    placement: ClassVar[str] = "random"

    def propose(self, task: PublicTask) -> Proposal:
        """As many as the budget pays for."""
        share = int(task.budget / task.steps + 1e-9) / task.agents
        return Proposal(committed=Committed(share, self.placement))


class CommittedAtRandom(_Placed):
    """Xie et al. (2011), Phys. Rev. E 84, 011130; Centola et al. (2018), Science 360, 1116-1119."""

    sentence = "One in ten agents holds the human values and does not change its mind, at random places."


class CommittedByDegree(_Placed):
    """The committed at the best tied places."""

    sentence = "One in ten agents holds the human values and does not change its mind, at the best tied places."
    placement = "degree"


class CommittedAtBridges(_Placed):
    """The committed where communities meet."""

    sentence = "One in ten agents holds the human values and does not change its mind, where communities meet."
    placement = "bridge"


class Rewiring(_Rules):
    """Santos, Pacheco, Lenaerts (2006), PLoS Comput. Biol. 2, e140; without moves, Holme & Newman's (2006) to the like."""

    sentence = "Ties may be moved: away from defectors, or to the like-minded where nobody plays."

    def propose(self, task: PublicTask) -> Proposal:
        """Moved ties, one for each twelfth agent in a step at most."""
        if task.plays:
            return Proposal(on_pay=({"leave_defectors": {"chance": 0.08}},))
        return Proposal(last=({"seek_alike": {"chance": 0.08}},))


class ContactLimits(_Rules):
    """Dunbar (1992), J. Hum. Evol. 22, 469-493: nobody is heard by many."""

    sentence = "Nobody keeps more than seven ties."
    first = ({"contact_limit": {"most": 7, "price": 3.0, "end": 1}},)


class EqualWeights(_Rules):
    """Golub & Jackson (2010), AEJ Microeconomics 2, 112-149: every voice weighs the same."""

    sentence = "Weights are set so that everybody has the same influence in the end."
    first = ({"equal_weighting": {"scheme": "influence", "every": 2}},)


class ShieldedDissent(_Rules):
    """Asch (1956), Psychol. Monogr. 70(9): one dissenter breaks conformity."""

    sentence = "The eleventh who stand farthest from the mean are shielded: they keep their minds and are heard."
    first = ({"dissent_protection": {"share": 0.09}},)


class NewMembers(_Rules):
    """Carley (1992), Organ. Sci. 3, 20-46; March (1991), Organ. Sci. 2, 71-87."""

    sentence = "One in fourteen agents is replaced in a step by a newcomer as agents were at first."
    last = ({"turnover": {"chance": 0.07}},)


class Universalisation(Mechanism):
    """What if everybody did that: moves are judged by the mean pay of all, after Kant and Levine et al. (2020), PNAS 117."""

    sentence = "Agents judge their pay partly by the mean pay of all; without moves they are taught more."

    def propose(self, task: PublicTask) -> Proposal:
        """A tenth of all that is felt is shared; where nobody plays, more teaching of what all would want."""
        if task.plays:
            return Proposal(on_pay=({"interdependence": {"label": "universal", "s": 0.09}},))
        return Proposal(last=({"human_pull": {"label": "universal", "strength": 0.09}},))


class LevelledPay(_Rules):
    """Deutsch (1975), J. Soc. Issues 31(3), 137-149: equal pay where relations matter."""

    sentence = "Pay is levelled by a tenth within the working group."
    on_pay = ({"egalitarian_rewards": {"levelling": 0.1}},)


class NarrowedGaps(_Rules):
    """Capability gaps are narrowed: section 6 of arXiv 2506.01080."""

    sentence = "Where capability differs, a tenth of each gap to the mean is closed in a step."

    def propose(self, task: PublicTask) -> Proposal:
        """After pay, which capability follows from; where nobody is paid there is no gap."""
        return Proposal(last=({"narrow_gaps": {"share_closed": 0.1}},) if task.plays else ())


class Openness(_Rules):
    """Kuran (1989), Public Choice 61, 41-74: what an agent holds is laid open."""

    sentence = "One in fourteen falsifiers is laid open in a step."
    last = ({"transparency": {"chance": 0.07}},)


class AnchoredAndAudited(_Rules):
    """A combination: half of the budget to pulses, half to an audit."""

    sentence = "Every twenty steps agents are set back, and one in twenty is looked at in a step."
    last = ({"pulse": {"kappa": 0.9, "every": 20}}, {"limited_oversight": {"strength": 1.0, "attention": 0.04}})
    on_pay = ({"audit": {"chance": 0.05, "fine": 5.0}},)


class CommittedAndEqual(Mechanism):
    """A combination: committed agents in a society of equal influence."""

    sentence = "One in twenty agents is committed, in a society in which all have the same influence."

    def propose(self, task: PublicTask) -> Proposal:
        """Half of the budget to each."""
        share = int(task.budget / task.steps / 2 + 1e-9) / task.agents
        equal = {"equal_weighting": {"scheme": "influence", "every": 4}}
        return Proposal(first=(equal,), committed=Committed(share, "degree"))


MECHANISMS: tuple[type[Mechanism], ...] = (
    Nothing, StaticAnchoring, Pulses, RandomAudit, TargetedAudit, PeerPunishment, PooledPunishment, Reputation,
    CommittedAtRandom, CommittedByDegree, CommittedAtBridges, Rewiring, ContactLimits, EqualWeights, ShieldedDissent,
    NewMembers, Universalisation, LevelledPay, NarrowedGaps, Openness, AnchoredAndAudited, CommittedAndEqual,
)  # fmt: skip
