"""The disk cache: one file per page and per METADATA, that parallel processes and killed ones leave whole.

    FOLDER/v1/pages/INDEX/NAME.page      the files of a project on one index, or that the index has it not
    FOLDER/v1/metadata/NAME.KEY.json     what one file declares
    FOLDER/v1/tmp/                       what is being written
    FOLDER/v1/repodata/                  of conda channels, in py-rattler's own way

Each of ours begins ``compat-lock 1 CHECKSUM HEADER``, a line; the header is JSON. The checksum is over the header and as
many bytes after it as the header says: all of a METADATA file, the beginning of a page, whose other lines have their
own (`compat.index.pages.stored_page`). A file that does not hold to this, whichever byte is broken, counts as not there and
is written anew. Keys are hashes of addresses without credentials, and the header names the address, so that a file in
a wrong place is not taken either.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

#: A change of what the files hold goes into a folder of its own; older versions of compat keep theirs.
LAYOUT = "v1"
BUCKETS = ("pages", "metadata")
#: What other tools write below our folder: counted, where there is something, and removed as a whole.
FOREIGN = ("repodata",)

_PLATFORM: str = sys.platform
_MAGIC = b"compat-lock 1 "
_CHECKSUM = 8  # hexadecimal digits of CRC-32: finds every single broken byte, at 4 GB a second
#: Read at once: most METADATA whole, of pages the versions and the files of the newest. Four times as much finds more of
#: what is asked for, and costs more: three hundred pages stay in memory, each fetched from the kernel page by page.
_FIRST_READ = 16 * 1024
_TEMPORARY_SECONDS = 3600


class Header(NamedTuple):
    """``fetched`` and ``expires`` are seconds since 1970. ``checked`` bytes of the content are under the checksum.

    ``absent``: the index said that there is nothing. ``signed``: it was asked with credentials.
    """

    url: str
    etag: str = ""
    modified: str = ""
    fetched: int = 0
    expires: int = 0
    absent: bool = False
    signed: bool = False
    checked: int = 0


class Entry(NamedTuple):
    """``data[start:]`` is the content, or its beginning: all that is under the checksum, and maybe more."""

    header: Header
    data: bytes
    start: int = 0

    @property
    def content(self) -> bytes:
        return self.data[self.start :]


class CacheInfo(NamedTuple):
    """``buckets`` are name, files and bytes."""

    files: int
    bytes: int
    buckets: tuple[tuple[str, int, int], ...]


def default_folder() -> str:
    """COMPAT_CACHE_DIR, else the place where this system keeps caches."""
    own = os.environ.get("COMPAT_CACHE_DIR")
    if own:
        return own
    if _PLATFORM == "linux":  # as platformdirs says, whose import takes as long as reading a hundred pages
        base = os.environ.get("XDG_CACHE_HOME", "").strip()
        return os.path.join(base if os.path.isabs(base) else os.path.expanduser("~/.cache"), "compat-matrix")
    from platformdirs import user_cache_dir

    return user_cache_dir("compat-matrix", appauthor=False)


def key_of(*parts: str) -> str:
    """A file name for *parts*, none of which holds credentials."""
    from _blake2 import blake2b  # hashlib brings OpenSSL: milliseconds that a warm run needs for nothing else

    return blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=16).hexdigest()


class Cache:
    """Files below *folder*; without one nothing is kept. What cannot be written is not kept, and no error."""

    def __init__(self, folder: str | None, clock: Callable[[], float] = time.time) -> None:
        self._root = os.path.join(folder, LAYOUT) if folder else None
        self.clock = clock
        self._swept = False

    def page_path(self, index: str, name: str) -> str:
        return os.path.join("pages", key_of(index), f"{name}.page")

    def metadata_path(self, name: str, *parts: str) -> str:
        plain = name if name.replace("-", "").isalnum() and name.isascii() else key_of(name)
        return os.path.join("metadata", f"{plain}.{key_of(*parts)}.json")  # a folder a project takes as long as a file

    def read(self, path: str, url: str, *, whole: bool = False) -> Entry | None:
        """The entry at *path* if it is sound and about *url*; *whole*: with all of its content."""
        if self._root is None:
            return None
        try:
            with open(os.path.join(self._root, path), "rb", buffering=0) as file:
                data = file.read() if whole else file.read(_FIRST_READ)
                if (entry := _parse(data)) is None and len(data) == _FIRST_READ:
                    entry = _parse(data + file.read())
        except OSError:
            return None
        return entry if entry is not None and entry.header.url == url else None

    def read_part(self, path: str, start: int, size: int) -> bytes:
        """Bytes of a file as it is now, or fewer. It may have been written anew since it was read."""
        if self._root is None:
            return b""
        try:
            with open(os.path.join(self._root, path), "rb", buffering=0) as file:
                file.seek(start)
                return file.read(size)
        except OSError:
            return b""

    def write(self, path: str, header: Header, content: bytes) -> Entry:
        """Keep *content*; what is then in the file."""
        data, start = _format(header, content)
        if self._root is not None:
            with suppress(OSError):  # a full disk, a folder of somebody else: the run goes on without
                self._replace(os.path.join(self._root, path), data)
        return Entry(header, data, start)

    def _replace(self, path: str, data: bytes) -> None:
        assert self._root is not None
        folder = os.path.join(self._root, "tmp")
        if not self._swept:
            os.makedirs(folder, exist_ok=True)
            self._sweep(folder)
        temporary = os.path.join(folder, f"{os.getpid()}-{os.urandom(8).hex()}")
        try:
            with open(temporary, "xb", buffering=0) as file:
                _write_all(file.fileno(), data)
            try:
                os.replace(temporary, path)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.replace(temporary, path)
        except BaseException:
            _remove(temporary)
            raise

    def _sweep(self, folder: str) -> None:
        """Remove what killed processes have left, once a run."""
        self._swept = True
        limit = time.time() - _TEMPORARY_SECONDS
        for entry in os.scandir(folder):
            if entry.stat(follow_symlinks=False).st_mtime < limit:
                _remove(entry.path)


def cache_info(folder: str | None = None) -> CacheInfo:
    """How much the cache holds."""
    root = os.path.join(folder or default_folder(), LAYOUT)
    buckets = []
    for bucket in (*BUCKETS, *FOREIGN):
        sizes = [size for _, size in _walk(os.path.join(root, bucket))]
        if sizes or bucket not in FOREIGN:
            buckets.append((bucket, len(sizes), sum(sizes)))
    return CacheInfo(sum(files for _, files, _ in buckets), sum(size for _, _, size in buckets), tuple(buckets))


def clean(folder: str | None = None, names: Sequence[str] = ()) -> CacheInfo:
    """Remove the entries of *names* (normalised), or all; what was removed. Only files that compat has had put there.

    Repodata is of no one name, and stays where there are *names*.

    Raises: OSError.
    """
    root = os.path.join(folder or default_folder(), LAYOUT)
    buckets = []
    for bucket in (*BUCKETS, *(() if names else FOREIGN)):
        gone = [(path, size) for path, size in _walk(os.path.join(root, bucket)) if not names or _name(path) in names]
        for path, _ in gone:
            _remove(path)
        buckets.append((bucket, len(gone), sum(size for _, size in gone)))
    if not names:
        _remove_empty(root)
    return CacheInfo(sum(files for _, files, _ in buckets), sum(size for _, _, size in buckets), tuple(buckets))


# -- files -----------------------------------------------------------------------------------------------------------


def _parse(data: bytes) -> Entry | None:
    """None too where *data* ends before the checked part does."""
    at = len(_MAGIC) + _CHECKSUM
    if not data.startswith(_MAGIC):
        return None
    try:
        start = data.index(b"\n") + 1
        header = Header(*json.loads(data[at:start]))
        end = start + header.checked
        sound = len(data) >= end and data[len(_MAGIC) : at] == b"%08x" % zlib.crc32(memoryview(data)[at:end])
    except (ValueError, TypeError, RecursionError):
        return None
    return Entry(header, data, start) if sound else None


def _format(header: Header, content: bytes) -> tuple[bytes, int]:
    """The bytes of a file, and where in it the content begins."""
    line = b" " + json.dumps(header).encode() + b"\n"
    checksum = zlib.crc32(memoryview(content)[: header.checked], zlib.crc32(line))
    return b"%s%08x%s%s" % (_MAGIC, checksum, line, content), len(_MAGIC) + _CHECKSUM + len(line)


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _remove(path: str) -> None:
    with suppress(OSError):  # another process was quicker
        os.unlink(path)


def _walk(folder: str) -> Iterator[tuple[str, int]]:
    """Files and their sizes; a link is not followed."""
    for base, _, files in os.walk(folder):
        for file in files:
            path = os.path.join(base, file)
            try:
                yield path, os.lstat(path).st_size
            except OSError:
                continue


def _name(path: str) -> str:
    """The project that a file is about."""
    return os.path.basename(path).partition(".")[0]


def _remove_empty(root: str) -> None:
    for base, _, files in os.walk(root, topdown=False):
        for file in files if os.path.basename(base) == "tmp" else ():
            _remove(os.path.join(base, file))
        try:
            os.rmdir(base)
        except OSError:
            continue
