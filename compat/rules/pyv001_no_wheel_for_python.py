"""PYV001: no release that the file admits can be installed on its Python."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.solutions import Conflict
from compat.model.words import listed
from compat.rules.base import Rule, Subject, worst
from compat.rules.conflicts import Kind, conflicts_of
from compat.rules.serving import asked_releases, serving_pythons, working_pythons
from compat.rules.wording import (
    main_place,
    minors_words,
    python_related,
    python_words,
    quoted,
    relate,
    suggested_fix,
)


class NoWheelForPython(Rule):
    """A requirement that has no installable release for the Python of the target or the file.

    What it finds:
        A release without a wheel (and without a source archive) for the Python version, or whose Requires-Python
        excludes it; also a set of requirements that fit each other, but not on this Python. Wheel tags decide:
        Requires-Python is often wider than the wheels.

    Why it matters:
        ``No matching distribution found for torch==2.0.1``, though the release exists.

    Example:
        # compat check requirements.txt --target linux-64,python=3.12
        torch==2.0.1

    Use instead:
        torch==2.2.0

    Source:
        The wheel tags and Requires-Python on the package index:
        https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
    """

    code, name = "PYV001", "no-wheel-for-python"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for conflict in conflicts_of(subject, Kind.PYTHON):
            yield self._tell(subject, conflict)

    def _tell(self, subject: Subject, conflict: Conflict) -> Diagnostic:
        situation = subject.situation
        entry, others = main_place(conflict.entries, conflict)
        evidence = [step.evidence for step in conflict.steps if step.evidence is not None]
        # What several requirements need of each other on another Python takes more than their wheels to know.
        works = minors_words(working_pythons(subject, conflict)) if len(set(conflict.projects)) == 1 else ""
        return self.found(
            worst(Severity.ERROR, evidence),
            f"{listed([quoted(entry), *(quoted(other) for other in others)])} cannot be installed on"
            f" {python_words(situation, subject.target)}: {self._reason(subject, conflict)}",
            entry.place,
            packages=conflict.projects,
            related=[*relate(others), *python_related(situation)],
            evidence=evidence,
            fix=suggested_fix(conflict),
            hint=f"{works} can install what is asked for" if works else None,
        )

    def _reason(self, subject: Subject, conflict: Conflict) -> str:
        """Which Pythons the one release serves, or the steps of a derivation."""
        names = list(dict.fromkeys(conflict.projects))
        releases = asked_releases(subject, conflict, names[0])
        if len(names) == 1 and releases:
            newest = releases[0]
            serves = minors_words(serving_pythons(newest, subject.target.subdir))
            which = (
                f"{names[0]} {newest.version}" if len(releases) == 1 else f"the newest, {names[0]} {newest.version},"
            )
            if serves and not set(subject.situation.pythons) & serving_pythons(newest, subject.target.subdir):
                return f"{which} is for {serves}"
        return listed([step.text for step in conflict.steps[:3]] or ["what it requires has no release for it"])
