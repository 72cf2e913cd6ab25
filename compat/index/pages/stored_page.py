"""A page as the cache holds it: a solver that looks at two versions of a project with thousands of files reads two lines.

    [VERSION, ...]                       newest first
    [BASE, [END, ...]]                   the page's address; where the line of dates ends, then that of each version
    CHECKSUM [[DAY, ...], UNDATED]       for each version its first upload ("" for none); how many files have no date
    CHECKSUM [FILE, ...]                 for each version, in the same order

The first two lines are the beginning that the checksum of the cache covers; ends count from there. A page that has
just come in is encoded and read back in the same way, so that cold and warm runs see the same.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

from packaging.version import Version

from compat.index.addresses import bare_url
from compat.index.pages.filenames import version_of
from compat.index.pages.listing import Row, to_moment
from compat.index.pages.stored_files import StoredFiles
from compat.model.distributions import DistFile
from compat.model.names import PyPIName


class Encoded(NamedTuple):
    """``checked`` bytes of ``content`` are its beginning."""

    content: bytes
    checked: int


def encode_page(name: PyPIName, rows: Iterable[Row], base: str) -> Encoded:
    """Those of *rows*, found on the page *base*, that are wheels or sdists of *name*.

    What comes first of two of one name stays.
    """
    groups = _group(name, rows)
    versions = sorted(groups, reverse=True)
    by_name = [[own[key] for key in sorted(own)] for own in (groups[version] for version in versions)]
    return lay_out(versions, base, [_line(dates_of(by_name)), *map(_line, by_name)])


def lay_out(versions: Iterable[Version], base: str, lines: Iterable[bytes]) -> Encoded:
    """A page of *lines*: that of the dates, and one for each of *versions*."""
    checked = [b"%08x %s" % (zlib.crc32(line), line) for line in lines]
    head = _line([str(version) for version in versions]) + _line([base, [*accumulate(map(len, checked))]])
    return Encoded(b"".join((head, *checked)), len(head))


def _group(name: PyPIName, rows: Iterable[Row]) -> dict[Version, dict[str, Row]]:
    groups: dict[Version, dict[str, Row]] = {}
    for row in rows:
        version = version_of(name, row.name) if isinstance(row.name, str) and isinstance(row.url, str) else None
        if version is not None:
            own = groups.setdefault(version, {})
            own.setdefault(row.name, row if "@" not in row.url else _without_login(row))
    return groups


def _without_login(row: Row) -> Row:
    try:
        return row._replace(url=bare_url(row.url))
    except ValueError:
        return row._replace(url=None)  # which `to_file` leaves out


def dates_of(groups: Iterable[Iterable[Any]]) -> list[object]:
    """Of one version's times, written alike by one index, only the first is looked at more closely."""
    first, undated = [], 0
    for rows in groups:
        times = [row.uploaded for row in rows]
        dated = [time for time in times if time and isinstance(time, str)]
        undated += len(times) - len(dated)
        first.append(to_moment(min(dated, default="")))
    return [first, undated]


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass") + b"\n"


class Rest(NamedTuple):
    """The file behind a page: ``read`` gives bytes of it, from and how many; ``again`` gets the page anew."""

    read: Callable[[int, int], bytes]
    again: Callable[[], StoredPage | None]


class StoredPage:
    """`Page` over *data*, in which the encoded page, or its beginning, is from *start* on.

    Args: *before* leaves out files that came at that time or later, and those of which the index does not say when.
    """

    def __init__(self, data: bytes, start: int, index: str, *, before: str = "", rest: Rest | None = None) -> None:
        self.index = index
        self._data = data
        self._ends_at = data.index(b"\n", start) + 1
        self._lines_at = data.index(b"\n", self._ends_at) + 1
        self._versions_at = start
        self._before = before
        self._rest = rest
        self._files: dict[str, StoredFiles] = {}

    @cached_property
    def versions(self) -> tuple[str, ...]:
        if not self._before:
            return tuple(self._all)
        days = self.uploads[0]
        return tuple(version for version in self._all if "" < days.get(version, "") < self._before)

    @property
    def undated(self) -> int:
        """How many files are left out because the index does not say when they came."""
        return self.uploads[1] if self._before else 0

    def files(self, version: str, wanted: Callable[[str], bool] | None = None) -> tuple[DistFile, ...]:
        held = self._files.get(version)
        if held is None:
            try:
                number = self._all.index(version)  # what is asked for stands near the beginning
            except ValueError:
                return ()
            line = self._line(number + 1)
            if line is None:
                return self._fresh.files(version, wanted) if self._fresh is not None else ()
            held = self._files[version] = StoredFiles(str(line, "utf-8", "surrogatepass"), self._base_and_ends[0])
        found = held.find(wanted)
        return tuple(f for f in found if "" < f.uploaded < self._before) if self._before else tuple(found)

    @cached_property
    def _all(self) -> list[str]:
        found: list[str] = json.loads(self._data[self._versions_at : self._ends_at])
        return found

    @cached_property
    def _base_and_ends(self) -> tuple[str, list[int]]:
        base, ends = json.loads(self._data[self._ends_at : self._lines_at])
        return base, ends

    @cached_property
    def uploads(self) -> tuple[dict[str, str], int]:
        """The first upload of each version, "" where none is dated; how many files are not."""
        line = self._line(0)
        if line is None:
            return self._fresh.uploads if self._fresh is not None else ({}, 0)
        first, undated = json.loads(line)
        return dict(zip(self._all, first, strict=True)), undated

    @cached_property
    def _fresh(self) -> StoredPage | None:
        """The page that takes the place of this one where its file is broken, or was written anew by another process."""
        return self._rest.again() if self._rest is not None else None

    def _line(self, number: int) -> bytes | None:
        """A line without its checksum, or None where that is wrong."""
        _, ends = self._base_and_ends
        start, end = self._lines_at + (ends[number - 1] if number else 0), self._lines_at + ends[number]
        line = self._data[start:end]
        if end > len(self._data) and self._rest is not None:
            line = self._rest.read(start, end - start)
        content = line[9:]
        return content if len(line) == end - start and line[:9] == b"%08x " % zlib.crc32(content) else None

    @property
    def is_sound(self) -> bool:
        """Whether every line is as it was written."""
        return all(self._line(number) is not None for number in range(len(self._base_and_ends[1])))
