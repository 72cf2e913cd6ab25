"""``compat export compose`` and ``compat export argo``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from compat.api.exporting.options import ExportOptions
from compat.cli.exits import ExitCode
from compat.cli.export import export_options, print_notes
from compat.cli.output import write_output
from compat.cli.replacing import replace_files
from compat.model.errors import UsageError

_FILES = (
    click.option("-o", "--output", metavar="DIR", help="Folder of the file.  [default: print it]"),
    click.option("--force", is_flag=True, help="Replace a file that is there and differs."),
    click.option("--quiet", "-q", is_flag=True, help="No notes."),
)


def _file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_FILES):
        command = option(command)
    return command


@click.command(short_help="A compose file that builds and runs the image.")
@click.argument("path", metavar="PATH")
@export_options
@_file_options
@click.option("--gpus", default="", metavar="N", help="Number of GPUs, all or none.  [default: 1 for a CUDA build]")
@click.option("--memory", default="", metavar="SIZE", help="Limit of memory, such as 16g.  [default: 16g or 4g]")
@click.option("--shm", default="", metavar="SIZE", help="Shared memory for workers.  [default: half with PyTorch]")
@click.option("--cpus", default="", metavar="N", help="Limit of CPUs.  [default: none]")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="It is a service that listens there.")
@click.option(
    "--health-path", default="/", show_default=True, metavar="PATH", help="Asked whether the service is well."
)
@click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="NAME=FILE",
    help="A file for /run/secrets; netrc is for the build (repeatable).",
)
def compose(
    path: str,
    targets: tuple[str, ...],
    python: str,
    extras: tuple[str, ...],
    groups: tuple[str, ...],
    name: str,
    output: str | None,
    force: bool,
    quiet: bool,
    secrets: tuple[str, ...],
    **settings: Any,  # noqa: ANN401 - the other fields of ComposeOptions
) -> int:
    """Write a compose file for the environment PATH: it builds the Dockerfile of `compat export dockerfile` beside it, with
    limits, log rotation, caches that stay, and the GPU where packages are built for CUDA.

    Exit codes: 0 written, 2 wrong usage or a file that does not parse.
    """
    from compat.api.exporting.compose import export_compose
    from compat.export.compose import ComposeOptions

    pairs = tuple((key, file) for key, _, file in (secret.partition("=") for secret in secrets))
    chosen = ComposeOptions(secrets=pairs, **settings)
    options = ExportOptions(targets, python, extras, groups, name)
    text, notes = export_compose(path, options, chosen, output)
    return _finish("compose.yaml", text, output, () if quiet else notes, force=force)


@click.command(short_help="An Argo workflow that checks, builds and tries the environment.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@export_options
@_file_options
@click.option("--image", default="", metavar="REPO/NAME:TAG", help="Pull this image, and build none.")
@click.option("--push", default="", metavar="REPO/NAME:TAG", help="What is built is pushed there, per architecture.")
@click.option(
    "--repository",
    "repositories",
    multiple=True,
    metavar="URL",
    help="Where the files are cloned from (repeatable).  [default: origin of the checkout]",
)
@click.option("--revision", default="", help="Branch or tag of it.  [default: the one checked out]")
@click.option("--template", is_flag=True, help="A WorkflowTemplate in place of a Workflow.")
@click.option("--gpus", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="GPUs of a smoke test.")
def argo(
    paths: tuple[str, ...],
    targets: tuple[str, ...],
    python: str,
    extras: tuple[str, ...],
    groups: tuple[str, ...],
    name: str,
    output: str | None,
    force: bool,
    quiet: bool,
    **settings: Any,  # noqa: ANN401 - the fields of ArgoOptions
) -> int:
    """Write an Argo workflow that, on each architecture, checks the environment and its lock, builds the image or pulls it,
    and tries torch and CUDA in it on a node of that kind.

    Over many repositories it is the same workflow with a longer list in the parameter `repositories`.

    Exit codes: 0 written, 2 wrong usage, a file that does not parse, or hera is not installed.
    """
    from compat.api.exporting.argo import ArgoOptions, export_argo

    options = ExportOptions(targets, python, extras, groups, name)
    text, notes = export_argo(paths, options, ArgoOptions(**settings))
    return _finish("workflow.yaml", text, output, () if quiet else notes, force=force)


def _finish(name: str, text: str, folder: str | None, notes: Sequence[str], *, force: bool) -> ExitCode:
    """Write or print *text*, and say *notes* on stderr. Raises: UsageError for a file that would be lost."""
    if folder is None:
        write_output(text)
    else:
        _write(Path(folder) / name, text.encode(), force=force)
    print_notes(notes)
    return ExitCode.CLEAN


def _write(path: Path, data: bytes, *, force: bool) -> None:
    if not path.parent.is_dir():
        raise UsageError(f"`{path.parent}` is no folder", hint="make it first")
    if path.exists():
        if path.read_bytes() == data:
            return
        if not force:
            raise UsageError(f"`{path}` is there and differs", hint="`--force` replaces it, without `-o` it is printed")
    replace_files({str(path): data})
