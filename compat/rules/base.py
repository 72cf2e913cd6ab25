"""What a rule is, and what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from compat.model.diagnostics import Diagnostic, Evidence, Fix, Related, Severity
from compat.model.environments import Environment
from compat.model.places import Place
from compat.model.solutions import Situation
from compat.model.targets import Target

if TYPE_CHECKING:
    from compat.model.knowledge import Matrix


class Subject(NamedTuple):
    """One environment on one target, with what the solver made of it."""

    environment: Environment
    target: Target
    matrix: Matrix
    situation: Situation


class Rule:
    """A check with a code that is given once and never reused; ``name`` is the pattern that it finds.

    The docstring is the manual page and must have the five headings of `HEADINGS`. ``per_python`` says that findings
    rest on the releases picked for one Python, so that without a known Python they must hold for each one that works.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    since: ClassVar[str] = "0.1"
    per_python: ClassVar[bool] = False

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """The findings, in the order of the file. Pure: the same subject gives the same findings."""
        raise NotImplementedError

    def found(
        self,
        severity: Severity,
        message: str,
        place: Place,
        *,
        packages: Sequence[str],
        related: Sequence[Related] = (),
        evidence: Sequence[Evidence] = (),
        fix: Fix | None = None,
        hint: str | None = None,
        gap: bool = False,
    ) -> Diagnostic:
        """A finding of this rule."""
        return Diagnostic(
            code=self.code,
            rule=self.name,
            severity=severity,
            message=message,
            place=place,
            packages=tuple(dict.fromkeys(packages)),
            related=tuple(related),
            evidence=tuple(dict.fromkeys(evidence)),
            fix=fix,
            hint=hint,
            gap=gap,
        )


#: The sections of a rule's docstring, in order.
HEADINGS = ("What it finds", "Why it matters", "Example", "Use instead", "Source")


def worst(severity: Severity, evidence: Sequence[Evidence]) -> Severity:
    """*severity*, or a warning instead of an error where the evidence is thin: thin facts prove no error alone."""
    if severity is Severity.ERROR and any(item.thin for item in evidence):
        return Severity.WARNING
    return severity
