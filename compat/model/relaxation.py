"""What relaxing answers: the ranges that take the place of pins, the edits that write them, and what was left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from compat.model.diagnostics import Evidence
from compat.model.places import Edit, Place


class Bounds(NamedTuple):
    """The versions of a relaxed requirement: from *lower*, which is in, up to *upper*, without those *excluded*.

    Versions are texts without local label, because conda's are no PEP 440; both orders read them alike. *upper* is
    the first version that is out, or with *inclusive* the last one that is in.
    """

    lower: str
    upper: str
    inclusive: bool = False
    excluded: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The specifier, which pip, Poetry, PDM, conda and pixi spell alike: ``>=2.7.1,<2.8,!=2.7.2``."""
        holes = "".join(f",!={version}" for version in self.excluded)
        return f">={self.lower},{'<=' if self.inclusive else '<'}{self.upper}{holes}"


class Change(NamedTuple):
    """One requirement that changes. *old* and *new* are its version texts as the file spells them (*new* is "" where it goes).

    *place* is the requirement's, *edit* what to do to the file; it may span more than the version where a build index
    or hashes come or go with it. *reasons* say why each bound stands where it does.
    """

    package: str
    place: Place
    old: str
    new: str
    policy: str
    reasons: tuple[Evidence, ...]
    edit: Edit


class Left(NamedTuple):
    """A requirement that was left as it is though one might expect a change, and why, as a clause: ``a git pin``."""

    package: str
    place: Place
    why: str


class FileRelaxation(NamedTuple):
    """One file: its changes in the order of the text; ``error`` is set where it did not parse."""

    path: str
    kind: str
    changes: tuple[Change, ...] = ()
    left: tuple[Left, ...] = ()
    error: str | None = None
    error_line: int | None = None
    error_column: int | None = None


class Solution(NamedTuple):
    """An environment solved at both ends of its ranges, on one target.

    *highest* takes the newest of everything, *lowest* the oldest of what the files name and the newest of the rest:
    project to version. *verdict* is ``ok``, ``conflict`` (with *why*) or ``unknown``; *unknown* holds the projects
    of the files of which nothing is known, so that nothing is proved about them. *ends* are those bounds of changed
    requirements that no solution reaches, in sentences.
    """

    root: str
    variant: str
    target: str
    verdict: str
    python: str | None = None
    highest: Mapping[str, str] = MappingProxyType({})
    lowest: Mapping[str, str] = MappingProxyType({})
    unknown: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    why: str | None = None


class Proof(NamedTuple):
    """Every environment of the relaxed files on every target; *over* is ``matrix`` or ``index``: what was asked."""

    over: str
    solutions: tuple[Solution, ...]
    unreached: tuple[str, ...] = ()
    """Why projects of the files could not be asked for: a sentence each."""

    @property
    def verdict(self) -> str:
        """``conflict`` where a solution is one, else ``unknown`` where one is or an index was not reached, else ``ok``."""
        found = {solution.verdict for solution in self.solutions}
        if "conflict" in found:
            return "conflict"
        return "unknown" if "unknown" in found or self.unreached else "ok"


class Relaxation(NamedTuple):
    """The answer of ``relax``: the same object for the command line, the library and the service."""

    tool: str
    data_version: str
    files: tuple[FileRelaxation, ...]
    proof: Proof | None = None
    notes: tuple[str, ...] = ()
    sources: Mapping[str, str] = MappingProxyType({})
    """Path to the text that the edits belong to; never part of the JSON."""

    @property
    def edits(self) -> Iterator[Edit]:
        """Every edit, file by file."""
        return (change.edit for file in self.files for change in file.changes)
