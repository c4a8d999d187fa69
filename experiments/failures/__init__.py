"""Failure modes: their null runs, their calibration, and the diagnosis of a stored run."""
