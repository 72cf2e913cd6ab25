"""Edits spliced into text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.model.places import Edit, Place
from compat.text.edits import OverlappingEdits, apply_edits
from compat.text.source import Source

TEXT = "torch==2.1.0\nnumpy\n# é\n"


def edit(line: int, column: int, end_column: int, text: str, end_line: int | None = None) -> Edit:
    return Edit(Place("f", line, column, end_line or line, end_column), text)


@pytest.mark.parametrize(
    ("edits", "result"),
    [
        ([], TEXT),
        ([edit(1, 6, 13, ">=2.1,<3")], "torch>=2.1,<3\nnumpy\n# é\n"),
        ([edit(2, 6, 6, "<2"), edit(1, 1, 6, "Torch")], "Torch==2.1.0\nnumpy<2\n# é\n"),
        ([edit(2, 1, 1, "pip\n")], "torch==2.1.0\npip\nnumpy\n# é\n"),
        ([edit(1, 1, 1, "", end_line=2)], "numpy\n# é\n"),
        ([edit(3, 3, 4, "e")], "torch==2.1.0\nnumpy\n# e\n"),
        ([edit(4, 1, 1, "end")], f"{TEXT}end"),
        ([edit(2, 1, 1, "a"), edit(2, 1, 1, "b"), edit(2, 1, 1, "a")], "torch==2.1.0\nabnumpy\n# é\n"),
        ([edit(2, 1, 6, "scipy"), edit(2, 1, 1, "pip\n")], "torch==2.1.0\npip\nscipy\n# é\n"),
    ],
)
def test_splices_at_places(edits: list[Edit], result: str) -> None:
    assert apply_edits(TEXT, edits) == result


def test_new_lines_end_as_the_others_do() -> None:
    windows = TEXT.replace("\n", "\r\n")
    assert apply_edits(windows, [edit(2, 1, 1, "pip\nscipy\n")]) == "torch==2.1.0\r\npip\r\nscipy\r\nnumpy\r\n# é\r\n"


def test_overlapping_edits_are_refused() -> None:
    first, second = edit(1, 1, 6, "a"), edit(1, 5, 8, "b")
    with pytest.raises(OverlappingEdits) as caught:
        apply_edits(TEXT, [second, first])
    assert (caught.value.first, caught.value.second) == (first, second)


@pytest.mark.parametrize(
    "wrong",
    [
        Edit(Place("f"), ""),
        edit(9, 1, 1, ""),
        edit(1, 99, 99, ""),
        edit(1, 0, 1, ""),
        edit(1, 5, 2, ""),
        Edit(Place("f", 2, 1, 1, 1), ""),
    ],
)
def test_places_outside_the_text_are_refused(wrong: Edit) -> None:
    with pytest.raises(ValueError, match=r"edit|place"):
        apply_edits(TEXT, [wrong])


@given(st.text(alphabet="aé😀\n", max_size=30), st.data())
def test_everything_else_stays(text: str, data: st.DataObject) -> None:
    """An edit that puts a span's own text in its place changes nothing."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    place = Source(path="f", text=text).place(start, end)
    assert apply_edits(text, [Edit(place, text[start:end])]) == text
    assert apply_edits(text, [Edit(place, "X")]) == f"{text[:start]}X{text[end:]}"
