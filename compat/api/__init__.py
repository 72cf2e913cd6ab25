"""The public library, and the one place where the rooms meet.

Everything here takes plain values (paths, strings) and answers with the values of `compat.model`. What ``check`` does
not need is imported from its own module: `compat.api.query`, `compat.api.recommend`.
"""

from __future__ import annotations

from compat.api.check import check, check_files
from compat.api.fixes import fix
from compat.api.project import config
from compat.api.rules import explain

__all__ = ["check", "check_files", "config", "explain", "fix"]
