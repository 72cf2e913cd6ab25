"""Columns, control characters and wrapping."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.report.screen import count_columns, lay_out, to_printable, wrap


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("é 依赖", "é 依赖"),
        ("a\x1b[0mb", r"a\x1b[0mb"),
        ("no\xa0break", r"no\xa0break"),
        ("\u202eright", r"\u202eright"),
        ("lone \udcff", r"lone \udcff"),
    ],
)
def test_to_printable(text: str, shown: str) -> None:
    assert to_printable(text) == shown


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("abc", 3), ("依赖", 4), ("e\u0301", 1), ("\uff57", 2), ("é", 1)]
)
def test_count_columns(text: str, columns: int) -> None:
    assert count_columns(text) == columns


@given(st.text())
def test_a_layout_has_a_column_for_each_code_point_and_the_end(text: str) -> None:
    pieces, starts = lay_out(text)
    assert len(starts) == len(text) + 1
    assert starts[-1] == count_columns("".join(pieces))
    assert starts == sorted(starts)


def test_wrap_keeps_code_and_newlines_whole() -> None:
    assert wrap("one `two three four` five\nsix", 27, indent=2) == ["one `two three four` five", "  six"]
    assert wrap("one `two three four` five", 26, indent=2) == ["one `two three four`", "  five"]


def test_wrap_of_nothing_is_an_empty_line() -> None:
    assert wrap("", 80) == [""]


def test_an_unpaired_backtick_is_a_word_like_another() -> None:
    assert wrap("a ` b", 80) == ["a ` b"]
