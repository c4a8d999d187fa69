"""A common resource that is harvested, grows back and can collapse."""

from __future__ import annotations

import numpy as np

from valuescape.agents.dilemmas import WELFARE_ALL, WELFARE_NONE
from valuescape.model.compilation import njit
from valuescape.model.games import COOPERATES, FELT, PAYOFF
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field

REQUEST = Field("request", ("N",), low=0, starts=True, meaning="how much of the resource an agent asks for")
UNITS = ("part", "amount")


@njit
def harvest(who, cooperates, new_request, modest, greedy):
    for i in who:
        new_request[i] = modest[i] if cooperates[i] else greedy[i]


class Harvest(Rule):
    """Ask for a modest part of the common resource where one cooperates, for a greedy one where one does not.

        r_i = modest_i if c_i else greedy_i      (parts of an equal share of the stock, or amounts: `commons.unit`)

    cooperates (N,) bool, request r (N,). Half of an equal share is what a resource that doubles can bear; 1 takes it all.
    An agent alone asks all the same. Committed agents ask too.
    GovSim: Piatti et al. (2024), NeurIPS, arXiv 2404.16698; common-pool games: Ostrom, Gardner & Walker (1994).
    """

    modest: float = param(0.5, 0, None, "what one who cooperates asks for", per_agent=True, off=0.0)
    greedy: float = param(1.0, 0, None, "what one who does not asks for", per_agent=True, off=0.0)
    writes = ("request",)
    fields = (REQUEST, COOPERATES)
    activations = ("synchronous",)
    kernel = harvest


@njit
def commons(
    who, request, active, depletion, takings, months, overuse, new_payoff, new_felt, new_takings, new_depletion,
    new_months, new_overuse, new_sustainable, new_welfare_all, new_welfare_none, capacity, growth, collapse, unit, stakes,
):  # fmt: skip
    if stakes == 0.0 or who.size == 0:
        return
    takers = who.size
    stock = max(capacity - depletion[0], 0.0)
    bearable = max(stock - stock / growth, 0.0) if growth > 0.0 else 0.0
    share = stock / takers
    asked = np.empty(takers)
    for m in range(takers):
        asked[m] = request[who[m]] * share if unit == 0 else request[who[m]]
    wanted = asked.sum()
    alive = stock > collapse
    granted = 0.0 if not alive else 1.0 if wanted <= stock else stock / wanted
    new_sustainable[0] = bearable / takers
    for m in range(takers):
        i = who[m]
        taken = asked[m] * granted
        new_payoff[i] = stakes * taken
        new_felt[i] = new_payoff[i]
        new_takings[i] = takings[i] + taken
        if alive and taken > bearable / takers * (1.0 + 1e-12):
            new_overuse[0] += 1.0
    left = max(stock - min(wanted * granted, stock), 0.0)
    regrown = min(capacity, growth * left)
    new_depletion[0] = capacity if left < collapse else capacity - regrown
    living = active.sum()
    new_welfare_all[0] = stakes * max(capacity - capacity / growth, 0.0) / living if growth > 0.0 else 0.0
    new_welfare_none[0] = 0.0
    if alive:
        new_months[0] = months[0] + 1.0


class Commons(Rule):
    """Grant what was asked of a common resource, let it grow back, and let it collapse where too little is left.

        left = h - sum r;   h <- min(capacity, growth left), and 0 for good where left < `collapse`;   h starts at capacity
        asked more than there is: each is granted the same part of its request

    Collapse is judged on what a harvest leaves, before it grows back, as the environment's code does. It starts full;
    depletion (1,) is capacity - h. request (N,); payoff, felt, takings (N,): this step's and the whole harvest; months
    (1,): the steps that began above `collapse`; sustainable (1,): what each may take such that the stock grows back, h
    (1 - 1/growth) / N; overuse (1,): grants above it so far; welfare_all: that yield of the full stock a head,
    welfare_none: 0, what a ruined resource yields for ever. Doubling, 100 units, five agents, collapse at 5, a year: 10
    each lasts (120 each, 600), 20 each ends it in the first month (20 each, 16.67 % of 600). Whoever is in `on` takes,
    committed or not; an agent alone has the resource to itself; with nobody it stands still. Stakes 0: it stands still.
    GovSim: Piatti et al. (2024), NeurIPS, arXiv 2404.16698; Gordon (1954), J. Polit. Econ. 62, 124-142.
    """

    capacity: float = param(100.0, 0, None, "the most that there can be")
    growth: float = param(2.0, 0, None, "what is left is multiplied by this, up to the capacity")
    collapse: float = param(5.0, 0, None, "where a harvest leaves less than this, the rest is lost for good")
    unit: str = param("part", choices=UNITS, meaning="requests are parts of an equal share of the stock, or amounts")
    stakes: float = param(1.0, 0, None, "what a unit of the resource is worth", off=0.0)
    reach = "society"
    activations = ("synchronous",)
    writes = (
        "payoff", "felt", "takings", "depletion", "months", "overuse", "sustainable", "welfare_all", "welfare_none",
    )  # fmt: skip
    fields = (
        Field("takings", ("N",), low=0, meaning="what an agent has taken of the resource so far"),
        Field("depletion", (1,), low=0, meaning="how far the common resource is below its capacity"),
        Field("months", (1,), low=0, meaning="steps that the resource has lasted"),
        Field("overuse", (1,), low=0, meaning="grants above the sustainable share so far"),
        Field("sustainable", (1,), low=0, meaning="what each may take such that the resource grows back"),
        PAYOFF,
        FELT,
        WELFARE_ALL,
        WELFARE_NONE,
        REQUEST,
    )
    kernel = commons
