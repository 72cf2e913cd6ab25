"""The versions of one project on an index as bits: which of them a requirement admits, found by bisection.

Bit i stands for version i of the page, newest first. All of it is the same for every target and Python. A `Version` is
made of those versions only that a bisection meets.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

from packaging.specifiers import Specifier
from packaging.version import Version

from compat.model.distributions import Page
from compat.model.requirements import Requirement, leaves_one_version

#: In the normal form only ``a``, ``b``, ``rc`` and ``dev`` have these letters, and local versions.
_PRERELEASE = re.compile(r"[^+a-d]*[a-d]")

_to_version = lru_cache(maxsize=65536)(Version)


class Shelf:
    """One page, and what requirements admit of it, remembered by their text."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.texts = page.versions
        self.everything = (1 << len(self.texts)) - 1
        self._admitted: dict[str, int] = {}
        self._pinned: dict[str, int] = {}
        self._by_specifier: dict[str, int] = {}
        self._finals: int | None = None

    def version(self, position: int) -> Version:
        return _to_version(self.texts[position])

    def position(self, version: Version) -> int | None:
        """Where *version* stands; None where the page has no such version."""
        found = bisect_left(range(len(self.texts)), 1, key=lambda position: self.version(position) <= version)
        return found if found < len(self.texts) and self.version(found) == version else None

    def is_final(self, position: int) -> bool:
        """Whether version *position* is no pre-release."""
        return _PRERELEASE.match(self.texts[position]) is None

    def of_kind(self, *, final: bool) -> int:
        """The versions that are no pre-releases, or all others."""
        return self.finals if final else self.everything & ~self.finals

    @property
    def finals(self) -> int:
        """The versions that are no pre-releases."""
        if self._finals is None:
            late = sum(1 << position for position, text in enumerate(self.texts) if _PRERELEASE.match(text))
            self._finals = self.everything & ~late
        return self._finals

    def admitted(self, requirement: Requirement) -> int:
        """The versions that satisfy *requirement*, pre-releases included."""
        text = requirement.text
        found = self._admitted.get(text)
        if found is None:
            found = self.everything
            for specifier in requirement.specifier:
                found &= self._of_specifier(specifier)
            self._admitted[text] = found
        return found

    def pinned(self, requirement: Requirement) -> int:
        """The versions that *requirement* names with ``==`` or ``===``."""
        text = requirement.text
        found = self._pinned.get(text)
        if found is None:
            found = self._pinned[text] = self.admitted(requirement) if leaves_one_version(requirement) else 0
        return found

    def _of_specifier(self, specifier: Specifier) -> int:
        text = str(specifier)
        found = self._by_specifier.get(text)
        if found is None:
            found = self._by_specifier[text] = self._find(specifier)
        return found

    def _find(self, specifier: Specifier) -> int:
        operator = specifier.operator
        if operator == "===":
            return sum(1 << i for i, text in enumerate(self.texts) if specifier.contains(text, prereleases=True))
        count = len(self.texts)
        if operator == ">=":  # no rule but the order: two of three specifiers need no more than it
            base = _to_version(specifier.version)
            return (1 << bisect_left(range(count), 1, key=lambda position: self.version(position) < base)) - 1
        if operator == ">":
            return (1 << self._first(specifier, 0, count, admits=False)) - 1
        if operator in {"<=", "<"}:
            return self.everything & -(1 << self._first(specifier, 0, count, admits=True))
        # What `==`, `~=` admit and `!=` excludes stands together, around the version that they name.
        inside = operator != "!="
        base = Version(specifier.version.removesuffix(".*"))
        middle = bisect_left(range(count), 1, key=lambda position: self.version(position) <= base)
        start = self._first(specifier, 0, middle, admits=inside)
        end = self._first(specifier, middle, count, admits=not inside)
        run = (1 << end) - (1 << start)
        return run if inside else self.everything & ~run

    def _first(self, specifier: Specifier, start: int, end: int, *, admits: bool) -> int:
        """The first position from *start* to *end* at which *specifier* starts or ceases to admit; *end* where it never does."""
        return bisect_left(
            range(end),
            1,
            lo=start,
            key=lambda position: specifier.contains(self.version(position), prereleases=True) is admits,
        )
