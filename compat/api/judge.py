"""Asking every rule about an environment on each target, and keeping only what holds for every Python that works."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from compat.api.environments import Gathered
from compat.model.containers import installs_of
from compat.model.diagnostics import Diagnostic
from compat.model.environments import Document, Environment
from compat.model.knowledge import Matrix
from compat.model.names import PyPIName, to_pypi_name
from compat.model.solutions import Situation
from compat.model.targets import Target
from compat.resolve.assess import assess
from compat.resolve.offline import Cache
from compat.rules import environment_rules
from compat.rules.base import Rule, Subject
from compat.rules.env004_descriptors_disagree import DescriptorsDisagree

#: Roots compared with each other at most: beyond that a folder holds many projects, not one project's descriptors.
MAX_COMPARED = 30


class Judge:
    """The rules over one matrix and a set of targets; answers of the solver are shared between environments."""

    def __init__(self, matrix: Matrix, targets: Sequence[Target], cache: Cache) -> None:
        self.matrix = matrix
        self._targets = targets
        self._cache = cache

    @property
    def cache(self) -> Cache:
        """What the solver knows already, for who asks it beside this judge."""
        return self._cache

    def findings(self, environment: Environment) -> Iterator[Diagnostic]:
        """The findings of one environment, each with the target it holds on."""
        if not environment.pip and not environment.conda and not environment.channels:
            return
        for target in self._targets:
            subject = Subject(
                environment=environment, target=target, matrix=self.matrix, situation=self.assess(environment, target)
            )
            yield from self.on(subject)

    def on(self, subject: Subject) -> Iterator[Diagnostic]:
        """The findings of every rule on one subject, whose target need not be one of those that were asked for."""
        for rule in environment_rules(image=bool(subject.environment.stages)):
            for finding in self._ask(rule, subject):
                yield finding._replace(targets=(subject.target.text,))

    def assess(self, environment: Environment, target: Target) -> Situation:
        """What an installer would choose for *environment* on *target*."""
        return assess(environment, target, self.matrix, self._cache)

    def _ask(self, rule: Rule, subject: Subject) -> list[Diagnostic]:
        found = list(rule.check(subject))
        if found and rule.per_python and not subject.situation.python_known:
            for other in subject.situation.alternatives():
                found = _held(found, rule, subject, other)
                if not found:
                    break
        return found

    def compare(self, roots: Sequence[Gathered], *, all_of: bool) -> Iterator[Diagnostic]:
        """Descriptors of one project against each other: all that one call names, else those in one folder."""
        if len(roots) < 2 or len(roots) > MAX_COMPARED:
            return
        texts = tuple(target.text for target in self._targets)
        for finding in DescriptorsDisagree().compare(roots, same_folder=not all_of):
            yield finding._replace(targets=texts)

    def coverage(self, documents: Iterable[Document]) -> tuple[int, int]:
        """How many of the projects that *documents* name the matrix covers, and how many they name."""
        names: set[PyPIName] = set()
        for document in documents:
            installs = () if document.image is None else installs_of(document.image.stages)
            names.update(entry.name for entry in document.pip)
            names.update(entry.name for _, _, install in installs for entry in install.pip)
            for entry in (*document.conda, *(entry for _, _, install in installs for entry in install.conda)):
                row = self.matrix.pypi_names(entry.name)
                names.update(row.pypi if row is not None else (to_pypi_name(entry.name),))
        return sum(1 for name in names if self.matrix.project(name) is not None), len(names)


def _held(found: list[Diagnostic], rule: Rule, subject: Subject, other: Situation) -> list[Diagnostic]:
    """Those of *found* that *rule* also finds, in whatever words, in the situation of another Python."""
    if not found:
        return found
    there = {(d.code, d.place, d.packages) for d in rule.check(subject._replace(situation=other))}
    return [d for d in found if (d.code, d.place, d.packages) in there]
