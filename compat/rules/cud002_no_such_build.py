"""CUD002: a build that its index does not have."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from compat.model.builds import variant_cuda
from compat.model.diagnostics import Diagnostic, Fix, Safety, Severity
from compat.model.knowledge import Build
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict, Entry, Reason
from compat.model.words import listed
from compat.rules.base import Rule, Subject, worst
from compat.rules.builds import driver_gap, runs_on
from compat.rules.conflicts import Kind, conflicts_of
from compat.rules.remedies import build_fix
from compat.rules.wording import main_place, quoted, relate, suggested_fix


class NoSuchBuild(Rule):
    """A CUDA build of a release that was never made for the target's platform.

    What it finds:
        A label (``torch==2.14.0+cu128``) or an index (``whl/cu118``) that names a build which the release does not
        have, on a platform whose list of builds is known to be whole, or where the index serves the build without
        the label, as for older aarch64 wheels.

    Why it matters:
        ``No matching distribution found``: each release of torch is built for two to four CUDA versions only, and
        for fewer on aarch64 than on x86_64.

    Example:
        --index-url https://download.pytorch.org/whl/cu128
        torch==2.14.0+cu128

    Use instead:
        --index-url https://download.pytorch.org/whl/cu126
        torch==2.14.0+cu126

    Source:
        The lists of builds of each release: https://pytorch.org/get-started/previous-versions/
    """

    code, name = "CUD002", "no-such-build"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for conflict in conflicts_of(subject, Kind.NO_BUILD):
            yield self._tell(subject, conflict)

    def _tell(self, subject: Subject, conflict: Conflict) -> Diagnostic:
        entry, others = main_place(conflict.entries, conflict)
        missing = next(r for r in conflict.rejections if r.reason is Reason.NO_BUILD)
        evidence = () if missing.evidence is None else (missing.evidence,)
        builds = subject.matrix.builds(missing.name, missing.version)
        here = [build for build in builds if subject.target.subdir in build.subdirs]
        plain = next((b for b in here if b.variant in _labels(entry) and subject.target.subdir in b.unlabelled), None)
        return self.found(
            worst(Severity.ERROR, evidence),
            f"{quoted(entry)} cannot be installed: {missing.detail}",
            entry.place,
            packages=conflict.projects,
            related=relate(others),
            evidence=evidence,
            fix=self._fix(subject, conflict, entry, plain, here),
            hint=_hint(subject, missing.version, here) if plain is None else None,
        )

    def _fix(
        self, subject: Subject, conflict: Conflict, entry: Entry, plain: Build | None, here: list[Build]
    ) -> Fix | None:
        if plain is not None:
            machine = subject.target.markers((3, 12))["platform_machine"]
            title = (
                f"Ask for `{entry.name}=={plain.version}` on {subject.target.subdir}, and keep the label for the rest"
                f" with the marker `platform_machine != '{machine}'`"
            )
            return Fix(title=title, safety=Safety.SHOWN)
        fitting = [build for build in here if _fits(subject, build)]
        return build_fix(subject, entry, _nearest(fitting, entry)) if fitting else suggested_fix(conflict)


def _labels(entry: Entry) -> tuple[str, ...]:
    return entry.requirement.labels if isinstance(entry, PipEntry) else ()


def _fits(subject: Subject, build: Build) -> bool:
    """Whether *build* would do on the target, as far as is known."""
    if build.cuda is None or build.index_url is None:
        return False
    return (
        driver_gap(subject.matrix, build.cuda, subject.target) is None
        and runs_on(subject.matrix, build, subject.target) is not False
    )


def _nearest(builds: list[Build], entry: Entry) -> Build:
    """The build whose CUDA is nearest to the one asked for, of the same major if there is one; the newest where none was."""
    asked = next((cuda for cuda in map(variant_cuda, _labels(entry)) if cuda is not None), (99, 0))

    def distance(build: Build) -> tuple[int, int]:
        cuda = build.cuda or (0, 0)
        return abs(cuda[0] - asked[0]), abs(cuda[1] - asked[1])

    return min(builds, key=distance)


def _hint(subject: Subject, version: Version, here: list[Build]) -> str | None:
    """Which builds there are."""
    names = [build.variant for build in here]
    return f"{version} is built for {listed(names)} on {subject.target.subdir}" if names else None
