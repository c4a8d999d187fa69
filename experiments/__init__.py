"""Floor 2: scenarios, runs, sweeps, reproductions and the command."""
