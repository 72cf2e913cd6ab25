"""REQ006: a pin of a yanked release."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.knowledge import Release, evidence_of
from compat.model.requirements import PipEntry
from compat.rules.base import Rule, Subject
from compat.rules.wording import pinned_version, quoted, version_fix


class YankedRelease(Rule):
    """A pin of a release that its authors have withdrawn.

    What it finds:
        An exact pin (``==``) of a release all of whose files are yanked on the package index, with the reason that
        the authors gave.

    Why it matters:
        Installers take a yanked release only for an exact pin, and say so in a warning that is easily overlooked. It
        was withdrawn because it is broken in some way.

    Example:
        torchvision==0.11.0

    Use instead:
        torchvision==0.11.1

    Source:
        The file list of the package index; https://peps.python.org/pep-0592/
    """

    code, name = "REQ006", "yanked-release"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        covered = subject.matrix.mentioned()
        for entry in subject.situation.pip:
            release = _yanked(subject, entry) if entry.name in covered else None
            if release is None:
                continue
            claim = f"{entry.name} {release.version} is yanked: {release.yanked}"
            heir = _heir(subject, release)
            yield self.found(
                Severity.WARNING,
                f"{quoted(entry)} is yanked: {_one_line(release.yanked or '')}",
                entry.place,
                packages=[entry.name],
                evidence=[evidence_of(claim, release.files_fact)],
                fix=None if heir is None else version_fix(entry, entry.name, str(heir)),
            )


def _yanked(subject: Subject, entry: PipEntry) -> Release | None:
    """The yanked release that *entry* pins, where nothing but the default index can serve it."""
    version = pinned_version(entry)
    world = subject.situation.worlds(entry.name)
    if (
        version is None
        or entry.requirement.labels
        or world.variants
        or world.every_variant
        or world.open
        or not world.pypi
    ):
        return None
    project = subject.matrix.project(entry.name)
    releases = project.releases if project is not None else ()
    return next((r for r in releases if r.version == version and r.yanked is not None), None)


def _heir(subject: Subject, release: Release) -> Version | None:
    """The next release that is not yanked."""
    project = subject.matrix.project(release.project)
    later = [r.version for r in project.releases if r.yanked is None and r.version > release.version] if project else []
    return min(later, default=None)


def _one_line(reason: str) -> str:
    return " ".join(reason.split()).rstrip(".")
