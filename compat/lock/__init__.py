"""Lock files: one module a format, what is read back from them, and what can be said of them without an index."""

from __future__ import annotations

from compat.lock.check import Fits, LockProblem, check_lock
from compat.lock.formats import FORMATS, LockFile, Written, write_lock
from compat.lock.names import to_file_names, to_target_text
from compat.lock.problems import UnwritableError
from compat.lock.pylock import write_pylock
from compat.lock.pylock_reader import read_pylock
from compat.lock.quick import read_versions
from compat.lock.reading import ReadLock, ReadPackage
from compat.lock.requirements import write_requirements
from compat.lock.requirements_reader import is_lock, read_requirements_lock
from compat.lock.uv_lock_reader import read_uv_lock
from compat.lock.why import View, find_why, views_of, views_of_read

__all__ = [
    "FORMATS",
    "Fits",
    "LockFile",
    "LockProblem",
    "ReadLock",
    "ReadPackage",
    "UnwritableError",
    "View",
    "Written",
    "check_lock",
    "find_why",
    "is_lock",
    "read_pylock",
    "read_requirements_lock",
    "read_uv_lock",
    "read_versions",
    "to_file_names",
    "to_target_text",
    "views_of",
    "views_of_read",
    "write_lock",
    "write_pylock",
    "write_requirements",
]
