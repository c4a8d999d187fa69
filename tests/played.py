"""What the tests of the window play: a ring that averages, and a game."""

from __future__ import annotations

import numpy as np

SMALL = """
name: small
sentence: A small ring averages.
agents: 40
structure: {ring: {degree: 4}}
human_values: pan_cultural
groups: [{name: near, share: 0.5}, {name: far}]
initial: {values: {around: {profile: pan_cultural, spread: 0.2}}}
rules: [averaging: {strength: 0.0123}, deffuant: {tolerance: 0.3}, human_pull: {strength: 0.0}]
interventions: {training: {set: {human_pull.strength: 0.2}, begin: 5, end: 9, sentence: Four steps of training.}}
record: [spread, human_gap]
steps: 30
"""

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


def numbers_in(data: bytes, dtype: type = np.uint8) -> np.ndarray:
    """What a widget was sent, as numbers."""
    return np.frombuffer(data, dtype)
