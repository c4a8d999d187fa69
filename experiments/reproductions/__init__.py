"""Published results, one a file: citation, what was done, targets with their bands, seeds, and where our answer differs."""
