"""PYV002: a pin without a wheel here, which is compiled on the user's machine."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.knowledge import evidence_of
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.solutions import Pick, is_pin
from compat.model.words import dotted
from compat.rules.base import Rule, Subject
from compat.rules.builds import TORCH
from compat.rules.picks import asked
from compat.rules.wording import minors_words, quoted

#: Projects that ended with a source archive which only says so, and the note of the matrix about it.
_STUBS = {PyPIName("tensorflow-gpu"): "tensorflow/tensorflow-gpu-ended"}


class NoWheelBuildsFromSource(Rule):
    """A pinned release that has wheels, but none for this Python and platform, so that it is built from source.

    What it finds:
        An exact pin of a release with compiled wheels and a source archive, where no wheel fits the Python and the
        platform. Nothing is said while the Python version is open, or of releases that only have a source archive,
        but for those that refuse to be built (``tensorflow-gpu`` after 2.11).

    Why it matters:
        pip falls back to the source archive: it needs a compiler and the build dependencies of that time, takes long
        and, with a Python newer than the release, mostly fails. With ``--only-binary :all:`` it cannot be installed.

    Example:
        # compat check requirements.txt --target linux-64,python=3.12
        numpy==1.21.6

    Use instead:
        numpy==1.26.4

    Source:
        The file list of the package index.
    """

    code, name = "PYV002", "no-wheel-builds-from-source"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        yield from self._stubs(subject)
        if not subject.situation.python_known:
            return
        for pick in subject.situation.picks.values():
            release = pick.candidate.release
            if not pick.candidate.sdist_only or release is None or "any" in release.wheels or not release.wheels:
                continue
            if subject.situation.worlds(pick.name).open or any(r.name == TORCH for r in release.requires):
                continue
            for entry in pick.entries:
                if isinstance(entry, PipEntry) and is_pin(entry) and not entry.constraint:
                    yield self._tell(subject, pick, entry)

    def _stubs(self, subject: Subject) -> Iterator[Diagnostic]:
        """Source archives that refuse to be built; no Python changes that."""
        for name, claim in _STUBS.items():
            pick, note = subject.situation.picks.get(name), subject.matrix.note(claim)
            if pick is None or note is None or not pick.candidate.sdist_only or not pick.candidate.release:
                continue
            if pick.candidate.release.wheels or subject.situation.worlds(name).open:
                continue
            for entry in pick.entries:
                if isinstance(entry, PipEntry) and not entry.constraint:
                    yield self.found(
                        Severity.ERROR,
                        f"{asked(entry, pick)} cannot be installed: {note.claim}",
                        entry.place,
                        packages=[name],
                        evidence=[evidence_of(note.claim, note.fact)],
                    )
                    break

    def _tell(self, subject: Subject, pick: Pick, entry: PipEntry) -> Diagnostic:
        release = pick.candidate.release
        python = subject.situation.python
        assert release is not None
        assert python is not None
        wheels = release.wheels.get(subject.target.subdir)
        have = minors_words(wheels.pythons) if wheels is not None else ""
        serves = f"its wheels are for {have}" if have else f"it has no wheel for {subject.target.subdir}"
        only = any(document.only_binary for document in subject.environment.documents)
        newer = self._first_with_wheel(subject, pick)
        return self.found(
            Severity.ERROR if only else Severity.WARNING,
            f"{quoted(entry)} has no wheel for Python {dotted(python)} on {subject.target.subdir}"
            + (", and `--only-binary :all:` forbids to build it: " if only else " and is built from source: ")
            + serves,
            entry.place,
            packages=[pick.name],
            evidence=[evidence_of(f"the files of {pick.name} {pick.version}", release.files_fact)],
            hint=f"the next release with a wheel is `{pick.name}=={newer}`" if newer else None,
        )

    def _first_with_wheel(self, subject: Subject, pick: Pick) -> str | None:
        """The nearest newer release with a wheel for this Python and platform."""
        project, python = subject.matrix.project(pick.name), subject.situation.python
        assert python is not None
        for release in reversed(project.releases if project is not None else ()):
            wheels = release.wheels.get(subject.target.subdir)
            is_newer = pick.version is not None and release.version > pick.version and release.yanked is None
            if is_newer and wheels is not None and wheels.serves(python):
                return str(release.version)
        return None
