"""``pylock.toml``, the lock of PEP 751, written and checked by ``packaging.pylock``.

What the specification has no key for (which targets, who asks for a package and in which words) stands under
``tool.compat``, where installers pass over it and `check_lock` and `find_why` find it.
Source: https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from compat.lock.markers import describe_environment, environment_of
from compat.lock.marks import CREATOR
from compat.lock.names import to_target_text
from compat.lock.pip.merge import Entry, find_clash, merge
from compat.lock.pip.toml_writer import Kept, to_toml
from compat.lock.problems import UnwritableError
from compat.lock.urls import file_name, folder_path, fragments, relative_path, split_vcs, without_credentials
from compat.model.distributions import DistFile
from compat.model.locking import Asker, Lock, LockedPackage

#: The section of the ``tool`` tables.
TOOL = "compat"

_Table = dict[str, Any]

#: Tables that are kept from one file of a lock to the next: those of a thousand packages with their files.
_KEPT = 8192


def write_pylock(lock: Lock, *, validated: bool = False) -> bytes:
    """One file for all targets of *lock*. The same lock gives the same bytes.

    Args: validated says that a lock with these packages was written before, so that its files need no second look.
    Raises: UnwritableError where markers cannot tell targets apart, or a file has no hash.
    """
    if clash := find_clash(lock.targets):
        raise UnwritableError(clash)
    document = _document(lock)
    if not validated:
        _validate(document)
    return to_toml(document).encode()


def _validate(document: _Table) -> None:
    """Let ``packaging.pylock`` read what is about to be written."""
    from packaging.pylock import Pylock, PylockValidationError

    try:
        Pylock.from_dict(document)
    except PylockValidationError as error:
        raise UnwritableError(f"no valid pylock.toml: {error}") from error


def _document(lock: Lock) -> _Table:
    """Keys in the order of the specification."""
    environments = dict.fromkeys(describe_environment(environment_of(locked.target)) for locked in lock.targets)
    entries = merge(lock.targets)
    names: Counter[str] = Counter(entry.package.name for entry in entries)
    targets = [{"name": locked.name, "target": to_target_text(locked.target)} for locked in lock.targets]
    tool: _Table = {"inputs": list(lock.inputs)} if lock.inputs else {}
    return {
        "lock-version": "1.0",
        "environments": list(environments),
        "requires-python": _requires_python(lock),
        "created-by": CREATOR,
        "packages": [_package(entry.package, entry.marker, _references(entry, entries, names)) for entry in entries],
        "tool": {TOOL: {**tool, "targets": targets}},
    }


def _requires_python(lock: Lock) -> str:
    """From the lowest to the highest minor: a lock is solved for the Pythons of its targets and says nothing of others."""
    pythons = sorted(locked.target.python or (3, 0) for locked in lock.targets)
    (low_major, low), (high_major, high) = pythons[0], pythons[-1]
    return f">={low_major}.{low},<{high_major}.{high + 1}"


_Reference = tuple[str, str | None, str]
"""Name of a package that another one depends on; its version and index, where the name alone does not say which it is."""


@lru_cache(maxsize=_KEPT)
def _package(package: LockedPackage, marker: str | None, references: tuple[_Reference, ...]) -> Kept:
    """The table of a package. Most are the same in the file for all targets and in that of each."""
    table = Kept(name=package.name)
    own: _Table = {}
    source = _source(package)
    if package.version:
        # "MUST NOT be included when it cannot be guaranteed to be consistent with the code used (a source tree)".
        (own if "vcs" in source or "directory" in source else table)["version"] = package.version
    if marker is not None:
        table["marker"] = marker
    if package.requires_python:
        table["requires-python"] = package.requires_python
    if references:
        table["dependencies"] = [_reference(*reference) for reference in references]
    table |= source
    if package.askers:
        own["asked-by"] = [_asker(asker) for asker in package.askers]
    if own:
        table["tool"] = {TOOL: own}
    return table


def _references(entry: Entry, entries: Sequence[Entry], names: Mapping[str, int]) -> tuple[_Reference, ...]:
    """The least that tells which entries are meant."""
    packages = [entries[number].package for number in entry.dependencies]
    return tuple((p.name, None, "") if names[p.name] == 1 else (p.name, p.version, p.index_url) for p in packages)


@lru_cache(maxsize=_KEPT)
def _reference(name: str, version: str | None, index_url: str) -> Kept:
    table = Kept(name=name)
    if version is not None:
        table["version"] = version
    if index_url:
        table["index"] = without_credentials(index_url)
    return table


@lru_cache(maxsize=_KEPT)
def _asker(asker: Asker) -> Kept:
    requirement = without_credentials(asker.requirement)
    if asker.parent is not None:
        return Kept(package=asker.parent, requirement=requirement)
    if asker.place is not None:
        return Kept(path=asker.place.path, requirement=requirement)
    return Kept(requirement=requirement)


def _source(package: LockedPackage) -> _Table:
    """Where the package comes from: a repository, a folder, an archive, or the files of an index."""
    if package.url is not None:
        return _direct(package, package.url)
    table: _Table = {"index": without_credentials(package.index_url)} if package.index_url else {}
    sdist = next((file for file in package.files if not file.is_wheel), None)
    wheels = [_file(package, file) for file in package.files if file.is_wheel]
    if sdist is not None:
        table["sdist"] = _file(package, sdist)
    if wheels:
        table["wheels"] = wheels
    if sdist is None and not wheels:
        raise UnwritableError(f"no file is known of `{package.name}=={package.version}`")
    return table


def _direct(package: LockedPackage, url: str) -> _Table:
    if vcs := split_vcs(url):
        if not vcs.commit:
            raise UnwritableError(f"no commit is known of `{package.name}`, which comes from a repository")
        where = {"subdirectory": vcs.subdirectory} if vcs.subdirectory else {}
        return {"vcs": {"type": vcs.kind, "url": vcs.url, "commit-id": vcs.commit, **where}}
    parts = fragments(urlsplit(url).fragment)
    where = {"subdirectory": parts["subdirectory"]} if "subdirectory" in parts else {}
    folder = folder_path(url)
    if folder is not None and not package.files:
        editable = {"editable": True} if package.editable else {}
        return {"directory": {"path": folder, **editable, **where}}
    file = package.files[0] if package.files else DistFile(file_name(url), url)
    hashes = file.hashes or tuple((name, parts[name]) for name in ("sha256", "sha384", "sha512") if name in parts)
    table = _file(package, file._replace(url=url, hashes=hashes))
    return {"archive": {**table, **where}}


def _file(package: LockedPackage, file: DistFile) -> Kept:
    if not file.hashes:
        raise UnwritableError(f"no hash is known of `{file.name}`, a file of `{package.name}`")
    return _file_table(file, named=package.url is None)


@lru_cache(maxsize=_KEPT)
def _file_table(file: DistFile, *, named: bool) -> Kept:
    """One file; its name, if it is to be *named*, only where the URL does not end in it."""
    url = without_credentials(file.url).partition("#")[0]
    table = Kept() if not named or file_name(url) == file.name else Kept(name=file.name)
    if file.uploaded:
        table["upload-time"] = datetime.fromisoformat(file.uploaded)
    path = relative_path(url)
    table |= {"url": url} if path is None else {"path": path}
    if file.size is not None:
        table["size"] = file.size
    table["hashes"] = dict(file.hashes)
    return table
