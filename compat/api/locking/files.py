"""Lock files on disk: what an earlier run settled, and what it has left behind."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from compat.api.locking.reading import is_own, to_lock
from compat.model.errors import CompatError

if TYPE_CHECKING:
    from compat.lock import LockFile, ReadLock
    from compat.model.conda_records import CondaRecord
    from compat.model.names import PyPIName
    from compat.model.targets import Target

#: The name of a lock for all targets, and beginning and end of one for a single target, by format.
_WHOLE = {"pylock": "pylock.toml", "conda-lock": "conda-lock.yml", "pixi": "pixi.lock"}
_SINGLE = {
    "pylock": ("pylock.", ".toml"),
    "requirements": ("requirements.", ".txt"),
    "conda-lock": ("", ".conda-lock.yml"),
    "explicit": ("conda-", ".lock"),
    "environment": ("environment.", ".yml"),
}
#: The formats that hold pip packages with their versions, and those that hold conda records with their URLs.
_PIP = ("pylock", "conda-lock", "pixi", "requirements")
_CONDA = ("conda-lock", "pixi", "explicit")
#: Files with such names may be input, and count only where we have written them.
_DOUBTFUL = ("requirements", "environment")


def previous_versions(folder: str, targets: Sequence[Target]) -> Mapping[Target, Mapping[PyPIName, str]]:
    """The versions that the locks in *folder* hold for each of *targets*, to be kept where they still fit.

    A target that no lock is for yet keeps to those that the first lock has for the others, where these agree. A lock
    that cannot be read is as good as none: it is written anew.
    """
    found: dict[Target, Mapping[PyPIName, str]] = {}
    others: ReadLock | None = None
    for lock in _read_all(folder, _PIP):
        others = others or lock
        found |= {
            target: lock.preferences(target) for target in targets if target not in found and not lock.gap(target)
        }
        if len(found) == len(targets):
            break
    if others is not None:
        found |= {target: others.preferences(target) for target in targets if target not in found}
    return found


def previous_records(folder: str, targets: Sequence[Target]) -> Mapping[Target, tuple[CondaRecord, ...]]:
    """The conda records that the locks in *folder* hold for each of *targets*, to be kept where they still fit.

    A target that no lock is for yet keeps to those of the first lock for its platform, such as one with another Python.
    Builds are chosen by what is claimed of the GPU: records of a lock for another claim would keep a build for the CPU.
    """
    found: dict[Target, tuple[CondaRecord, ...]] = {}
    others: dict[Target, tuple[CondaRecord, ...]] = {}
    for lock in _read_all(folder, _CONDA):
        for target in targets:
            records = tuple(each.record for each in lock.conda if each.subdir == target.subdir)
            if records and target not in found and _has_same_gpu(lock, target):
                (found if lock.gap(target) is None else others).setdefault(target, records)
        if len(found) == len(targets):
            break
    return others | found


def _has_same_gpu(lock: ReadLock, target: Target) -> bool:
    """Whether *lock* is for what *target* claims of GPU, driver and CUDA; a lock that does not say is for no GPU."""
    from compat.lock import to_target_text  # there is a lock to read, so this is no first run

    locked = [set(text.split(",")) for _, text in lock.targets] or [{target.subdir}]
    wanted = set(to_target_text(target).split(","))
    return any(target.subdir in one and _gpu_of(one) == _gpu_of(wanted) for one in locked)


def _gpu_of(parts: Iterable[str]) -> set[str]:
    return {part for part in parts if part.startswith(("gpu=", "driver=", "cuda="))}


def stale_notes(folder: str, written: Sequence[str]) -> Iterator[str]:
    """What to say of locks of ours in *folder* that belong to none of the targets for which *written* are."""
    formats = dict.fromkeys(format_name for name in written if (format_name := format_of(name)) is not None)
    for path in _locks_in(folder, formats):
        name = os.path.basename(path)
        if name not in written and is_own(path):
            yield f"{os.path.normpath(path)} is left from an earlier run and is for none of these targets: remove it"


def without_foreign(folder: str, files: Sequence[LockFile]) -> tuple[list[LockFile], list[str]]:
    """*files* without a manifest that would replace one of somebody else's, and what to say of it."""
    kept = [file for file in files if file.name != "pixi.toml" or _is_free(os.path.join(folder, file.name))]
    paths = [os.path.normpath(os.path.join(folder, file.name)) for file in files if file not in kept]
    note = "is not ours and stays as it is: `pixi lock --check` tells whether pixi.lock is that of it"
    return kept, [f"{path} {note}" for path in paths]


def _is_free(path: str) -> bool:
    return not os.path.lexists(path) or is_own(path)


def format_of(name: str) -> str | None:
    """The format of a lock with the file name *name*, as this package names its files; None where it is none."""
    for format_name, whole in _WHOLE.items():
        if name == whole:
            return format_name
    for format_name, (start, end) in _SINGLE.items():
        if name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end):
            return format_name
    return None


def is_whole(path: str) -> bool:
    """Whether the lock at *path* is, by its name, one for all targets."""
    return os.path.basename(path) in _WHOLE.values()


def name_in(path: str) -> str:
    """The NAME in the name of a lock for one target, "" where there is none."""
    name, format_name = os.path.basename(path), format_of(os.path.basename(path))
    if format_name is None or is_whole(path):
        return ""
    start, end = _SINGLE[format_name]
    return name[len(start) : len(name) - len(end)]


def _locks_in(folder: str, formats: Iterable[str]) -> Iterator[str]:
    """Files for all targets, then those for one target each, in the order of *formats* and by name."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    ordered = tuple(formats)
    single = {name: format_of(name) for name in names if name not in _WHOLE.values()}
    for name in (_WHOLE[each] for each in ordered if each in _WHOLE):
        if name in names:
            yield os.path.join(folder, name)
    for each in ordered:
        yield from (os.path.join(folder, name) for name, format_name in single.items() if format_name == each)


def _read_all(folder: str, formats: Iterable[str]) -> Iterator[ReadLock]:
    """The locks of *formats* in *folder* that can be read, each when it is asked for."""
    for path in _locks_in(folder, formats):
        try:
            status = os.stat(path)
            if format_of(os.path.basename(path)) not in _DOUBTFUL or is_own(path):
                yield _read(path, status.st_mtime_ns, status.st_size)
        except (OSError, CompatError):
            continue


@lru_cache(maxsize=8)
def _read(path: str, _changed: int, _size: int) -> ReadLock:
    """The lock at *path*, which a run reads for its versions and for its records. Raises: OSError, CompatError."""
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith(".toml"):
        from compat.lock import read_versions  # a first lock has none to read

        return read_versions(path, data)
    return to_lock(path.replace(os.sep, "/"), data)
