"""The formats by name: which files each writes for a lock, and the command that installs each file."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from compat.lock.pip.requirements import find_indexes, unhashable, write_requirements
from compat.lock.problems import UnwritableError
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


class Setting(NamedTuple):
    """What a writer may need besides the lock: the index that pip asks anyway, and the folder of the files."""

    default_index: str = ""
    folder: str = ""


def _pylock(lock: Lock, setting: Setting) -> Iterator[LockFile | str]:
    """``pylock.toml`` for all targets, where markers can tell them apart, and ``pylock.NAME.toml`` for each."""
    del setting  # every package names its index
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
    from compat.lock.pip.pylock import write_pylock  # most locks with a conda part have no such file

    odd = any(unhashable(locked.packages) for locked in lock.targets)
    install = f"uv pip sync {name}" if odd else f"pip install -r {name}"
    if within := _within(lock):
        # Neither is what conda has installed looked for on an index, nor removed, as `sync` would.
        install = f"{within} {'uv ' if odd else ''}pip install --no-deps -r {name}"
    return LockFile(name, "pylock", write_pylock(lock, validated=validated), install, target)


def _refused(name: str, odd: Iterable[str]) -> str:
    """The note on *odd*: pip checks the hashes of all packages or of none, in pylock.toml as well (seen with pip 26.3)."""
    return f"{name}: pip refuses hashes beside {' and '.join(f'`{one}`' for one in odd)}; uv takes them"


def _requirements(lock: Lock, setting: Setting) -> Iterator[LockFile | str]:
    for locked in lock.targets:
        yield from _requirements_file(locked, setting, _within(lock))


def _requirements_file(locked: LockedTarget, setting: Setting, within: str = "") -> Iterator[LockFile | str]:
    """The file for one target; *within* is what runs a command in the conda environment that the packages go into."""
    name = f"requirements.{locked.name}.txt"
    data = write_requirements(locked, setting.default_index)
    odd = unhashable(locked.packages)
    if odd:
        yield _refused(name, odd)
    yield LockFile(name, "requirements", data, _install(name, locked, within, hashed=not odd), locked.name)


def _within(lock: Lock) -> str:
    """What runs a command in the conda environment that the pip part goes into; nothing where conda installs nothing."""
    return f"conda run -n {_name(lock)}" if any(locked.conda for locked in lock.targets) else ""


def _conda_lock(lock: Lock, setting: Setting) -> Iterator[LockFile | str]:
    """``conda-lock.yml`` for all targets where each has a platform of its own, else ``NAME.conda-lock.yml`` for each."""
    from compat.lock.conda_lock.content_hash import content_hashes
    from compat.lock.conda_lock.writer import find_shared, left_out, write_conda_lock

    _refuse_without_conda(lock)
    clash = find_shared(lock.targets)
    if clash:
        yield f"no conda-lock.yml for all targets: {clash}"
    parts = [lock._replace(targets=(locked,)) for locked in lock.targets] if clash else [lock]
    unlike = ""
    for part in parts:
        hashes = content_hashes(part)
        unlike = unlike or hashes.unlike
        target = part.targets[0].name if clash else ""
        name = f"{target}.conda-lock.yml" if clash else "conda-lock.yml"
        install = f"conda-lock install -n {_name(lock)} {name}"
        data = write_conda_lock(part, folder=setting.folder, install=install, hashes=hashes)
        yield LockFile(name, "conda-lock", data, install, target)
        for package in dict.fromkeys(package for locked in part.targets for package in left_out(locked)):
            yield f"{name}: leaves out `{package.name}`, which conda-lock cannot hold: install `{package.url}` with pip"
    if unlike:
        yield f"conda-lock.yml: `conda-lock lock --check-input-hash` will not know its content hash: {unlike}"


def _explicit(lock: Lock, setting: Setting) -> Iterator[LockFile | str]:
    """``conda-NAME.lock`` for each target, and beside it ``requirements.NAME.txt`` where there is a pip part."""
    from compat.lock.explicit import write_explicit

    _refuse_without_conda(lock)
    for locked in lock.targets:
        name = f"conda-{locked.name}.lock"
        install = f"conda create -n {_name(lock)} --file {name}"
        yield LockFile(name, "explicit", write_explicit(locked, install=install), install, locked.name)
        if locked.packages:
            yield from _requirements_file(locked, setting, _within(lock))
    if any(locked.packages for locked in lock.targets):
        name = lock.targets[0].name if len(lock.targets) == 1 else "NAME"
        yield f"conda-{name}.lock holds the conda part alone: install requirements.{name}.txt after it, the pip part"


def _environment(lock: Lock, setting: Setting) -> Iterator[LockFile | str]:
    """``environment.NAME.yml`` for each target."""
    from compat.lock.environment_yml import write_environment

    _refuse_without_conda(lock)
    for locked in lock.targets:
        name = f"environment.{locked.name}.yml"
        install = f"conda env create -n {_name(lock)} -f {name}"
        data = write_environment(lock, locked, setting.default_index, install=install)
        yield LockFile(name, "environment", data, install, locked.name)


def _pixi(lock: Lock, setting: Setting) -> Iterator[LockFile | str]:
    """``pixi.lock`` for all targets, and the ``pixi.toml`` it belongs to, unless that is what was locked."""
    from compat.lock.pixi.manifest import MANIFEST, has_manifest, write_pixi_manifest
    from compat.lock.pixi.writer import write_pixi_lock

    _refuse_without_conda(lock)
    data = write_pixi_lock(lock, setting.default_index)
    yield LockFile("pixi.lock", "pixi", data, "pixi install --locked")
    if has_manifest(lock):
        yield "pixi.lock: whether it is that of your manifest, `pixi lock --check` tells"
        return
    manifest = write_pixi_manifest(lock, setting.default_index)
    yield from manifest.notes
    yield LockFile(MANIFEST, "pixi", manifest.data, "pixi lock --check")


def _refuse_without_conda(lock: Lock) -> None:
    if not all(locked.conda for locked in lock.targets):
        raise UnwritableError("there is no conda part")


def _name(lock: Lock) -> str:
    """What the commands call the environment: as the input does, if a shell takes that for one word."""
    from compat.lock.environment_yml import environment_name

    name = environment_name(lock)
    return name if re.fullmatch(r"[A-Za-z0-9_][\w.-]*", name, re.ASCII) else "env"


def _install(name: str, locked: LockedTarget, within: str, *, hashed: bool) -> str:
    """The command for a requirements file.

    In a conda environment conda has installed the rest of what the packages need: none of pip's business, and not to be
    removed, as ``sync`` would.
    """
    if hashed:
        return (
            f"{within} pip install --no-deps --require-hashes -r {name}"
            if within
            else f"pip install --require-hashes -r {name}"
        )
    several = len(find_indexes(locked.packages)) > 1
    # uv takes a package from the first index that has the name, in whatever version, and an extra one goes first.
    strategy = "--index-strategy unsafe-best-match " if several else ""
    return f"{within} uv pip install --no-deps {strategy}-r {name}" if within else f"uv pip sync {strategy}{name}"


_Writer = Callable[[Lock, Setting], Iterator[LockFile | str]]

#: Name in ``--format`` to what writes it.
FORMATS: Mapping[str, _Writer] = MappingProxyType(
    {
        "pylock": _pylock,
        "requirements": _requirements,
        "conda-lock": _conda_lock,
        "explicit": _explicit,
        "environment": _environment,
        "pixi": _pixi,
    }
)

#: What the formats need besides this module.
_MODULES = {
    "pylock": ("pip.pylock",),
    "conda-lock": ("conda_lock.writer", "conda_lock.content_hash", "environment_yml"),
    "explicit": ("explicit", "environment_yml"),
    "environment": ("environment_yml",),
    "pixi": ("pixi.writer", "pixi.manifest"),
}


def import_writers(format_names: Iterable[str]) -> None:
    """Import what `write_lock` will need for these formats, where there is time for it before."""
    for module in dict.fromkeys(module for name in format_names for module in _MODULES.get(name, ())):
        importlib.import_module(f"compat.lock.{module}")


def write_lock(lock: Lock, format_name: str, default_index: str = "", folder: str = "") -> Written:
    """The files of one format, a key of `FORMATS`; *folder* is where they will be.

    Raises: UnwritableError where not even the file of one target can be written.
    """
    results = list(FORMATS[format_name](lock, Setting(default_index, folder)))
    files = tuple(result for result in results if isinstance(result, LockFile))
    return Written(files, tuple(result for result in results if isinstance(result, str)))
