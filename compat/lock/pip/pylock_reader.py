"""``pylock.toml`` files, of ours and of other tools (uv, pip, PDM), as values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from compat.lock.pip.pylock import TOOL
from compat.lock.reading import ReadLock, ReadPackage
from compat.model.distributions import DistFile
from compat.model.errors import FileProblem
from compat.model.locking import Asker
from compat.model.names import to_pypi_name
from compat.model.places import Place
from compat.text.source import Source, decode
from compat.text.toml import Toml

if TYPE_CHECKING:
    from packaging.pylock import Package, PackageArchive, PackageSdist, PackageWheel, Pylock

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_pylock(path: str, data: bytes) -> ReadLock:
    """The lock in *data*.

    Raises: FileProblem for what is no TOML, or breaks the specification, with the line where that is known.
    """
    from packaging.pylock import Pylock, PylockValidationError

    source = decode(path, data)
    toml = Toml(source, load_toml(source), None)
    try:
        lock = Pylock.from_dict(toml.data)
    except PylockValidationError as error:
        place = toml.key(_route(error.context or ""))
        raise FileProblem(path, f"no valid pylock.toml: {error}", line=place.line, column=place.column) from error
    return _to_lock(path, lock, toml)


def load_toml(source: Source) -> dict[str, Any]:
    """Not `compat.text.toml.parse`, whose bounds are for what people write: locks of other tools hold megabytes.

    Raises: FileProblem.
    """
    try:
        return tomllib.loads(source.text)
    except RecursionError as error:
        raise FileProblem(source.path, "nested too deep") from error
    except ValueError as error:
        match = _AT.search(str(error))
        message = str(error)[: match.start()] if match else str(error)
        line, column = (int(match[1]), int(match[2])) if match and match[1] else source.position(len(source.text))
        raise FileProblem(source.path, message, line=line, column=column) from error


def _route(context: str) -> tuple[str | int, ...]:
    """``packages[3].wheels[0].url`` as a route."""
    return tuple(int(word) if word.isdigit() else word for word in re.findall(r"[^\[\].]+", context))


def _to_lock(path: str, lock: Pylock, toml: Toml) -> ReadLock:
    own = _own(lock.tool)
    targets = [entry for entry in _list(own.get("targets")) if isinstance(entry, Mapping)]
    packages = tuple(
        _to_package(path, package, toml.key(("packages", number))) for number, package in enumerate(lock.packages)
    )
    return ReadLock(
        path=path,
        kind="pylock",
        packages=packages,
        creator=lock.created_by,
        environments=tuple(lock.environments or ()),
        requires_python=lock.requires_python,
        targets=tuple((str(entry.get("name", "")), str(entry.get("target", ""))) for entry in targets),
        inputs=tuple(str(entry) for entry in _list(own.get("inputs"))),
        groups=frozenset(lock.default_groups or ()),
        linked=any(package.dependencies or package.askers for package in packages),
    )


def _to_package(path: str, package: Package, place: Place) -> ReadPackage:
    own = _own(package.tool)
    version = str(package.version) if package.version is not None else str(own.get("version", ""))
    askers = [entry for entry in _list(own.get("asked-by")) if isinstance(entry, Mapping)]
    names = {to_pypi_name(entry["name"]) for entry in package.dependencies or () if isinstance(entry.get("name"), str)}
    return ReadPackage(
        name=to_pypi_name(package.name),
        version=version,
        place=place._replace(path=path),
        marker=package.marker,
        files=tuple(_files(package)),
        hashes=(),
        index_url=package.index or "",
        url=_url(package),
        requires_python=str(package.requires_python or ""),
        dependencies=tuple(sorted(names)),
        askers=tuple(_asker(entry) for entry in askers),
    )


def _files(package: Package) -> Iterator[DistFile]:
    for wheel in package.wheels or ():
        yield _file(wheel.filename, wheel)
    if package.sdist is not None:
        yield _file(package.sdist.filename, package.sdist)
    if package.archive is not None:
        address = package.archive.url or package.archive.path or ""
        yield _file(re.split(r"[?#]", address, maxsplit=1)[0].rpartition("/")[2], package.archive)


def _file(name: str, file: PackageWheel | PackageSdist | PackageArchive) -> DistFile:
    hashes = tuple(sorted(file.hashes.items()))
    return DistFile(name, file.url or file.path or "", hashes, file.size, uploaded=_time(file.upload_time))


def _time(time: datetime | None) -> str:
    """As `DistFile` has it; the specification asks for UTC, which a time without zone is taken for."""
    if time is None:
        return ""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z" if time.tzinfo else f"{time.isoformat()}Z"


def _url(package: Package) -> str | None:
    """The direct reference as pip spells it, or None for what comes from an index."""
    if (vcs := package.vcs) is not None:
        where = f"#subdirectory={vcs.subdirectory}" if vcs.subdirectory else ""
        return f"{vcs.type}+{vcs.url or vcs.path}@{vcs.commit_id}{where}"
    if (folder := package.directory) is not None:
        return f"file://{folder.path}" if folder.path.startswith("/") else folder.path
    if (archive := package.archive) is not None:
        where = f"#subdirectory={archive.subdirectory}" if archive.subdirectory else ""
        return f"{archive.url or archive.path}{where}"
    return None


def _asker(entry: Mapping[str, Any]) -> Asker:
    requirement = str(entry.get("requirement", ""))
    if "package" in entry:
        return Asker(requirement, to_pypi_name(str(entry["package"])))
    return Asker(requirement, place=Place(str(entry["path"])) if "path" in entry else None)


def _own(tool: Mapping[str, Any] | None) -> Mapping[str, Any]:
    table = (tool or {}).get(TOOL)
    return table if isinstance(table, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
