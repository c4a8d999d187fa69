"""Designs: which runs are made, and what they are to show: sweeps, tipping points, sensitivity, robustness, fits."""
