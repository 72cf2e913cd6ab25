"""``compat export``."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from compat.cli.exits import ExitCode
from compat.cli.output import find_width, wants_color, write_output
from compat.model.errors import UsageError

if TYPE_CHECKING:
    from compat.api.exporting.dockerfile import DockerfileResult
    from compat.export.sizes import Explanation

_OPTIONS = (
    click.option(
        "--target", "targets", multiple=True, metavar="TARGET", help="Machine: SUBDIR[,key=value]... (repeatable)."
    ),
    click.option("--python", default="", metavar="VERSION", help="Python of targets that name none, such as 3.12."),
    click.option("--extra", "extras", multiple=True, metavar="NAME", help="An extra of the project too (repeatable)."),
    click.option("--group", "groups", multiple=True, metavar="NAME", help="A dependency group too (repeatable)."),
    click.option("--name", default="", metavar="NAME", help="What the environment is called.  [default: as it says]"),
)


def export_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give *command* the options that say which environment is exported: the fields of `ExportOptions`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


class _LazyGroup(click.Group):
    """Imports `compose` and `argo` when they are asked for."""

    _LATER = ("compose", "argo")

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *self._LATER]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._LATER:
            return super().get_command(ctx, cmd_name)
        from compat.cli import export_cluster

        command = getattr(export_cluster, cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_LazyGroup, short_help="Write a Dockerfile, a compose file or a workflow.")
def export() -> None:
    """Write what builds and runs an environment in containers: files that pass `compat check` as they are."""


@export.command(short_help="A small layered image for both architectures.")
@click.argument("path", metavar="PATH|LOCK")
@export_options
@click.option("-o", "--output", metavar="DIR", help="Write a Dockerfile and what it needs there, else to stdout alone.")
@click.option("--explain", is_flag=True, help="Tell what each layer weighs, and write nothing.")
@click.option("--force", is_flag=True, help="Replace a Dockerfile that is another.")
@click.option(
    "--port", type=click.IntRange(1, 65535), metavar="N", help="It is a service: its port, for the health check."
)
@click.option("--health-path", default="/", show_default=True, metavar="PATH", help="What the health check asks for.")
@click.option("--command", metavar="WORDS", help="What the image runs, in one argument.  [default: python]")
@click.option("--system", multiple=True, metavar="NAME", help="A package of the distribution too (repeatable).")
@click.option("--quiet", "-q", is_flag=True, help="No notes.")
def dockerfile(
    path: str,
    output: str | None,
    explain: bool,
    force: bool,
    port: int | None,
    health_path: str,
    command: str | None,
    system: tuple[str, ...],
    quiet: bool,
    **settings: Any,  # noqa: ANN401 - the fields of ExportOptions
) -> int:
    """Write a Dockerfile for a lock, or for an environment.yml, a requirements file or a pyproject.toml.

    A lock that stands beside the file and still does for it is taken. Packages go into layers by how often they change:
    CUDA, the torch family, the rest, the project. With `-o DIR`, the folder that the image is built from, a list of packages for
    each layer stands in DIR/docker; without it the lists are in the Dockerfile.

    Exit codes: 0 written, 2 wrong usage or a file that does not parse.
    """
    from compat.api.exporting.dockerfile import ExportOptions, ImageSettings, export_dockerfile

    words = _split(command) if command is not None else ("python",)
    image = ImageSettings(port=port, health_path=_checked(health_path), command=words, system=_names(system))
    result = export_dockerfile(path, ExportOptions(**settings), image, output=output)
    if explain and not result.plan.is_locked:
        raise UsageError(f"`{path}` is not locked, so that nobody knows what it weighs", hint=f"compat lock {path}")
    if explain:
        write_output(_render(result.explanation))
    elif output is None:
        write_output(result.text)
    else:
        _write(result, force=force)
    if not quiet:
        print_notes(result.notes)
    return ExitCode.CLEAN


def _split(command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(f"`--command {command}` is no command: {error}") from error
    if not words:
        raise UsageError("`--command` is empty", hint="leave it out, and the image runs `python`")
    return words


def _checked(health_path: str) -> str:
    """A path that may stand within quotes. Raises: UsageError."""
    if not health_path.startswith("/") or not health_path.isprintable() or set(health_path) & set("'\"\\ $"):
        raise UsageError(f"`--health-path {health_path}` is no path of a URL", hint="such as `/health`")
    return health_path


def _names(system: Sequence[str]) -> tuple[str, ...]:
    """Names of Debian packages. Raises: UsageError. Source: Debian Policy 5.6.1."""
    for name in system:
        plain = name.replace("+", "").replace("-", "").replace(".", "")
        if not (plain.isascii() and plain.isalnum() and name == name.lower() and name[0].isalnum()):
            raise UsageError(f"`--system {name}` is no name of a package")
    return tuple(system)


def _render(found: Explanation) -> str:
    from compat.report.style import Style
    from compat.report.table import render_table

    width, style = find_width(None), Style(color=wants_color(None))
    lines = render_table(found.columns, found.rows, style=style, width=width)
    lines += [line for note in found.notes for line in style.note(note, width)]
    return "".join(f"{line}\n" for line in lines)


def _write(result: DockerfileResult, *, force: bool) -> None:
    """All files or none; what is the same already keeps its time stamp. Raises: UsageError."""
    from compat.api.exporting.dockerfile import is_ours

    if not os.path.isdir(result.folder):
        raise UsageError(f"`{result.folder}` is no folder", hint="make it first")
    paths = {os.path.join(result.folder, name): data for name, data in result.files.items()}
    changed = {path: data for path, data in paths.items() if _content(path) != data}
    for path in changed:
        if os.path.lexists(path) and not is_ours(path) and not force:
            raise UsageError(f"`{path}` is there already, and is not the same", hint="`--force` replaces it")
    write_files(changed)
    for path in paths:
        click.echo(f"{os.path.normpath(path)}{'' if path in changed else ' (unchanged)'}", err=True)


def write_files(contents: dict[str, bytes]) -> None:
    """Write all files or none, and make the folders that they are in. Raises: UsageError."""
    from compat.cli.replacing import replace_files

    for path in contents:
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot write `{path}`: {error.strerror or error}") from error
    replace_files(contents)


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def print_notes(notes: Sequence[str]) -> None:
    """Notes go to stderr: they are no data."""
    from compat.report.style import Style

    width = find_width(None, sys.stderr)
    for note in notes:
        click.echo("\n".join(Style(color=False).note(note, width)), err=True)
