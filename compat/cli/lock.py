"""``compat lock``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from compat.cli.exits import ExitCode
from compat.cli.output import find_width, wants_color, write_atomically, write_output
from compat.model.errors import UsageError

if TYPE_CHECKING:
    from compat.api.lock import LockResult
    from compat.model.diagnostics import Report


@click.command(short_help="Solve for every target and write lock files.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--target", "targets", multiple=True, metavar="TARGET", help="Machine to lock for (repeatable).")
@click.option("--format", "formats", multiple=True, metavar="FORMAT", help="pylock or requirements (repeatable).")
@click.option("-o", "--output", metavar="DIR", help="Folder of the locks.  [default: that of the first PATH]")
@click.option("--check", is_flag=True, help="Write nothing; tell offline whether the locks still do for their input.")
@click.option("--upgrade", "-U", is_flag=True, help="Take the newest of everything, whatever the previous lock says.")
@click.option(
    "--upgrade-package", "-P", "upgrade_packages", multiple=True, metavar="NAME", help="The same for one package."
)
@click.option("--extra", "extras", multiple=True, metavar="NAME", help="Lock an extra of the project too (repeatable).")
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Lock a dependency group too (repeatable).")
@click.option("--index-url", metavar="URL", help="The index instead of the default one.")
@click.option(
    "--extra-index-url", "extra_index_urls", multiple=True, metavar="URL", help="A further index, asked first."
)
@click.option("--find-links", multiple=True, metavar="PLACE", help="A folder or page with files (repeatable).")
@click.option(
    "--index-strategy",
    type=click.Choice(["first-index", "any-index"]),
    default="first-index",
    show_default=True,
    help="A package is taken from the first index that has it, or from any.",
)
@click.option("--torch-backend", metavar="VARIANT", help="Build of the torch family: cu128, cpu, ... or auto.")
@click.option("--exclude-newer", default="", metavar="DATE", help="Leave out files uploaded after that day.")
@click.option("--offline", is_flag=True, help="Ask no index: the cache has to do.")
@click.option("--cache-dir", metavar="DIR", help="Folder of the cache.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--report", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the report.")
@click.option("--quiet", "-q", is_flag=True, help="Nothing but errors.")
def lock(paths: tuple[str, ...], check: bool, form: str, quiet: bool, **settings: Any) -> int:  # noqa: ANN401 - the fields of LockOptions
    """Solve requirements for every target at once and write locks that pip and uv install.

    Exit codes: 0 locked, 1 a conflict (or, with --check, a lock that no longer does), 2 wrong usage or a file that does
    not parse, 3 an index was not reached.
    """
    from compat.api.lock import LockOptions
    from compat.api.lock import lock as solve

    options = LockOptions(**settings)
    if check:
        from compat.api.lock_check import check_locks

        report = check_locks(paths, options)
        _print_report(report, form, quiet=quiet)
        return ExitCode.FINDINGS if report.verdict == "conflict" else ExitCode.CLEAN
    result = solve(paths, options, progress=None if quiet else _progress())
    if result.lock is not None:
        _write(result)
    if result.lock is None or form == "json":
        _print_report(result.report, form, quiet=quiet)
    if not quiet:
        _print_notes(result)
    if result.unreached is not None:
        click.echo(f"error: {result.unreached}", err=True)
        return ExitCode.UNDECIDED
    return _to_exit_code(result)


def _to_exit_code(result: LockResult) -> ExitCode:
    if result.lock is not None:
        return ExitCode.CLEAN
    return ExitCode.FINDINGS if result.report.verdict == "conflict" else ExitCode.UNDECIDED


def _progress() -> Any:  # noqa: ANN401 - a function, or nothing where nobody looks
    """Says on a terminal what is under way, on one line that the next one replaces."""
    if not sys.stderr.isatty():
        return None

    def show(text: str) -> None:
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()

    return show


def _write(result: LockResult) -> None:
    """Each file whole or not at all; a lock that is the same already keeps its time stamp."""
    if not os.path.isdir(result.folder):
        raise UsageError(f"`{result.folder}` is no folder")
    for file in result.files:
        path = os.path.join(result.folder, file.name)
        if _content(path) != file.data:
            write_atomically(path, file.data)


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

    if report.diagnostics:
        _clear()
        write_output(render_text(report, color=wants_color(None), width=find_width(None), brief=quiet))


def _print_notes(result: LockResult) -> None:
    """What was chosen and written, and how each file is installed: on stderr, as it is no data."""
    from compat.report.screen import wrap

    _clear()
    width = find_width(None, sys.stderr)
    for note in result.notes:
        first, *rest = wrap(note, width, indent=6)
        click.echo("\n".join([f"note: {first}", *rest]), err=True)
    for target in result.lock.targets if result.lock is not None else ():
        click.echo(f"{target.target.text}: {len(target.packages)} packages", err=True)
    for file in result.files:
        click.echo(f"{os.path.join(result.folder, file.name)}: {file.install}", err=True)


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
