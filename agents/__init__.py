"""Floor 1: what an agent does with what it sees."""
