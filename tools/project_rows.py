"""One release as a table row: its files by subdir, and what the METADATA of its wheels declares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from tools.package_index import REQUIRES_TXT, IndexFile, PackageIndex
from tools.wheel_tags import SUBDIRS, WheelTags, format_wheels, parse_wheel_name, read_tags

_SDIST = (".tar.gz", ".zip", ".tar.bz2")
_MINORS = range(5, 16)
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")
_WILDCARD = re.compile(r"([<>]=?\s*)(\d+(?:\.\d+)*)\.\*")
#: sys_platform, platform_system, platform_machine, os_name; ``any`` stands for Linux here.
_MARKERS = {
    "linux-64": ("linux", "Linux", "x86_64", "posix"),
    "linux-aarch64": ("linux", "Linux", "aarch64", "posix"),
    "osx-64": ("darwin", "Darwin", "x86_64", "posix"),
    "osx-arm64": ("darwin", "Darwin", "arm64", "posix"),
    "win-64": ("win32", "Windows", "AMD64", "nt"),
    "any": ("linux", "Linux", "x86_64", "posix"),
}


class Declared(NamedTuple):
    """What one METADATA says: its requirements, extras left out unless kept; ``invalid`` quotes what is no PEP 440."""

    file: str
    requires: tuple[str, ...]
    requires_python: str
    invalid: tuple[str, ...]


class Wheel(NamedTuple):
    """A wheel in one of the subdirs that it serves."""

    file: IndexFile
    build: int
    tags: WheelTags

    @property
    def minors(self) -> tuple[int, ...]:
        onwards = _MINORS.stop if self.tags.from_minor is None else self.tags.from_minor
        return tuple(minor for minor in _MINORS if minor in self.tags.minors or minor >= onwards)


def read_row(
    index: PackageIndex, version: str, files: Sequence[IndexFile], *, every_subdir: bool, extras: frozenset[str]
) -> dict[str, Any]:
    """The table row of one release; METADATA is read of one wheel, or of every subdir's oldest and newest Python."""
    listed = [file for file in files if file.yanked is None] or list(files)
    wheels = _wheels_by_subdir(listed)
    reader = _Reader(index, extras)
    first = next((wheels[subdir] for subdir in SUBDIRS if subdir in wheels), [])
    declared = reader.read_base(first, listed, thorough=every_subdir)
    row: dict[str, Any] = {"version": version, "uploaded": _first_day(files)}
    yanked = sorted({file.yanked for file in files if file.yanked is not None})
    if listed[0].yanked is not None:
        row["yanked"] = "; ".join(yanked)
    row |= _declared_fields(declared, listed)
    if any(file.name.endswith(_SDIST) for file in listed):
        row["sdist"] = True
    row["wheels"] = format_wheels(wheel.tags for group in wheels.values() for wheel in group)
    if declared is not None:
        row["requires"] = list(declared.requires)
        row["differs"] = _differing(reader, declared, wheels) if every_subdir else []
    return row


def _wheels_by_subdir(files: Iterable[IndexFile]) -> dict[str, list[Wheel]]:
    """Wheels by subdir, by Python, of rebuilds the newest only."""
    newest: dict[tuple[str, tuple[int, ...]], Wheel] = {}
    for file in files:
        parsed = parse_wheel_name(file.name)
        for tags in read_tags(*parsed[2:]) if parsed else ():
            wheel = Wheel(file, parsed[1] if parsed else 0, tags)
            key = (tags.subdir, wheel.minors)
            if key not in newest or (wheel.build, file.name) > (newest[key].build, newest[key].file.name):
                newest[key] = wheel
    found: dict[str, list[Wheel]] = {}
    for (subdir, minors), wheel in sorted(newest.items(), key=lambda item: item[0][1]):
        if minors or wheel.tags.minors:
            found.setdefault(subdir, []).append(wheel)
    return {subdir: found[subdir] for subdir in SUBDIRS if subdir in found}


class _Reader:
    """Reads METADATA of wheels, each once."""

    def __init__(self, index: PackageIndex, extras: frozenset[str]) -> None:
        self._index = index
        self._extras = extras
        self._declared: dict[str, Declared | None] = {}

    def read(self, file: IndexFile) -> Declared | None:
        if file.name not in self._declared:
            content = self._index.metadata(file)
            self._declared[file.name] = None if content is None else _parse(file.name, content, self._extras)
        return self._declared[file.name]

    def read_all(self, wheels: Sequence[Wheel]) -> list[tuple[Wheel, Declared]]:
        """All wheels of a subdir, if its oldest and newest disagree; else these two stand for all."""
        ends = [*wheels[:1], *wheels[1:][-1:]]
        found = [(wheel, declared) for wheel in ends if (declared := self.read(wheel.file))]
        if len({declared.requires for _, declared in found}) > 1:
            return [(wheel, declared) for wheel in wheels if (declared := self.read(wheel.file))]
        return found

    def read_base(self, wheels: Sequence[Wheel], files: Iterable[IndexFile], *, thorough: bool) -> Declared | None:
        """What most wheels of the first subdir declare, or the newest Python's wheel, or the sdist."""
        if wheels:
            return _usual(self.read_all(wheels)) if thorough else self.read(wheels[-1].file)
        sdists = sorted((file for file in files if file.name.endswith(_SDIST)), key=lambda file: file.name)
        return self.read(sdists[0]) if sdists else None


def _usual(found: Sequence[tuple[Wheel, Declared]]) -> Declared | None:
    """The declaration of most wheels; of equals the one of the newest Python."""
    counts = Counter(declared.requires for _, declared in found)
    return max((d for _, d in reversed(found)), key=lambda declared: counts[declared.requires], default=None)


def _differing(reader: _Reader, base: Declared, wheels: Mapping[str, Sequence[Wheel]]) -> list[dict[str, Any]]:
    """Where other wheels ask for something else than *base* does there; ``linux-64/cp312`` names a single Python."""
    entries: dict[Declared, list[str]] = {}
    for subdir, group in wheels.items():
        found = reader.read_all(group)
        usual = _usual(found)
        if usual is None:
            continue
        if all(_effect(usual, subdir, w.minors) == _effect(base, subdir, w.minors) for w, _ in found):
            usual = base
        else:
            _enter(entries, usual, subdir)
        for wheel, declared in found:
            if _effect(declared, subdir, wheel.minors) != _effect(usual, subdir, wheel.minors):
                for minor in wheel.minors:
                    _enter(entries, declared, f"{subdir}/cp3{minor}")
    return [
        {"wheels": labels, "metadata": declared.file, "requires": list(declared.requires)}
        for declared, labels in entries.items()
    ]


def _enter(entries: dict[Declared, list[str]], declared: Declared, label: str) -> None:
    """Add *label* to the entry with the same requirements, whichever file it was read of."""
    same = next((other for other in entries if set(other.requires) == set(declared.requires)), declared)
    entries.setdefault(same, []).append(label)


def _effect(declared: Declared, subdir: str, minors: Sequence[int]) -> frozenset[tuple[int, str]]:
    """What an installer would ask for on *subdir*, by Python minor."""
    sys_platform, system, machine, os_name = _MARKERS[subdir]
    asked = set()
    for text in declared.requires:
        requirement = Requirement(text)
        marker, requirement.marker = requirement.marker, None
        extras = _EXTRA.findall(text) or [""]
        for minor in minors:
            environment = {
                "sys_platform": sys_platform,
                "platform_system": system,
                "platform_machine": machine,
                "os_name": os_name,
                "python_version": f"3.{minor}",
                "python_full_version": f"3.{minor}.0",
            }
            if marker is None or any(marker.evaluate({**environment, "extra": extra}) for extra in extras):
                asked.add((minor, f"{requirement} {extras}"))
    return frozenset(asked)


def _parse(name: str, content: bytes, extras: frozenset[str]) -> Declared | None:
    raw, rest = parse_email(content)
    # Before metadata 2.2 an sdist's requirements stand elsewhere, so an empty list says nothing.
    if name.endswith(_SDIST) and not raw.get("requires_dist") and REQUIRES_TXT.lower() not in rest:
        return None
    requires: list[str] = []
    invalid: list[str] = []
    for text in raw.get("requires_dist", []):
        requirement = _to_requirement(text)
        if requirement is None or _WILDCARD.search(text):
            invalid.append(f"Requires-Dist: {' '.join(text.split())}")
        if requirement is None:
            continue
        # One spelling, whatever the build tool's: `torch (==2.0.1)` and `torch ==2.0.1` are both `torch==2.0.1`.
        line = str(requirement)
        named = {canonicalize_name(extra) for extra in _EXTRA.findall(str(requirement.marker or ""))}
        if (not named or named & extras) and line not in requires:
            requires.append(line)
    requires_python = raw.get("requires_python", "")
    try:
        SpecifierSet(requires_python)
    except InvalidSpecifier:
        invalid.append(f"Requires-Python: {requires_python}")
        requires_python = ""
    return Declared(name, tuple(requires), requires_python, tuple(invalid))


def _to_requirement(text: str) -> Requirement | None:
    """The requirement that *text* means; ``>=1.9.*`` is no PEP 440, and those who take it at all read ``>=1.9``."""
    try:
        return Requirement(_WILDCARD.sub(r"\1\2", text))
    except InvalidRequirement:
        return None


def _first_day(files: Iterable[IndexFile]) -> date:
    return date.fromisoformat(min(file.uploaded for file in files)[:10])


def _declared_fields(declared: Declared | None, files: Sequence[IndexFile]) -> dict[str, Any]:
    if declared is None:
        stated = {file.requires_python for file in files} - {""}
        return {"requires_python": stated.pop()} if len(stated) == 1 else {}
    fields: dict[str, Any] = {"metadata": declared.file}
    if declared.requires_python:
        fields["requires_python"] = declared.requires_python
    if declared.invalid:
        fields["invalid"] = list(declared.invalid)
    return fields
