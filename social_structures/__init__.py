"""Floor 1: who can reach whom, what they play for, what rules them."""
