"""A lock file on disk, whoever made it."""

from __future__ import annotations

import os

from compat.api.files import DiskFiles
from compat.formats import read
from compat.lock import ReadLock, read_pylock, read_requirements_lock, read_uv_lock
from compat.lock.pylock import CREATOR
from compat.lock.requirements import HEADER
from compat.model.errors import UsageError

#: Where in a file of ours it says that it is one.
_HEAD = 4096


def read_lock(path: str) -> ReadLock:
    """The lock at *path*: ``uv.lock`` by its name, ``*.toml`` as PEP 751 has it, anything else as a requirements file.

    Raises: UsageError where there is none; FileProblem where it does not parse.
    """
    try:
        data = DiskFiles().read(path)
    except FileNotFoundError:
        raise UsageError(f"`{path}` does not exist") from None
    path = path.replace(os.sep, "/")
    name = os.path.basename(path)
    if name.endswith(".lock"):
        return read_uv_lock(path, data)
    if name.endswith(".toml"):
        return read_pylock(path, data)
    return read_requirements_lock(read(path, data, "requirements"))


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
    if name == "uv.lock" or (name.startswith("pylock.") and name.endswith(".toml")):
        return True
    if not name.endswith(".txt") or not os.path.isfile(path):
        return False
    lock = read_lock(path)
    return bool(lock.packages) and bool(lock.creator or lock.linked)
