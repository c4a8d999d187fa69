"""Fehr and Gachter: the public good of the laboratory, to the last token."""

from __future__ import annotations

from valuescape.experiments.reproductions.findings import Finding
from valuescape.experiments.reproductions.mutants import Mutant, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import exact

SCENARIO = {
    "agents": 4,
    "value_system": "stance",
    "initial": {"cooperates": {"same": {"value": 1}}},
    "rules": [{"public_goods": {"endowment": 20, "factor": 0.4}}],
    "steps": 1,
}


def paid(moves: list[int]) -> list[float]:
    """What the four are paid."""
    society = society_of(SCENARIO, 0, initial={"cooperates": {"listed": {"rows": moves}}})
    society.step()
    return society.state.payoff.tolist()


def graded(shares: list[float]) -> list[float]:
    """The same with graded contributions, in shares of the endowment."""
    society = society_of(
        SCENARIO,
        0,
        initial={"contributes": {"listed": {"rows": shares}}},
        rules=[{"graded_goods": {"endowment": 20, "factor": 0.4}}],
    )
    society.step()
    return society.state.payoff.tolist()


def punished() -> list[float]:
    """One free rider among three contributors who each spend one token on a fine: it loses three tokens per punisher."""
    society = society_of(
        SCENARIO,
        0,
        structure="complete",
        initial={"cooperates": {"listed": {"rows": [0, 1, 1, 1]}}},
        rules=[*SCENARIO["rules"], {"peer_sanctions": {"willing": 1.0, "fine": 3.0, "price": 1.0}}],
    )
    society.step()
    return society.state.payoff.tolist()


def run() -> Answer:
    """Five groups."""
    rider, contributor, *_ = punished()
    return Answer(
        {
            "all contribute: each": Finding(paid([1, 1, 1, 1])[0]),
            "nobody contributes: each": Finding(paid([0, 0, 0, 0])[0]),
            "one free rider: it": Finding(paid([0, 1, 1, 1])[0]),
            "one contributor: it": Finding(paid([1, 0, 0, 0])[0]),
            "contributions of 5, 10, 15, 20: the first": Finding(graded([0.25, 0.5, 0.75, 1.0])[0]),
            "one free rider, punished by all: it": Finding(rider),
            "one free rider, punished by all: each punisher": Finding(contributor),
        }
    )


HAND = "20 - g + .4 sum g; a token of punishment takes three"


REPRODUCTION = Reproduction(
    title="A public good in the laboratory",
    citation="Fehr & Gachter (2000), Cooperation and punishment in public goods experiments, Am. Econ. Rev. 90, 980-994;"
    " (2002), Altruistic punishment in humans, Nature 415, 137-140",
    claim="Groups of four with 20 tokens each; every token contributed is worth .4 to each member. All contributing earns"
    " 32 each, nobody 20; a lone free rider earns 44 and a lone contributor 8. One token spent on punishment takes three"
    " from its target.",
    setup="The public good, by moves and by graded contributions; peer sanctions. How people's contributions rise under"
    " punishment is not made again: the published numbers could not be read.",
    scenario=SCENARIO,
    targets=(
        *(
            exact(quantity, number, kind="function", read=HAND)
            for quantity, number in (
                ("all contribute: each", 32.0),
                ("nobody contributes: each", 20.0),
                ("one free rider: it", 44.0),
                ("one contributor: it", 8.0),
                ("contributions of 5, 10, 15, 20: the first", 20 - 5 + 0.4 * 50),
                ("one free rider, punished by all: it", 44.0 - 9.0),
                ("one free rider, punished by all: each punisher", 24.0 - 1.0),
            )
        ),
    ),
    mutants=(
        Mutant("pot divided again", "A token is worth .4 / 4 to each.", sets("public_goods", returns="multiplication")),
        Mutant("a larger return", "A token is worth .5 to each.", sets("public_goods", factor=0.5)),
        Mutant("punishing is free", "The punisher pays nothing.", sets("peer_sanctions", price=0.0)),
        Mutant("one for one", "A token takes one token from its target.", sets("peer_sanctions", fine=1.0)),
    ),
    run=run,
    seeds="none: nothing is drawn",
)
