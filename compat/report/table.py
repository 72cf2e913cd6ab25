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
    widths = _squeeze([max(map(count_columns, column)) for column in zip(*cells, strict=True)], width)
    header, *body = cells
    lines = [style.paint("bold", line) for line in _render_row(header, widths)]
    lines.append(style.paint("gutter", _SPACE.join("-" * size for size in widths)))
    return lines + [line for row in body for line in _render_row(row, widths)]


def _squeeze(widths: list[int], width: int) -> list[int]:
    """Take columns off the widest until the table fits, or until none is wide."""
    excess = sum(widths) + len(_SPACE) * (len(widths) - 1) - width
    while excess > 0 and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
        excess -= 1
    return widths


def _render_row(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """One line, or more where a cell wraps; a word wider than its column pushes the rest of its line."""
    wrapped = [wrap(cell, size) for cell, size in zip(row, widths, strict=True)]
    for number in range(max(map(len, wrapped))):
        line = ""
        for cell, size in zip(wrapped, widths, strict=True):
            text = cell[number] if number < len(cell) else ""
            line += text + " " * (size - count_columns(text)) + _SPACE
        yield line.rstrip()
