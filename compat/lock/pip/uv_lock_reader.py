"""``uv.lock`` files: a graph for all platforms, from which a target takes what its markers lead to.

The format is uv's own and has no specification; what is read here is what uv writes as version 1.
Source: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from compat.lock.pip.pylock_reader import load_toml
from compat.lock.reading import Link, ReadLock, ReadPackage
from compat.lock.urls import file_name, without_credentials
from compat.model.distributions import DistFile
from compat.model.errors import FileProblem
from compat.model.locking import Asker
from compat.model.names import PyPIName, to_pypi_name
from compat.model.places import Place
from compat.text.source import decode
from compat.text.toml import Toml

#: The project itself and other members of its workspace: they are not taken from the lock.
_MEMBERS = ("virtual", "editable")
_VERSION = 1

_Table = Mapping[str, Any]


class _Dependency(NamedTuple):
    """One item of a dependency list. ``needs`` is what the parent must be asked for with, as `Link` has it."""

    parent: int
    needs: str
    table: _Table


def read_uv_lock(path: str, data: bytes) -> ReadLock:
    """The lock in *data*. Raises: FileProblem for what is no TOML, or no uv.lock of version 1."""
    source = decode(path, data)
    toml = Toml(source, load_toml(source), None)
    tables = _tables(toml.data.get("package"))
    if toml.data.get("version") != _VERSION or any(not isinstance(table.get("name"), str) for table in tables):
        raise FileProblem(path, f"no uv.lock of version {_VERSION}")
    try:
        return _to_lock(path, toml, tables)
    except (InvalidMarker, InvalidSpecifier, AttributeError, KeyError, TypeError, ValueError) as error:
        raise FileProblem(path, f"no valid uv.lock: {str(error).partition(chr(10))[0]}") from error


def _to_lock(path: str, toml: Toml, tables: Sequence[_Table]) -> ReadLock:
    numbers: dict[PyPIName, list[int]] = {}
    for number, table in enumerate(tables):
        numbers.setdefault(to_pypi_name(table["name"]), []).append(number)
    dependencies = [each for number, table in enumerate(tables) for each in _dependencies(number, table)]
    links = [
        Link(each.parent, child, _marker(each.table), each.needs, frozenset(map(str, each.table.get("extra", ()))))
        for each in dependencies
        for child in numbers.get(to_pypi_name(each.table["name"]), ())
        if _is_meant(each.table, tables[child])
    ]
    members = frozenset(number for number, table in enumerate(tables) if _source(table).keys() & set(_MEMBERS))
    outgoing: dict[int, list[Link]] = {}
    incoming: dict[int, list[Link]] = {}
    for link in links:
        outgoing.setdefault(link.parent, []).append(link)
        incoming.setdefault(link.child, []).append(link)
    requires_python = toml.data.get("requires-python")
    return ReadLock(
        path=path,
        kind="uv-lock",
        packages=tuple(
            _to_package(
                toml.key(("package", number))._replace(path=path),
                table,
                (to_pypi_name(tables[link.child]["name"]) for link in outgoing.get(number, ())),
                (_asker(link, tables, members) for link in incoming.get(number, ())),
            )
            for number, table in enumerate(tables)
        ),
        creator="uv",
        environments=tuple(map(Marker, toml.data.get("supported-markers", ()))),
        requires_python=SpecifierSet(requires_python) if requires_python else None,
        linked=True,
        links=tuple(links),
        roots=members or frozenset(range(len(tables))) - incoming.keys(),
        members=members,
    )


def _dependencies(number: int, table: _Table) -> Iterator[_Dependency]:
    for each in _tables(table.get("dependencies")):
        yield _Dependency(number, "", each)
    for section, kind in (("optional-dependencies", "extra"), ("dev-dependencies", "group")):
        for name, items in table.get(section, {}).items():
            for each in _tables(items):
                yield _Dependency(number, f"{kind}:{to_pypi_name(name)}", each)


def _is_meant(dependency: _Table, package: _Table) -> bool:
    """Uv names version and source where a project stands in the lock more than once."""
    return all(dependency.get(key) in (None, package.get(key)) for key in ("version", "source"))


def _to_package(place: Place, table: _Table, dependencies: Iterable[PyPIName], askers: Iterable[Asker]) -> ReadPackage:
    source = _source(table)
    wheels = [_file(wheel) for wheel in _tables(table.get("wheels"))]
    sdist = table.get("sdist")
    return ReadPackage(
        name=to_pypi_name(table["name"]),
        version=str(table.get("version", "")),
        place=place,
        files=(*wheels, *([_file(sdist)] if isinstance(sdist, Mapping) else [])),
        index_url=without_credentials(str(source.get("registry", ""))),
        url=_url(source),
        dependencies=tuple(sorted(set(dependencies))),
        askers=tuple(dict.fromkeys(askers)),
    )


def _asker(link: Link, tables: Sequence[_Table], members: frozenset[int]) -> Asker:
    """In the words of the project where it is a member that asks; of the others the lock keeps no version."""
    parent, name = tables[link.parent], tables[link.child]["name"]
    if link.parent not in members:
        return Asker(_words(name, link.extras, "", link.marker), to_pypi_name(parent["name"]))
    metadata = parent.get("metadata", {})
    lists = [metadata.get("requires-dist"), *metadata.get("requires-dev", {}).values()]
    asked = (each for items in lists for each in _tables(items) if each.get("name") == name)
    specifier = next((str(each["specifier"]) for each in asked if "specifier" in each), "")
    folder = str(next(iter(_source(parent).values()), ""))
    file = "pyproject.toml" if folder in ("", ".") else f"{folder}/pyproject.toml"
    return Asker(_words(name, link.extras, specifier, link.marker), place=Place(file))


def _words(name: str, extras: frozenset[str], specifier: str, marker: Marker | None) -> str:
    listed = f"[{','.join(sorted(extras))}]" if extras else ""
    return f"{name}{listed}{specifier}{f'; {marker}' if marker is not None else ''}"


def _file(table: _Table) -> DistFile:
    address = str(table.get("url") or table.get("path") or "")
    algorithm, _, digest = str(table.get("hash", "")).partition(":")
    size = table.get("size")
    return DistFile(
        str(table.get("filename") or file_name(address)),
        without_credentials(address),
        ((algorithm, digest),) if digest else (),
        size if isinstance(size, int) else None,
        uploaded=str(table.get("upload-time", "")),
    )


def _url(source: _Table) -> str | None:
    """The direct reference as pip spells it, or None for what comes from an index."""
    if isinstance(git := source.get("git"), str):
        address, _, commit = git.partition("#")
        return f"git+{without_credentials(address.partition('?')[0])}@{commit}"
    found = next((source[key] for key in ("url", "path", "directory", *_MEMBERS) if key in source), None)
    return None if found is None else without_credentials(str(found))


def _marker(table: _Table) -> Marker | None:
    return Marker(table["marker"]) if "marker" in table else None


def _source(table: _Table) -> _Table:
    source = table.get("source")
    return source if isinstance(source, Mapping) else {}


def _tables(value: object) -> list[_Table]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
