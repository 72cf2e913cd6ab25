"""Findings as plain values: what is wrong, where, on which evidence, and the edit that mends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A claim about the world, where it was read, and when; ``thin`` marks a claim that proves no error alone."""

    claim: str
    source: str
    read_on: date | None
    thin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """The other half of a disagreement."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """An edit that mends a finding; *title* is a full sentence without a full stop. *edits* may be empty (shown)."""

    title: str
    safety: Safety
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A finding that an inline comment or the configuration silenced, with the reason given there."""

    code: str
    path: str
    line: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """One file of the run; ``error`` is set where it did not parse."""

    path: str
    kind: str
    verdict: str
    error: str | None = None
    error_line: int | None = None
    error_column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
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
    sources: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Path to text, for excerpts; never part of the JSON."""
