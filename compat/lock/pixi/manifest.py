"""``pixi.toml`` for the pixi.lock beside it: what the input asks for, in pixi's words.

pixi takes a lock for current where its manifest asks for what is locked, no more and no less: every conda package must be
reached from ``[dependencies]``, every PyPI package from ``[pypi-dependencies]``. So packages that are locked and asked for
by nobody (pip, for the pip part) stand among the dependencies as well. What other tools than pixi cannot verify: its
own mapping of conda packages to PyPI projects, and metadata that it reads from folders and repositories.
Source: https://pixi.sh/latest/reference/pixi_manifest/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from compat.lock.environment_yml import environment_name
from compat.lock.marks import HEADER
from compat.lock.pip.toml_writer import to_inline, to_key
from compat.lock.pixi.dependencies import conda_dependencies, pypi_dependencies
from compat.lock.pixi.options import find_pypi_options
from compat.model.locking import Lock, LockedChannel, LockedTarget

MANIFEST = "pixi.toml"
#: The first line, by which `compat.api.locking.reading.is_own` knows ours; another pixi.toml is never written over.
_FIRST = f"{HEADER}pixi: the next `compat lock` writes it anew, together with pixi.lock.\n"
_RICH = "# Platforms with virtual packages of their own are read by pixi 0.68 and later.\n"
_HOST = "https://conda.anaconda.org/"
#: What pixi assumes of a platform that says nothing. Source: https://pixi.sh/latest/workspace/system_requirements/
_ASSUMED = {"__linux": "4.18", "__glibc": "2.28", "__osx": "13.0"}
_BASELINES = {
    "linux-64": "x86_64",
    "linux-aarch64": "aarch64",
    "osx-64": "x86_64",
    "osx-arm64": "m1",
    "win-64": "x86_64",
}
_KEYS = {"__cuda": "cuda", "__glibc": "glibc", "__linux": "linux", "__osx": "macos"}

_Table = dict[str, Any]


class Manifest(NamedTuple):
    """The file, and in sentences what it cannot say."""

    data: bytes
    notes: tuple[str, ...]


def write_pixi_manifest(lock: Lock, default_index: str = "") -> Manifest:
    """The manifest of *lock*, all of whose targets have a platform of their own. The same lock gives the same bytes.

    Args: default_index as for `find_pypi_options`.
    Raises: UnwritableError for what pixi does not install: repositories other than git.
    """
    ordered = sorted(lock.targets, key=lambda locked: locked.target.subdir)
    platforms = [_platform(locked) for locked in ordered]
    workspace: _Table = {
        "name": _name(lock),
        "channels": [each for channel in lock.channels for each in _channel(channel)],
        "platforms": platforms,
    }
    tables = [("workspace", workspace)]
    if any(locked.packages for locked in ordered):
        options = find_pypi_options(lock, default_index)
        tables.append(("pypi-options", _options(options.primary, options.extra, options.find_links)))
    tables += _by_platform("dependencies", ordered, lambda locked: conda_dependencies(lock, locked))
    tables += _by_platform("pypi-dependencies", ordered, lambda locked: pypi_dependencies(lock, locked, default_index))
    rich = _RICH if any(isinstance(platform, Mapping) for platform in platforms) else ""
    text = "\n".join("".join(f"{line}\n" for line in _lines(name, table)) for name, table in tables if table)
    return Manifest(f"{_FIRST}{rich}\n{text}".encode(), tuple(_notes(lock)))


def _name(lock: Lock) -> str:
    """As the input calls the environment, else that file's name without its end."""
    base = environment_name(lock) or next(iter(lock.inputs), "").replace("\\", "/").rpartition("/")[2].partition(".")[0]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", base).strip("-") or "environment"


def has_manifest(lock: Lock) -> bool:
    """Whether what was locked is a manifest of pixi's itself."""
    documents = lock.environment.documents if lock.environment is not None else ()
    return any(one.kind == "pixi" or (one.kind == "pyproject" and "[tool.pixi" in one.text) for one in documents)


def _channel(channel: LockedChannel) -> tuple[str, ...]:
    """By its name where pixi understands that as we do; ``defaults`` and aliases as what they stand for."""
    return (channel.name,) if channel.urls == (f"{_HOST}{channel.name}",) else channel.urls


def _platform(locked: LockedTarget) -> str | _Table:
    subdir = locked.target.subdir
    own: _Table = {}
    for package in locked.virtual:
        if package.name == "__archspec":
            own |= {"archspec": package.build} if package.build != _BASELINES.get(subdir) else {}
        elif package.name in _KEYS and package.version != _ASSUMED.get(package.name):
            own[_KEYS[package.name]] = package.version
    return {"platform": subdir, **own} if own else subdir


def _options(index: str, extra: Sequence[str], links: Sequence[str]) -> _Table:
    table: _Table = {"index-url": index}
    if extra:
        table["extra-index-urls"] = list(extra)
    if links:
        table["find-links"] = [{"url" if "://" in link else "path": link} for link in links]
    return table


def _by_platform(
    name: str, targets: Sequence[LockedTarget], find: Callable[[LockedTarget], Mapping[str, Any]]
) -> Iterator[tuple[str, _Table]]:
    """What all targets have in common as one table, and the rest of each as its own."""
    found = [dict(find(locked)) for locked in targets]
    shared = {key: value for key, value in found[0].items() if all(one.get(key) == value for one in found[1:])}
    yield name, shared
    for locked, one in zip(targets, found, strict=True):
        rest = {key: value for key, value in one.items() if key not in shared}
        yield f"target.{locked.target.subdir}.{name}", rest


def _lines(name: str, table: Mapping[str, Any]) -> Iterable[str]:
    yield f"[{name}]"
    yield from (f"{to_key(key)} = {to_inline(value)}" for key, value in table.items())


def _notes(lock: Lock) -> Iterator[str]:
    bounds = {entry.name for entry in lock.environment.pip if entry.constraint} if lock.environment else set()
    if bounds:
        names = ", ".join(f"`{name}`" for name in sorted(bounds))
        yield f"pixi.toml has no place for constraints: those on {names} hold in pixi.lock, and not when pixi locks anew"
