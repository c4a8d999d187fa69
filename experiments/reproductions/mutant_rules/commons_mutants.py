"""A mistake in when a resource has collapsed."""

from __future__ import annotations

from valuescape.agents.commons import Commons, commons
from valuescape.model.compilation import njit


@njit
def judged_late(
    who, request, active, depletion, takings, months, overuse, new_payoff, new_felt, new_takings, new_depletion,
    new_months, new_overuse, new_sustainable, new_welfare_all, new_welfare_none, capacity, growth, collapse, unit, stakes,
):  # fmt: skip
    alive = capacity - depletion[0] > collapse
    commons(
        who, request, active, depletion, takings, months, overuse, new_payoff, new_felt, new_takings, new_depletion,
        new_months, new_overuse, new_sustainable, new_welfare_all, new_welfare_none, capacity, growth,
        collapse / growth if alive else collapse, unit, stakes,
    )  # fmt: skip


class _JudgedLate(Commons):
    """Collapse is judged after what is left has grown back, and not before."""

    kernel = judged_late
