"""One file for each published result."""
