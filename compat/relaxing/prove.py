"""Proving a relaxed environment: it is solved at the highest and at the lowest ends of its ranges, on one target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compat.model.environments import Environment
from compat.model.knowledge import Matrix
from compat.model.names import PyPIName, to_pypi_name
from compat.model.relaxation import Bounds, Solution
from compat.model.requirements import PipEntry, is_empty
from compat.model.solutions import Conflict, Pick, Situation
from compat.model.targets import Target
from compat.model.words import listed
from compat.relaxing.ends import unreached_ends
from compat.resolve.assess import assess, prepare
from compat.resolve.lowest import solve_lowest
from compat.resolve.offline import Cache
from compat.resolve.ports import SearchCutOffError
from compat.resolve.question import Minor, Question
from compat.resolve.situation import applying_pip
from compat.rules.wording import python_words, quoted

Picks = Mapping[PyPIName, Pick]

_CUT_OFF = "the search for a solution was cut off, because it went too long"


def prove(
    environment: Environment,
    target: Target,
    matrix: Matrix,
    cache: Cache,
    ends: Sequence[tuple[str, Bounds]] = (),
) -> Solution:
    """*environment*, whose entries hold the new requirements, at both of its ends on *target*.

    Both are solved for the Python that `assess` takes: the newest for which everything is known. Where the highest ends
    solve there, so do the lowest, because the same releases are to choose from. *ends* are the changed requirements, by
    the name that the file gives.
    """
    situation = assess(environment, target, matrix, cache)
    _, question = prepare(environment, target, matrix, cache)
    answer = Solution(environment.root, environment.variant, target.text, "unknown")
    if situation.conflicts:
        # What rests on one indirect source makes no error of `check` either.
        verdict = "unknown" if all(conflict.thin for conflict in situation.conflicts) else "conflict"
        return answer._replace(verdict=verdict, why=_why(situation, target))
    if situation.python is None:
        return answer._replace(why=_CUT_OFF if situation.cut_off else "no Python that is known here is admitted")
    answer = answer._replace(
        python=f"{situation.python[0]}.{situation.python[1]}",
        highest=_versions(situation.picks),
        unknown=tuple(_unknown(situation, target, matrix, situation.picks)),
    )
    return _with_lowest(answer, situation, question, target, matrix, ends)


def _with_lowest(
    answer: Solution,
    situation: Situation,
    question: Question,
    target: Target,
    matrix: Matrix,
    ends: Sequence[tuple[str, Bounds]],
) -> Solution:
    assert situation.python is not None
    try:
        lowest = solve_lowest(question, situation.python, question.entries)
    except SearchCutOffError:
        return answer._replace(why=f"at the lowest ends {_CUT_OFF}")
    if lowest is None:  # the highest ends are a solution, so this proves only that the search missed one
        return answer._replace(why="the search found no solution at the lowest ends, though there is one")
    unknown = tuple(dict.fromkeys((*answer.unknown, *_unknown(situation, target, matrix, lowest))))
    named = _named(situation, situation.python, target, matrix)
    return answer._replace(
        verdict="ok" if not named or named - set(unknown) else "unknown",
        lowest=_versions(lowest),
        unknown=unknown,
        ends=tuple(unreached_ends(question, situation, matrix, (situation.picks, lowest), ends)),
    )


def _versions(picks: Picks) -> dict[str, str]:
    """Project to version, in the order of the names, without versions that no table lists."""
    return {str(name): str(pick.version) for name, pick in sorted(picks.items()) if pick.version is not None}


def _named(situation: Situation, python: Minor, target: Target, matrix: Matrix) -> set[PyPIName]:
    """The projects that the files name for *python*, conda packages by the projects they provide."""
    names = {entry.name for entry in applying_pip(situation.pip, target, python) if not entry.constraint}
    names.update(item.name for item in situation.provided)
    provided = {item.entry.name for item in situation.provided}
    for entry in situation.conda:
        # A package that the name table has, but that provides no project, is none: nothing of pip's depends on it.
        if entry.name not in {"python", *provided} and matrix.pypi_names(entry.name) is None:
            names.add(to_pypi_name(entry.name))
    return names


def _unknown(situation: Situation, target: Target, matrix: Matrix, picks: Picks) -> Iterator[PyPIName]:
    """The projects of the files for which *picks* has no release that a table lists."""
    assert situation.python is not None
    for name in sorted(_named(situation, situation.python, target, matrix)):
        if name not in picks or picks[name].version is None:
            yield name


def _why(situation: Situation, target: Target) -> str:
    """The first conflict as `check` would tell it, and how many more there are."""
    first, *others = situation.conflicts
    more = f"; {len(others)} more conflict{'s' if len(others) > 1 else ''}" if others else ""
    return f"{_told(first, situation, target)}{more}"


def _told(conflict: Conflict, situation: Situation, target: Target) -> str:
    names = list(dict.fromkeys(quoted(entry) for entry in conflict.entries))
    together = " together" if len(names) > 1 else ""
    python = f" on {python_words(situation, target)}" if conflict.python else ""
    platform = f" on `{target.subdir}`" if conflict.platform and not python else ""
    steps = [step.text for step in conflict.steps[:3]]
    if any(isinstance(entry, PipEntry) and is_empty(entry.requirement) for entry in conflict.entries):
        steps = ["no version is in its range"]
    what = listed(names) if names else "what the files ask for"
    return f"{what} cannot be installed{together}{python}{platform}{f': {listed(steps)}' if steps else ''}"
