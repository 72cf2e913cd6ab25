"""ABI005: pip brings a torch that conda's torchvision or torchaudio was not built for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from compat.model.diagnostics import Diagnostic, Fix, Severity
from compat.model.solutions import Conflict
from compat.model.words import listed
from compat.rules.base import Rule, Subject, worst
from compat.rules.conflicts import Kind, conflicts_of
from compat.rules.wording import quoted, relate, version_fix

if TYPE_CHECKING:
    from compat.rules.over_conda import Broken


class PipBreaksCondaBuilds(Rule):
    """A pip requirement that replaces torch under conda builds compiled for another torch.

    What it finds:
        torchvision, torchaudio or torchtext from conda, whose builds each belong to one torch release, and a pip
        requirement that brings another minor release of torch: torch itself, or a project that pins it.

    Why it matters:
        pip installs its torch over conda's, and the compiled part of the others no longer loads:
        ``operator torchvision::nms does not exist``, ``undefined symbol``.

    Example:
        dependencies:
          - torchvision=0.15.2
          - pip
          - pip:
              - torch==1.13.1

    Use instead:
        dependencies:
          - pytorch=2.0.1
          - torchvision=0.15.2

    Source:
        The ``Requires-Dist`` fields of the wheels, which the conda builds repeat in their ``depends``:
        https://github.com/pytorch/vision/issues/8985
    """

    code, name = "ABI005", "pip-breaks-conda-builds"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for conflict in conflicts_of(subject, Kind.PIP_AGAINST_CONDA):
            from compat.rules.over_conda import broken_builds  # only such a conflict asks for it

            broken = broken_builds(subject, conflict)
            if broken:
                yield self._tell(conflict, broken)

    def _tell(self, conflict: Conflict, broken: Sequence[Broken]) -> Diagnostic:
        bringer = broken[0].bringer
        built = listed([f"{quoted(item.companion.entry)} for torch {item.built_for}" for item in broken])
        evidence = tuple(step.evidence for step in conflict.steps if step.evidence is not None)
        what = "is" if bringer.name == "torch" else "brings"
        return self.found(
            worst(Severity.ERROR, evidence),
            f"{quoted(bringer)} (pip) {what} another torch than the conda builds were made for, which then do not load: {built}",
            bringer.place,
            packages=["torch", *(item.companion.name for item in broken), *conflict.projects],
            related=relate([item.companion.entry for item in broken]),
            evidence=evidence,
            fix=_fix(broken[0]),
            hint="take torch, torchvision and torchaudio all from conda, or all from pip",
        )


def _fix(broken: Broken) -> Fix | None:
    """The torch that the conda builds are for, where the file asks for torch itself and for no certain build of it."""
    bringer = broken.bringer
    if bringer.name != "torch" or bringer.requirement.labels or bringer.requirement.url is not None:
        return None
    return version_fix(bringer, bringer.name, str(broken.built_for), why=", which the conda builds are for")
