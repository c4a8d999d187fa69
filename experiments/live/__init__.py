"""A society while it lives: its path in time, its twin, and the interventions that a hand can make."""
