"""The project's own settings: ``[tool.compat]`` of the nearest pyproject.toml, or compat.toml, upwards."""

from __future__ import annotations

import os
from collections.abc import Sequence

from compat.api.files import upwards
from compat.model.config import Config
from compat.model.errors import FileProblem


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


def _read(path: str) -> Config | None:
    """The settings in the file at *path*; a pyproject.toml that does not name compat is not even parsed."""
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith("pyproject.toml") and b"compat" not in data:
        return None
    from compat.formats.compat_toml import read_config

    try:
        return read_config(path, data)
    except FileProblem:
        if path.endswith("pyproject.toml") and b"tool.compat" not in data:
            return None  # broken, but no settings of ours are lost; where it is checked, the report says so
        raise
