"""Conda's order of versions, as tuples that compare like the versions they were read from.

Conda compares two versions component by component, and where one has none it counts as 0, so that 1.1 equals 1.1.0:
a version is an endless row of components of which nearly all are 0. A `Key` lists only the others, each with its
position, in such a way that plain tuples compare as the rows do. All versions with a common prefix lie between two
`Cut` points of that order.

Source: https://conda.org/learn/ceps/cep-0033
"""

from __future__ import annotations

import re
from functools import lru_cache, total_ordering
from typing import NoReturn

#: Per component that is not 0: above 0 (a number, post) ``1, -position, value``; below 0 (a word, dev) ``-1, position,
#: value``. A component above 0 weighs the more the earlier it stands, one below 0 the less. A version's key ends in 0.
Key = tuple[int | float | str, ...]
#: A point between versions: just before (0) or just after (1) all versions of that key.
Cut = tuple[Key, int]

BOTTOM: Cut = ((), 0)
TOP: Cut = ((2,), 0)

_POST = float("inf")
_DEV = ""  # before every other word
_BEYOND = "\U0010ffff"  # after every word that starts like the one it is appended to

_STEP = 2  # between components; the odd positions between them are free for the ends of a prefix
_SEGMENT = 1024  # between segments: more than the longest version has components, times _STEP
_LOCAL = 1 << 20  # where the part after `+` starts: more than the longest version has segments, times _SEGMENT
_MAX_LENGTH = 256  # CEP 26 allows 64


class SpanError(ValueError):
    """A text that cannot be read; ``start`` and ``end`` (exclusive) enclose the defect, in code points of ``text``."""

    def __init__(self, text: str, message: str, start: int = 0, end: int | None = None) -> None:
        super().__init__(text, message, start, end)
        self.text = text
        self.message = message
        self.start = start
        self.end = len(text) if end is None else end

    def __str__(self) -> str:
        return f"{self.message}: `{self.text}`"


class InvalidVersion(SpanError):
    """A text that is no conda version."""


@total_ordering
class CondaVersion:
    """A conda version; ``1.1`` and ``1.1.0`` are equal and hash alike. Make it with `parse_conda_version`.

    Not a dataclass: generating the methods would cost each start of the program a millisecond.
    """

    __slots__ = ("key", "text")
    key: Key
    text: str

    def __init__(self, key: Key, text: str) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "text", text)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a CondaVersion cannot change: {name}")

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, CondaVersion) else NotImplemented

    def __lt__(self, other: CondaVersion) -> bool:
        return self.key < other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"CondaVersion({self.text!r})"

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=65536)
def parse_conda_version(text: str) -> CondaVersion:
    """The version that *text* spells; case and surrounding space do not count.

    Raises: InvalidVersion.
    """
    key, _ = read_key(text)
    return CondaVersion((*key, 0), text.strip())


def read_key(text: str) -> tuple[Key, int]:
    """The key of a version without the 0 at its end, and the position of its last component.

    Raises: InvalidVersion.
    """
    literal = text.strip().lower()
    if "-" in literal and "_" not in literal:  # an old spelling of the same separator; never both in one version
        literal = literal.replace("-", "_")
    epoch, mark, rest = literal.rpartition("!")
    main, plus, local = rest.partition("+")
    well_formed = (epoch.isdigit() or not mark) and _is_part(main) and (_is_part(local) or not plus)
    if not well_formed or not text.isascii() or len(text) > _MAX_LENGTH:
        raise InvalidVersion(text, _defect(text))
    key: list[int | float | str] = [1, 0, int(epoch)] if mark and int(epoch) else []
    position = _read_segments(main, 0, key, text)
    if plus:
        position = _read_segments(local, _LOCAL, key, text)
    return tuple(key), position


def _is_part(text: str) -> bool:
    """Whether *text* holds what a version or its local part may hold, and starts with a component."""
    return text[:1].isalnum() and text.replace(".", "").replace("_", "").isalnum()


def read_parent(text: str) -> tuple[Key, int]:
    """`read_key` without the last segment and the local part: of 1.10 for ``1.10.2``, of the bare epoch for ``2``."""
    main = re.split(r"[._-]", text.partition("+")[0])
    if len(main) > 1:
        return read_key(".".join(main[:-1]))
    epoch, mark, _ = main[0].rpartition("!")
    return ((1, 0, int(epoch)) if mark and int(epoch) else (), 0)


def prefix_cuts(key: Key, position: int) -> tuple[Cut, Cut]:
    """Where the versions start and end whose components up to *position* are those of *key*.

    A word at the end is itself a prefix: 2013a.* admits 2013ab.
    """
    start = (*key, -1, position + 1), 0
    word = key[-1] if key and key[-2] == position else None
    if isinstance(word, str) and word != _DEV:
        return start, ((*key[:-1], word + _BEYOND), 0)
    return start, ((*key, 1, -position - 1), 0)


def _read_segments(part: str, position: int, key: list[int | float | str], text: str) -> int:
    """Append the components of *part* to *key*, its segments after *position*; the position of the last component."""
    segments = part.replace("_", ".").split(".")
    if part.endswith("_"):  # belongs to the last component: 1.0.1_ is before 1.0.1a, as openssl counts
        segments.pop()
        segments[-1] += "_"
    last = position
    for segment in segments:
        position += _SEGMENT
        last = position
        if segment.isdigit():
            if number := int(segment):
                key += (1, -last, number)
            continue
        if not segment:
            raise InvalidVersion(text, "empty version component")
        if segment[0].isdigit():  # before a word stands a 0: 1.1.a1 equals 1.1.0a1
            last -= _STEP
        for run in re.findall("[0-9]+|[a-z_]+", segment):
            last += _STEP
            if run.isdigit():
                key += (1, -last, int(run)) if int(run) else ()
            elif run == "post":
                key += (1, -last, _POST)
            else:
                key += (-1, last, _DEV if run == "dev" else run)
    return last


def _defect(text: str) -> str:
    """Why *text* is no version, in words."""
    if not text.strip():
        return "no version"
    if len(text) > _MAX_LENGTH:
        return f"version longer than {_MAX_LENGTH} characters"
    if bad := re.search(r"[^0-9A-Za-z._+!\s-]", text):
        return f"character `{bad[0]}` in a version"
    if "-" in text and "_" in text:
        return "both `-` and `_` in one version"
    return "malformed version"
