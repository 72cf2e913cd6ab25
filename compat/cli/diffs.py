"""Files before and after, printed as a diff."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from compat.cli.output import wants_color, write_bytes, write_output
from compat.model.errors import FileProblem
from compat.report.diff import Rewrite, render_diff
from compat.report.style import Style


def print_diff(contents: Sequence[tuple[str, bytes]]) -> tuple[str, ...]:
    """Print what becomes of files, which are path and new content; returns notes on where the diff does not apply.

    Raises: FileProblem for a file that can no longer be read.
    """
    names, base = _to_names([path for path, _ in contents])
    rewrites = [Rewrite(names[path], _read(path), data) for path, data in contents]
    screen = sys.stdout.isatty()
    diff = render_diff(rewrites, Style(color=wants_color(None)), screen=screen)
    if screen:
        write_output(diff.text)
    else:
        write_bytes(diff.text.encode("utf-8", "surrogateescape"))
    apart = () if base is None else (f"a file is outside the working folder: the paths of the diff start at `{base}`",)
    return (*apart, *diff.notes)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise FileProblem(path, f"cannot be read: {error.strerror or error}") from error


def _to_names(paths: Sequence[str]) -> tuple[dict[str, str], str | None]:
    """The name of each path in the diff, and the folder where they start unless it is the working folder.

    `git apply` and `patch` refuse absolute names and those with `..`; names below one folder they take, there.
    """
    plain = {path: Path(os.path.normpath(path)) for path in paths}
    if not any(path.is_absolute() or ".." in path.parts for path in plain.values()):
        return {path: name.as_posix() for path, name in plain.items()}, None
    here = Path.cwd()
    real = {path: name.parent.resolve() / name.name for path, name in plain.items()}
    folders = [here, *(path.parent for path in real.values())]
    base = next((above for above in (here, *here.parents) if all(f.is_relative_to(above) for f in folders)), None)
    if base is None:  # drives of Windows have no folder in common
        return {path: name.as_posix() for path, name in plain.items()}, None
    names = {path: name.relative_to(base).as_posix() for path, name in real.items()}
    return names, None if base == here else str(base)
