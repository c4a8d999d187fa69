"""The gaps, their chance level, and holistic alignment."""
