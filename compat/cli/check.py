"""``compat check``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import click

from compat.cli.exits import ExitCode
from compat.cli.output import find_width, wants_color, write_atomically, write_output
from compat.model.diagnostics import Report, Severity
from compat.model.errors import UsageError
from compat.text.source import MAX_BYTES


@click.command(short_help="Judge environment files on a target machine.")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="Machine to judge for: SUBDIR[,key=value]... (repeatable).",
)
@click.option("--together", is_flag=True, help="Judge all paths as one environment.")
@click.option("--online", is_flag=True, help="Ask the indexes what the matrix does not know.")
@click.option(
    "--server", metavar="URL", help="Let a `compat serve` judge the files; a key comes from COMPAT_SERVER_KEY."
)
@click.option("--strict", is_flag=True, help="Exit 3 where the verdict is unknown.")
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    help="Least severity that exits 1.  [default: error]",
)
@click.option("--select", multiple=True, metavar="CODE", help="Only these rules or families (repeatable).")
@click.option("--ignore", multiple=True, metavar="CODE", help="Not these rules or families (repeatable).")
@click.option("--fix", is_flag=True, help="Apply safe fixes in place, then report what is left.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the report.",
)
@click.option("--output", metavar="FILE", help="Write the report there instead of to stdout.")
@click.option("--quiet", "-q", is_flag=True, help="Text: one line a finding, and no summary.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 in spite of findings.")
@click.option("--stdin-filename", metavar="NAME", help="Name of the file that `-` reads from stdin.")
def check(
    paths: tuple[str, ...],
    targets: tuple[str, ...],
    together: bool,
    online: bool,
    server: str | None,
    strict: bool,
    fail_on: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fix: bool,
    form: str,
    output: str | None,
    quiet: bool,
    exit_zero: bool,
    stdin_filename: str | None,
) -> int:
    """Judge environment files: do their conda and pip parts work together on the target?

    PATH is a file, a folder to walk, or `-` for stdin; without one, the working folder.

    Exit codes: 0 clean, 1 findings, 2 wrong usage or a file that does not parse, 3 undecided (with --strict).
    """
    from compat import api

    paths = paths or (".",)
    stdin = _read_stdin(paths, stdin_filename, fix=fix)
    ask = partial(
        partial(api.check, online=online) if server is None else _find_judge(server, online=online),
        paths,
        targets=targets,
        together=together,
        select=_split(select),
        ignore=_split(ignore),
        stdin=stdin,
        stdin_filename=stdin_filename,
    )
    report = ask()
    if fix and _apply_fixes(report):
        report = ask()
    write_output(_render(report, form, output, quiet=quiet), output)
    severity = Severity(fail_on or api.config(paths).fail_on)
    return to_exit_code(report, fail_on=severity, strict=strict, exit_zero=exit_zero)


def _find_judge(server: str, *, online: bool) -> Callable[..., Report]:
    """What asks the service at *server*."""
    if online:
        raise UsageError("`--online` lets this machine ask the indexes, and with `--server` it judges nothing")
    from compat.cli.remote import check_remotely

    return partial(check_remotely, server)


def _split(codes: tuple[str, ...]) -> tuple[str, ...]:
    """``--select TCH,CUD001`` is ``--select TCH --select CUD001``."""
    return tuple(code.strip() for part in codes for code in part.split(",") if code.strip())


def _read_stdin(paths: tuple[str, ...], name: str | None, *, fix: bool) -> bytes | None:
    if "-" not in paths:
        if name is not None:
            raise UsageError("`--stdin-filename` names what `-` reads, but no PATH is `-`")
        return None
    if fix:
        raise UsageError("`--fix` edits files in place, and `-` is none", hint="save the text to a file first")
    return sys.stdin.buffer.read(MAX_BYTES + 1)  # the reader refuses what is longer, and says so


def _apply_fixes(report: Report) -> bool:
    """Write the files that safe fixes change, and say which."""
    from compat import api

    changes = api.fix(report)
    for path, data in changes:
        write_atomically(path, data)
        click.echo(f"fixed {path}", err=True)
    return bool(changes)


def _render(report: Report, form: str, output: str | None, *, quiet: bool) -> str:
    if form == "json":
        from compat.report.json import render_json

        for note in report.notes:  # the schema has no room for them
            click.echo(f"note: {note}", err=True)
        return render_json(report)
    from compat.report.text import render_text

    return render_text(report, color=wants_color(output), width=find_width(output), brief=quiet)


def to_exit_code(report: Report, *, fail_on: Severity, strict: bool, exit_zero: bool) -> ExitCode:
    """The exit code for a report.

    Args: strict makes an unknown verdict count; exit_zero forgives findings, but neither a file that does not parse
    nor, under strict, an unknown verdict.
    """
    if any(file.error is not None for file in report.files):
        return ExitCode.USAGE
    if not exit_zero and any(found.severity.rank <= fail_on.rank for found in report.diagnostics):
        return ExitCode.FINDINGS
    if strict and report.verdict == "unknown":
        return ExitCode.UNDECIDED
    return ExitCode.CLEAN
