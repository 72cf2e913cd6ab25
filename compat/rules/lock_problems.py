"""Turning what is wrong with a lock file into a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from compat.model.diagnostics import Diagnostic, Related, Severity
from compat.model.places import Place
from compat.rules.base import Rule, Subject


class LockRule(Rule):
    """A rule that speaks in ``compat lock --check`` alone: what is installed from a lock is no environment of ``check``."""

    kinds: ClassVar[Mapping[str, Severity]]
    """The kinds of problem that it tells, as `compat.lock` names them."""

    def check(self, subject: Subject) -> Iterator[Diagnostic]:  # noqa: ARG002 - every rule is asked
        """Nothing: an environment holds no lock."""
        return iter(())

    def tell(
        self, kind: str, message: str, place: Place | None, lock_place: Place, packages: Sequence[str]
    ) -> Diagnostic:
        """At the line of the input, with that of the lock beside it; in the lock where no line of the input has it."""
        related = (
            [Related(lock_place, "what is locked" if lock_place.line else "this lock has nothing of it")]
            if place is not None
            else []
        )
        return self.found(self.kinds[kind], message, place or lock_place, packages=packages, related=related)
