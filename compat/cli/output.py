"""Where output goes: the terminal, a pipe that may close, or a file that is never half written."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click

from compat.cli.exits import ExitCode

#: Prose narrower or wider than this is hard to read, whatever the terminal's width.
_NARROW, _WIDE = 60, 110
_DEFAULT_WIDTH = 80


def wants_color(output: str | None, stream: TextIO | None = None) -> bool:
    """Whether the report goes to a terminal that may be coloured; *stream* is stdout unless given.

    Source: https://no-color.org
    """
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return output is None and not plain and (stream or sys.stdout).isatty()


def find_width(output: str | None, stream: TextIO | None = None) -> int:
    """The columns to wrap prose at: the terminal's, else 80, so that files and pipes do not depend on the window."""
    stream = stream or sys.stdout
    if output is not None or not stream.isatty():
        return _DEFAULT_WIDTH
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size(stream.fileno()).columns)
    except (OSError, ValueError):
        columns = _DEFAULT_WIDTH
    return min(max(columns, _NARROW), _WIDE)


def write_output(text: str, output: str | None = None) -> None:
    """Write *text* to the file *output*, at once or not at all, else to stdout.

    Raises: UsageError for a file that cannot be written; click's Exit for a pipe whose reader has gone.
    """
    if output is not None:
        write_atomically(output, text.encode("utf-8", "backslashreplace"))
        return
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A console shows a letter that its code page lacks as an escape.
        sys.stdout.reconfigure(errors="backslashreplace")
    with _open_pipe():
        sys.stdout.write(text)
        sys.stdout.flush()


def write_bytes(data: bytes) -> None:
    """Write *data* to stdout as it is. Raises: click's Exit for a pipe whose reader has gone."""
    with _open_pipe():
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


@contextmanager
def _open_pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _abandon_stdout()
        raise click.exceptions.Exit(ExitCode.BROKEN_PIPE) from None


def _abandon_stdout() -> None:
    """Let the flush at interpreter exit go nowhere instead of failing a second time.

    Source: https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_atomically(path: str, data: bytes) -> None:
    """Replace the file *path* by *data*, as `replace_files` does. Raises: UsageError."""
    from compat.cli.replacing import replace_files  # a report to stdout need not pay for it

    replace_files({path: data})
