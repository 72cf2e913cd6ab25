"""Colour by ANSI escapes, or none: every renderer asks a `Style`, so plain and coloured output are one code path."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Severity
from compat.report.screen import wrap

_RESET = "\x1b[0m"
_CODES = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "info": "\x1b[1;36m",
    "place": "\x1b[1m",
    "related": "\x1b[34m",
    "gutter": "\x1b[2m",
    "removed": "\x1b[31m",
    "added": "\x1b[32m",
    "label": "\x1b[1;34m",
}


class Style:
    """Whether to colour. Nothing that colour says is said by colour alone."""

    __slots__ = ("_color",)

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def paint(self, role: str, text: str) -> str:
        """*text* in the colour of *role*; an empty text stays empty."""
        return f"{_CODES[role]}{text}{_RESET}" if self._color and text else text

    def severity(self, severity: Severity, text: str) -> str:
        return self.paint(severity.value, text)

    def note(self, text: str, width: int) -> Iterator[str]:
        """``note: text``, wrapped under the text."""
        first, *rest = wrap(text, width, indent=6)
        yield f"{self.paint('label', 'note:')} {first}"
        yield from rest
