"""The locks that belong to some input: ours by their names and first lines, and what other tools put beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from compat.api.locking.files import format_of, is_whole
from compat.api.locking.reading import is_own, read_lock
from compat.model.errors import UsageError

#: What other tools call the lock of a descriptor that stands beside it.
_BESIDE = {
    "pyproject.toml": ("uv.lock", "pixi.lock"),
    "pixi.toml": ("pixi.lock",),
    "environment.yml": ("conda-lock.yml",),
    "environment.yaml": ("conda-lock.yml",),
}


def find_locks(folder: str, paths: Sequence[str]) -> Iterator[str]:
    """Our own locks in *folder*; and those that uv, pixi, conda-lock and pip-tools put beside the input."""
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise UsageError(f"cannot read the folder `{folder}`: {error.strerror or error}") from error
    found: dict[str, None] = {}
    for name in names:
        path = os.path.join(folder, name) if folder != "." else name
        if name == "pylock.toml" or (format_of(name) is not None and path not in paths and is_own(path)):
            found[path] = None
    found |= dict.fromkeys(path for path in _of_others(paths) if path not in found)
    yield from sorted(found, key=lambda path: not is_whole(path))


def _of_others(paths: Sequence[str]) -> Iterator[str]:
    """``uv.lock`` beside a pyproject.toml and its like, and what was compiled from ``NAME.in`` into ``NAME.txt``."""
    for path in paths:
        inside = os.path.isdir(path)
        files = [os.path.join(path, name) for name in _BESIDE] if inside else [path]
        for file in files:
            if os.path.isfile(file):
                beside = (os.path.join(os.path.dirname(file), one) for one in _BESIDE.get(os.path.basename(file), ()))
                yield from filter(os.path.isfile, beside)
        compiled = f"{path.removesuffix('.in')}.txt"
        is_input = path.endswith(".in") and compiled not in paths
        if is_input and os.path.isfile(compiled) and read_lock(compiled).creator:
            yield compiled
