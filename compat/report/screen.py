"""Text as a terminal shows it: columns instead of code points, nothing that could steer the terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain

#: Where a tab goes on to, in columns: what editors show for YAML and TOML, rather than a terminal's 8.
_TAB = 4

#: A word for wrapping: spaces inside backticks do not end it, so code stays on one line.
_WORD = re.compile(r"(?:`[^`]*`|[^\s`]|`)+")


def to_printable(text: str) -> str:
    r"""*text* with every character that a terminal would not show written out: ``\x1b``, ``\u202e``, ``\xa0``.

    A report quotes files of strangers; none of them may move the cursor, reorder a line or hide in it. The no-break
    space is among them because it is what makes a requirement that looks right fail to parse.
    """
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def count_columns(text: str) -> int:
    """The columns that printable *text* takes: two for East Asian wide characters, none for combining marks."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def lay_out(line: str) -> tuple[list[str], list[int]]:
    """What each code point of a source line is shown as, and the screen column where each starts, and the end."""
    pieces: list[str] = []
    starts = [0]
    for character in line:
        at = starts[-1]
        piece = " " * (_TAB - at % _TAB) if character == "\t" else _printable(character)
        pieces.append(piece)
        starts.append(at + count_columns(piece))
    return pieces, starts


def wrap(text: str, width: int, *, indent: int = 0) -> list[str]:
    """Prose in lines of at most *width* columns, broken at spaces outside backticks only.

    Args: text may hold newlines, which stay; indent is put before every line but the first, and counts. A word that is
    longer than a line (a URL, a specifier) gets a line of its own and keeps its length.
    """
    room = max(width - indent, 20 if indent else 1)
    lines = list(chain.from_iterable(_fill(part, room) for part in text.splitlines())) or [""]
    return [lines[0], *(" " * indent + line for line in lines[1:])]


def _fill(text: str, room: int) -> Iterator[str]:
    line, used = "", 0
    for word in _WORD.findall(to_printable(text)):
        columns = count_columns(word)
        if line and used + 1 + columns > room:
            yield line
            line, used = "", 0
        line, used = (f"{line} {word}", used + 1 + columns) if line else (word, columns)
    if line:
        yield line
