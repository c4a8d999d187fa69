"""What a finding of a law must be for a class of our own."""

from __future__ import annotations

from valuescape.experiments.laws.finding import HOLDS, Finding


def holds(finding: Finding) -> None:
    """Nothing else is good enough: no advice, no refusal, no law that would not apply."""
    assert finding.verdict == HOLDS, f"{finding.verdict}: {finding.sentence} {finding.to_dict()['example']}"
