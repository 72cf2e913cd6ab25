"""The files that a check would read here, with their bytes: what a service elsewhere is sent."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from compat.api.files import DiskFiles, Library
from compat.api.images.roots import IMAGE_KINDS
from compat.api.locking.kinds import LOCK_KINDS
from compat.api.project import config
from compat.api.roots import find_roots, gather
from compat.api.workloads.kinds import WORKLOAD_KINDS
from compat.model.errors import FileProblem


class Collected(NamedTuple):
    """``files`` by name in the order in which they are judged, ``roots`` as `check_files` takes them."""

    files: dict[str, bytes]
    roots: tuple[str, ...]


class _Recording(DiskFiles):
    """Files on disk, of which those that were read are remembered."""

    def __init__(self, given: dict[str, bytes]) -> None:
        super().__init__(given)
        self.seen: dict[str, bytes] = {}

    def read(self, path: str) -> bytes:
        self.seen[path] = super().read(path)
        return self.seen[path]


def collect(paths: Sequence[str], stdin: bytes | None = None, stdin_filename: str | None = None) -> Collected:
    """What ``check`` of *paths* reads: what they name and hold, what those include, and the settings that count.

    Raises: UsageError for a path that is not there; FileProblem for a file that cannot be read.
    """
    name = stdin_filename or "requirements.txt"
    given = {name: stdin or b""} if "-" in paths else {}
    paths = [name if path == "-" else path for path in paths]
    files = _Recording(given)
    library = Library(files)
    named, walked = find_roots(paths, given, LOCK_KINDS | IMAGE_KINDS | WORKLOAD_KINDS)
    _, _, unread = gather(library, named, walked)
    for path in (*named, *walked):
        files.read(path)
    _follow(library, unread, frozenset(named))
    settings = config(paths).path
    if settings is not None:
        files.read(os.path.relpath(settings).replace(os.sep, "/") if not os.path.isabs(paths[0]) else settings)
    order = dict.fromkeys((*named, *walked, *files.seen))
    return Collected({path: files.seen[path] for path in order if path in files.seen}, tuple(map(_root, paths)))


def _follow(library: Library, unread: Sequence[tuple[str, str]], named: frozenset[str]) -> None:
    """Read what images copy in, and what workloads lead to."""
    for path, kind in unread:
        if kind in IMAGE_KINDS:
            from compat.api.images.reading import read_image

            with suppress(FileProblem):  # the service says so, too
                read_image(path, library.peek(path) or b"", library)
    if any(kind in WORKLOAD_KINDS for _, kind in unread):
        from compat.api.workloads.reading import read_roots

        read_roots(library, unread, named)


def _root(path: str) -> str:
    return f"{path.rstrip('/')}/" if os.path.isdir(path) else path
