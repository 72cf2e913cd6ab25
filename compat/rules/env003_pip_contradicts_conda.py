"""ENV003: a pip requirement that needs another release of what conda installs."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import CondaEntry
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict
from compat.model.words import listed
from compat.rules.base import Rule, Subject, worst
from compat.rules.channels import is_pixi
from compat.rules.conflicts import Kind, conflicts_of
from compat.rules.wording import quoted, relate, suggested_fix


class PipContradictsConda(Rule):
    """A requirement of the pip part that excludes a version which the conda part asks for.

    What it finds:
        A pip requirement whose metadata asks for another release of a project than the conda requirement admits:
        ``numpy=2.1`` from conda beside ``tensorflow==2.17.0``, which needs ``numpy<2.0.0``.

    Why it matters:
        conda cannot see what pip will ask for. pip installs last and replaces the conda package by a release that it
        likes; conda's record stays, and other conda packages that were compiled against the old one may break. pixi
        solves both parts together and finds no solution.

    Example:
        dependencies:
          - numpy=2.1
          - pip
          - pip:
              - tensorflow==2.17.0

    Use instead:
        dependencies:
          - numpy=1.26
          - pip
          - pip:
              - tensorflow==2.17.0

    Source:
        The ``Requires-Dist`` fields of the wheels, and https://github.com/thousandbrainsproject/tbp.monty/issues/385
    """

    code, name = "ENV003", "pip-contradicts-conda"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for conflict in conflicts_of(subject, Kind.PIP_AGAINST_CONDA):
            from compat.rules.over_conda import broken_builds  # only such a conflict asks for it

            if not broken_builds(subject, conflict):
                yield self._tell(subject, conflict)

    def _tell(self, subject: Subject, conflict: Conflict) -> Diagnostic:
        pip = [entry for entry in conflict.entries if isinstance(entry, PipEntry)]
        conda = [entry for entry in conflict.entries if isinstance(entry, CondaEntry)]
        evidence = tuple(step.evidence for step in conflict.steps if step.evidence is not None)
        pixi = any(is_pixi(document) for document in subject.environment.documents)
        severity = worst(Severity.ERROR, evidence) if pixi else Severity.WARNING
        asked, held = (listed([quoted(entry) for entry in entries]) for entries in (pip, conda))
        reason = f": {listed([step.text for step in conflict.steps[:3]])}" if conflict.steps else ""
        outcome = "so pixi finds no solution" if pixi else "so pip will replace conda's package"
        return self.found(
            severity,
            f"{asked} (pip) does not go with {held} (conda), {outcome}{reason}",
            pip[0].place,
            packages=conflict.projects,
            related=relate([entry for entry in conflict.entries if entry is not pip[0]]),
            evidence=evidence,
            fix=suggested_fix(conflict),
        )
