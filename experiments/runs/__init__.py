"""Runs: one run of a batch, where runs are made, what they leave on disk, and how they are read again."""
