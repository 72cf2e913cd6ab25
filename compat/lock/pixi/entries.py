"""One entry of the ``packages`` of a pixi.lock as a value, in the spellings of versions 4 to 7."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from compat.lock.reading import ReadPackage
from compat.lock.urls import file_name, split_vcs, without_credentials
from compat.lock.yaml_reader import number, text, texts
from compat.model.conda_records import CondaRecord
from compat.model.distributions import DistFile
from compat.model.names import to_conda_name, to_pypi_name
from compat.model.places import Place

_ARCHIVE = re.compile(r"(.+)-([^-]+)-([^-]+)\.(?:conda|tar\.bz2)")
#: ``name[hash] @ location``, how version 7 tells conda packages that are built from source apart.
_SOURCE = re.compile(r"([^\[]+)\[[^\]]*\] @ (.*)")


class Entry(NamedTuple):
    """``kind`` is ``conda``, ``conda_source`` or ``pypi``, ``location`` by what environments name the package."""

    kind: str
    location: str
    table: Mapping[str, Any]

    @property
    def requires(self) -> tuple[str, ...]:
        return texts(self.table.get("requires_dist"))

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and self.table is other.table


def to_entry(table: Mapping[str, Any]) -> Entry | None:
    """The entry, or None for a kind that is not known. Up to version 5 the kind is a key of its own."""
    for kind in ("conda", "conda_source", "pypi"):
        if location := text(table.get(kind)):
            return Entry(kind, location, table)
    kind, location = text(table.get("kind")), text(table.get("url")) or text(table.get("path"))
    return Entry(kind, location, table) if kind in ("conda", "pypi") and location else None


def to_record(entry: Entry, subdir: str) -> CondaRecord:
    """A conda package; what an entry leaves out is read off its URL. *subdir* is the platform where nothing says it."""
    table, location = entry.table, entry.location
    name, version, build = _identity(location)
    address, _, _ = location.rpartition("/")
    folder, _, derived = address.rpartition("/")
    build = text(table.get("build")) or build
    own_subdir = text(table.get("subdir")) or (derived if "://" in location else "") or subdir
    channel = text(table.get("channel")) or (folder if "://" in location else "")
    build_number = number(table.get("build_number"))
    return CondaRecord(
        name=to_conda_name(text(table.get("name")) or name),
        version=text(table.get("version")) or version,
        build=build,
        build_number=_number_of(build) if build_number is None else build_number,
        subdir=own_subdir,
        channel=without_credentials(channel).rstrip("/"),
        url=without_credentials(location),
        md5=text(table.get("md5")),
        sha256=text(table.get("sha256")),
        size=number(table.get("size")),
        depends=texts(table.get("depends")),
        constrains=texts(table.get("constrains")),
        timestamp=number(table.get("timestamp")),
        noarch=_noarch(text(table.get("noarch")), own_subdir, build),
        license=text(table.get("license")),
        license_family=text(table.get("license_family")),
        track_features=texts(table.get("track_features")),
        features=text(table.get("features")),
        purls=texts(table.get("purls")),
        python_site_packages_path=text(table.get("python_site_packages_path")),
    )


def _identity(location: str) -> tuple[str, str, str]:
    """Name, version and build by the file's name; of what is built from source the name."""
    if match := _ARCHIVE.fullmatch(file_name(location)):
        return match[1], match[2], match[3]
    source = _SOURCE.fullmatch(location)
    return (source[1] if source else file_name(location.rstrip("/")) or location), "", ""


def _number_of(build: str) -> int:
    match = re.search(r"[0-9]{1,9}$", build)
    return int(match[0]) if match else 0


def _noarch(said: str, subdir: str, build: str) -> str:
    """As rattler derives it: a noarch package with ``py`` at the head of its build is one of Python."""
    if said or subdir != "noarch":
        return "" if said == "false" else said
    return "python" if build.startswith("py") else "generic"


def to_package(entry: Entry, place: Place) -> ReadPackage:
    """A PyPI package, which pixi locks by one file, a repository or a folder."""
    table = entry.table
    location = without_credentials(entry.location)
    url = _direct(location)
    hashes = tuple((algorithm, digest) for algorithm in ("md5", "sha256") if (digest := text(table.get(algorithm))))
    address = location.removeprefix("direct+")
    is_archive = split_vcs(address) is None and re.search(
        r"\.(?:whl|zip|tar(?:\.\w+)?|tgz|tbz|txz)(?:[?#].*)?$", address
    )
    return ReadPackage(
        name=to_pypi_name(text(table.get("name")) or file_name(address).partition("-")[0]),
        version=text(table.get("version")),
        place=place,
        files=(DistFile(file_name(address), address, hashes),) if is_archive else (),
        index_url=without_credentials(text(table.get("index"))).rstrip("/"),
        url=url,
        requires_python=text(table.get("requires_python")),
    )


def _direct(location: str) -> str | None:
    """The direct reference as pip spells it, or None for a file of an index."""
    if location.startswith("direct+"):
        return location.removeprefix("direct+")
    if (vcs := split_vcs(location)) is not None:
        # pixi keeps the commit in the fragment, and what was asked for in the query.
        address, _, query = vcs.url.partition("?")
        commit = location.partition("#")[2] or vcs.commit
        where = re.search(r"(?:^|&)subdirectory=([^&]+)", query)
        return f"{vcs.kind}+{address}@{commit}{f'#subdirectory={where[1]}' if where else ''}"
    return None if "://" in location and not location.startswith("file:") else location
