"""Applying the safe fixes of a report to the files on disk."""

from __future__ import annotations

from collections.abc import Sequence

from compat.model.diagnostics import Report, Safety
from compat.model.places import Edit, Place
from compat.text.edits import apply_edits
from compat.text.source import decode


def fix(report: Report) -> list[tuple[str, bytes]]:
    """The files of *report* with every safe fix applied: path and new content, in their own encoding.

    A fix that overlaps one before it is left for the next run.
    Raises: FileProblem where a file's encoding cannot hold the new text.
    """
    kinds = {file.path: file.kind for file in report.files}
    edits: dict[str, list[Edit]] = {}
    for diagnostic in report.diagnostics:
        own = diagnostic.fix
        if own is None or own.safety is not Safety.SAFE:
            continue
        if not any(_overlap(new, edit) for new in own.edits for edit in edits.get(new.place.path, ())):
            for new in own.edits:
                edits.setdefault(new.place.path, []).append(new)
    return [(path, _edited(path, found, declared=kinds[path] == "requirements")) for path, found in edits.items()]


def _edited(path: str, edits: Sequence[Edit], *, declared: bool) -> bytes:
    with open(path, "rb") as file:
        source = decode(path, file.read(), declared=declared)
    return source.encode(apply_edits(source.text, edits))


def _overlap(first: Edit, second: Edit) -> bool:
    """Whether two different edits touch the same characters; insertions at one point do not."""
    (start, end), (other_start, other_end) = _span(first.place), _span(second.place)
    return first != second and start < other_end and other_start < end


def _span(place: Place) -> tuple[tuple[int, int], tuple[int, int]]:
    return (place.line or 0, place.column or 0), (place.end_line or 0, place.end_column or 0)
