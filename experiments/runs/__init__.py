"""Runs: one run of a batch, where runs are made, their folders on disk, and how they are read again."""
