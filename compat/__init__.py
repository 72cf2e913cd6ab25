"""Tells whether the conda part and the pip part of an ML environment work together on a given CPU, driver and GPU.

>>> import compat
>>> report = compat.check(["environment.yml"], targets=["linux-aarch64,gpu=gh200,driver=580"])
>>> report.verdict
'conflict'
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from compat.version import __version__

if TYPE_CHECKING:
    from compat.api.checking import check
    from compat.api.locking.diff import diff_locks
    from compat.api.locking.run import LockResult
    from compat.api.locks import lock
    from compat.api.relax import relax
    from compat.model.diagnostics import Diagnostic, Report, Severity
    from compat.model.lock_changes import LockDiff
    from compat.model.relaxation import Relaxation

__all__ = [
    "Diagnostic",
    "LockDiff",
    "LockResult",
    "Relaxation",
    "Report",
    "Severity",
    "__version__",
    "check",
    "diff_locks",
    "lock",
    "relax",
]

_HOMES = {
    "check": "compat.api.checking",
    "diff_locks": "compat.api.locking.diff",
    "LockDiff": "compat.model.lock_changes",
    "lock": "compat.api.locks",
    "LockResult": "compat.api.locking.run",
    "relax": "compat.api.relax",
    "Relaxation": "compat.model.relaxation",
    "Diagnostic": "compat.model.diagnostics",
    "Report": "compat.model.diagnostics",
    "Severity": "compat.model.diagnostics",
}


if not TYPE_CHECKING:  # a type checker would take every misspelt name for an object

    class _Package(type(importlib)):
        """This module. Importing `compat.lock`, the package of the lock formats, must not hide the function of that name."""

        @property
        def lock(self) -> object:
            return _load("lock")

        @lock.setter
        def lock(self, value: object) -> None: ...

    sys.modules[__name__].__class__ = _Package

    def _load(name: str) -> object:
        return getattr(importlib.import_module(_HOMES[name]), name)

    def __getattr__(name: str) -> object:
        """Import what is asked for when it is asked for: `compat --version` needs none of it."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = _load(name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
