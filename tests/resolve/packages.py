"""A `PackageSource` in memory, for tests: projects, versions, and for each what its files are and require."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.version import Version

from compat.model.distributions import CoreMetadata, DistFile, Page, UnreachedError
from compat.model.names import PyPIName, to_pypi_name

INDEX = "https://index.example.org/simple/"
FILES = "https://files.example.org/"


@dataclass(frozen=True)
class TablePage:
    """The files of one project by version, newest first."""

    by_version: Mapping[str, tuple[DistFile, ...]]
    index: str = INDEX

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(self.by_version)

    def files(self, version: str, wanted: Callable[[str], bool] | None = None) -> tuple[DistFile, ...]:
        return tuple(file for file in self.by_version[version] if wanted is None or wanted(file.name))


class TableSource:
    """Packages from a table: project to version to a release.

    A release is a list of requirements (of one pure wheel), or a table with the keys ``requires``, ``wheels`` (tags, or
    whole file names), ``sdist`` ("static", "dynamic" or "" for none), ``python``, ``yanked``, ``extras`` (name to
    requirements), ``uploaded`` and ``lines`` (Requires-Dist as it is). The project ``down`` cannot be reached.
    """

    def __init__(self, universe: Mapping[str, Mapping[str, Any]], urls: Mapping[str, Any] | None = None) -> None:
        self.asked: list[str] = []
        self.expected: list[PyPIName] = []
        self.read: list[str] = []
        self._pages: dict[PyPIName, TablePage] = {}
        self._metadata: dict[str, CoreMetadata | None] = {}
        for project, releases in universe.items():
            name = to_pypi_name(project)
            ordered = sorted(((Version(text), release) for text, release in releases.items()), reverse=True)
            self._pages[name] = TablePage({str(v): tuple(self._files(name, str(v), r)) for v, r in ordered})
        for url, release in (urls or {}).items():
            self._metadata[url] = _core(_table(release))

    def _files(self, name: PyPIName, version: str, release: Any) -> Iterable[DistFile]:  # noqa: ANN401 - TOML
        table = _table(release)
        spelled = name.replace("-", "_")
        sdist = table.get("sdist", "")
        for wheel in table.get("wheels", [] if sdist else ["py3-none-any"]):
            yield self._file(f"{spelled}-{version}-{wheel}.whl", table, _core(table))
        if sdist:
            core = _core(table)._replace(dynamic=sdist == "dynamic")
            yield self._file(f"{spelled}-{version}.tar.gz", table, None if sdist == "none" else core)

    def _file(self, file: str, table: Mapping[str, Any], core: CoreMetadata | None) -> DistFile:
        yanked = table.get("yanked")
        self._metadata[FILES + file] = core
        return DistFile(
            file,
            FILES + file,
            (("sha256", file.encode().hex().ljust(64, "0")[:64]),),
            requires_python=table.get("python", ""),
            yanked="yanked" if yanked is True else yanked,
            uploaded=table.get("uploaded", ""),
        )

    def page(self, name: PyPIName) -> Page | None:
        self.asked.append(name)
        if name == "down":
            raise UnreachedError("index.example.org did not answer")
        return self._pages.get(name)

    def metadata(self, name: PyPIName, file: DistFile) -> CoreMetadata | None:  # noqa: ARG002 - the port has it
        self.read.append(file.name)
        return self._metadata[file.url]

    def expect(self, names: Iterable[PyPIName]) -> None:
        self.expected.extend(names)


def _table(release: Any) -> Mapping[str, Any]:  # noqa: ANN401 - TOML
    return release if isinstance(release, Mapping) else {"requires": release}


def _core(table: Mapping[str, Any]) -> CoreMetadata:
    extras: Mapping[str, Sequence[str]] = table.get("extras", {})
    requires = [
        *table.get("requires", ()),
        *(f"{line} ; extra == '{extra}'" for extra, lines in extras.items() for line in lines),
        *table.get("lines", ()),
    ]
    return CoreMetadata(tuple(requires), table.get("python", ""), tuple(extras))
