"""A rule of the tests: everybody dies at one step."""

from __future__ import annotations

from valuescape import Rule, param


class Dying(Rule):
    """Everybody dies in step `last`: active_i <- 0. active (N,). Test (2026)."""

    last: int = param(2, 1, None, "how many steps everybody lives")
    writes = ("active",)
    reach = "society"

    def kernel(self, who, new_active, step):
        if step + 1 >= self.last:
            new_active[:] = False
