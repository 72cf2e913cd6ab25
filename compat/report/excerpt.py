"""Source lines with line numbers and underlined spans."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from compat.model.places import Place
from compat.report.screen import count_columns, lay_out, to_printable, wrap
from compat.report.style import Style

#: Lines shown before and after a marked line.
_CONTEXT = 1
#: Code points kept before a span, and of the span, in a line that is too long for the screen.
_LEAD, _KEEP = 24, 40
#: Code points beyond which a line is cut before it is laid out: a minified file is one line of megabytes.
_LONG = 2000
_DOTS = "..."


class Mark(NamedTuple):
    """A span to underline with *sign*, in the colour of *role*."""

    place: Place
    label: str
    role: str
    sign: str


class _Span(NamedTuple):
    """The part of a mark on one line, in code points from 0, *end* exclusive."""

    line: int
    start: int
    end: int
    label: str
    mark: Mark


def render_excerpt(lines: Sequence[str], marks: Sequence[Mark], style: Style, width: int) -> list[str]:
    """The marked lines and their neighbours; empty where no mark has a line that the text holds.

    Args: lines without their line ends; marks in order of importance, the finding first.
    """
    spans = [span for mark in marks for span in _to_spans(mark, lines)]
    numbers = _lines_to_show({span.line for span in spans}, lines)
    gutter = len(str(numbers[-1])) if numbers else 0
    rendered: list[str] = []
    previous = numbers[0] if numbers else 0
    for number in numbers:
        if number > previous + 1:
            rendered.append(f"  {style.paint('gutter', _DOTS)}")
        here = [span for span in spans if span.line == number]
        rendered += _render_line(lines[number - 1], f"{number:>{gutter}}", here, style, width)
        previous = number
    return rendered


def _to_spans(mark: Mark, lines: Sequence[str]) -> Iterator[_Span]:
    """One span; for a place of several lines the first and the last of them, with the label on the last."""
    _, line, column, end_line, end_column = mark.place
    if line is None or not 1 <= line <= len(lines):
        return
    if end_line is None:
        end_line, end_column = line, None if column is None else column + 1
    elif end_line > line and end_column == 1:  # an exclusive end before a line's first character is the line before
        end_line, end_column = end_line - 1, None
    end_line = max(line, min(end_line, len(lines)))
    for number in sorted({line, end_line}):
        text = lines[number - 1]
        blank = len(text) - len(text.lstrip())
        start = column - 1 if number == line and column is not None else blank
        end = end_column - 1 if number == end_line and end_column is not None else len(text.rstrip())
        start = min(start, len(text))
        yield _Span(number, start, max(min(end, len(text)), start + 1), mark.label if number == end_line else "", mark)


def _lines_to_show(marked: set[int], lines: Sequence[str]) -> list[int]:
    """Marked lines, their neighbours that are not blank, and single lines between: dots would take a line, too."""
    near = {line + step for line in marked for step in range(-_CONTEXT, _CONTEXT + 1)}
    shown = {line for line in near if line in marked or (1 <= line <= len(lines) and lines[line - 1].strip())}
    between = {line + 1 for line in shown if line + 2 in shown}
    return sorted(shown | between)


def _render_line(text: str, number: str, spans: Sequence[_Span], style: Style, width: int) -> Iterator[str]:
    bar = style.paint("gutter", "|")
    room = max(width - len(number) - 5, _KEEP)
    shown, underlines = _fit(text, spans, room)
    yield f"  {style.paint('gutter', number)} {bar} {shown}".rstrip()
    margin = f"  {'':{len(number)}} {bar} "
    for span, (start, end) in zip(spans, underlines, strict=True):
        role = span.mark.role
        beside, below, indent = _place_label(span.label, start, end, room)
        yield f"{margin}{' ' * start}{style.paint(role, span.mark.sign * (end - start) + beside)}"
        yield from (f"{margin}{' ' * indent}{style.paint(role, line)}" for line in below)


def _fit(text: str, spans: Sequence[_Span], room: int) -> tuple[str, list[tuple[int, int]]]:
    """The line as shown in *room* columns, cut so that the first span is in it, and the columns of each span."""
    first = min(spans, key=lambda span: span.start, default=None)
    skipped = 0
    if first is not None:
        needed = text[: min(first.end, first.start + _KEEP)]
        columns = lay_out(needed)[1][-1] if len(needed) <= _LONG else len(needed)
        if columns + len(_DOTS) > room:
            skipped = max(first.start - _LEAD, 0)
    pieces, starts = lay_out(text[skipped : skipped + _LONG])
    lead = _DOTS if skipped else ""
    kept = len(pieces)
    if len(lead) + starts[-1] > room or skipped + kept < len(text):
        kept = max(bisect_right(starts, room - len(lead) - len(_DOTS)) - 1, 1)
    shown = lead + "".join(pieces[:kept]) + (_DOTS if skipped + kept < len(text) else "")

    def column(position: int) -> int:
        """The column of a code point; one past the end of the line is a column further."""
        inside = min(max(position - skipped, 0), kept)
        return len(lead) + starts[inside] + (position > len(text))

    underlines = [(column(span.start), column(span.end)) for span in spans]
    return shown, [(start, max(end, start + 1)) for start, end in underlines]


def _place_label(label: str, start: int, end: int, room: int) -> tuple[str, list[str], int]:
    """What stands beside the underline, or the lines below it and their indentation."""
    printable = to_printable(label)
    if not printable or end + 1 + count_columns(printable) <= room:
        return f" {printable}" if printable else "", [], 0
    indent = max(min(start, room - _KEEP), 0)
    return "", wrap(label, room - indent), indent
