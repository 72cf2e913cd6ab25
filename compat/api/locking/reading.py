"""A lock file on disk, whoever made it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from compat.api.files import DiskFiles
from compat.formats import read
from compat.lock.marks import CREATOR, HEADER
from compat.model.errors import UsageError

if TYPE_CHECKING:
    from compat.lock import ReadLock

#: Where in a file of ours it says that it is one.
_HEAD = 4096
_CONDA_LOCK = re.compile(r"(?:.*[-_.])?conda-lock(?:[-_.].*)?\.ya?ml")
_PYLOCK = re.compile(r"pylock\.(?:[^.]+\.)?toml")
#: The keys of a conda-lock.yml, whatever its name, of which the last may stand anywhere in it.
_CONDA_LOCK_KEYS = (rb"(?m)^version: *['\"]?1['\"]? *\r?$", rb"(?m)^metadata: *\r?$", rb"(?m)^package: *\r?$")
_EXPLICIT = re.compile(rb"(?m)^[ \t]*@EXPLICIT[ \t]*\r?$")


def read_lock(path: str) -> ReadLock:
    """The lock at *path*: by its name (``uv.lock``, ``pixi.lock``, ``*.toml``), else by what only its format holds.

    Anything else is a requirements file.

    Raises: UsageError where there is none; FileProblem where it does not parse.
    """
    try:
        data = DiskFiles().read(path)
    except FileNotFoundError:
        raise UsageError(f"`{path}` does not exist") from None
    return to_lock(path.replace(os.sep, "/"), data)


def to_lock(path: str, data: bytes) -> ReadLock:
    """The lock in *data*, which *path* names. A run meets one or two formats, each with a reader of its own.

    Raises: FileProblem where it does not parse.
    """
    name = path.rpartition("/")[2]
    if name.endswith((".lock", ".txt")) and _EXPLICIT.search(data):
        from compat.lock import read_explicit

        return read_explicit(path, data)
    if name == "pixi.lock":
        from compat.lock import read_pixi_lock

        return read_pixi_lock(path, data)
    if name.endswith(".lock"):
        from compat.lock import read_uv_lock

        return read_uv_lock(path, data)
    if name.endswith(".toml"):
        from compat.lock import read_pylock

        return read_pylock(path, data)
    if name.endswith((".yml", ".yaml")):
        return _of_yaml(path, data)
    from compat.lock import read_requirements_lock

    return read_requirements_lock(read(path, data, "requirements"))


def _of_yaml(path: str, data: bytes) -> ReadLock:
    if data.startswith(HEADER.encode()) and not _is_conda_lock(path.rpartition("/")[2], data):
        from compat.lock import read_environment_lock

        return read_environment_lock(read(path, data, "environment"))
    from compat.lock import read_conda_lock

    return read_conda_lock(path, data)


def is_own(path: str) -> bool:
    """Whether the file at *path* is a lock that we have written, by its first lines."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return head.startswith(HEADER.encode()) or f'created-by = "{CREATOR}"'.encode() in head


def is_lock_file(path: str) -> bool:
    """Whether the file at *path* is a lock rather than input: by its name, or by what a tool has written at its top."""
    name = os.path.basename(path)
    if name in ("uv.lock", "pixi.lock") or _PYLOCK.fullmatch(name) or _CONDA_LOCK.fullmatch(name):
        return True
    if name.endswith((".yml", ".yaml", ".lock", ".txt")) and os.path.isfile(path):
        if is_own(path):
            return True
        data = DiskFiles().read(path)
        if name.endswith((".yml", ".yaml")):
            return _is_conda_lock(name, data)
        if _EXPLICIT.search(data):
            return True
    if not name.endswith(".txt") or not os.path.isfile(path):
        return False
    lock = read_lock(path)
    return bool(lock.packages) and bool(lock.creator or lock.linked)


def _is_conda_lock(name: str, data: bytes) -> bool:
    return bool(_CONDA_LOCK.fullmatch(name)) or all(re.search(key, data) for key in _CONDA_LOCK_KEYS)
