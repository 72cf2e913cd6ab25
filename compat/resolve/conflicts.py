"""Explaining why nothing can be installed: the minimal set of entries, and what else is part of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from compat.model.solutions import Conflict, Entry
from compat.resolve.explain import minimal_set
from compat.resolve.nearest import suggest
from compat.resolve.ports import Circumstances, Inquiry, Minor
from compat.resolve.propagate import propagate


class _Circumstance(Enum):
    """What stands outside the file and can be part of a conflict."""

    PYTHON = "python"
    PLATFORM = "platform"


def find_conflict(
    question: Inquiry,
    entries: Sequence[Entry],
    situation: Circumstances,
    suspects: Sequence[Entry] | None = None,
) -> Conflict:
    """The conflict among *entries*, which no Python of *situation* satisfies; it is among *suspects* where they are given.

    Raises: SearchCutOffError.
    """

    def is_solvable(items: Sequence[Entry | _Circumstance]) -> bool:
        pythons = situation.pythons if _Circumstance.PYTHON in items else question.elsewhere
        chosen = [item for item in items if not isinstance(item, _Circumstance)]
        return question.is_solvable(chosen, pythons, any_platform=_Circumstance.PLATFORM not in items)

    if suspects is None:
        suspects = _suspects(question, entries, situation.pythons)
    items = minimal_set([*suspects, _Circumstance.PYTHON, _Circumstance.PLATFORM], is_solvable)
    core = tuple(item for item in items if not isinstance(item, _Circumstance))
    python = _Circumstance.PYTHON in items and _is_mended_elsewhere(question, core)
    asked = situation.pythons if python else question.elsewhere
    outside = python or _Circumstance.PLATFORM in items
    steps, rejections = question.derive(core, asked, outside=outside)
    return Conflict(
        entries=core,
        projects=tuple(question.project(entry) for entry in core),
        python=python,
        platform=_Circumstance.PLATFORM in items,
        steps=steps,
        rejections=rejections,
        suggestion=suggest(question, entries, core, situation.pythons),
    )


def _is_mended_elsewhere(question: Inquiry, core: Sequence[Entry]) -> bool:
    """Whether some Python has known releases for *core*, or all that is known of every Python is that more may come."""
    solutions = [
        (question.solve(python, core), python) for python in question.possible_pythons(core, question.elsewhere)
    ]
    found = [(picks, python) for picks, python in solutions if picks is not None]
    return not found or any(question.is_known(picks, python) for picks, python in found)


def _suspects(question: Inquiry, entries: Sequence[Entry], pythons: Sequence[Minor]) -> list[Entry]:
    """The entries that clash for one Python or another by what they force; all of them where only a search could tell."""
    found: dict[int, Entry] = {}
    for python in pythons:
        clash = propagate(question.demands(python, entries), question.source(python))
        if clash is None:
            return list(entries)
        found.update((id(demand.entry), demand.entry) for demand in clash if demand.entry is not None)
    return [entry for entry in entries if id(entry) in found]
