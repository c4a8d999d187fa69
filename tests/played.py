"""A game that the tests of the window play."""

from __future__ import annotations

GAME = """
name: game
sentence: Neighbours play a prisoner's dilemma.
agents: 60
structure: {small_world: {degree: 6, rewired: 0.1}}
human_values: prosocial
initial: {values: {around: {profile: prosocial, spread: 0.3}}}
rules:
  - act_on_values: {steepness: 4}
  - dilemma: {matrix: prisoners_dilemma}
  - fermi_imitation: {temperature: 0.1, learning: 0.3}
  - averaging: {strength: 0.02}
record: [human_gap, spread, cooperation, payoff_inequality]
"""
