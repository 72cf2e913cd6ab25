"""The lines of Requires-Dist of one file, sorted by the extra that asks for them; parsed when they are needed.

Two lines of three are for extras that nobody asks for. Those are only looked at for whether they are valid, because
one invalid line makes pip refuse the release (since 24.1).
Source: https://packaging.python.org/en/latest/specifications/core-metadata/#requires-dist-multiple-use
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from packaging.markers import InvalidMarker, Marker

from compat.model.distributions import CoreMetadata
from compat.model.names import to_pypi_name
from compat.model.requirements import InvalidRequirement, Requirement, parse_requirement
from compat.resolve.pip.marking import Markers

_EXTRA = r"extra\s*==\s*(?:'([A-Za-z0-9._-]+)'|\"([A-Za-z0-9._-]+)\")"
_ONLY_EXTRA = re.compile(rf"\s*\(?\s*{_EXTRA}\s*\)?\s*")
#: ``python_version < "3.8" and extra == "test"``; what stands before has no ``or`` outside one pair of parentheses.
_AND_EXTRA = re.compile(rf"\s*(\([^()]*\)|(?:(?!\bor\b)[^()])+?)\s+and\s+{_EXTRA}\s*")

_RELEASE = r"\d+(?:\.\d+)*"
_ANY_VERSION = rf"{_RELEASE}(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?"
_SPECIFIER = rf"(?:[=!]=\s*{_RELEASE}\.\*|(?:[=!<>]=|[<>])\s*{_ANY_VERSION}|~=\s*\d+\.\d+(?:\.\d+)*)"
#: A requirement that certainly is valid; anything else is given to the parser.
_SOUND = re.compile(
    r"\s*[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\s*(?:\[\s*[A-Za-z0-9]+(?:[-_.,]?[A-Za-z0-9]+)*\s*\])?\s*"
    rf"(?:(\()?\s*{_SPECIFIER}(?:\s*,\s*{_SPECIFIER})*\s*(?(1)\)))?\s*"
)

_BASE: frozenset[str] = frozenset()


class Declared:
    """What one file requires. ``invalid`` is the first line that is no requirement, or "".

    Only the lines of ``base`` can be asked for by the project itself.
    """

    def __init__(self, metadata: CoreMetadata) -> None:
        self.metadata = metadata
        self.invalid = ""
        self._base: list[Requirement] = []
        self._mixed: list[Requirement] = []
        self._by_extra: dict[str, list[str]] = {}
        for line in metadata.requires:
            if not self._sort(line):
                self.invalid = line
                break

    def _sort(self, line: str) -> bool:
        """Put *line* where it belongs; False where it is invalid."""
        bare, _, condition = line.partition(";")
        extra = _extra_of(condition) if "extra" in condition else ""
        if extra and _SOUND.fullmatch(bare):
            self._by_extra.setdefault(extra, []).append(line)
            return True
        try:
            requirement = parse_requirement(line)
        except (InvalidRequirement, RecursionError):
            return False
        (self._mixed if "extra" in condition else self._base).append(requirement)
        return True

    @property
    def extras(self) -> frozenset[str]:
        """The extras that the file offers, by their normalised names."""
        return frozenset([*map(to_pypi_name, self.metadata.extras), *self._by_extra])

    def requires(self, markers: Markers, extras: frozenset[str] = _BASE) -> Iterator[Requirement]:
        """What holds under *markers*: without *extras* for the project itself, else what only one of those asks for."""
        if not extras:
            for requirement in self._base:
                if requirement.marker is None or markers.wanted(requirement.marker, _BASE):
                    yield requirement
        for requirement in self._mixed:
            if markers.wanted(requirement.marker, extras):
                yield requirement
        for extra in sorted(map(to_pypi_name, extras)):
            for line in self._by_extra.get(extra, ()):
                requirement = parse_requirement(line)
                if markers.wanted(requirement.marker, frozenset([extra])):
                    yield requirement


@lru_cache(maxsize=4096)
def _extra_of(condition: str) -> str:
    """The extra that alone asks for a requirement, normalised; "" where *condition* says something else, or nothing valid.

    A project has the same few conditions in all its lines.
    """
    match = _ONLY_EXTRA.fullmatch(condition) or _AND_EXTRA.fullmatch(condition)
    if match is None or (match.re is _AND_EXTRA and not _is_marker(match[1])):
        return ""
    return to_pypi_name(match[match.lastindex or 1])


def _is_marker(text: str) -> bool:
    try:
        Marker(text)
    except InvalidMarker:
        return False
    return True
