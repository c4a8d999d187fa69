"""Rules with one mistake each, for mutants alone: their leading underscore keeps them out of every list of rules."""
