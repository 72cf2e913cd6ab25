"""Where something stands in a file, and edits to it.

Lines and columns count from 1, columns in code points, the end is exclusive, a byte order mark is not
counted; ``None`` means that the place is not known.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A span of one file. A NamedTuple, not a dataclass: a large file makes tens of thousands of them."""

    path: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return ":".join([self.path, *(str(n) for n in (self.line, self.column) if n is not None)])


class Edit(NamedTuple):
    """Replace the span *place* by *text*; an empty span inserts, an empty text deletes."""

    place: Place
    text: str
