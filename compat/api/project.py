"""The project's own settings: ``[tool.compat]`` of the nearest pyproject.toml, or compat.toml, upwards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from compat.formats.compat_toml import Config, read_config


def config(paths: Sequence[str]) -> Config:
    """The settings that hold for *paths*: those nearest to the first one, upwards to the repository's root.

    Raises: UsageError for an unknown key or a value of the wrong type, with file and line.
    """
    start = Path(paths[0]) if paths and paths[0] != "-" else Path.cwd()
    folder = (start if start.is_dir() else start.parent).resolve()
    for current in (folder, *folder.parents):
        for name in ("compat.toml", "pyproject.toml"):
            path = current / name
            if path.is_file():
                found = read_config(str(path), path.read_bytes())
                if found is not None:
                    return found
        if (current / ".git").exists():
            break
    return Config()
