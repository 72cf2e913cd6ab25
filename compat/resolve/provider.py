"""resolvelib's provider over a `CandidateSource`.

An identifier is a project with a set of extras. ``torch[opt]`` is a candidate of its own that requires ``torch`` of
the same version and what the extra adds, as in pip.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from packaging.specifiers import SpecifierSet
from resolvelib import AbstractProvider, ResolutionImpossible
from resolvelib.resolvers import RequirementsConflicted, Resolution

from compat.model.names import PyPIName
from compat.model.requirements import to_requirement
from compat.model.solutions import Candidate, Demand
from compat.resolve.ports import SearchCutOffError

if TYPE_CHECKING:
    from resolvelib.resolvers import Criterion
    from resolvelib.structs import Matches, RequirementInformation

    from compat.resolve.ports import CandidateSource

Identifier = tuple[PyPIName, frozenset[str]]


class Provider(AbstractProvider[Demand, Candidate, Identifier]):
    """Asks the source. *bounds* are the demands of constraint files, by project; *tries* how many candidates may be tried.

    Raises (while it is asked): SearchCutOffError past *tries*.
    """

    def __init__(self, source: CandidateSource, bounds: Mapping[PyPIName, Sequence[Demand]], tries: float) -> None:
        self._source = source
        self._bounds = bounds
        self._tries = tries

    def identify(self, requirement_or_candidate: Demand | Candidate) -> Identifier:
        if isinstance(requirement_or_candidate, Demand):
            requirement = requirement_or_candidate.requirement
            return requirement.name, requirement.extras
        return requirement_or_candidate.name, requirement_or_candidate.extras

    def get_preference(
        self,
        identifier: Identifier,
        resolutions: Mapping[Identifier, Candidate],  # noqa: ARG002 - resolvelib passes it
        candidates: Mapping[Identifier, Iterator[Candidate]],  # noqa: ARG002 - resolvelib passes it
        information: Mapping[Identifier, Iterator[RequirementInformation[Demand, Candidate]]],
        backtrack_causes: Sequence[RequirementInformation[Demand, Candidate]],
    ) -> tuple[bool, bool, int, str]:
        """What just made the search backtrack first, then the fewest candidates, then by name: deterministic.

        Projects without listed releases come last: they require nothing, so they can only be checked against the rest.
        """
        causes = {cause.requirement.requirement.name for cause in backtrack_causes}
        demands = [item.requirement for item in information[identifier]]
        if not demands:  # only a candidate that was taken back had asked for it
            return True, True, 0, identifier[0]
        matches = self._source.matches(identifier[0], [*demands, *self._bounds.get(identifier[0], ())])
        is_open = bool(matches) and matches[0].version is None
        return identifier[0] not in causes, is_open, len(matches), identifier[0]

    def find_matches(
        self,
        identifier: Identifier,
        requirements: Mapping[Identifier, Iterator[Demand]],
        incompatibilities: Mapping[Identifier, Iterator[Candidate]],
    ) -> Matches[Candidate]:
        name, extras = identifier
        demands = [*requirements[identifier], *self._bounds.get(name, ())]
        matches = self._source.matches(name, demands)
        excluded = {candidate.version for candidate in incompatibilities[identifier]}
        if not extras and not excluded:
            return matches
        # A factory: candidates are judged one by one, and a search rarely looks at all of them.
        return lambda: (match._replace(extras=extras) for match in matches if match.version not in excluded)

    def is_satisfied_by(self, requirement: Demand, candidate: Candidate) -> bool:
        return self._source.is_satisfied(requirement, candidate)

    def get_dependencies(self, candidate: Candidate) -> Iterable[Demand]:
        self._tries -= 1
        if self._tries < 0:
            raise SearchCutOffError
        bare = candidate._replace(extras=frozenset())
        dependencies = list(self._source.dependencies(bare, candidate.extras))
        if candidate.extras and candidate.version is not None:
            pin = f"=={candidate.version}"
            same: Any = to_requirement(candidate.name, SpecifierSet(pin), text=f"{candidate.name}{pin}")
            dependencies.append(Demand(same, None, candidate))
        plain = [
            demand._replace(requirement=demand.requirement._replace(extras=frozenset()))
            for demand in dependencies
            if demand.requirement.extras
        ]
        return [*dependencies, *plain]


class Chronological(Resolution[Demand, Candidate, Identifier]):
    """resolvelib's `Resolution`, going back one choice at a time.

    Its own way back jumps over choices that it takes for unrelated, some of which would have mended the conflict, so that
    it calls demands impossible which have a solution (resolvelib 1.2.1, https://github.com/sarugaku/resolvelib/issues/206).
    A search that takes longer is cut off and unknown; a wrong conflict would be told as an error.
    """

    def _backjump(self, causes: list[RequirementInformation[Demand, Candidate]]) -> bool:
        """Take back the last choice and exclude it; False where no choice is left."""
        while len(self._states) >= 3:
            del self._states[-1]
            broken = self._states.pop()
            if not broken.mapping:
                raise ResolutionImpossible(causes)
            name, candidate = broken.mapping.popitem()
            known = [(key, list(criterion.incompatibilities)) for key, criterion in broken.criteria.items()]
            self._push_new_state()
            if self._patch_criteria([*known, (name, [candidate])]):
                return True
        return False


class Steadfast(Chronological):
    """The same, which never exchanges a chosen candidate for what a later one asks: it takes back the choices between.

    It finds what there is to find, where an exchange has lost what the exchanged candidate required. What it finds may be
    older than need be, so it is only asked then.
    """

    def _get_updated_criteria(self, candidate: Candidate) -> dict[Identifier, Criterion[Demand, Candidate]]:
        criteria = super()._get_updated_criteria(candidate)
        for name in self.state.mapping.keys() & criteria.keys():
            if name != self._p.identify(candidate) and not self._is_current_pin_satisfying(name, criteria[name]):
                raise RequirementsConflicted(criteria[name])
        return criteria
