"""Tables of short cells for a terminal, in columns as wide as their widest cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat.report.screen import count_columns, to_printable, wrap
from compat.report.style import Style

_SPACE = "  "
#: A column is never squeezed below this.
_NARROWEST = 12


def render_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, style: Style, width: int) -> list[str]:
    """A header, a rule and the rows; cells of the widest columns wrap where the table is wider than *width*."""
    cells = [[to_printable(cell) for cell in row] for row in (columns, *rows)]
    columns_of_cells = list(zip(*cells, strict=True))
    widths = _squeeze(
        [max(map(count_columns, column)) for column in columns_of_cells],
        [max(_longest_word(cell) for cell in column) for column in columns_of_cells],
        width,
    )
    header, *body = cells
    lines = [style.paint("bold", line) for line in _render_row(header, widths)]
    lines.append(style.paint("gutter", _SPACE.join("-" * size for size in widths)))
    return lines + [line for row in body for line in _render_row(row, widths)]


def _squeeze(widths: list[int], words: list[int], width: int) -> list[int]:
    """Take columns off the widest until the table fits; first down to their longest *words*, which wrapping cannot cut."""
    excess = sum(widths) + len(_SPACE) * (len(widths) - 1) - width
    for floors in ([max(_NARROWEST, word) for word in words], [_NARROWEST] * len(words)):
        while excess > 0 and any(size > floor for size, floor in zip(widths, floors, strict=True)):
            slack = [size if size > floor else 0 for size, floor in zip(widths, floors, strict=True)]
            widths[slack.index(max(slack))] -= 1
            excess -= 1
    return widths


def _longest_word(cell: str) -> int:
    return max(map(count_columns, cell.split()), default=0)


def _render_row(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """One line, or more where a cell wraps; a word wider than its column pushes the rest of its line."""
    wrapped = [wrap(cell, size) for cell, size in zip(row, widths, strict=True)]
    for number in range(max(map(len, wrapped))):
        line = ""
        for cell, size in zip(wrapped, widths, strict=True):
            text = cell[number] if number < len(cell) else ""
            line += text + " " * (size - count_columns(text)) + _SPACE
        yield line.rstrip()
