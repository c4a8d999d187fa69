"""A society while somebody works on it: the path it has taken, its twin, and the interventions that a hand can make."""
