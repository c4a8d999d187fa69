"""Student's distribution, as tests and intervals of means need it. Student (1908), Biometrika 6, 1-25.

scipy.special gives what scipy.stats gives, bit for bit (a test holds that), and is imported ten times as fast.
"""

from __future__ import annotations

from typing import Any

from scipy.special import stdtr, stdtrit


def quantile(share: Any, freedom: Any) -> Any:
    """The t with P(t_freedom <= t) = share; of arrays, one each."""
    return stdtrit(freedom, share)


def tail(t: float, freedom: float) -> float:
    """P(t_freedom > t)."""
    return float(stdtr(freedom, -t))
