"""Failure modes: their null runs, their thresholds and calibration, and the diagnosis of a stored run."""
