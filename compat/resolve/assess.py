"""From an environment and a target to a situation: what would be installed, or a minimal reason why nothing can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compat.model.environments import Environment
from compat.model.knowledge import Matrix
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict, Entry, Pick, Provided, Situation
from compat.model.targets import Target
from compat.resolve.offline import Cache
from compat.resolve.ports import SearchCutOffError
from compat.resolve.question import Minor, Question
from compat.resolve.situation import (
    admitted_pythons,
    applying_conda,
    applying_pip,
    provided_projects,
    without_metapackages,
)

#: The oldest Python that an environment without a word about Python is expected to run on: 3.10 lost its last support in
#: October 2026, and many machines still have it. What only holds for older ones is no reason to stay silent.
#: Source: https://devguide.python.org/versions/
OLDEST_CURRENT: Minor = (3, 10)

#: Conflicts told for one environment; a file with more is better mended and checked again.
MAX_CONFLICTS = 5


def assess(environment: Environment, target: Target, matrix: Matrix, cache: Cache) -> Situation:
    """What applies here, and the picks of the newest Python that works; conflicts where none does."""
    situation, question = prepare(environment, target, matrix, cache)
    return _solve(situation, question) if situation.pythons else situation


#: Rounds of a search in `attempt`, which is asked again and again: a long one is given up as if nothing fitted.
ATTEMPT_ROUNDS = 200


def attempt(environment: Environment, target: Target, matrix: Matrix, cache: Cache) -> Situation | None:
    """The same where all can be satisfied, else None: without the search for the reason that `assess` makes."""
    situation, question = prepare(environment, target, matrix, cache)
    question.rounds = ATTEMPT_ROUNDS
    try:
        return _attempt(situation, question, question.entries) if situation.pythons else None
    except SearchCutOffError:
        return None


def prepare(environment: Environment, target: Target, matrix: Matrix, cache: Cache) -> tuple[Situation, Question]:
    """What applies here, without picks, and the question that the solver can be asked about it."""
    pythons, bounds, from_target = admitted_pythons(environment, target)
    conda = applying_conda(environment, target)
    pip = applying_pip(environment.pip, target, pythons[0] if len(pythons) == 1 else None)
    pip_names = frozenset(entry.name for entry in pip)
    provided = provided_projects(conda, environment, matrix, pip_names)
    overlaps = find_overlaps(pip, provided)
    # pip installs last: where both parts name a project, pip's requirement decides which release there is.
    kept = [item for item in without_metapackages(provided, matrix) if item.name not in overlaps]
    question = Question(matrix, environment, target, pip, kept, cache)
    situation = Situation(
        pythons=pythons,
        python_bounds=bounds,
        python_from_target=from_target,
        python=None,
        pip=pip,
        conda=conda,
        provided=provided,
        overlaps=overlaps,
        worlds=question.worlds,
        picks={},
        alternatives=tuple,
    )
    return situation, question


def _solve(situation: Situation, question: Question) -> Situation:
    entries: list[Entry] = list(question.entries)
    conflicts: list[Conflict] = []
    try:
        while len(conflicts) < MAX_CONFLICTS:
            if (solved := _attempt(situation, question, entries)) is not None:
                return solved._replace(conflicts=tuple(conflicts))
            from compat.resolve.conflicts import find_conflict  # most files have none

            conflict = find_conflict(question, entries, situation)
            conflicts.append(conflict)
            if not conflict.entries:
                break
            if not (conflict.rejections and is_about_one(conflict) and question.waive(conflict.projects[0])):
                entries.remove(blamed(conflict))
    except SearchCutOffError:
        return situation._replace(conflicts=tuple(conflicts), cut_off=True)
    return situation._replace(conflicts=tuple(conflicts))


def _attempt(situation: Situation, question: Question, entries: Sequence[Entry]) -> Situation | None:
    """*situation* with the picks of the newest Python that works, or None where none does. Raises: SearchCutOffError."""
    for python, picks in _known_first(question, _solutions(question, entries, situation.pythons)):
        later = [minor for minor in situation.pythons if minor < python and is_current(minor, python)]
        return situation._replace(
            python=python,
            picks=picks,
            alternatives=_Remembered(_alternatives(situation, question, entries, later)),
        )
    return None


def _solutions(
    question: Question, entries: Sequence[Entry], pythons: Sequence[Minor]
) -> Iterator[tuple[Minor, Mapping[PyPIName, Pick]]]:
    for python in question.possible_pythons(entries, pythons):
        picks = question.solve(python, entries)
        if picks is not None:
            yield python, picks


def _known_first(
    question: Question, solutions: Iterator[tuple[Minor, Mapping[PyPIName, Pick]]]
) -> Iterator[tuple[Minor, Mapping[PyPIName, Pick]]]:
    """The first of *solutions* whose releases are all known, else the first.

    The newest Python often has no release yet of something unpinned; that one may come says less than what there is.
    """
    first = None
    for solution in solutions:
        if question.is_known(solution[1], solution[0]):
            yield solution
            return
        first = first or solution
    if first is not None:
        yield first


def _alternatives(
    situation: Situation, question: Question, entries: Sequence[Entry], pythons: Sequence[Minor]
) -> Iterator[Situation]:
    """The situation for every other Python that works; if there are some, only those whose releases are all known."""
    unknown: list[Situation] = []
    known = False
    try:
        for python, picks in _solutions(question, entries, pythons):
            other = situation._replace(python=python, picks=picks)
            if question.is_known(picks, python):
                known = True
                yield other
            else:
                unknown.append(other)
    except SearchCutOffError:
        return
    if not known:
        yield from unknown


def is_current(minor: Minor, newest: Minor) -> bool:
    """Whether *minor* is a Python that somebody would take today where *newest* works too."""
    return minor >= OLDEST_CURRENT or newest < OLDEST_CURRENT


class _Remembered:
    """An iterator that can be walked again: what one rule has asked for, the next finds solved."""

    def __init__(self, source: Iterator[Situation]) -> None:
        self._source = source
        self._found: list[Situation] = []

    def __call__(self) -> Iterator[Situation]:
        position = 0
        while True:
            if position == len(self._found):
                following = next(self._source, None)
                if following is None:
                    return
                self._found.append(following)
            yield self._found[position]
            position += 1


def is_about_one(conflict: Conflict) -> bool:
    """Whether *conflict* is that one project cannot be installed as asked, whatever the others ask."""
    return len(set(conflict.projects)) == 1


def blamed(conflict: Conflict) -> Entry:
    """The entry to change: the suggested one, else the last that is not torch, which everything else follows."""
    if conflict.suggestion is not None:
        return conflict.suggestion.entry
    others = [entry for entry in conflict.entries if entry.name not in ("torch", "pytorch")]
    return (others or list(conflict.entries))[-1]


def find_overlaps(
    pip: Sequence[PipEntry], provided: Sequence[Provided]
) -> dict[PyPIName, tuple[tuple[PipEntry, ...], tuple[Provided, ...]]]:
    """The projects that both parts install, with the entries of each."""
    found: dict[PyPIName, tuple[tuple[PipEntry, ...], tuple[Provided, ...]]] = {}
    for name in dict.fromkeys(item.name for item in provided):
        own = tuple(entry for entry in pip if entry.name == name and not entry.constraint)
        if own:
            found[name] = (own, tuple(item for item in provided if item.name == name))
    return found
