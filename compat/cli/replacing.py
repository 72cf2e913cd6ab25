"""Replacing files: each is the old one or the new one at any moment, and where one cannot be written, all stay old."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple

from compat.model.errors import UsageError

#: What a killed process has left beside a file is removed after this time; a younger one may be in use.
_LEFT_BEHIND_SECONDS = 600
_SUFFIX = ".tmp"


class _Staged(NamedTuple):
    """*temporary* is to take the place of *target*, which the caller calls *path*."""

    path: str
    target: str
    temporary: str


def replace_files(contents: Mapping[str, bytes]) -> None:
    """Give each of the files its content: all are written beside their places before the first is put there.

    A link stays, permissions stay. What is no regular file (``/dev/null``, a named pipe) is written to as it is.
    A temporary file is hidden and no kind of file that compat knows by its name.
    Raises: UsageError where a folder or a file cannot be written.
    """
    staged: list[_Staged] = []
    try:
        for path, data in contents.items():
            with _told(path):
                _stage(path, data, staged)
        while staged:
            with _told(staged[0].path):
                os.replace(staged[0].temporary, staged[0].target)
            del staged[0]
    finally:  # Ctrl-C too
        for one in staged:
            with suppress(OSError):
                os.unlink(one.temporary)


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Makes a UsageError of what the system says about *path*."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {error.strerror or error}") from error


def _stage(path: str, data: bytes, staged: list[_Staged]) -> None:
    """Write *data* beside *path*; it is in *staged* before there is a file, so that whoever cleans up knows of it."""
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as file:
            file.write(data)
        return
    target = os.path.realpath(path)
    mode = os.stat(target).st_mode & 0o7777 if os.path.exists(target) else None
    folder, name = os.path.split(target)
    _sweep(folder, f".{name}.")
    one = _Staged(path, target, os.path.join(folder, f".{name}.{os.urandom(4).hex()}{_SUFFIX}"))
    staged.append(one)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    # What is there already may be for its owner's eyes only.
    with os.fdopen(os.open(one.temporary, flags, 0o666 if mode is None else 0o600), "wb") as file:
        file.write(data)
    if mode is not None:
        os.chmod(one.temporary, mode)


def _sweep(folder: str, prefix: str) -> None:
    limit = time.time() - _LEFT_BEHIND_SECONDS
    with suppress(OSError):  # somebody else's, or gone by now
        for entry in os.scandir(folder):
            is_ours = entry.name.startswith(prefix) and entry.name.endswith(_SUFFIX)
            if is_ours and entry.stat(follow_symlinks=False).st_mtime < limit:
                os.unlink(entry.path)
