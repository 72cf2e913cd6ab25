"""METADATA out of a wheel that stays where it is, for indexes that do not serve it by itself: two or three ranges of it."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable

#: Bytes at the end of a wheel that are asked for first: its directory and, of most wheels, METADATA.
TAIL = 64 * 1024
#: Other places are read in pieces of this size.
_BLOCK = 64 * 1024
#: The directory of torch, the longest by far, has 2 MB.
_MAX_READ = 16 * 1024 * 1024

_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
#: The same in the directory: of the fields method, CRC-32, both sizes, the length of the name, the place.
_RECORD = re.compile(rb"PK\x01\x02.{4}(.{4}).{4}(.{14}).{12}(.{4})([^/]{1,200}\.dist-info/METADATA)", re.DOTALL)
_END = b"PK\x05\x06"
_LOCAL_HEADER = 30
_STORED, _DEFLATED = 0, 8

#: Bytes of a file from the first to before the second position, or None where they cannot be had.
Fetch = Callable[[int, int], bytes | None]


def read_metadata(size: int, tail: bytes, fetch: Fetch) -> bytes | None:
    """The METADATA of a wheel of *size* bytes that ends in *tail*; None where it cannot be read.

    Raises: what *fetch* raises.
    """
    file = _RemoteFile(size, tail, fetch)
    try:
        content = _from_either_end(file, size, tail)
        if content is not None:
            return content
        with zipfile.ZipFile(file) as archive:
            found = [item for item in archive.infolist() if _METADATA.fullmatch(item.filename)]
            return archive.read(found[0]) if len(found) == 1 and found[0].file_size <= _MAX_READ else None
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        struct.error,
        zlib.error,
    ):
        return None


def _from_either_end(file: _RemoteFile, size: int, tail: bytes) -> bytes | None:
    """METADATA by the beginning or the end of a directory that is longer than *tail*, where its record mostly is.

    Builders put it last, and what repairs wheels puts it first. The directory of one nightly build of TensorFlow has
    3 MB, and a search may have to read a hundred of them. None where it is not found so; then all is read.
    Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3)
    """
    end = tail.rfind(_END)
    if not 0 <= end <= len(tail) - 22:
        return None
    length, start = struct.unpack("<2L", tail[end + 12 : end + 20])
    if start + length != size - len(tail) + end or start >= size - len(tail):
        return None  # of another form (ZIP64, something before the archive), or short
    records = _RECORD.findall(tail, 0, end) or _RECORD.findall(file.read_at(start, min(length, _BLOCK)))
    return _read_member(file, *records[0]) if len(records) == 1 else None


def _read_member(file: _RemoteFile, kind: bytes, sizes: bytes, place: bytes, name: bytes) -> bytes | None:
    """The member of a record of the directory; None where it is not what the record says."""
    flags, method = struct.unpack("<2H", kind)
    checksum, packed, length, letters = struct.unpack("<3LH", sizes)
    (start,) = struct.unpack("<L", place)
    if letters != len(name) or flags & 1 or method not in {_STORED, _DEFLATED} or max(packed, length) > _MAX_READ:
        return None
    header = file.read_at(start, _LOCAL_HEADER)
    before = _LOCAL_HEADER + sum(struct.unpack("<2H", header[26:30]))
    content = file.read_at(start + before, packed)
    if method == _DEFLATED:
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, length + 1)
    return content if len(content) == length and zlib.crc32(content) == checksum else None


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

    def read_at(self, start: int, size: int) -> bytes:
        """Raises: EOFError."""
        self.seek(start)
        return self.read(size)

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
