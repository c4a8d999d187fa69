"""Independent codes: each makes a model again from its paper, uses nothing of Valuescape, and prints its numbers."""
