"""Lock files: one module a format, what is read back from them, and what can be said of them without an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.lazy import lazily

if TYPE_CHECKING:
    from compat.lock.alone import find_own_problems
    from compat.lock.check import CondaSide, check_lock
    from compat.lock.conda_check import records_for
    from compat.lock.conda_lock.content_hash import content_hashes, write_virtual_packages
    from compat.lock.conda_lock.reader import read_conda_lock
    from compat.lock.conda_lock.writer import write_conda_lock
    from compat.lock.environment_reader import is_environment_lock, read_environment_lock
    from compat.lock.environment_yml import write_environment
    from compat.lock.explicit import write_explicit
    from compat.lock.explicit_reader import read_explicit
    from compat.lock.formats import FORMATS, LockFile, Written, import_writers, write_lock
    from compat.lock.names import to_file_names, to_target_text
    from compat.lock.pip.pylock import write_pylock
    from compat.lock.pip.pylock_reader import read_pylock
    from compat.lock.pip.quick import read_versions
    from compat.lock.pip.requirements import write_requirements
    from compat.lock.pip.requirements_reader import is_lock, read_requirements_lock
    from compat.lock.pip.uv_lock_reader import read_uv_lock
    from compat.lock.pixi.reader import read_pixi_lock, read_pixi_locks
    from compat.lock.problems import Fits, LockProblem, UnwritableError
    from compat.lock.reading import ReadLock, ReadPackage
    from compat.lock.why import CondaLines, View, find_why, views_of, views_of_read

__all__ = [
    "FORMATS",
    "CondaLines",
    "CondaSide",
    "Fits",
    "LockFile",
    "LockProblem",
    "ReadLock",
    "ReadPackage",
    "UnwritableError",
    "View",
    "Written",
    "check_lock",
    "content_hashes",
    "find_own_problems",
    "find_why",
    "import_writers",
    "is_environment_lock",
    "is_lock",
    "read_conda_lock",
    "read_environment_lock",
    "read_explicit",
    "read_pixi_lock",
    "read_pixi_locks",
    "read_pylock",
    "read_requirements_lock",
    "read_uv_lock",
    "read_versions",
    "records_for",
    "to_file_names",
    "to_target_text",
    "views_of",
    "views_of_read",
    "write_conda_lock",
    "write_environment",
    "write_explicit",
    "write_lock",
    "write_pylock",
    "write_requirements",
    "write_virtual_packages",
]

_HOMES = {
    "CondaLines": "compat.lock.why",
    "CondaSide": "compat.lock.check",
    "FORMATS": "compat.lock.formats",
    "Fits": "compat.lock.problems",
    "LockFile": "compat.lock.formats",
    "LockProblem": "compat.lock.problems",
    "ReadLock": "compat.lock.reading",
    "ReadPackage": "compat.lock.reading",
    "UnwritableError": "compat.lock.problems",
    "View": "compat.lock.why",
    "Written": "compat.lock.formats",
    "check_lock": "compat.lock.check",
    "content_hashes": "compat.lock.conda_lock.content_hash",
    "find_own_problems": "compat.lock.alone",
    "find_why": "compat.lock.why",
    "import_writers": "compat.lock.formats",
    "is_environment_lock": "compat.lock.environment_reader",
    "is_lock": "compat.lock.pip.requirements_reader",
    "read_conda_lock": "compat.lock.conda_lock.reader",
    "read_environment_lock": "compat.lock.environment_reader",
    "read_explicit": "compat.lock.explicit_reader",
    "read_pixi_lock": "compat.lock.pixi.reader",
    "read_pixi_locks": "compat.lock.pixi.reader",
    "read_pylock": "compat.lock.pip.pylock_reader",
    "read_requirements_lock": "compat.lock.pip.requirements_reader",
    "read_uv_lock": "compat.lock.pip.uv_lock_reader",
    "read_versions": "compat.lock.pip.quick",
    "records_for": "compat.lock.conda_check",
    "to_file_names": "compat.lock.names",
    "to_target_text": "compat.lock.names",
    "views_of": "compat.lock.why",
    "views_of_read": "compat.lock.why",
    "write_conda_lock": "compat.lock.conda_lock.writer",
    "write_environment": "compat.lock.environment_yml",
    "write_explicit": "compat.lock.explicit",
    "write_lock": "compat.lock.formats",
    "write_pylock": "compat.lock.pip.pylock",
    "write_requirements": "compat.lock.pip.requirements",
    "write_virtual_packages": "compat.lock.conda_lock.content_hash",
}


if not TYPE_CHECKING:  # a type checker would take every misspelt name for an object
    #: Import what is asked for when it is asked for: writing a lock needs no reader of locks.
    __getattr__ = lazily(__name__, _HOMES)
