"""Speed, side by side with peers: the same rule on the same network, both sides in one run, turn by turn.

make bench                                  every row, and docs/benchmarks.md
python -m valuescape.benchmarks S1 S8       some rows
"""
