"""Whole processes, measured: wall time, CPU time of the process and those it waited for, and peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

#: A run that takes longer is stopped.
LIMIT = 600.0
#: What would make one user's run different from another's.
PRIVATE = ("PIP_", "UV_", "NAB_", "XDG_", "COMPAT_", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")


class Usage(NamedTuple):
    """What one run took: seconds, seconds, bytes; its exit status, and the last lines of its stderr."""

    wall: float
    cpu: float
    memory: int
    status: int = 0
    said: str = ""


class Spread(NamedTuple):
    """Several runs in one number each."""

    low: float
    median: float
    high: float


def spread(values: Iterable[float]) -> Spread:
    """The smallest, the median and the largest of *values*."""
    numbers = sorted(values)
    return Spread(numbers[0], statistics.median(numbers), numbers[-1])


def environment(home: Path) -> dict[str, str]:
    """The environment without settings of the user's, and with *home*, which is empty. Bytecode is written once."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
    settings = {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
    return {**kept, **settings, "HOME": str(home), "NO_COLOR": "1", "TERM": "dumb"}


def run(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Usage:
    """Run *command* in *folder*. Linux counts at least the memory of this process, which starts it: see `floor`."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        )
        timer = threading.Timer(LIMIT, process.kill)
        timer.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)  # Popen shall not wait for it again
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip().splitlines()[-3:]
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, process.returncode, "\n".join(said))


def run_all(commands: Iterable[Sequence[str]], folder: Path, variables: Mapping[str, str]) -> Usage:
    """Run *commands* one after the other: times add up, memory is that of the largest, the first bad status counts."""
    total = Usage(0.0, 0.0, 0)
    for command in commands:
        one = run(command, folder, variables)
        memory = max(total.memory, one.memory)
        said = total.said if total.status else one.said
        total = Usage(total.wall + one.wall, total.cpu + one.cpu, memory, total.status or one.status, said)
    return total


def floor() -> int:
    """The peak memory, in bytes, that is measured of a process which does nothing."""
    return run(["true"], Path.cwd(), dict(os.environ)).memory
