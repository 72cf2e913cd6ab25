"""The report for people: one block a finding, readable without colour.

environment.yml:9:7: error[TCH001]: `torchvision==0.20.0` needs `torch==2.5.0`, but ...
7 |   - pip:
8 |     - torch==2.4.1
|       ------------ `torch` is pinned here
9 |     - torchvision==0.20.0
|       ^^^^^^^^^^^^^^^^^^^
evidence: ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from compat.model.diagnostics import Diagnostic, Evidence, FileReport, Fix, Ignored, Report, Severity
from compat.model.places import Place
from compat.report.excerpt import Mark, render_excerpt
from compat.report.patch import render_patch
from compat.report.screen import to_printable, wrap
from compat.report.style import Style
from compat.text.source import split_lines


def render_text(report: Report, *, color: bool, width: int, brief: bool = False) -> str:
    """The whole report, with a line end after each line.

    Args: width in columns, for prose only: the headline of a finding and code are never wrapped. brief leaves only the
    headlines, so a clean run is an empty text.
    """
    page = _Page(report.sources, Style(color=color), width)
    if brief:
        lines = [*map(page.headline, report.diagnostics), *map(page.unreadable, _unreadable(report))]
    else:
        blocks = [*map(page.diagnostic, report.diagnostics), *map(page.unreadable_block, _unreadable(report))]
        lines = [line for block in blocks for line in (*block, "")]
        lines += [*map(page.ignored, report.ignored), *page.notes(report.notes), page.summary(report)]
    return "".join(f"{line}\n" for line in lines)


def _unreadable(report: Report) -> list[FileReport]:
    return [file for file in report.files if file.error is not None]


class _Page:
    """What every part of one report shares: the sources, the style, the width."""

    def __init__(self, sources: Mapping[str, str], style: Style, width: int) -> None:
        self._style = style
        self._width = width
        self._sources = sources
        self._lines = lru_cache(maxsize=None)(self._split)

    def _split(self, path: str) -> Sequence[str]:
        """The lines of a source, without a byte order mark; none where the text is not known."""
        text = self._sources.get(path)
        return split_lines(text.removeprefix("\ufeff")) if text else ()

    def headline(self, found: Diagnostic) -> str:
        place = self._style.paint("place", to_printable(f"{found.place}:"))
        label = self._style.severity(found.severity, f"{found.severity.value}[{found.code}]")
        return f"{place} {label}: {to_printable(found.message)}"

    def diagnostic(self, found: Diagnostic) -> Iterator[str]:
        """One block. A gap is one missing fact and no defect of the file, so it gets neither excerpt nor help."""
        yield self.headline(found)
        if not found.gap:
            yield from self._excerpts(found)
        if found.targets:
            yield from self._field("targets", "; ".join(found.targets))
        for evidence in found.evidence:
            yield from self._evidence(evidence)
        if found.fix is not None:
            yield from self._fix(found.fix)
        if found.hint is not None:
            yield from self._field("hint", found.hint)
        if not found.gap:
            yield from self._field("help", f"compat explain {found.code}")

    def _excerpts(self, found: Diagnostic) -> Iterator[str]:
        """The lines of the finding, then those of related places in other files, then places without a line."""
        marks = [Mark(found.place, "", found.severity.value, "^")]
        marks += [Mark(related.place, related.message, "related", "-") for related in found.related]
        by_path: dict[str, list[Mark]] = {}
        for mark in marks:
            if 1 <= (mark.place.line or 0) <= len(self._lines(mark.place.path)):
                by_path.setdefault(mark.place.path, []).append(mark)
        for path, here in by_path.items():
            if path != found.place.path:
                yield f"  {self._style.paint('gutter', '-->')} {to_printable(str(here[0].place))}"
            yield from render_excerpt(self._lines(path), here, self._style, self._width)
        for mark in marks[1:]:
            if mark not in by_path.get(mark.place.path, ()):
                yield from self._field("related", f"{mark.place}: {mark.label}")

    def _evidence(self, evidence: Evidence) -> Iterator[str]:
        read = f"read {evidence.read_on}" if evidence.read_on else "day of reading unknown"
        thin = "; thin: rests on one indirect source" if evidence.thin else ""
        yield from self._field("evidence", f"{evidence.claim}\n{evidence.source} ({read}{thin})")

    def _fix(self, fix: Fix) -> Iterator[str]:
        yield from self._field(f"fix ({fix.safety.value})", fix.title)
        for path, edits in groupby(fix.edits, key=lambda edit: edit.place.path):
            patch = render_patch(self._lines(path), list(edits), self._style)
            if patch and len({edit.place.path for edit in fix.edits}) > 1:
                yield f"    {to_printable(path)}"
            yield from patch

    def _field(self, name: str, text: str) -> Iterator[str]:
        """``  name: text``, wrapped under the text."""
        indent = min(len(name) + 4, 12)
        first, *rest = wrap(text, self._width, indent=indent)
        yield f"  {self._style.paint('label', f'{name}:')} {first}"
        yield from rest

    def unreadable(self, file: FileReport) -> str:
        place = Place(file.path, file.error_line, file.error_column)
        label = self._style.paint("error", "unreadable")
        message = " ".join((file.error or "").split())
        return f"{self._style.paint('place', to_printable(f'{place}:'))} {label}: {to_printable(message)}"

    def unreadable_block(self, file: FileReport) -> Iterator[str]:
        yield self.unreadable(file)
        mark = Mark(Place(file.path, file.error_line, file.error_column), "", "error", "^")
        yield from render_excerpt(self._lines(file.path), [mark], self._style, self._width)

    def ignored(self, ignored: Ignored) -> str:
        place = to_printable(str(Place(ignored.path, ignored.line)))
        return f"{self._style.paint('dim', 'ignored:')} {place}: {ignored.code}: {to_printable(ignored.reason)}"

    def notes(self, notes: Sequence[str]) -> Iterator[str]:
        for note in notes:
            yield from self._style.note(note, self._width)

    def summary(self, report: Report) -> str:
        """``2 errors, 1 warning in 3 files (matrix of 2026-11-22; 5 of 12 projects known)``, after the verdict if none erred."""
        counts = [(severity, sum(found.severity is severity for found in report.diagnostics)) for severity in Severity]
        found = ", ".join(
            self._style.severity(severity, _count(number, severity.value)) for severity, number in counts if number
        )
        verdict = "" if counts[0][1] else f"{report.verdict}: "
        unreadable = len(_unreadable(report))
        read = f"; {_count(unreadable, 'file')} unreadable" if unreadable else ""
        files = _count(len(report.files), "file")
        facts = f"matrix of {report.data_version}; {report.known} of {_count(report.total, 'project')} known"
        return f"{verdict}{found or 'no findings'} in {files}{read} ({facts})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 or noun == "info" else f"{number} {noun}s"
