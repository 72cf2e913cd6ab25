"""Findings as plain values: what is wrong, where, on which evidence, and the edit that mends it.

NamedTuples rather than dataclasses: defining a frozen dataclass costs about a millisecond at import, of the fifty that
a whole check may take.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from compat.model.places import Edit, Place


class Severity(Enum):
    """What happens to the user: cannot work as written, may fail or works by luck, could be better."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]


_RANKS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class Safety(Enum):
    """Whether an edit keeps the meaning (safe), may change it (unsafe), or is never applied (shown)."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    SHOWN = "shown"


class Evidence(NamedTuple):
    """A claim about the world, where it was read, and when; ``thin`` marks a claim that proves no error alone."""

    claim: str
    source: str
    read_on: date | None
    thin: bool = False


class Related(NamedTuple):
    """The other half of a disagreement."""

    place: Place
    message: str


class Fix(NamedTuple):
    """An edit that mends a finding; *title* is a full sentence without a full stop. *edits* may be empty (shown)."""

    title: str
    safety: Safety
    edits: tuple[Edit, ...] = ()


class Diagnostic(NamedTuple):
    """One finding.

    ``packages`` are PyPI-normalised names, or conda names where only conda has the package. ``targets`` holds the
    target strings as given, filled in by the judge. ``gap`` marks an info that says which fact was missing.
    """

    code: str
    rule: str
    severity: Severity
    message: str
    place: Place
    packages: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    hint: str | None = None
    targets: tuple[str, ...] = ()
    gap: bool = False


class Ignored(NamedTuple):
    """A finding that an inline comment or the configuration silenced, with the reason given there."""

    code: str
    path: str
    line: int | None
    reason: str


class FileReport(NamedTuple):
    """One file of the run; ``error`` is set where it did not parse."""

    path: str
    kind: str
    verdict: str
    error: str | None = None
    error_line: int | None = None
    error_column: int | None = None


class Report(NamedTuple):
    """The answer of ``check``: the same object for the command line, the library and the service."""

    tool: str
    data_version: str
    verdict: str
    files: tuple[FileReport, ...]
    diagnostics: tuple[Diagnostic, ...]
    ignored: tuple[Ignored, ...] = ()
    known: int = 0
    total: int = 0
    notes: tuple[str, ...] = ()
    sources: Mapping[str, str] = MappingProxyType({})
    """Path to text, for excerpts; never part of the JSON."""
