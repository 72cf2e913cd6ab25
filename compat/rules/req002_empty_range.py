"""REQ002: one requirement that admits no version."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.requirements import is_empty
from compat.model.words import listed
from compat.rules.base import Rule, Subject
from compat.rules.wording import quoted


class EmptyRange(Rule):
    """A requirement whose own bounds exclude each other.

    What it finds:
        A single requirement that no version can satisfy, whatever releases there are: a lower bound above the upper
        one, or a pin outside the bounds beside it.

    Why it matters:
        pip and uv find no matching distribution and install nothing.

    Example:
        requests==2.28,>=2.30

    Use instead:
        requests>=2.30

    Source:
        Arithmetic on the specifiers:
        https://packaging.python.org/en/latest/specifications/version-specifiers/
    """

    code, name = "REQ002", "empty-range"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        situation = subject.situation
        found = [entry for entry in situation.pip if entry.requirement.url is None and is_empty(entry.requirement)]
        wanted = (
            {entry.name for entry in situation.pip if not entry.constraint} | situation.picks.keys() if found else ()
        )
        for entry in found:
            if entry.name in wanted:
                parts = [f"`{entry.name}{part}`" for part in sorted(map(str, entry.requirement.specifier))]
                yield self.found(
                    Severity.ERROR,
                    f"{quoted(entry)} admits no version: {listed(parts)} exclude each other",
                    entry.place,
                    packages=[entry.name],
                    hint=f"keep one of {listed(parts)}",
                )
