"""``compat lock``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from compat.cli.exits import ExitCode
from compat.cli.lock_options import clear_progress, find_progress, lock_options
from compat.cli.output import find_width, wants_color, write_output
from compat.cli.replacing import replace_files
from compat.model.errors import UsageError

if TYPE_CHECKING:
    from compat.api.locking.run import LockResult
    from compat.lock import LockFile
    from compat.model.diagnostics import Report
    from compat.model.locking import LockedTarget


@click.command(short_help="Solve for every target and write lock files.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT",
    help="pylock, requirements, conda-lock, explicit, environment, pixi; all (repeatable)."
    "  [default: conda-lock with a conda part, else pylock]",
)
@click.option("-o", "--output", metavar="DIR", help="Folder of the locks.  [default: that of the first PATH]")
@click.option("--check", is_flag=True, help="Write nothing; tell offline whether the locks still do for their input.")
@click.option("--lock", "locks", multiple=True, metavar="FILE", help="With --check: judge this lock (repeatable).")
@click.option("--upgrade", "-U", is_flag=True, help="Take the newest of everything, whatever the previous lock says.")
@click.option("--upgrade-package", "-P", "upgrade_packages", multiple=True, metavar="NAME", help="Same, one package.")
@click.option(
    "--validate", is_flag=True, help="Write only what conda-lock, py-rattler and packaging read, if installed."
)
@lock_options
@click.option("--report", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the report.")
@click.option("--quiet", "-q", is_flag=True, help="Nothing but errors.")
def lock(
    paths: tuple[str, ...],
    check: bool,
    locks: tuple[str, ...],
    validate: bool,
    form: str,
    quiet: bool,
    **settings: Any,  # noqa: ANN401 - the fields of LockOptions
) -> int:
    """Solve conda and pip requirements for every target at once and write locks that conda-lock, conda, pixi, pip and uv
    install.

    All PATHs together are one environment. A lock that is there already is kept to where the files allow it.

    Exit codes: 0 locked, 1 a conflict (with --check a lock that no longer does, with --validate one that a tool does not
    read), 2 wrong usage or a file that does not parse, 3 an index or a channel was not reached.
    """
    if locks and not check:
        raise UsageError("`--lock` names what is judged", hint="add `--check`")
    if validate and check:
        raise UsageError("`--validate` is about what is written, and `--check` writes nothing")
    from compat.api.locking.run import LockOptions
    from compat.api.locking.run import lock as solve

    options = LockOptions(**settings)
    if check:
        from compat.api.locking.check import check_locks

        report = check_locks(paths, options, locks)
        _print_report(report, form, quiet=quiet)
        return ExitCode.FINDINGS if report.verdict == "conflict" else ExitCode.CLEAN
    if options.output is not None:
        _demand_folder(options.output)
    try:
        result = solve(paths, options, progress=find_progress(quiet=quiet))
    finally:
        clear_progress()
    if result.lock is not None:
        if validate and not _is_read(result, quiet=quiet):
            return ExitCode.FINDINGS
        _write(result)
    if form == "json" or result.report.diagnostics or (result.lock is None and result.unreached is None):
        _print_report(result.report, form, quiet=quiet)
    if not quiet:
        _print_notes(result)
    return to_exit_code(result)


def to_exit_code(result: LockResult) -> ExitCode:
    """The exit code of a solve; says on stderr which index was not reached."""
    if result.unreached is not None:
        click.echo(f"error: {result.unreached}", err=True)
    if result.lock is not None:
        return ExitCode.CLEAN
    return ExitCode.FINDINGS if result.report.verdict == "conflict" else ExitCode.UNDECIDED


def _is_read(result: LockResult, *, quiet: bool) -> bool:
    """Whether the tools read the files of *result*; says on stderr which do not, and which were not asked."""
    from compat.api.locking.validate import validate_files
    from compat.report.screen import to_printable

    found = validate_files(result.files)
    for problem in found.problems:
        click.echo(f"error: {to_printable(problem)}", err=True)
    if found.problems:
        click.echo("Nothing is written. If the tool is right, this is a bug in compat: please report it.", err=True)
    for note in () if quiet else found.unchecked:
        click.echo(f"note: {to_printable(note)}", err=True)
    return not found.problems


def _demand_folder(folder: str) -> None:
    """Before the work is done. Raises: UsageError."""
    if not os.path.isdir(folder):
        raise UsageError(f"`{folder}` is no folder", hint="make it first")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"cannot write into `{folder}`: permission denied")


def _write(result: LockResult) -> None:
    """All files or none; a lock that is the same already keeps its time stamp."""
    paths = {os.path.join(result.folder, file.name): file.data for file in result.files}
    replace_files({path: data for path, data in paths.items() if _content(path) != data})


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _print_report(report: Report, form: str, *, quiet: bool) -> None:
    if form == "json":
        from compat.report.json import render_json

        write_output(render_json(report))
        return
    from compat.report.text import render_text

    write_output(render_text(report, color=wants_color(None), width=find_width(None), brief=quiet))


def _print_notes(result: LockResult) -> None:
    """What was chosen and written, and how each file is installed: on stderr, as it is no data."""
    from compat.report.screen import to_printable
    from compat.report.style import Style

    width = find_width(None, sys.stderr)
    for note in result.notes:
        click.echo("\n".join(Style(color=False).note(note, width)), err=True)
    targets = result.lock.targets if result.lock is not None else ()
    for locked in targets:
        click.echo(f"{to_printable(locked.target.text)}: {_count(locked)}", err=True)
    for file in result.files:
        path = os.path.normpath(os.path.join(result.folder, file.name))
        click.echo(f"{to_printable(path)}: {_install(file, path)}", err=True)
    if any(file.format == "pylock" for file in result.files):
        # What conda has installed is not on the list of a pip part, and `sync` would remove it.
        uv = "install --no-deps -r FILE" if any(locked.conda for locked in targets) else "sync FILE"
        click.echo(f"A pylock.toml takes pip 26.1 or later, or `uv pip {uv}`.", err=True)


def _count(locked: LockedTarget) -> str:
    """``34 conda packages and 2 of pip``; ``2 packages`` where there is no conda part."""
    pip = len(locked.packages)
    if not locked.conda:
        return f"{pip} package{'' if pip == 1 else 's'}"
    conda = len(locked.conda)
    return f"{conda} conda package{'' if conda == 1 else 's'}" + (f" and {pip} of pip" if pip else "")


def _install(file: LockFile, path: str) -> str:
    """The command, as it is run from here."""
    import shlex

    from compat.report.screen import to_printable

    if file.name not in file.install:  # pixi goes by the folder
        folder = os.path.dirname(path)
        return to_printable(f"cd {shlex.quote(folder)} && {file.install}" if folder else file.install)
    return to_printable(file.install.replace(file.name, shlex.quote(path)))
