"""The report of a lock, in the form of ``check``'s."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from compat.model.diagnostics import Diagnostic, FileReport, Report, Severity
from compat.model.environments import Document
from compat.text.source import mask_credentials
from compat.version import __version__

if TYPE_CHECKING:  # a lock asks no matrix
    from compat.model.knowledge import Matrix
    from compat.model.locking import LockedTarget


class ReportedFile(NamedTuple):
    """A lock that was judged. Its lines are not shown: they are a tool's, and many."""

    path: str
    kind: str


def to_report(
    matrix: Matrix, documents: Sequence[Document], findings: Sequence[Diagnostic], locks: Sequence[ReportedFile] = ()
) -> Report:
    """A report of ``check``'s form: conflict where an error stands, unknown where a fact was missing, else ok."""
    found = _merge(findings)
    files = [*(ReportedFile(d.path, d.kind) for d in documents), *locks]
    names = {entry.name for document in documents for entry in document.pip}
    return Report(
        tool=f"compat {__version__}",
        data_version=matrix.version,
        verdict=_verdict(found),
        files=tuple(
            FileReport(file.path, file.kind, _verdict(one for one in found if one.place.path == file.path))
            for file in files
        ),
        diagnostics=found,
        known=len(names & matrix.mentioned()) if names else 0,
        total=len(names),
        sources={document.path: mask_credentials(document.text) for document in documents} if found else {},
    )


def target_notes(locked: Sequence[LockedTarget]) -> Iterator[str]:
    """The notes of all targets, each once; one that is not that of all begins with the targets that have it."""
    having: dict[str, list[str]] = {}
    for one in locked:
        for note in one.notes:
            having.setdefault(note, []).append(one.target.text)
    for note, texts in having.items():
        targets = dict.fromkeys(texts)
        yield note if len(targets) == len(locked) else f"{' and '.join(targets)}: {note}"


def _merge(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each finding once, with all targets that have it; an edit that was found for one of them is shown for all."""
    merged: dict[Diagnostic, Diagnostic] = {}
    for found in findings:
        key = found._replace(targets=(), fix=None, hint=None, evidence=())
        known = merged.setdefault(key, found)
        better = found if known.fix is None and found.fix is not None else known
        merged[key] = better._replace(targets=tuple(dict.fromkeys((*known.targets, *found.targets))))
    return tuple(merged.values())


def _verdict(findings: Iterable[Diagnostic]) -> str:
    known = list(findings)
    if any(found.severity is Severity.ERROR for found in known):
        return "conflict"
    return "unknown" if any(found.gap for found in known) else "ok"
