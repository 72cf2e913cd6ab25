"""REQ008: a pin of a release whose metadata current pip refuses."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import CondaEntry
from compat.model.knowledge import Release, evidence_of
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry
from compat.rules.base import Rule, Subject
from compat.rules.serving import find_release
from compat.rules.wording import pinned_version, quoted, version_fix

#: The first pip that ignores releases with such metadata, and the first Python that has it.
#: Source: https://pip.pypa.io/en/stable/news/#v24-1
_PIP = Version("24.1")
_PYTHON = (3, 8)


class InvalidMetadata(Rule):
    """A pin of a release whose metadata is not valid, so that pip from 24.1 on ignores it.

    What it finds:
        An exact pin of a release with a requirement in its METADATA that the standards do not allow
        (``torch>=1.8.*``), unless the file keeps pip below 24.1 or its Python is too old for that pip.

    Why it matters:
        ``Ignoring version 1.6.5 of pytorch-lightning since it has invalid metadata``, then ``No matching distribution
        found``. uv and older pip read such metadata with good will.

    Example:
        pytorch-lightning==1.8.0

    Use instead:
        pytorch-lightning==1.8.4

    Source:
        https://packaging.python.org/en/latest/specifications/version-specifiers/ and
        https://pip.pypa.io/en/stable/news/#v24-1
    """

    code, name = "REQ008", "invalid-metadata"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        pythons = subject.situation.pythons
        if (pythons and max(pythons) < _PYTHON) or _has_older_pip(subject):
            return
        covered = subject.matrix.mentioned()
        for entry in subject.situation.pip:
            version = pinned_version(entry) if entry.name in covered else None
            release = find_release(subject, entry.name, version) if version is not None else None
            if release is not None and release.invalid and not entry.constraint:
                yield self._tell(subject, entry, release)

    def _tell(self, subject: Subject, entry: PipEntry, release: Release) -> Diagnostic:
        claim = f"METADATA of {entry.name} {release.version} says `{release.invalid[0]}`"
        heir = _heir(subject, release)
        return self.found(
            Severity.WARNING,
            f"{quoted(entry)} has invalid metadata, so pip from 24.1 on ignores it: `{release.invalid[0]}`",
            entry.place,
            packages=[entry.name],
            evidence=[evidence_of(claim, release.fact)],
            fix=None if heir is None else version_fix(entry, entry.name, str(heir)),
            hint="or keep `pip<24.1`",
        )


def _has_older_pip(subject: Subject) -> bool:
    """Whether the environment asks for a pip below 24.1 itself."""
    entries: tuple[Entry, ...] = (*subject.situation.conda, *subject.situation.pip)
    for entry in entries:
        if entry.name != "pip":
            continue
        if isinstance(entry, CondaEntry):
            if entry.spec.version is not None and not entry.spec.matches("24.1") and not entry.spec.matches("999"):
                return True
        elif entry.requirement.specifier and not any(map(entry.requirement.public.contains, ("24.1", "999"))):
            return True
    return False


def _heir(subject: Subject, release: Release) -> Version | None:
    """The next release with valid metadata."""
    project = subject.matrix.project(release.project)
    later = (r for r in reversed(project.releases if project is not None else ()) if r.version > release.version)
    return next((r.version for r in later if r.yanked is None and not r.invalid), None)
