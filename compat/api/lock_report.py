"""The report of a lock, in the form of ``check``'s."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compat.model.diagnostics import Diagnostic, FileReport, Report, Severity
from compat.model.environments import Document
from compat.model.knowledge import Matrix
from compat.text.source import mask_credentials
from compat.version import __version__


def to_report(matrix: Matrix, documents: Sequence[Document], findings: Sequence[Diagnostic]) -> Report:
    """A report of ``check``'s form: conflict where an error stands, unknown where a fact was missing, else ok."""
    unique = tuple(dict.fromkeys(findings))
    return Report(
        tool=f"compat {__version__}",
        data_version=matrix.version,
        verdict=_verdict(unique),
        files=tuple(
            FileReport(d.path, d.kind, _verdict(f for f in unique if f.place.path == d.path)) for d in documents
        ),
        diagnostics=unique,
        sources={document.path: mask_credentials(document.text) for document in documents},
    )


def _verdict(findings: Iterable[Diagnostic]) -> str:
    known = list(findings)
    if any(found.severity is Severity.ERROR for found in known):
        return "conflict"
    return "unknown" if any(found.gap for found in known) else "ok"
