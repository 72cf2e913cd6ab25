"""Explaining why nothing can be installed: the minimal set of entries, and what else is part of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from compat.model.solutions import Conflict, Entry, Situation
from compat.model.targets import PYTHON_MINORS
from compat.resolve.derivation import derive
from compat.resolve.explain import minimal_set
from compat.resolve.nearest import suggest
from compat.resolve.propagate import propagate
from compat.resolve.question import Minor, Question


class _Circumstance(Enum):
    """What stands outside the file and can be part of a conflict."""

    PYTHON = "python"
    PLATFORM = "platform"


def find_conflict(question: Question, entries: Sequence[Entry], situation: Situation) -> Conflict:
    """The conflict among *entries*, which no Python of *situation* satisfies. Raises: SearchCutOffError."""

    def is_solvable(items: Sequence[Entry | _Circumstance]) -> bool:
        pythons = situation.pythons if _Circumstance.PYTHON in items else PYTHON_MINORS
        chosen = [item for item in items if not isinstance(item, _Circumstance)]
        return question.is_solvable(chosen, pythons, any_platform=_Circumstance.PLATFORM not in items)

    suspects = _suspects(question, entries, situation.pythons)
    items = minimal_set([*suspects, _Circumstance.PYTHON, _Circumstance.PLATFORM], is_solvable)
    core = tuple(item for item in items if not isinstance(item, _Circumstance))
    python = _Circumstance.PYTHON in items and _is_mended_elsewhere(question, core)
    asked = situation.pythons if python else PYTHON_MINORS
    outside = python or _Circumstance.PLATFORM in items
    steps, rejections = derive(question, core, asked, outside=outside)
    return Conflict(
        entries=core,
        projects=tuple(question.project(entry) for entry in core),
        python=python,
        platform=_Circumstance.PLATFORM in items,
        steps=steps,
        rejections=rejections,
        suggestion=suggest(question, entries, core, situation.pythons),
    )


def _is_mended_elsewhere(question: Question, core: Sequence[Entry]) -> bool:
    """Whether some Python has known releases for *core*, or all that is known of every Python is that more may come."""
    solutions = [(question.solve(python, core), python) for python in question.possible_pythons(core, PYTHON_MINORS)]
    found = [(picks, python) for picks, python in solutions if picks is not None]
    return not found or any(question.is_known(picks, python) for picks, python in found)


def _suspects(question: Question, entries: Sequence[Entry], pythons: Sequence[Minor]) -> list[Entry]:
    """The entries that clash for one Python or another by what they force; all of them where only a search could tell."""
    found: dict[int, Entry] = {}
    for python in pythons:
        clash = propagate(question.demands(python, entries), question.source(python))
        if clash is None:
            return list(entries)
        found.update((id(demand.entry), demand.entry) for demand in clash if demand.entry is not None)
    return [entry for entry in entries if id(entry) in found]
