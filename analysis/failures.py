"""The named failure modes and their detectors."""
