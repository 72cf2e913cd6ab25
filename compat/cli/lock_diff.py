"""``compat diff``."""

from __future__ import annotations

import click

from compat.cli.exits import ExitCode
from compat.cli.output import find_width, wants_color, write_output


@click.command(short_help="Tell what changed between two locks.")
@click.argument("old")
@click.argument("new")
@click.option(
    "--target", "targets", multiple=True, metavar="TARGET", help="Compare for this machine only (repeatable)."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", help="Form of the answer."
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 also where the locks differ.")
def diff(old: str, new: str, targets: tuple[str, ...], form: str, exit_zero: bool) -> int:
    """Tell what changed from the lock OLD to the lock NEW, by family: PyTorch, CUDA, Python, the rest.

    Both may be of any format that `compat lock` reads, also of different ones. Nothing is asked of an index.

    Exit codes: 0 the same, 1 they differ, 2 wrong usage or a file that does not parse.
    """
    from compat.api.locking.diff import diff_locks

    result = diff_locks(old, new, targets=targets)
    if form == "json":
        from compat.report.lock_diff_json import render_lock_diff_json
        from compat.version import __version__

        write_output(render_lock_diff_json(result, f"compat {__version__}"))
    else:
        from compat.report.lock_diff import render_lock_diff, render_lock_diff_markdown

        color, width = wants_color(None), find_width(None)
        is_text = form == "text"
        write_output(
            render_lock_diff(result, color=color, width=width) if is_text else render_lock_diff_markdown(result)
        )
    return ExitCode.CLEAN if exit_zero or result.is_empty else ExitCode.FINDINGS
