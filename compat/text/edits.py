"""Edits spliced into text: everything outside the edited spans stays byte for byte."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from compat.model.places import Edit
from compat.text.source import Source


class OverlappingEdits(ValueError):
    """Two different edits of the same span; ``first`` and ``second`` are the edits."""

    def __init__(self, first: Edit, second: Edit) -> None:
        super().__init__(f"edits overlap at {first.place} and {second.place}")
        self.first = first
        self.second = second


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """*text* with every edit applied; identical edits count once, line ends in new text follow the file's.

    Insertions at one point stand in the order given. Places count lines and columns from 1 in code points, their paths are not looked at.
    Raises: OverlappingEdits; ValueError for a place without line and column, or outside the text.
    """
    source = Source(path="", text=text)
    newline = _newline(text)
    spans = sorted({edit: _span(source, edit) for edit in edits}.items(), key=itemgetter(1))
    parts: list[str] = []
    end = 0
    previous: Edit | None = None
    for edit, (start, stop) in spans:
        if previous is not None and start < end:
            raise OverlappingEdits(previous, edit)
        parts += text[end:start], edit.text.replace("\r\n", "\n").replace("\n", newline)
        end, previous = stop, edit
    return "".join([*parts, text[end:]])


def _newline(text: str) -> str:
    """The line end that most lines of *text* have."""
    windows = text.count("\r\n")
    return "\r\n" if windows and windows * 2 >= text.count("\n") else "\n"


def _span(source: Source, edit: Edit) -> tuple[int, int]:
    _, line, column, end_line, end_column = edit.place
    if line is None or column is None or end_line is None or end_column is None:
        raise ValueError(f"edit without a place: {edit}")
    start, end = _offset(source, line, column), _offset(source, end_line, end_column)
    if end < start:
        raise ValueError(f"edit ends before it starts: {edit}")
    return start, end


def _offset(source: Source, line: int, column: int) -> int:
    if not 0 < line <= len(source.starts) or not 0 < column <= len(source.line(line)) + 1:
        raise ValueError(f"no such place: line {line}, column {column}")
    return source.starts[line - 1] + column - 1
