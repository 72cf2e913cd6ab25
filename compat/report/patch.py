"""A fix as removed and added lines, without the lines that stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from compat.model.places import Edit
from compat.report.screen import lay_out
from compat.report.style import Style

#: A fix of more lines than this is shown by its first ones and a count.
_MOST = 12


class _Change(NamedTuple):
    """An edit whose place is known: lines and columns from 0, the end exclusive."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def render_patch(lines: Sequence[str], edits: Iterable[Edit], style: Style) -> list[str]:
    """``-`` lines numbered as the file is, ``+`` lines as it would be; edits without a place in *lines* are left out."""
    lines = [*lines, ""]  # where text is added at the end
    rows: list[tuple[int, str, str]] = []
    shift = 0
    for group in _group(sorted(_to_changes(edits, lines))):
        first, old, new = _apply(lines, group)
        rows += [(first + number, "-", line) for number, line in enumerate(old, start=1)]
        rows += [(first + shift + number, "+", line) for number, line in enumerate(new, start=1)]
        shift += len(new) - len(old)
    gutter = max((len(str(number)) for number, _, _ in rows), default=0)
    shown = [_render_row(row, gutter, style) for row in rows[:_MOST]]
    return shown + ([f"    ... {len(rows) - _MOST} more lines"] if len(rows) > _MOST else [])


def _to_changes(edits: Iterable[Edit], lines: Sequence[str]) -> Iterator[_Change]:
    for (_, line, column, end_line, end_column), text in edits:
        if line is None or column is None:
            continue
        start, end = (line - 1, column - 1), ((end_line or line) - 1, (end_column or column) - 1)
        if start <= end and end[0] < len(lines):
            yield _Change(start, end, text)


def _group(changes: Sequence[_Change]) -> Iterator[list[_Change]]:
    """Changes that share a line belong together; *changes* are sorted."""
    group: list[_Change] = []
    for change in changes:
        if group and change.start[0] > group[-1].end[0]:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _apply(lines: Sequence[str], group: Sequence[_Change]) -> tuple[int, list[str], list[str]]:
    """How many lines stay before the changed ones, and those before and after the changes."""
    first, last = group[0].start[0], group[-1].end[0]
    old = list(lines[first : last + 1])
    pieces: list[str] = []
    at = (first, 0)
    for change in group:
        pieces += [_between(lines, at, change.start), change.text]
        at = change.end
    pieces.append(_between(lines, at, (last, len(lines[last]))))
    new = "".join(pieces).replace("\r\n", "\n").split("\n")
    same = _count_equal(old, new)
    old, new = old[same:], new[same:]
    tail = _count_equal(old[::-1], new[::-1])
    return first + same, old[: len(old) - tail], new[: len(new) - tail]


def _count_equal(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines the two start with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _between(lines: Sequence[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    chunk = list(lines[start[0] : end[0] + 1])
    chunk[-1] = chunk[-1][: end[1]]
    chunk[0] = chunk[0][start[1] :]
    return "\n".join(chunk)


def _render_row(row: tuple[int, str, str], gutter: int, style: Style) -> str:
    number, sign, line = row
    role = "removed" if sign == "-" else "added"
    shown = "".join(lay_out(line)[0])
    return f"    {style.paint('gutter', f'{number:>{gutter}}')} {style.paint(role, f'{sign} {shown}'.rstrip())}"
