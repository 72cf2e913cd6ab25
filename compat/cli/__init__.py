"""The command line: arguments in, an api call, a report out. Nothing else."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn


def main() -> NoReturn:
    """Run ``compat`` with this process's arguments, and end the process.

    A check takes less time than Python takes to clean up after it. So the collector starts late (what a check allocates
    lives to its end), and the process leaves without taking every module apart. mypy does both for the same reason.
    """
    gc.set_threshold(200_000, 50, 50)
    from compat.cli.commands import cli

    code: object = 0
    try:
        cli()
    except SystemExit as stop:
        code = stop.code
    with suppress(OSError, ValueError):  # a reader that has gone, a stream that was closed
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)
