"""The ground that a range is tried on: one environment on one target, with requirements put in the place of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from packaging.version import Version

from compat.model.builds import World
from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import CondaEntry, Environment
from compat.model.knowledge import Matrix, Project
from compat.model.matchspec import parse_matchspec
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.requirements import PipEntry, Requirement, to_requirement
from compat.model.solutions import Candidate, Entry, Situation
from compat.model.targets import Target
from compat.relaxing.ranges import specifier_of
from compat.resolve.assess import assess, attempt, prepare
from compat.resolve.offline import Cache
from compat.resolve.situation import pip_demand
from compat.rules import all_rules
from compat.rules.base import Subject

Kind = tuple[str, tuple[str, ...]]
Texts = Mapping[Place, str]
"""Version texts by the version place of the entries that get them."""


class Ground:
    """One environment on one target. Everything here is answered offline, by the matrix."""

    def __init__(self, environment: Environment, target: Target, matrix: Matrix, cache: Cache) -> None:
        self.environment = environment
        self.target = target
        self.matrix = matrix
        self._cache = cache
        self.situation, self._question = prepare(environment, target, matrix, cache)
        self._places = {
            *(entry.version_place for entry in self.situation.conda),
            *(entry.version_place for entry in self.situation.pip),
        }
        self._conda = {item.entry: item.name for item in self.situation.provided}

    # -- what is asked here --------------------------------------------------------------------------------------------

    def has(self, entry: Entry) -> bool:
        """Whether *entry* applies here: its file and scope are part of the environment, and its marker holds."""
        return entry.version_place in self._places

    def project_name(self, entry: Entry) -> PyPIName | None:
        """The PyPI project that *entry* asks for; None for a conda package that provides none."""
        return entry.name if isinstance(entry, PipEntry) else self._conda.get(entry)

    def project(self, entry: Entry) -> Project | None:
        name = self.project_name(entry)
        return self.matrix.project(name) if name is not None else None

    def world(self, name: PyPIName) -> World:
        return self._question.worlds(name)

    # -- what one requirement can get ----------------------------------------------------------------------------------

    def is_usable(self, entry: PipEntry, specifier: str) -> bool:
        """Whether some release, listed or not, that *specifier* admits can be installed here for some Python."""
        asked = entry._replace(requirement=_with_specifier(entry.requirement, specifier))
        demand = pip_demand(asked)
        # A marker on Python leaves some out; the entry applies for at least one.
        pythons = [python for python in self.situation.pythons if self._question.demands(python, [asked])]
        return not pythons or any(self._question.source(python).matches(entry.name, [demand]) for python in pythons)

    def candidate(self, entry: PipEntry, version: Version) -> Candidate | None:
        """The listed release *version* of the entry's project, where it can be installed here for some Python."""
        asked = entry._replace(requirement=_with_specifier(entry.requirement, f"=={version}"))
        for python in self.situation.pythons:
            for found in self._question.source(python).matches(entry.name, [pip_demand(asked)]):
                if found.version is not None:
                    return found
        return None

    # -- what the whole environment gets -------------------------------------------------------------------------------

    def relaxed(self, texts: Texts, constraints: Iterable[Requirement] = ()) -> Environment:
        """The environment with *texts* as versions, and further *constraints*."""
        root = Place(self.environment.root)
        return self.environment._replace(
            pip=(
                *(_changed_pip(entry, texts) for entry in self.environment.pip),
                *(PipEntry(requirement, root, constraint=True) for requirement in constraints),
            ),
            conda=tuple(_changed_conda(entry, texts) for entry in self.environment.conda),
        )

    def solve(self, texts: Texts, constraints: Iterable[Requirement] = ()) -> Situation | None:
        """What an installer would take of the environment with *texts* and *constraints*; None where nothing fits."""
        return attempt(self.relaxed(texts, constraints), self.target, self.matrix, self._cache)

    @cached_property
    def is_solvable(self) -> bool:
        """Whether the environment as it is can be installed."""
        return self.solve({}) is not None

    @cached_property
    def baseline(self) -> frozenset[Kind]:
        """The errors and warnings about the environment as it is."""
        situation = assess(self.environment, self.target, self.matrix, self._cache)
        return frozenset(map(kind_of, self._judge(self.environment, situation)))

    def news(self, texts: Texts) -> list[Diagnostic] | None:
        """The errors and warnings that the environment with *texts* has and the one as it is has not; None: nothing fits."""
        situation = self.solve(texts)
        if situation is None:
            return None
        found = self._judge(self.relaxed(texts), situation)
        return [one for one in found if kind_of(one) not in self.baseline]

    def _judge(self, environment: Environment, situation: Situation) -> list[Diagnostic]:
        subject = Subject(environment, self.target, self.matrix, situation)
        return [one for rule in all_rules() for one in rule.check(subject) if one.severity is not Severity.INFO]


def kind_of(found: Diagnostic) -> Kind:
    """What a finding is about, whatever its words."""
    return found.code, tuple(sorted(found.packages))


def _with_specifier(requirement: Requirement, specifier: str) -> Requirement:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return to_requirement(
        requirement.name,
        specifier_of(specifier),
        extras=requirement.extras,
        marker=requirement.marker,
        text=f"{requirement.name}{extras}{specifier}",
    )


def _changed_pip(entry: PipEntry, texts: Texts) -> PipEntry:
    if entry.version_place is None or entry.version_place not in texts:
        return entry
    return entry._replace(requirement=_with_specifier(entry.requirement, texts[entry.version_place]))


def _changed_conda(entry: CondaEntry, texts: Texts) -> CondaEntry:
    if entry.version_place is None or entry.version_place not in texts:
        return entry
    channel = f"{entry.spec.channel}::" if entry.spec.channel else ""
    return entry._replace(spec=parse_matchspec(f"{channel}{entry.name}{texts[entry.version_place]}"))
