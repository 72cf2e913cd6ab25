"""``compat why``."""

from __future__ import annotations

from typing import Any

import click

from compat.cli.exits import ExitCode
from compat.cli.lock import to_exit_code
from compat.cli.lock_options import clear_progress, find_progress, lock_options
from compat.cli.output import find_width, wants_color, write_output


@click.command(short_help="Tell who brought a package, and what decided its version.")
@click.argument("name")
@click.argument("paths", metavar="LOCK|PATH...", nargs=-1, required=True)
@lock_options
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def why(name: str, paths: tuple[str, ...], quiet: bool, **settings: Any) -> int:  # noqa: ANN401 - the fields of LockOptions
    """Tell who brought the package NAME, and which requirement decided its version.

    A lock (pylock.toml, uv.lock, conda-lock.yml, pixi.lock, a requirements file with `# via`) is read as it is; other files are solved as by
    `compat lock`, and nothing is written.

    Exit codes: 0 told, 1 the package is not there, or the files have a conflict, 2 wrong usage or a file that does not
    parse, 3 an index was not reached.
    """
    from compat.api.locking.run import LockOptions
    from compat.api.locking.why import why as find_why
    from compat.report.why import render_why

    try:
        result = find_why(name, paths, LockOptions(**settings), progress=find_progress(quiet=quiet))
    finally:
        clear_progress()
    color, width = wants_color(None), find_width(None)
    if result.failed is not None:
        if result.failed.unreached is None:
            from compat.report.text import render_text

            write_output(render_text(result.failed.report, color=color, width=width))
        return to_exit_code(result.failed)
    if not result.answers:
        hint = f"; hint: did you mean `{result.similar}`?" if result.similar else ""
        click.echo(f"error: `{name}` is not locked for any target{hint}", err=True)
        return ExitCode.FINDINGS
    write_output(render_why(result.answers, color=color, width=width))
    return ExitCode.CLEAN
