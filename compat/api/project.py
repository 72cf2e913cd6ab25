"""The project's own settings: ``[tool.compat]`` of the nearest pyproject.toml, or compat.toml, upwards."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from compat.api.files import upwards
from compat.model.config import Config
from compat.model.errors import FileProblem, UsageError

#: Folders above one that are looked at by name; paths have no more parts.
_MAX_ABOVE = 64


def config(paths: Sequence[str]) -> Config:
    """The settings that hold for *paths*: those nearest to the first one, upwards to the repository's root.

    Raises: UsageError for an unknown key or a value of the wrong type, with file and line; FileProblem for a
    compat.toml that does not parse.
    """
    start = os.path.realpath(paths[0] if paths and paths[0] != "-" else os.curdir)
    for folder in upwards(start if os.path.isdir(start) else os.path.dirname(start)):
        for name in ("compat.toml", "pyproject.toml"):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and (found := _read(path)) is not None:
                return found
        if os.path.exists(os.path.join(folder, ".git")):
            break
    return Config()


def config_among(files: Mapping[str, bytes], paths: Sequence[str]) -> Config:
    """The same where nothing but *files* exists: the settings nearest to the first of *paths*, upwards by its name.

    Raises: UsageError and FileProblem, as for `config`. A target ``host`` in the settings is one of them.
    """
    start = paths[0] if paths else ""
    for folder in _above(os.path.normpath(start) if start.endswith("/") else os.path.dirname(os.path.normpath(start))):
        for name in ("compat.toml", "pyproject.toml"):
            path = os.path.join(folder, name).replace(os.sep, "/")
            if path in files and (found := _parse(path, files[path])) is not None:
                return _without_host(found)
    return Config()


def _above(folder: str) -> Iterator[str]:
    """*folder* and every folder above it, by their names alone: above the working folder are ``..`` and so on."""
    folder = "" if folder == "." else folder
    for _ in range(_MAX_ABOVE):
        yield folder
        if folder and folder.split(os.sep)[-1] != "..":
            above = os.path.dirname(folder)
            if above == folder:
                return
            folder = above
        else:
            folder = os.path.join(folder, "..") if folder else ".."


def _without_host(found: Config) -> Config:
    if any(target.split(",")[0].strip() == "host" for target in found.targets):
        raise UsageError(f"`host` in {found.path} means the machine that asks, and is refused here")
    return found


def _read(path: str) -> Config | None:
    with open(path, "rb") as file:
        return _parse(path, file.read())


def _parse(path: str, data: bytes) -> Config | None:
    """The settings in the file at *path*; a pyproject.toml that does not name compat is not even parsed."""
    if path.endswith("pyproject.toml") and b"compat" not in data:
        return None
    from compat.formats.compat_toml import read_config

    try:
        return read_config(path, data)
    except FileProblem:
        if path.endswith("pyproject.toml") and b"tool.compat" not in data:
            return None  # broken, but no settings of ours are lost; where it is checked, the report says so
        raise
