"""The formats by name: which files each writes for a lock, and the command that installs each file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from compat.lock.problems import UnwritableError
from compat.lock.pylock import write_pylock
from compat.lock.requirements import find_indexes, unhashable, write_requirements
from compat.model.locking import Lock, LockedTarget


class LockFile(NamedTuple):
    """One file to write. ``install`` is the command for it, run in its folder; ``target`` its NAME, "" for all."""

    name: str
    format: str
    data: bytes
    install: str
    target: str = ""


class Written(NamedTuple):
    """The files of a lock, and in sentences what could not be written as wished."""

    files: tuple[LockFile, ...]
    notes: tuple[str, ...] = ()


def _pylock(lock: Lock, default_index: str) -> Iterator[LockFile | str]:
    """``pylock.toml`` for all targets, where markers can tell them apart, and ``pylock.NAME.toml`` for each."""
    del default_index  # every package names its index
    whole = True
    try:
        yield _pylock_file("pylock.toml", lock)
    except UnwritableError as error:
        whole = False
        yield f"no pylock.toml for all targets: {error.why}"
    for locked in lock.targets:
        yield _pylock_file(f"pylock.{locked.name}.toml", lock._replace(targets=(locked,)), locked.name, validated=whole)


def _pylock_file(name: str, lock: Lock, target: str = "", *, validated: bool = False) -> LockFile:
    return LockFile(name, "pylock", write_pylock(lock, validated=validated), f"pip install -r {name}", target)


def _requirements(lock: Lock, default_index: str) -> Iterator[LockFile | str]:
    for locked in lock.targets:
        name = f"requirements.{locked.name}.txt"
        data = write_requirements(locked, default_index)
        odd = unhashable(locked.packages)
        if odd:
            yield f"{name}: pip refuses hashes beside {' and '.join(f'`{name}`' for name in odd)}; uv or pylock.toml takes them"
        yield LockFile(name, "requirements", data, _install(name, locked, hashed=not odd), locked.name)


def _install(name: str, locked: LockedTarget, *, hashed: bool) -> str:
    if not hashed:
        several = len(find_indexes(locked.packages)) > 1
        # uv takes a package from the first index that has the name, in whatever version, and an extra one goes first.
        return f"uv pip sync {'--index-strategy unsafe-best-match ' if several else ''}{name}"
    return f"pip install --require-hashes -r {name}"


_Writer = Callable[[Lock, str], Iterator[LockFile | str]]

#: Name in ``--format`` to what writes it.
FORMATS: Mapping[str, _Writer] = MappingProxyType({"pylock": _pylock, "requirements": _requirements})


def write_lock(lock: Lock, format_name: str, default_index: str = "") -> Written:
    """The files of one format, a key of `FORMATS`.

    Raises: UnwritableError where not even the file of one target can be written.
    """
    results = list(FORMATS[format_name](lock, default_index))
    files = tuple(result for result in results if isinstance(result, LockFile))
    return Written(files, tuple(result for result in results if isinstance(result, str)))
