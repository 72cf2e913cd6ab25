"""Turning what a reader could not take into a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import Problem
from compat.model.targets import Target
from compat.rules.base import Rule, Subject


class ProblemRule(Rule):
    """A rule whose findings are the readers' own: they do not depend on a target."""

    severity: ClassVar[Severity]

    def check(self, subject: Subject) -> Iterator[Diagnostic]:  # noqa: ARG002 - every rule is asked
        """Nothing: a file's problems are told once, not once for each of its environments."""
        return iter(())

    def tell(self, problem: Problem, targets: Sequence[Target]) -> Iterator[Diagnostic]:
        finding = self.found(self.severity, problem.message, problem.place, packages=(), hint=problem.hint)
        yield finding._replace(targets=tuple(target.text for target in targets))
