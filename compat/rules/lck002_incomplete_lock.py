"""LCK002: a lock that an installer cannot install from on one of its targets."""

from __future__ import annotations

from typing import ClassVar

from compat.model.diagnostics import Severity
from compat.rules.lock_problems import LockRule


class IncompleteLock(LockRule):
    """A lock with a hole: on some target it cannot be installed as it is.

    What it finds:
        ``compat lock --check`` looks at what a lock says of itself: a package without a file that fits a target (no
        wheel for linux-aarch64), a dependency that is not locked, a Requires-Python that excludes the target's Python,
        a package that is locked twice, without a version, or without a hash beside others that have one. A package
        that is locked as an sdist only is a warning, because it is built where it is installed.

    Why it matters:
        The lock works on the machine that it was made on, and fails on the other.

    Example:
        # requirements.txt, made by another tool on x86_64 and installed on an ARM server
        bitsandbytes==0.42.0 --hash=sha256:...
        nvidia-nccl-cu12

    Use instead:
        Lock for every target: ``compat lock requirements.in --target linux-64 --target linux-aarch64``.

    Source:
        Wheel tags: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
        Hashes: https://pip.pypa.io/en/stable/topics/secure-installs/#hash-checking-mode
    """

    code, name = "LCK002", "incomplete-lock"
    kinds: ClassVar = {
        "open": Severity.ERROR,
        "hole": Severity.ERROR,
        "build": Severity.WARNING,
        "python": Severity.ERROR,
        "twice": Severity.ERROR,
        "pin": Severity.ERROR,
        "hash": Severity.ERROR,
    }
