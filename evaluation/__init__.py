"""The evaluation: a benchmark of alignment as a social process. Tasks, mechanisms, agents, scores."""
