"""Floor 0: what a society is and how time passes. It names no rule, no network and no measure."""
