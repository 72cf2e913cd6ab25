"""The formats by name: which files each writes for a lock, and the command that installs each file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    if odd := dict.fromkeys(name for locked in lock.targets for name in unhashable(locked.packages)):
        yield _refused("pylock.toml", odd)
    for locked in lock.targets:
        yield _pylock_file(f"pylock.{locked.name}.toml", lock._replace(targets=(locked,)), locked.name, validated=whole)


def _pylock_file(name: str, lock: Lock, target: str = "", *, validated: bool = False) -> LockFile:
    odd = any(unhashable(locked.packages) for locked in lock.targets)
    install = f"uv pip sync {name}" if odd else f"pip install -r {name}"
    return LockFile(name, "pylock", write_pylock(lock, validated=validated), install, target)


def _refused(name: str, odd: Iterable[str]) -> str:
    """The note on *odd*: pip checks the hashes of all packages or of none, in pylock.toml as well (seen with pip 26.3)."""
    return f"{name}: pip refuses hashes beside {' and '.join(f'`{one}`' for one in odd)}; uv takes them"


def _requirements(lock: Lock, default_index: str) -> Iterator[LockFile | str]:
    for locked in lock.targets:
        name = f"requirements.{locked.name}.txt"
        data = write_requirements(locked, default_index)
        odd = unhashable(locked.packages)
        if odd:
            yield _refused(name, odd)
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
