"""Text put together from parts of a file that knows where every character of it stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from compat.model.places import Place
from compat.text.source import Source


class Joined(NamedTuple):
    """Parts of *source* in a row: ``starts`` are their offsets in ``text``, ``offsets`` those in the file, both ascending."""

    source: Source
    text: str
    starts: tuple[int, ...]
    offsets: tuple[int, ...]

    def offset(self, position: int) -> int:
        """Where the character at *position* stands in the file."""
        part = bisect_right(self.starts, position) - 1
        return self.offsets[part] + position - self.starts[part]

    def place(self, start: int, end: int) -> Place:
        """The span of a part of the text, which may run over what was left out between two lines."""
        first = self.offset(start)
        return self.source.place(first, self.offset(end - 1) + 1 if end > start else first)

    def cut(self, start: int, end: int) -> Joined:
        """The part of this text between two positions."""
        first, last = bisect_right(self.starts, start), bisect_right(self.starts, end)
        starts = (0, *(following - start for following in self.starts[first:last]))
        return Joined(self.source, self.text[start:end], starts, (self.offset(start), *self.offsets[first:last]))

    def join(self, following: Joined) -> Joined:
        """This text and then *following*, which stands below it in the file."""
        return Joined(
            self.source,
            self.text + following.text,
            (*self.starts, *(start + len(self.text) for start in following.starts)),
            (*self.offsets, *following.offsets),
        )


def join(source: Source, parts: Iterable[tuple[int, str]]) -> Joined:
    """*parts*, each with its offset in the file, as one text. Empty ones are left out, but for the first."""
    starts: list[int] = []
    offsets: list[int] = []
    texts: list[str] = []
    length = 0
    for offset, text in parts:
        if text or not starts:
            starts.append(length)
            offsets.append(offset)
            texts.append(text)
            length += len(text)
    return Joined(source, "".join(texts), tuple(starts), tuple(offsets))
