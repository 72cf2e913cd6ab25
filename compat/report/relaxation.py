"""What was relaxed, why, and what was left, for people. The diff and the JSON are modules of their own.

requirements.txt:3: torch: ==2.7.1 -> >=2.7.1,<2.8,!=2.7.2
  - not 2.7.2: yanked
    pkg:pypi/torch@2.7.2 (read 2026-11-20)
requirements.txt:9: left foo: a git pin
1 of 2 requirements can be relaxed in 1 file, 1 left (matrix of 2026-11-22)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from compat.model.diagnostics import Evidence
from compat.model.places import Place
from compat.model.relaxation import Change, FileRelaxation, Left, Relaxation
from compat.report.proof import render_proof
from compat.report.screen import count_columns, to_printable, wrap
from compat.report.style import Style
from compat.text.source import mask_credentials

#: Up to so many changes, all reasons are shown: they fit a screen, and who tries the command out wants to see them.
_FEW = 2
#: From so many on, requirements that were left for one reason share a line, which names this many.
_MANY, _NAMED = 3, 12
#: What policy alone says about a bound: a claim that starts with the bound, of no fact that was read anywhere.
_BOUND = re.compile(r"`[<>]=?[^`]*`: ")
_ENDS = {
    "patch": "ends before the next patch release",
    "minor": "ends before the next minor series",
    "major": "ends before the next major series",
    "matrix": "ends with the last release known to work with the rest of the file, else before the next minor series",
}


def render_relaxation(relaxation: Relaxation, *, color: bool, width: int, verbose: bool = False, done: bool) -> str:
    """The whole report, with a line end after each line.

    Args: width in columns, for prose only. verbose adds what policy alone says about each bound. done is whether the
    edits were written.
    """
    page = _Page(Style(color=color), width)
    changes = [change for file in relaxation.files for change in file.changes]
    lines = [] if verbose or len(changes) <= _FEW else list(page.policies(changes))
    for file in relaxation.files:
        lines += page.file(file, verbose=verbose or len(changes) <= _FEW, names=None if verbose else _NAMED)
    lines += page.notes(relaxation.notes)
    if relaxation.proof is not None:
        lines += ["", *render_proof(relaxation.proof, page.style, width), ""]
    return "".join(f"{line}\n" for line in (*lines, *wrap(_summary(relaxation, done=done), width)))


def render_problems(relaxation: Relaxation, *, color: bool) -> str:
    """The files that do not parse, a line each: what is said even to those who want to hear nothing."""
    page = _Page(Style(color=color), 0)
    return "".join(f"{page.unreadable(file)}\n" for file in relaxation.files if file.error is not None)


def render_notes(notes: Iterable[str], *, color: bool, width: int) -> str:
    """``note: ...``, each note in lines of its own."""
    return "".join(f"{line}\n" for line in _Page(Style(color=color), width).notes(notes))


class _Page:
    """What every part of one report shares."""

    def __init__(self, style: Style, width: int) -> None:
        self.style = style
        self._width = width

    def policies(self, changes: Sequence[Change]) -> Iterator[str]:
        """What most changes have in common, said once; where policies differ, with whom each is for."""
        by_policy: dict[str, list[str]] = {}
        for change in changes:
            by_policy.setdefault(change.policy, []).append(change.package)
        usual = max(by_policy, key=lambda policy: len(by_policy[policy]))
        for policy, packages in by_policy.items():
            whose = "" if policy == usual else f" ({', '.join(dict.fromkeys(packages))})"
            ends = _ENDS.get(policy, "ends where it says")
            yield from wrap(f"Policy {policy}{whose}: a range starts at the pinned release and {ends}.", self._width)
        yield from wrap("Reasons beyond that stand below each change; `--verbose` gives all.", self._width)
        yield ""

    def file(self, file: FileRelaxation, *, verbose: bool, names: int | None) -> Iterator[str]:
        if file.error is not None:
            yield self.unreadable(file)
        cited: set[tuple[str, date]] = set()
        for change in file.changes:
            yield from self._change(change)
            for reason in change.reasons:
                if verbose or not _is_policy(reason):
                    yield from self._reason(reason, cited)
        yield from self._left(file.left, names)

    def unreadable(self, file: FileRelaxation) -> str:
        place = Place(file.path, file.error_line, file.error_column)
        message = _safe(" ".join((file.error or "").split()))
        return f"{self._place(place)} {self.style.paint('error', 'unreadable')}: {message}"

    def notes(self, notes: Iterable[str]) -> Iterator[str]:
        for note in notes:
            yield from self.style.note(mask_credentials(note), self._width)

    def _place(self, place: Place) -> str:
        return self.style.paint("place", to_printable(f"{place}:"))

    def _change(self, change: Change) -> Iterator[str]:
        place = self._place(Place(change.place.path, change.place.line))
        old = self.style.paint("removed", _safe(change.old))
        new = self.style.paint("added", _safe(change.new)) or "removed"
        yield f"{place} {_safe(change.package)}: {f'{old} -> {new}' if old else new}"

    def _reason(self, reason: Evidence, cited: set[tuple[str, date]]) -> Iterator[str]:
        """A claim, and under it where it was read; what several changes of a file rest on is cited once."""
        thin = " (thin: rests on one indirect source)" if reason.thin else ""
        first, *rest = wrap(mask_credentials(f"{reason.claim}{thin}"), self._width, indent=4)
        yield f"  - {first}"
        yield from rest
        if reason.read_on is not None and (reason.source, reason.read_on) not in cited:
            cited.add((reason.source, reason.read_on))
            for line in wrap(f"{mask_credentials(reason.source)} (read {reason.read_on})", self._width - 4):
                yield f"    {self.style.paint('dim', line)}"

    def _left(self, left: Iterable[Left], names: int | None) -> Iterator[str]:
        """A line each, but one for the many that were left for the same reason."""
        by_reason: dict[str, list[Left]] = {}
        for item in left:
            by_reason.setdefault(item.why, []).append(item)
        for why, items in by_reason.items():
            if len(items) < _MANY:
                for item in items:
                    yield from self._at(Place(item.place.path, item.place.line), f"left {item.package}: {why}")
                continue
            yield from self._at(Place(items[0].place.path), f"left {len(items)} requirements: {why}")
            packages = list(dict.fromkeys(item.package for item in items))
            more = len(packages) - names if names is not None else 0
            listed = ", ".join(packages[:names]) + (f" and {more} more" if more > 0 else "")
            yield from (f"  {line}" for line in wrap(listed, self._width - 2))

    def _at(self, place: Place, text: str) -> Iterator[str]:
        """*text* after its place, wrapped; a path may hold spaces, so it takes no part in the wrapping."""
        head = to_printable(f"{place}:")
        first, *rest = wrap(f"{'x' * count_columns(head)} {mask_credentials(text)}", self._width, indent=2)
        yield self.style.paint("place", head) + first[count_columns(head) :]
        yield from rest


def _is_policy(reason: Evidence) -> bool:
    return reason.read_on is None and _BOUND.match(reason.claim) is not None


def _summary(relaxation: Relaxation, *, done: bool) -> str:
    """``12 of 15 requirements relaxed in 1 file, 3 left (matrix of 2026-11-22)``."""
    changed = sum(len(file.changes) for file in relaxation.files)
    left = sum(len(file.left) for file in relaxation.files)
    unreadable = sum(1 for file in relaxation.files if file.error is not None)
    files = _count(sum(1 for file in relaxation.files if file.changes) or len(relaxation.files), "file")
    found = f"{changed} of {_count(changed + left, 'requirement')} {'' if done else 'can be '}relaxed in {files}"
    parts = [found if changed else f"nothing to relax in {files}" if relaxation.files else "nothing to relax"]
    parts += [f"{left} left"] if left else []
    parts += [f"{_count(unreadable, 'file')} unreadable"] if unreadable else []
    return f"{', '.join(parts)} (matrix of {relaxation.data_version})"


def _safe(text: str) -> str:
    return to_printable(mask_credentials(text))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
