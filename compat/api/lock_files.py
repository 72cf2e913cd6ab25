"""Lock files on disk: what an earlier run settled, and whether a lock still does for its input."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from compat.lock import ReadLock, read_versions
from compat.model.errors import CompatError
from compat.model.names import PyPIName
from compat.model.targets import Target


def previous_versions(folder: str, targets: Sequence[Target]) -> Mapping[Target, Mapping[PyPIName, str]]:
    """The versions that the locks in *folder* hold for each of *targets*, to be kept where they still fit.

    A lock that cannot be read is as good as none: it is written anew.
    """
    found: dict[Target, Mapping[PyPIName, str]] = {}
    for name in ("pylock.toml", *_own(folder)):
        lock = _read(os.path.join(folder, name))
        for target in targets if lock is not None else ():
            if target not in found and lock is not None and lock.gap(target) is None:
                found[target] = lock.preferences(target)
    return found


def _read(path: str) -> ReadLock | None:
    try:
        with open(path, "rb") as file:
            return read_versions(path, file.read())
    except (OSError, CompatError):
        return None


def _own(folder: str) -> list[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(name for name in names if name.startswith("pylock.") and name.endswith(".toml"))
