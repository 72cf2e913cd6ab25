"""PYV003: no release that the file admits has a wheel for the platform."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.solutions import Conflict, Reason
from compat.model.words import dotted, listed
from compat.rules.base import Rule, Subject, worst
from compat.rules.conflicts import Kind, conflicts_of
from compat.rules.serving import asked_releases
from compat.rules.wording import main_place, quoted, relate, suggested_fix


class NoWheelForPlatform(Rule):
    """A requirement whose releases have no wheel for the operating system, CPU architecture or glibc of the target.

    What it finds:
        Releases without a wheel and without a source archive for the target's platform, wheels that ask for a newer
        glibc than the target claims, and sets of requirements that only fit each other on other platforms.

    Why it matters:
        ``No matching distribution found``: aarch64 and Intel Macs are left out by many releases, and wheels tagged
        ``manylinux_2_28`` are refused by CentOS 7 and Ubuntu 18.04.

    Example:
        # compat check requirements.txt --target osx-64
        torch==2.3.0

    Use instead:
        torch==2.2.2

    Source:
        The wheel tags on the package index:
        https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
    """

    code, name = "PYV003", "no-wheel-for-platform"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for conflict in conflicts_of(subject, Kind.PLATFORM):
            yield self._tell(subject, conflict)

    def _tell(self, subject: Subject, conflict: Conflict) -> Diagnostic:
        target = subject.target
        entry, others = main_place(conflict.entries, conflict)
        evidence = [step.evidence for step in conflict.steps if step.evidence is not None]
        reasons = {rejection.reason for rejection in conflict.rejections}
        where = target.subdir
        if Reason.GLIBC in reasons and target.glibc is not None:
            where = f"{where} with glibc {dotted(target.glibc)}"
        return self.found(
            worst(Severity.ERROR, evidence),
            f"{listed([quoted(entry), *(quoted(other) for other in others)])} cannot be installed on {where}"
            f" (target `{target.text}`): {self._reason(subject, conflict)}",
            entry.place,
            packages=conflict.projects,
            related=relate(others),
            evidence=evidence,
            fix=suggested_fix(conflict),
            hint=None
            if conflict.suggestion
            else f"narrow the requirement with a marker that leaves {target.subdir} out",
        )

    def _reason(self, subject: Subject, conflict: Conflict) -> str:
        steps = [step.text for step in conflict.steps[:3]]
        if steps:
            return listed(steps)
        if not conflict.rejections:
            return "no releases of what it requires fit it there"
        releases = asked_releases(subject, conflict, conflict.projects[0])
        have = sorted({subdir for release in releases for subdir in release.wheels})
        return f"there are wheels for {', '.join(have)}" if have else "there is no wheel for it"
