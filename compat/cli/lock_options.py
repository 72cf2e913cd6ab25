"""Options that `lock` and `why` share: machines, parts of a project, indexes, the cache."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

_OPTIONS = (
    click.option(
        "--target", "targets", multiple=True, metavar="TARGET", help="Machine: SUBDIR[,key=value]... (repeatable)."
    ),
    click.option("--extra", "extras", multiple=True, metavar="NAME", help="An extra of the project too (repeatable)."),
    click.option("--group", "groups", multiple=True, metavar="NAME", help="A dependency group too (repeatable)."),
    click.option(
        "--channel", "channels", multiple=True, metavar="CHANNEL", help="Instead of the files' channels (repeatable)."
    ),
    click.option(
        "--channel-priority",
        type=click.Choice(["strict", "flexible", "disabled"]),
        help="Whether a package comes from the first channel alone that has it.  [default: as configured for conda]",
    ),
    click.option("--index-url", metavar="URL", help="The index instead of the default one."),
    click.option("--extra-index-url", "extra_index_urls", multiple=True, metavar="URL", help="Another, asked first."),
    click.option("--find-links", multiple=True, metavar="PLACE", help="A folder or page with files (repeatable)."),
    click.option(
        "--index-strategy",
        type=click.Choice(["first-index", "any-index"]),
        default="first-index",
        show_default=True,
        help="A package comes from the first index that has it, or from any.",
    ),
    click.option(
        "--allow-build", multiple=True, metavar="NAME", help="Build its metadata where nothing says it (repeatable)."
    ),
    click.option("--torch-backend", metavar="VARIANT", help="Build of the torch family: cu128, cpu, ... or auto."),
    click.option("--exclude-newer", default="", metavar="DATE", help="Leave out files uploaded after that day."),
    click.option("--offline", is_flag=True, help="Ask no index: the cache has to do."),
    click.option("--cache-dir", metavar="DIR", help="Folder of the cache."),
    click.option("--no-cache", is_flag=True, help="Neither read nor write the cache."),
)

Progress = Callable[[str], None]
_CLEAR = "\r\033[K"


def lock_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give *command* the shared options, in their order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def find_progress(*, quiet: bool) -> Progress | None:
    """Says on a terminal what is under way, on one line that the next one replaces; None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        return None

    def show(text: str) -> None:
        sys.stderr.write(f"{_CLEAR}{text}")
        sys.stderr.flush()

    return show


def clear_progress() -> None:
    """Take the line away, on whatever way the command is left."""
    if sys.stderr.isatty():
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()
