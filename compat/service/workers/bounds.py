"""Bounds that the system keeps for a worker, and how much memory it has taken."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


def bound_memory(most: int) -> None:
    """Let this process take at most *most* bytes of address space: beyond it an allocation raises MemoryError. 0 for no bound."""
    if not most or sys.platform == "win32":
        return
    import resource

    with suppress(ValueError, OSError):  # a lower bound stands already
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def no_core() -> None:
    """Write no core file, which would hold the files of a request."""
    if sys.platform == "win32":
        return
    import resource

    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def resident() -> int:
    """The bytes of memory that this process holds; 0 where the system does not say. Source: proc_pid_statm(5)."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
