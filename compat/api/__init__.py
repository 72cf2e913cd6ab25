"""The public library, and the one place where the rooms meet.

Everything here takes plain values (paths, strings) and answers with the values of `compat.model`. What ``check`` does
not need is imported from its own module: `compat.api.querying.query`, `compat.api.recommending.recommend`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.lazy import lazily

if TYPE_CHECKING:
    from compat.api.checking import check, check_files
    from compat.api.fixes import fix
    from compat.api.locking.diff import diff_locks
    from compat.api.project import config
    from compat.api.rules import explain

__all__ = ["check", "check_files", "config", "diff_locks", "explain", "fix"]

_HOMES = {
    "check": "compat.api.checking",
    "check_files": "compat.api.checking",
    "config": "compat.api.project",
    "diff_locks": "compat.api.locking.diff",
    "explain": "compat.api.rules",
    "fix": "compat.api.fixes",
}


if not TYPE_CHECKING:  # a type checker would take every misspelt name for an object
    #: Import what is asked for when it is asked for: a lock needs no rules, a check no locks.
    __getattr__ = lazily(__name__, _HOMES)
