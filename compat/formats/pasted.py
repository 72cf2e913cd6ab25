"""Merge conflicts and diff hunks that were committed inside a file of lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compat.model.places import Place

_PASTED = r"(?m)^(?:<<<<<<<|@@ -\d|diff --git |--- a/)"
_HUNK = r"@@ -\d|diff --git |--- |\+\+\+ |index [0-9a-f]{7}"

Flaw = tuple[str, str, Place]


def settle(path: str, text: str, lines: list[str]) -> tuple[list[str], list[Flaw]]:
    """*lines* with one side of every conflict and one side of every hunk, and what was wrong (message, hint, place).

    Lines that do not count become blank, so that every other line keeps its number and its columns.
    """
    if not re.search(_PASTED, text):
        return lines, []
    flaws: list[Flaw] = []
    return list(_new_side(path, list(_own_side(path, lines, flaws)), flaws)), flaws


def _own_side(path: str, lines: list[str], flaws: list[Flaw]) -> Iterator[str]:
    """Between the markers, what stood here before the merge."""
    inside = foreign = False
    for number, line in enumerate(lines, 1):
        if line.startswith("<<<<<<<"):
            inside, foreign = True, False
            flaws.append(("an unresolved merge conflict", "keep one of the two sides", _whole(path, number, line)))
        elif inside and line.startswith(("|||||||", "=======")):
            foreign = True
        elif inside and line.startswith(">>>>>>>"):
            inside = foreign = False
        elif not foreign:
            yield line
            continue
        yield ""


def _new_side(path: str, lines: list[str], flaws: list[Flaw]) -> Iterator[str]:
    """After the first mark of a diff, the lines as they are with the diff applied."""
    inside = False
    for number, line in enumerate(lines, 1):
        if re.match(_HUNK, line) and (inside or re.match(_PASTED, line)):
            if not inside:
                hint = "apply the diff, or delete its marks"
                flaws.append(("a pasted diff, not requirements", hint, _whole(path, number, line)))
            inside = True
            yield ""
        elif inside and line.startswith("-"):
            yield ""
        else:
            yield f" {line[1:]}" if inside and line.startswith("+") else line


def _whole(path: str, number: int, line: str) -> Place:
    return Place(path, number, 1, number, len(line) + 1)
