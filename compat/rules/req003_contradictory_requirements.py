"""REQ003: requirements of one project that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.words import listed
from compat.rules.base import Rule, Subject
from compat.rules.conflicts import Kind, conflicts_of
from compat.rules.wording import main_place, quoted, relate, suggested_fix


class ContradictoryRequirements(Rule):
    """The same project twice in one environment, with requirements that no version satisfies together.

    What it finds:
        Two or more requirements of one project, in one file or through ``-r`` and ``-c``, whose ranges have no
        version in common, or that pin two builds (``+cu118`` and ``+cu121``) of one release.

    Why it matters:
        All of them hold at once, so pip, uv and conda refuse the environment.

    Example:
        numpy==1.26.4
        numpy>=2

    Use instead:
        numpy==1.26.4

    Source:
        Arithmetic on the specifiers:
        https://packaging.python.org/en/latest/specifications/version-specifiers/
    """

    code, name = "REQ003", "contradictory-requirements"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for conflict in conflicts_of(subject, Kind.CONTRADICTION):
            entry, others = main_place(conflict.entries, conflict)
            names = listed([quoted(entry), *(quoted(other) for other in others)])
            yield self.found(
                Severity.ERROR,
                f"{names} have no version in common",
                entry.place,
                packages=conflict.projects,
                related=relate(others),
                fix=suggested_fix(conflict),
            )
        yield from self._labels(subject)

    def _labels(self, subject: Subject) -> Iterator[Diagnostic]:
        """Pins of one release with different labels. Markers may keep two entries apart, so those are left out."""
        labelled: dict[PyPIName, list[PipEntry]] = {}
        for entry in subject.situation.pip:
            requirement = entry.requirement
            if requirement.labels and requirement.marker is None and requirement.url is None:
                labelled.setdefault(entry.name, []).append(entry)
        for name, entries in labelled.items():
            for first, second in combinations(entries, 2):
                a, b = first.requirement, second.requirement
                if a.public == b.public and not set(a.labels) & set(b.labels):
                    yield self.found(
                        Severity.ERROR,
                        f"{quoted(first)} and {quoted(second)} pin two builds of one release",
                        second.place,
                        packages=[name],
                        related=relate([first]),
                    )
                    break
