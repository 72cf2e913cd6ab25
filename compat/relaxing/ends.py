"""The ends of new ranges that no solution reaches: the range is wider than what the rest of the files lets be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from compat.model.knowledge import Matrix
from compat.model.names import PyPIName
from compat.model.relaxation import Bounds
from compat.model.requirements import PipEntry, to_requirement
from compat.model.solutions import Conflict, Demand, Entry, Pick, Situation
from compat.model.words import listed
from compat.resolve.conflicts import find_conflict
from compat.resolve.ports import SearchCutOffError
from compat.resolve.propagate import is_constraint
from compat.resolve.question import Minor, Question
from compat.rules.wording import quoted

#: Releases tried below the end of a range before the answer is only that the end itself is not reached.
MAX_TRIES = 100


def unreached_ends(
    question: Question,
    situation: Situation,
    matrix: Matrix,
    solutions: Iterable[Mapping[PyPIName, Pick]],
    ends: Iterable[tuple[str, Bounds]],
) -> Iterator[str]:
    """A sentence for each end of *ends* that no solution takes, on any Python of *situation*, and why.

    The upper end of a range is the newest release in it that can be installed, the lower one is its lower bound.
    *solutions* are known already, which spares asking. Of projects that the matrix does not cover nothing is said.
    """
    known = tuple(solutions)
    for name, bounds in ends:
        for entry in _entries(question, name):
            project = question.project(entry)
            try:
                span = SpecifierSet(str(bounds))
                lower = Version(bounds.lower)
            except (InvalidSpecifier, InvalidVersion):
                continue  # versions that only conda spells so: no table of the matrix holds them
            if matrix.project(project) is None:
                continue
            taken = {picks[project].version for picks in known if project in picks}
            one = _Range(question, situation, entry, name, taken)
            yield from one.upper_end(bounds, span)
            yield from one.lower_end(lower)


def _entries(question: Question, name: str) -> list[Entry]:
    """The first entry that installs the package, or none."""
    own = [e for e in question.entries if name in (e.name, question.project(e))]
    return [e for e in own if not (isinstance(e, PipEntry) and e.constraint)][:1]


class _Range:
    """One requirement of the files, with what may be asked about it. *taken* are versions that solutions have."""

    def __init__(
        self, question: Question, situation: Situation, entry: Entry, name: str, taken: set[Version | None]
    ) -> None:
        self._question = question
        self._entry = entry
        self._name = name
        self._project = question.project(entry)
        self._taken = taken
        # Where its marker does not hold, a requirement has no ends.
        pythons = [python for python in situation.pythons if self._is_asked(python)]
        pythons.sort(key=lambda python: python != situation.python)
        self._situation = situation._replace(pythons=tuple(pythons))

    def _is_asked(self, python: Minor) -> bool:
        demands = self._question.demands(python, self._question.entries)
        return any(d.requirement.name == self._project and not is_constraint(d) for d in demands)

    def upper_end(self, bounds: Bounds, span: SpecifierSet) -> Iterator[str]:
        """The newest release in *span*, if nothing takes it, and the newest that something takes."""
        end = f"`{self._name}{'<=' if bounds.inclusive else '<'}{bounds.upper}`"
        versions = self._usable(span)
        try:
            if not versions or self._is_taken(versions[0]):
                return
            reached = next((p for p, v in enumerate(versions[1:MAX_TRIES], 1) if self._is_taken(v)), None)
            if reached is None:
                yield f"{end}: no solution takes {self._project} {versions[0]}, because {self._reason(versions[0])}"
                return
            reason = self._reason(versions[reached - 1])
            yield f"{end}: no solution takes {self._project} above {versions[reached]}, because {reason}"
        except SearchCutOffError:
            yield f"{end}: whether a solution takes {self._project} {versions[0]} is not known: the search went too long"

    def lower_end(self, lower: Version) -> Iterator[str]:
        end = f"`{self._name}>={lower}`"
        try:
            if self._situation.pythons and not self._is_taken(lower):
                yield f"{end}: no solution takes {self._project} {lower}, because {self._reason(lower)}"
        except SearchCutOffError:
            yield f"{end}: whether a solution takes {self._project} {lower} is not known: the search went too long"

    def _usable(self, span: SpecifierSet) -> Sequence[Version]:
        """The releases in *span* that can be installed under some Python, newest first."""
        demand = Demand(to_requirement(self._project, span, text=f"{self._project}{span}"), None, None)
        found: set[Version] = set()
        for python in self._situation.pythons:
            matches = self._question.source(python).matches(self._project, [demand])
            found.update(candidate.version for candidate in matches if candidate.version is not None)
        return sorted(found, reverse=True)

    def _is_taken(self, version: Version) -> bool:
        """Whether some solution has *version*. Raises: SearchCutOffError."""
        if version in self._taken:
            return True
        entries = [*self._question.entries, self._forced(version)]
        return self._question.is_solvable(entries, self._situation.pythons)

    def _forced(self, version: Version) -> PipEntry:
        """A requirement of *version* and no other, beside those of the files."""
        pin = f"=={version}"
        text = f"{self._project}{pin}"
        return PipEntry(to_requirement(self._project, SpecifierSet(pin), text=text), self._entry.place)

    def _reason(self, version: Version) -> str:
        """Why nothing takes *version*. Raises: SearchCutOffError."""
        forced = self._forced(version)
        conflict = find_conflict(self._question, [*self._question.entries, forced], self._situation)
        if conflict.steps:
            return listed([step.text for step in conflict.steps[:3]])
        return _named(conflict, forced)


def _named(conflict: Conflict, forced: PipEntry) -> str:
    """The requirements of the files in *conflict* with the *forced* one, where there is no more to say."""
    others = list(dict.fromkeys(quoted(entry) for entry in conflict.entries if entry is not forced))
    return f"the files also ask for {listed(others)}" if others else "it has no file that fits"
