"""Places inside a word."""

from __future__ import annotations

from compat.model.containers import Word
from compat.model.places import Place


def is_spelled(word: Word) -> bool:
    """Whether *word* stands in its file as long as it is, so that offsets in it are columns."""
    _, line, column, end_line, end_column = word.place
    return line == end_line and column is not None and end_column is not None and end_column - column == len(word.text)


def part_of(word: Word, start: int, end: int) -> Place:
    """The place of a part of *word*; of all of it where quotes or variables stand between."""
    if not is_spelled(word):
        return word.place
    column = word.place.column or 1
    end = min(end, len(word.text))
    return word.place._replace(column=column + start, end_column=column + max(start, end))
