"""ABI001: releases whose own metadata excludes each other."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.solutions import Conflict
from compat.model.words import listed
from compat.rules.base import Rule, Subject, worst
from compat.rules.conflicts import Kind, conflicts_of
from compat.rules.wording import main_place, quoted, relate, suggested_fix


class IncompatibleReleases(Rule):
    """Requirements that no set of releases satisfies together.

    What it finds:
        A minimal set of requirements of one environment that contradict each other through the metadata of the
        packages: ``torchvision 0.15.2`` requires ``torch==2.0.1``, so it excludes ``torch==2.1.0``. Leaving out any
        one of them makes the rest installable.

    Why it matters:
        pip, uv and conda refuse such a file. With ``--no-deps``, or where one package is upgraded later, the pair is
        installed all the same and fails when it is imported (``operator torchvision::nms does not exist``).

    Example:
        torch==2.1.0
        torchvision==0.15.2

    Use instead:
        torch==2.1.0
        torchvision==0.16.0

    Source:
        The ``Requires-Dist`` fields of the wheels:
        https://packaging.python.org/en/latest/specifications/core-metadata/#requires-dist-multiple-use
    """

    code, name = "ABI001", "incompatible-releases"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for conflict in conflicts_of(subject, Kind.RELEASES):
            yield self._tell(conflict)

    def _tell(self, conflict: Conflict) -> Diagnostic:
        entry, others = main_place(conflict.entries, conflict)
        steps = [step.text for step in conflict.steps]
        reason = f": {listed(steps[:3])}" if steps else ""
        evidence = tuple(step.evidence for step in conflict.steps if step.evidence is not None)
        names = " and ".join([quoted(entry), *(quoted(other) for other in others)])
        return self.found(
            worst(Severity.ERROR, evidence),
            f"{names} cannot be installed{' together' if others else ''}{reason}",
            entry.place,
            packages=conflict.projects,
            related=relate(others),
            evidence=evidence,
            fix=suggested_fix(conflict),
        )
