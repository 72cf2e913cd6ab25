"""Lock files on disk: what an earlier run settled, and what it has left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from compat.api.lock_reading import is_own, read_lock
from compat.lock import ReadLock, read_versions
from compat.model.errors import CompatError
from compat.model.names import PyPIName
from compat.model.targets import Target

#: Beginning and end of the name of a lock for one target, by format.
_NAMES = {"pylock": ("pylock.", ".toml"), "requirements": ("requirements.", ".txt")}


def previous_versions(folder: str, targets: Sequence[Target]) -> Mapping[Target, Mapping[PyPIName, str]]:
    """The versions that the locks in *folder* hold for each of *targets*, to be kept where they still fit.

    A target that no lock is for yet keeps to those that pylock.toml has for the others, where these agree. A lock that
    cannot be read is as good as none: it is written anew.
    """
    found: dict[Target, Mapping[PyPIName, str]] = {}
    others: ReadLock | None = None
    for path in _locks_in(folder):
        lock = _read(path)
        if lock is None:
            continue
        others = others or lock
        found |= {
            target: lock.preferences(target) for target in targets if target not in found and not lock.gap(target)
        }
        if len(found) == len(targets):
            break
    if others is not None:
        found |= {target: others.preferences(target) for target in targets if target not in found}
    return found


def stale_notes(folder: str, written: Sequence[str]) -> Iterator[str]:
    """What to say of locks of ours in *folder* that belong to none of the targets for which *written* are."""
    formats = {"pylock" if name.endswith(".toml") else "requirements" for name in written}
    for path in _locks_in(folder):
        name = os.path.basename(path)
        is_of_them = ("pylock" if name.endswith(".toml") else "requirements") in formats
        if is_of_them and name not in written and is_own(path):
            yield f"{os.path.normpath(path)} is left from an earlier run and is for none of these targets: remove it"


def _locks_in(folder: str) -> Iterator[str]:
    """The file for all targets, then those for one target each, by name; found as they are asked for."""
    whole = os.path.join(folder, "pylock.toml")
    if os.path.isfile(whole):
        yield whole
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for start, end in _NAMES.values():
        for name in names:
            if name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end):
                yield os.path.join(folder, name)


def _read(path: str) -> ReadLock | None:
    """Of requirements files only our own: any other may be input."""
    try:
        if path.endswith(".toml"):
            with open(path, "rb") as file:
                return read_versions(path, file.read())
        return read_lock(path) if is_own(path) else None
    except (OSError, CompatError):
        return None
