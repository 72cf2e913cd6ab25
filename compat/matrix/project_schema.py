"""The schema of ``data/projects``: what a table must hold, and what it must not contradict.

Run by the tests and the maintainers' script, never by a check: an installed table has passed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from compat.model.errors import MatrixError
from compat.model.names import to_pypi_name
from compat.model.requirements import InvalidRequirement, parse_requirement
from compat.model.targets import SUBDIRS

_TABLE = {"schema", "project", "source", "read_on", "complete", "extras", "release"}
_ROW_REQUIRED = {"version", "uploaded"}
_ROW = {*_ROW_REQUIRED, "wheels", "yanked", "metadata", "requires_python", "invalid", "sdist", "requires", "differs"}
_DIFFERS = {"wheels", "metadata", "requires"}
_WORDS = re.compile(r"(?=[cp])(?:cp3\d+ )*(?:cp3\d+\+ |py3 )?(?:glibc\d+\.\d+ )?")
_LABEL = re.compile(r"([a-z0-9-]+)(?:/cp3\d+)?")


def verify_project(table: Mapping[str, Any]) -> None:
    """Pass a table of schema 1 that keeps its word.

    Raises: MatrixError with every defect, one a line.
    """
    defects = list(_table_defects(table))
    if defects:
        raise MatrixError("\n".join(f"projects/{table.get('project', '?')}: {defect}" for defect in defects))


def _table_defects(table: Mapping[str, Any]) -> Iterator[str]:
    missing, unknown = _TABLE - set(table), set(table) - _TABLE
    if missing or unknown:
        yield from _key_defects("table", missing, unknown)
        return
    name = table["project"]
    if table["schema"] != 1:
        yield f"schema {table['schema']!r} is not 1"
    if name != to_pypi_name(name):
        yield "the project's name is not normalised"
    if table["source"] != f"pkg:pypi/{name}":
        yield f"source {table['source']!r} is not the project's purl"
    if not isinstance(table["complete"], bool):
        yield "`complete` is neither true nor false"
    if not table["release"]:
        yield "no release"
    yield from _order_defects([row.get("version", "") for row in table["release"]])
    for row in table["release"]:
        for defect in _row_defects(row, name, _to_day(table["read_on"])):
            yield f"{row.get('version', '?')}: {defect}"


def _order_defects(texts: list[str]) -> Iterator[str]:
    try:
        versions = [Version(text) for text in texts]
    except InvalidVersion as error:
        yield str(error)
        return
    for newer, older in pairwise(versions):
        if newer == older:
            yield f"{newer} stands twice"
        elif newer < older:
            yield f"{newer} stands before {older}, which is newer"
    yield from (f"{version} is a pre-release" for version in versions if version.is_prerelease)


def _row_defects(row: Mapping[str, Any], name: str, read_on: date) -> Iterator[str]:
    missing, unknown = _ROW_REQUIRED - set(row), set(row) - _ROW
    if missing or unknown:
        yield from _key_defects("release", missing, unknown)
        return
    if ("requires" in row) != ("metadata" in row):
        yield "requirements need the file that they were read of as their source, and that file its requirements"
    if _to_day(row["uploaded"]) > read_on:
        yield "uploaded after the day of reading"
    if row.get("yanked") == "":
        yield "yanked without a reason"
    try:
        SpecifierSet(row.get("requires_python", ""))
    except InvalidSpecifier as error:
        yield str(error)
    yield from _wheel_defects(row)
    yield from _declaration_defects(row, row["version"], name)
    yield from _differs_defects(row, name)


def _wheel_defects(row: Mapping[str, Any]) -> Iterator[str]:
    for subdir, words in row.get("wheels", {}).items():
        if subdir not in (*SUBDIRS, "any"):
            yield f"unknown subdir {subdir!r}"
        if not _WORDS.fullmatch(f"{words} "):
            yield f"wheels.{subdir}: {words!r} is not like `cp39 cp310 cp311+ glibc2.17`"


def _differs_defects(row: Mapping[str, Any], name: str) -> Iterator[str]:
    seen: set[str] = set()
    for entry in row.get("differs", ()):
        if set(entry) != _DIFFERS:
            yield from _key_defects("differs", _DIFFERS - set(entry), set(entry) - _DIFFERS)
            continue
        for label in entry["wheels"]:
            match = _LABEL.fullmatch(label)
            if match is None or match[1] not in row.get("wheels", {}):
                yield f"differs: no wheels for {label!r}"
            if label in seen:
                yield f"differs: {label} stands twice"
            seen.add(label)
        yield from _declaration_defects(entry, row["version"], name)


def _declaration_defects(entry: Mapping[str, Any], version: str, name: str) -> Iterator[str]:
    """Defects of a file name and the requirements that were read of it."""
    file = entry.get("metadata", f"{name}-{version}")
    stem = re.sub(r"[-_.]+", "-", file.split(version)[0]).strip("-").lower()
    if stem != name:
        yield f"{file!r} is no file of {name} {version}"
    requires = entry.get("requires", ())
    if len(set(requires)) != len(requires):
        yield "a requirement stands twice"
    for text in requires:
        try:
            parse_requirement(text)
        except InvalidRequirement as error:
            yield f"{text!r}: {str(error).splitlines()[0]}"


def _key_defects(what: str, missing: set[str], unknown: set[str]) -> Iterator[str]:
    yield from (f"{what} without `{key}`" for key in sorted(missing))
    yield from (f"{what} with unknown key `{key}`" for key in sorted(unknown))


def _to_day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
