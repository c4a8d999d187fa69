"""The laws that every declared thing obeys, as functions that answer with findings: over shipped classes and a user's own.

1 rows, 2 purity, 3 range, 4 names, 5 seeds, 6 parameters, 7 there and back, 8 docstring, 10 alone, 11 off; and before them
0: it runs. (Law 9, that an ensemble equals its single runs, has nothing to look at before there is a compiled ensemble.)
`finding.py` says what a finding is; `rule_laws.py` and `part_laws.py` hold the laws; `examination.py` looks at a class, or
at all classes that a file declares, and makes the example small.
"""
