"""METADATA out of a wheel that stays where it is, for indexes that do not serve it by itself: two or three ranges of it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

#: Bytes at the end of a wheel that are asked for first: its directory and, of most wheels, METADATA.
TAIL = 64 * 1024
#: Other places are read in pieces of this size.
_BLOCK = 64 * 1024
#: The directory of torch, the longest by far, has 2 MB.
_MAX_READ = 16 * 1024 * 1024

_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")

#: Bytes of a file from the first to before the second position, or None where they cannot be had.
Fetch = Callable[[int, int], bytes | None]


def read_metadata(size: int, tail: bytes, fetch: Fetch) -> bytes | None:
    """The METADATA of a wheel of *size* bytes that ends in *tail*; None where it cannot be read.

    Raises: what *fetch* raises.
    """
    try:
        with zipfile.ZipFile(_RemoteFile(size, tail, fetch)) as archive:
            found = [item for item in archive.infolist() if _METADATA.fullmatch(item.filename)]
            return archive.read(found[0]) if len(found) == 1 and found[0].file_size <= _MAX_READ else None
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError):
        return None


class _RemoteFile(io.RawIOBase):
    """A file of which pieces are fetched as they are read."""

    def __init__(self, size: int, tail: bytes, fetch: Fetch) -> None:
        self._size = size
        self._pieces = [(size - len(tail), tail)]
        self._fetch = fetch
        self._position = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        start = self._position
        end = self._size if size is None or size < 0 else min(self._size, start + size)
        self._position = max(start, end)
        for first, content in self._pieces:
            if first <= start and end <= first + len(content):
                return content[start - first : end - first]
        return self._load(start, min(self._size, max(end, start + _BLOCK)))[: end - start]

    def _load(self, start: int, end: int) -> bytes:
        content = self._fetch(start, end) if 0 <= start < end <= start + _MAX_READ else None
        if content is None or len(content) != end - start:
            raise EOFError
        self._pieces.append((start, content))
        return content
