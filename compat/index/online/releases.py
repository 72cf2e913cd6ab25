"""From the file list of an index to releases; what a wheel requires is read when it is first asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from compat.index.online.client import IndexFile
from compat.model.knowledge import Fact, Release, Wheels
from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import InvalidRequirement, Requirement, parse_requirement
from compat.model.wheels import WHEEL_SUBDIRS, WheelTags, parse_wheel_name, read_tags, to_wheels

_SDIST_ENDS = (".tar.gz", ".zip", ".tar.bz2")
#: ``>=1.9.*`` is no PEP 440; those installers that take it at all read ``>=1.9``.
_WILDCARD = re.compile(r"([<>]=?\s*)(\d+(?:\.\d+)*)\.\*")


class Declared(NamedTuple):
    """What one METADATA says; ``invalid`` quotes its lines that are no PEP 440 or 508."""

    requires: tuple[Requirement, ...]
    requires_python: SpecifierSet | None
    invalid: tuple[str, ...]


#: METADATA of a file, or None where it cannot be had.
Read = Callable[[IndexFile], bytes | None]


def group_files(name: PyPIName, files: Iterable[IndexFile]) -> dict[Version, list[IndexFile]]:
    """Files by final or post release, newest first; pre-releases, eggs and other projects' files are left out."""
    found: dict[Version, list[IndexFile]] = {}
    for file in files:
        version = _version(name, file.name)
        if version is not None and not version.is_prerelease:
            found.setdefault(version, []).append(file)
    return dict(sorted(found.items(), reverse=True))


def _version(name: PyPIName, file: str) -> Version | None:
    if parsed := parse_wheel_name(file):
        project, text = file.partition("-")[0], parsed[0]
    else:
        ending = next((ending for ending in _SDIST_ENDS if file.endswith(ending)), None)
        project, _, text = file.removesuffix(ending).rpartition("-") if ending else ("", "", "")
    try:
        return Version(text) if to_pypi_name(project) == name else None
    except InvalidVersion:
        return None


class IndexRelease(Release):
    """A release whose wheels come from the file list, and whose requirements from the METADATA of a fitting wheel.

    *read* gets METADATA and may take a while; *learn* is told every requirement that was read.
    """

    _files: Sequence[IndexFile]
    _purl: str
    _day: date
    _read: Read
    _learn: Callable[[Iterable[Requirement]], None]
    _declared: dict[str, Declared | None]

    def __init__(
        self,
        project: PyPIName,
        version: Version,
        files: Sequence[IndexFile],
        *,
        purl: str,
        day: date,
        read: Read,
        learn: Callable[[Iterable[Requirement]], None],
    ) -> None:
        listed = [file for file in files if file.yanked is None] or list(files)
        # The base class is frozen, which only closes the way through attribute assignment.
        self.__dict__.update(
            project=project,
            version=version,
            _files=listed,
            _purl=purl,
            _day=day,
            _read=read,
            _learn=learn,
            _declared={},
        )

    def __repr__(self) -> str:
        return (
            f"IndexRelease({self.project}=={self.version})"  # the fields that it does not show may take a request each
        )

    # -- files -------------------------------------------------------------------------------------------------------

    @cached_property
    def _wheels(self) -> tuple[tuple[IndexFile, WheelTags], ...]:
        """Every wheel with each subdir that it serves, of rebuilds the newest first."""
        parsed = [(file, parse_wheel_name(file.name)) for file in self._files]
        wheels = sorted(((file, tags) for file, tags in parsed if tags is not None), key=lambda item: -item[1][1])
        return tuple((file, tags) for file, words in wheels for tags in read_tags(*words[2:]))

    @cached_property
    def wheels(self) -> Mapping[str, Wheels]:
        return to_wheels(tags for _, tags in self._wheels)

    @cached_property
    def sdist(self) -> bool:
        return any(file.name.endswith(_SDIST_ENDS) for file in self._files)

    @cached_property
    def yanked(self) -> str | None:
        reasons = sorted({file.yanked for file in self._files if file.yanked is not None})
        return "; ".join(reasons) if reasons else None

    @cached_property
    def uploaded(self) -> date | None:
        days = sorted(day for file in self._files if (day := _to_day(file.uploaded)) is not None)
        return days[0] if days else None

    @cached_property
    def files_fact(self) -> Fact:
        return Fact(f"{self._purl} file list", self._day)

    # -- what it declares --------------------------------------------------------------------------------------------

    @cached_property
    def requires(self) -> tuple[Requirement, ...]:
        return self._requires(self._base)

    @cached_property
    def requires_on(self) -> Mapping[str, tuple[Requirement, ...]]:
        """Empty: `requires_for` looks into the wheel itself."""
        return {}

    @cached_property
    def facts_on(self) -> Mapping[str, Fact]:
        return {}

    @cached_property
    def requires_python(self) -> SpecifierSet:
        """What the file list says, which needs no second question; a text that is no specifier admits everything."""
        stated = self._base or (self._files[0] if self._files else None)
        return _to_specifiers(stated.requires_python) or SpecifierSet() if stated else SpecifierSet()

    @cached_property
    def invalid(self) -> tuple[str, ...]:
        declared = self._declare(self._base)
        return declared.invalid if declared is not None else ()

    @cached_property
    def fact(self) -> Fact:
        return self._fact(self._base)

    def requires_for(self, subdir: str, python: tuple[int, int] | None = None) -> tuple[Requirement, ...]:
        return self._requires(self._wheel(subdir, python))

    def fact_for(self, subdir: str, python: tuple[int, int] | None = None) -> Fact:
        return self._fact(self._wheel(subdir, python))

    @property
    def representative(self) -> IndexFile | None:
        """The wheel that stands for the release."""
        return self._base

    @cached_property
    def _base(self) -> IndexFile | None:
        """The wheel that stands for the release: that of the newest Python, on the first subdir that has any."""
        for subdir in WHEEL_SUBDIRS:
            if any(tags.subdir == subdir for _, tags in self._wheels):
                return self._wheel(subdir, None)
        return None

    def _wheel(self, subdir: str, python: tuple[int, int] | None) -> IndexFile | None:
        own = [item for item in self._wheels if item[1].subdir in {subdir, "any"}]
        fitting = [item for item in own if python is None or item[1].serves(python[1])] or own
        if not fitting:
            return self._wheels[0][0] if self._wheels else None
        return max(fitting, key=lambda item: (item[1].subdir != "any", _newest_minor(item[1])))[0]

    def _requires(self, file: IndexFile | None) -> tuple[Requirement, ...]:
        declared = self._declare(file)
        return declared.requires if declared is not None else ()

    def _fact(self, file: IndexFile | None) -> Fact:
        """Where the requirements were read; without METADATA they are unknown, and the fact is thin."""
        if file is None or self._declare(file) is None:
            return self.files_fact._replace(thin=True)
        return Fact(f"{self._purl} {file.name} METADATA", self._day)

    def _declare(self, file: IndexFile | None) -> Declared | None:
        if file is None:
            return None
        if file.name not in self._declared:
            content = self._read(file)
            found = self._declared[file.name] = None if content is None else parse_metadata(content)
            if found is not None:
                self._learn(found.requires)
        return self._declared[file.name]


def _newest_minor(tags: WheelTags) -> int:
    return max((*tags.minors, tags.from_minor or 0))


def _to_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# -- METADATA --------------------------------------------------------------------------------------------------------


def parse_metadata(content: bytes) -> Declared:
    """Requires-Dist and Requires-Python of a METADATA file; what cannot be read is quoted, never raised."""
    from packaging.metadata import parse_email

    raw, _ = parse_email(content)
    lines = raw.get("requires_dist", [])
    read = [(line, _to_requirement(line)) for line in lines]
    odd = [line for line, found in read if found is None or _WILDCARD.search(line)]
    bad = [f"Requires-Dist: {' '.join(line.split())}" for line in odd]
    stated = raw.get("requires_python", "")
    python = _to_specifiers(stated)
    if python is None:
        bad.append(f"Requires-Python: {stated}")
    return Declared(tuple(_distinct(found for _, found in read if found is not None)), python, tuple(bad))


def _distinct(requirements: Iterable[Requirement]) -> Iterator[Requirement]:
    yield from {requirement.text: requirement for requirement in requirements}.values()


def _to_requirement(line: str) -> Requirement | None:
    """*line* in one spelling, whatever the build tool's: ``torch (==2.0.1)`` is ``torch==2.0.1``."""
    from packaging.requirements import Requirement as PackagingRequirement

    try:
        return parse_requirement(str(PackagingRequirement(_WILDCARD.sub(r"\1\2", line))))
    except InvalidRequirement:
        return None


def _to_specifiers(text: str) -> SpecifierSet | None:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None
