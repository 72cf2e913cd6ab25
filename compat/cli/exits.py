"""Exit codes, and what is said on stderr when a command cannot do its work."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import IntEnum

import click

from compat.model.errors import FileProblem, UnansweredError, UsageError


class ExitCode(IntEnum):
    """What a caller can rely on. Where several apply, the usage error goes first, then findings, then undecided."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    UNDECIDED = 3
    BUG = 70
    """sysexits' EX_SOFTWARE."""
    INTERRUPT = 130
    """128 + SIGINT, as a shell reports it."""
    BROKEN_PIPE = 141
    """128 + SIGPIPE: whoever read the output has seen enough."""


def run_guarded(command: Callable[[], int | None]) -> int:
    """The exit code of *command*: what it returns, or what its exception means. Says why on stderr."""
    try:
        return command() or ExitCode.CLEAN
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPT
    except click.ClickException as error:
        error.show()
    except (UsageError, FileProblem, UnansweredError) as error:
        click.echo(f"error: {'; '.join(str(error).splitlines())}", err=True)
        if isinstance(error, UnansweredError):
            return ExitCode.UNDECIDED
    except Exception as error:  # noqa: BLE001 - a bug of ours: whatever it is, the user gets a sentence, not a traceback
        _report_bug(error)
        return ExitCode.BUG
    return ExitCode.USAGE


def _report_bug(error: Exception) -> None:
    if os.environ.get("COMPAT_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    words = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    click.echo(f"compat: internal error: {words}", err=True)
    click.echo(
        f"This is a bug in compat, not in your files. Please report it with the output of\n  COMPAT_DEBUG=1 compat {' '.join(sys.argv[1:])}",
        err=True,
    )
