"""Numbers, bounds and names as people read them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuescape.model.words import cell, decimal, in_brackets, in_digits, in_words, quoted, signed


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_an_exact_number_is_read_back_as_itself(x):
    assert float(in_digits(x)) == x


@given(st.floats(-1e12, 1e12, allow_subnormal=False), st.integers(2, 8))
def test_a_rounded_number_is_off_by_less_than_its_last_digit(x, digits):
    assert abs(float(in_digits(x, digits)) - x) <= abs(x) * (0.05 if abs(x) < 1e-4 else 10.0 ** (1 - digits)) + 1e-300


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.5, None, "0.5"), (3.0, None, "3"), (-0.0, None, "0"), (1_000_000, None, "1000000"), (1 / 3, None, repr(1 / 3)),
        (np.float32(0.1), None, "0.1"), (np.float64(2.5), None, "2.5"), (12_345_678_901, None, "12345678901"),
        (math.nan, None, "nan"), (-math.inf, 4, "-inf"), (1 / 3, 4, "0.3333"), (200_000.0, 4, "200000"),
        (123_456.7, 5, "123457"), (1.234e-5, 5, "1.2e-05"), (12.0, 2, "12"), (0.30000000000000004, 4, "0.3"),
    ],
)  # fmt: skip
def test_numbers(value, digits, text):
    assert in_digits(value, digits) == text


def test_columns_keep_their_points_below_one_another():
    assert [decimal(x) for x in (0.5, 1.0, 12.0, 1234.56789)] == ["0.5000", "1.0000", "12", "1234.5679"]
    assert [signed(x) for x in (0.5, -0.25)] == ["+0.5000", "-0.2500"]


def test_a_difference_that_rounds_to_nothing_is_no_negative_zero():
    assert [signed(x) for x in (-1e-9, 0.0, 1e-9)] == ["+0.0000"] * 3


def test_bounds():
    assert [in_brackets(0, 1), in_brackets(0, None), in_brackets(None, 0.5), in_brackets(None, None)] == [
        "[0, 1]", "[0, inf)", "(-inf, 0.5]", "(-inf, inf)",
    ]  # fmt: skip
    assert in_brackets(0, 1, open_low=True) == "(0, 1]" and in_brackets(None, 1, open_high=True) == "(-inf, 1)"
    assert in_brackets(-math.inf, 2.0) == "(-inf, 2]" and in_brackets(1 / 3, math.inf, 3) == "[0.333, inf)"


def test_names_and_cells():
    assert in_words("human_gap_from_start") == "human gap from start"
    given = [True, np.False_, 3, np.int64(7), 0.123456, np.float32(0.25), None, math.nan, "a_b", [1, 0.5], {"low": 0.1}]
    assert [cell(value) for value in given] == [
        "yes", "no", "3", "7", "0.1235", "0.25", "", "", "a_b", "1, 0.5", "low: 0.1",
    ]  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.text()), st.integers(), st.dictionaries(st.text(), st.floats())))
def test_what_is_quoted_is_one_line_and_whole_where_it_is_short(given_value):
    said, whole = quoted(given_value), " ".join(repr(given_value).split())
    assert len(said) <= 100 and said.isprintable()
    assert said == whole or (said.endswith("…") and whole.startswith(said[:-1]))
