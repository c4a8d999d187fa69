"""Reports: figures and self-contained pages of runs and sweeps."""
