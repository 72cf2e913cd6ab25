"""LCK001: a lock that no longer does for the files that it was made from."""

from __future__ import annotations

from typing import ClassVar

from compat.model.diagnostics import Severity
from compat.rules.lock_problems import LockRule


class StaleLock(LockRule):
    """A lock that does not hold what its input asks for.

    What it finds:
        ``compat lock --check`` compares a lock with the files that it is for, on every target, without an index: a
        requirement that is not locked, is locked to a version that it does not admit or from another source, lacks an
        extra, or a target that the lock is not for. Channels that are not those of the files are a warning, a locked
        package that nobody asks for is an info. ``compat check`` of a lock tells a ``--target`` that it is not for.

    Why it matters:
        An installer that is given the lock installs something else than the files say, and does not notice.

    Example:
        # requirements.txt, where pylock.toml holds torch 2.6.0
        torch==2.7.1

    Use instead:
        Run ``compat lock`` again with the options that the lock was made with, and commit both.

    Source:
        The input and the lock themselves. The format: https://packaging.python.org/en/latest/specifications/pylock-toml/
    """

    code, name = "LCK001", "stale-lock"
    kinds: ClassVar = {
        "target": Severity.ERROR,
        "missing": Severity.ERROR,
        "version": Severity.ERROR,
        "source": Severity.ERROR,
        "extras": Severity.ERROR,
        "channels": Severity.WARNING,
        "elsewhere": Severity.INFO,
        "unasked": Severity.INFO,
    }
