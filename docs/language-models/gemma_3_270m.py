"""A real model in track A: Gemma 3 270M (pretrained, 4-bit), asked its values at the beginning. The record replays."""

from pathlib import Path

from valuescape.language_models.agent_policy import LanguageModelAgent


class Gemma(LanguageModelAgent):
    """It is asked once in a run, by exact probabilities."""

    sentence = "Gemma 3 270M, pretrained, asked its values at the beginning."
    model, record_file = "gemma3-270m-q4-k-m", str(Path(__file__).with_name("gemma-3-270m.jsonl.gz"))
    is_exact, form, values_every = True, "completion", 60
