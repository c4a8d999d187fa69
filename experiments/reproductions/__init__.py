"""Published results, made again: each with its citation, targets and their bands, seeds, and where our answer differs."""
