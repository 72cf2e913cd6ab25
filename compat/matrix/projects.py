"""Tables of ``data/projects`` as `Project` values; each row is parsed when a field of it is first asked for.

A check looks at few of the hundreds of releases of a project, and parsing a requirement costs more than all the rest
of a row, so `parse_project` makes the releases and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.model.knowledge import Fact, Project, Release, Wheels
from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import Requirement, parse_requirement


def parse_project(table: Mapping[str, Any]) -> Project:
    """The project that *table* describes; days may be dates (TOML) or ISO strings (JSON).

    The table is trusted: `compat.matrix.project_schema` is what finds its defects.
    """
    name, purl, day = to_pypi_name(table["project"]), table["source"], _to_day(table["read_on"])
    releases = tuple([_TableRelease(name, purl, day, row) for row in table["release"]])
    return Project(name, releases, table["complete"], Fact(f"{purl} file list", day))


class _TableRelease(Release):
    """A release that reads its fields out of a table row on demand."""

    def __init__(self, project: PyPIName, purl: str, day: date, row: Mapping[str, Any]) -> None:
        # The base class is frozen, which only closes the way through attribute assignment.
        self.__dict__.update(project=project, _purl=purl, _day=day, _row=row)

    _purl: str
    _day: date
    _row: Mapping[str, Any]

    @cached_property
    def version(self) -> Version:
        return Version(self._row["version"])

    @cached_property
    def requires(self) -> tuple[Requirement, ...]:
        return _parse_all(self._row.get("requires", ()))

    @cached_property
    def requires_on(self) -> Mapping[str, tuple[Requirement, ...]]:
        entries = self._row.get("differs", ())
        return {label: _parse_all(entry["requires"]) for entry in entries for label in entry["wheels"]}

    @cached_property
    def requires_python(self) -> SpecifierSet:
        return _to_specifiers(self._row.get("requires_python", ""))

    @cached_property
    def wheels(self) -> Mapping[str, Wheels]:
        return {subdir: parse_wheels(words) for subdir, words in self._row.get("wheels", {}).items()}

    @cached_property
    def sdist(self) -> bool:
        return bool(self._row.get("sdist", False))

    @cached_property
    def yanked(self) -> str | None:
        reason: str | None = self._row.get("yanked")
        return reason

    @cached_property
    def uploaded(self) -> date:
        return _to_day(self._row["uploaded"])

    @cached_property
    def fact(self) -> Fact:
        file = self._row.get("metadata")
        return self.files_fact._replace(thin=True) if file is None else self._read_of(file)

    @cached_property
    def facts_on(self) -> Mapping[str, Fact]:
        entries = self._row.get("differs", ())
        return {label: self._read_of(entry["metadata"]) for entry in entries for label in entry["wheels"]}

    def _read_of(self, file: str) -> Fact:
        member = "METADATA" if file.endswith(".whl") else "PKG-INFO, requires.txt"
        return Fact(f"{self._purl}@{self._row['version']} {file} {member}", self._day)

    @cached_property
    def files_fact(self) -> Fact:
        return Fact(f"{self._purl}@{self._row['version']} file list", self._day)

    @cached_property
    def invalid(self) -> tuple[str, ...]:
        return tuple(self._row.get("invalid", ()))


def _parse_all(texts: Sequence[str]) -> tuple[Requirement, ...]:
    return tuple([parse_requirement(text) for text in texts])


@lru_cache(maxsize=1024)
def _to_specifiers(text: str) -> SpecifierSet:
    return SpecifierSet(text)


@lru_cache(maxsize=4096)
def parse_wheels(words: str) -> Wheels:
    """The wheels of one subdir: ``cp39 cp310 cp311+ glibc2.17``, where ``cp311+`` and ``py3`` serve later Pythons too."""
    pythons: set[tuple[int, int]] = set()
    onwards: tuple[int, int] | None = None
    glibc: tuple[int, ...] | None = None
    for word in words.split():
        if word == "py3":
            onwards = (3, 0)
        elif word.startswith("glibc"):
            glibc = tuple(int(number) for number in word[5:].split("."))
        elif word.endswith("+"):
            onwards = (3, int(word[3:-1]))
        else:
            pythons.add((3, int(word[3:])))
    return Wheels(frozenset(pythons), onwards, glibc)


def _to_day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
