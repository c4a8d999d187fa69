"""Floor 1: arrays and frames in, numbers and Axes out. Nothing here runs a simulation."""
