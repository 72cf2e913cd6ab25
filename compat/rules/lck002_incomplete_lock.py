"""LCK002: a lock that an installer cannot install from on one of its targets."""

from __future__ import annotations

from typing import ClassVar

from compat.model.diagnostics import Severity
from compat.rules.lock_problems import LockRule


class IncompleteLock(LockRule):
    """A lock with a hole: on some target it cannot be installed as it is.

    What it finds:
        ``compat check`` of a lock, and ``compat lock --check``, look at what it says of itself: a package without a file
        that fits a target (no wheel for linux-aarch64), a conda package of another platform, a dependency that is not
        locked or in no version that does, a Requires-Python that excludes the target's Python, a package that is locked
        twice, without a version, or without a hash beside others that have one. What a conda package asks of the machine
        (``__glibc``, ``__cuda``) counts where the target says what it has; a driver that is too old is a warning. So is a
        package that is locked as an sdist only, because it is built where it is installed, and in a lock alone a version
        that another package does not ask for, because the files may override what that one asks.

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
        Virtual packages: https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-virtual.html
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
        "machine": Severity.ERROR,
        "driver": Severity.WARNING,
        "override": Severity.WARNING,
    }
