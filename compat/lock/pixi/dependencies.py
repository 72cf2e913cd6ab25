"""The dependencies of a pixi.toml: for each target what the input asks for, and what is locked and reached by nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from compat.lock.markers import holds
from compat.lock.pixi.options import find_pypi_options
from compat.lock.problems import UnwritableError
from compat.lock.urls import folder_path, relative_path, split_vcs, without_credentials
from compat.model.conda_version import VersionSpec
from compat.model.environments import CondaEntry
from compat.model.locking import Lock, LockedPackage, LockedRecord, LockedTarget
from compat.model.matchspec import MatchSpec
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry

_Table = dict[str, Any]


def conda_dependencies(lock: Lock, locked: LockedTarget) -> Mapping[str, str | _Table]:
    """``[dependencies]`` of one target, by name."""
    entries = lock.environment.conda if lock.environment is not None else ()
    specs: dict[str, list[MatchSpec]] = {}
    for entry in entries:
        if _is_for(entry, locked):
            specs.setdefault(entry.name, []).append(entry.spec)
    found: dict[str, str | _Table] = {name: _conda(several) for name, several in specs.items()}
    for name in _unreached(locked, found):
        found[name] = _own_python(locked) if name == "python" else "*"
    if isinstance(found.get("python"), str) and found["python"] == "*":
        found["python"] = _own_python(locked)
    return {name: found[name] for name in sorted(found)}


def _is_for(entry: CondaEntry, locked: LockedTarget) -> bool:
    return not entry.platforms or locked.target.subdir in entry.platforms


def _own_python(locked: LockedTarget) -> str:
    """The Python of the target, which the input leaves open."""
    python = locked.target.python
    return f"{python[0]}.{python[1]}.*" if python else "*"


def _unreached(locked: LockedTarget, names: Iterable[str]) -> Iterator[str]:
    """The records that neither *names* nor what these depend on lead to; of a chain of those, the one at its top."""
    records: dict[str, LockedRecord] = {one.record.name: one for one in locked.conda}
    reached = _reach(records, names)
    left = {name: one for name, one in records.items() if name not in reached}
    asked = {name for one in left.values() for name in _depends(one) if name != one.record.name}
    # A ring that nothing leads to is entered at its first name.
    for name in [*sorted(left.keys() - asked), *sorted(left)]:
        if name not in reached:
            reached |= _reach(records, [name])
            yield name


def _reach(records: Mapping[str, LockedRecord], names: Iterable[str]) -> set[str]:
    pending = [name for name in names if name in records]
    reached = set(pending)
    while pending:
        new = [name for name in _depends(records[pending.pop()]) if name in records and name not in reached]
        reached.update(new)
        pending += new
    return reached


def _depends(locked: LockedRecord) -> list[str]:
    return [re.split(r"[ =<>!~\[]", text.strip(), maxsplit=1)[0].lower() for text in locked.record.depends]


def _conda(specs: Sequence[MatchSpec]) -> str | _Table:
    """All that is asked of one package, as one value."""
    versions = list(dict.fromkeys(_version(spec.version) for spec in specs if spec.version is not None))
    versions = [version for version in versions if version != "*"]
    grouped = [f"({one})" if "|" in one and len(versions) > 1 else one for one in versions]
    table: _Table = {"version": ",".join(grouped) or "*"}
    for key, values in (
        ("build", [spec.build for spec in specs]),
        ("build-number", [spec.build_number for spec in specs]),
        ("channel", [spec.channel for spec in specs]),
        ("subdir", [spec.subdir for spec in specs]),
    ):
        if value := next((value for value in values if value not in (None, "*")), None):
            table[key] = value
    return table if len(table) > 1 else str(table["version"])


def _version(spec: VersionSpec) -> str:
    """The constraint with an operator before each version; a glob only where it says something, after no comparison."""
    if spec.is_exact is not None:
        return f"=={spec.is_exact}"
    if spec.series is not None:
        return f"{spec.series}.*"
    words = re.split(r"([()|,])", "".join(spec.text.split()))
    return "".join(re.sub(r"^([<>]=?|~=)(.*?)\.?\*$", r"\1\2", word) for word in words)


def pypi_dependencies(lock: Lock, locked: LockedTarget, default_index: str) -> Mapping[str, str | _Table]:
    """``[pypi-dependencies]`` of one target, by name. Raises: UnwritableError."""
    asked: dict[PyPIName, list[PipEntry]] = {}
    for entry in lock.environment.pip if lock.environment is not None else ():
        if not entry.constraint and not entry.override and holds(entry.requirement.marker, locked.target):
            asked.setdefault(entry.name, []).append(entry)
    known = find_pypi_options(lock, default_index).indexes
    packages = {package.name: package for package in locked.packages}
    table: dict[PyPIName, str | _Table] = {}
    for name, several in asked.items():
        table[name] = _pip(name, several, packages.get(name), known)
    for name, package in packages.items():
        if (folder := _folder(package)) is not None:
            table[name] = folder
    return {name: table[name] for name in sorted(table)}


def _folder(package: LockedPackage) -> _Table | None:
    """A project that is installed from its folder."""
    if package.url is None or package.files:
        return None
    path = relative_path(package.url) or folder_path(package.url)
    if path is None:
        return None
    table: _Table = {"path": path if path.startswith(("/", ".")) else f"./{path}"}
    return table | ({"editable": True} if package.editable else {})


def _pip(
    name: PyPIName, entries: Sequence[PipEntry], package: LockedPackage | None, known: Sequence[str]
) -> str | _Table:
    extras = sorted({extra for entry in entries for extra in entry.requirement.extras})
    table: _Table
    if url := next((entry.requirement.url for entry in entries if entry.requirement.url is not None), None):
        table = _direct(name, url)
    else:
        texts = dict.fromkeys(str(entry.requirement.specifier) for entry in entries)
        table = {"version": ",".join(text for text in texts if text) or "*"}
        index = without_credentials(package.index_url).rstrip("/") if package is not None else ""
        table |= {"index": index} if index and index not in known else {}
    table |= {"extras": extras} if extras else {}
    return table if len(table) > 1 or "version" not in table else str(table["version"])


def _direct(name: PyPIName, url: str) -> _Table:
    vcs = split_vcs(url)
    if vcs is None:
        address = without_credentials(url).partition("#")[0]
        path = relative_path(address)
        return {"url": address} if path is None else {"path": path if path.startswith(".") else f"./{path}"}
    if vcs.kind != "git":
        raise UnwritableError(f"pixi installs nothing from the {vcs.kind} repository of `{name}`")
    table = {"git": vcs.url}
    table |= {"rev": vcs.commit} if vcs.commit else {}
    return table | ({"subdirectory": vcs.subdirectory} if vcs.subdirectory else {})
