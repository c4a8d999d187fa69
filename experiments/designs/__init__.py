"""Designs: which runs are made, and what is asked of them: sweeps, tipping points, sensitivity, a fitted panel."""
