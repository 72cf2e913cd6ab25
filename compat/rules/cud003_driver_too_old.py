"""CUD003: a CUDA build that the target's driver cannot run."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.knowledge import Driver, evidence_of
from compat.model.words import dotted
from compat.rules.base import Rule, Subject, worst
from compat.rules.builds import TORCH, Taken, build_words, default_evidence, driver_gap, taken
from compat.rules.conda_built import built_entries, project_of
from compat.rules.picks import asked, roots_of
from compat.rules.remedies import best_build, build_fix
from compat.rules.wording import quoted, relate


class DriverTooOld(Rule):
    """A torch build for a CUDA version that the driver of the target is too old for.

    What it finds:
        The build of torch that an installer takes, by label, index or as the default, against ``driver=`` or
        ``cuda=`` of the target. From CUDA 11 on any driver of the same CUDA major will do (minor-version
        compatibility), so a CUDA 12.8 build on driver 535 stays quiet. Conda builds of torch, TensorFlow and jaxlib that are
        named in full, as exports and locks name them, are judged the same way.

    Why it matters:
        ``The NVIDIA driver on your system is too old``: ``torch.cuda.is_available()`` is False and everything runs
        on the CPU, or stops. An unpinned ``torch`` crosses to a new CUDA major without a change of the file.

    Example:
        # compat check requirements.txt --target linux-64,driver=570
        torch

    Use instead:
        --extra-index-url https://download.pytorch.org/whl/cu128
        torch==2.11.0+cu128

    Source:
        https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
    """

    code, name = "CUD003", "driver-too-old"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.target.gpu == ():
            return
        yield from self._conda(subject)
        found = taken(subject, TORCH)
        if found is None or found.cuda is None:
            return
        need = driver_gap(subject.matrix, found.cuda, subject.target)
        if need is not None:
            yield self._tell(subject, found, need)

    def _conda(self, subject: Subject) -> Iterator[Diagnostic]:
        """Builds of conda that are named in full."""
        target = subject.target
        for entry, build in built_entries(subject):
            cuda = build.cuda if build.cuda is None or len(build.cuda) > 1 else (*build.cuda, 0)
            need = driver_gap(subject.matrix, cuda, target) if cuda is not None else None
            if need is not None and cuda is not None:
                has = (
                    f"driver {dotted(target.driver)}" if target.driver else f"CUDA {dotted(target.cuda or ())} at most"
                )
                claim = f"CUDA {dotted(need.cuda)} needs driver {dotted(need.minimum)} or newer ({need.system})"
                evidence = (evidence_of(claim, need.fact),)
                yield self.found(
                    worst(Severity.ERROR, evidence),
                    f"{quoted(entry)} is built for CUDA {dotted(cuda)}, which needs driver {dotted(need.minimum)} or newer,"
                    f" the target `{target.text}` has {has}",
                    entry.place,
                    packages=[project_of(subject, entry), entry.name],
                    evidence=evidence,
                )

    def _tell(self, subject: Subject, found: Taken, need: Driver) -> Diagnostic:
        target = subject.target
        entry, *others = roots_of(subject.situation.picks, TORCH)
        has = f"driver {dotted(target.driver)}" if target.driver else f"CUDA {dotted(target.cuda or ())} at most"
        claim = f"CUDA {dotted(need.cuda)} needs driver {dotted(need.minimum)} or newer ({need.system})"
        evidence = [evidence_of(claim, need.fact), *default_evidence(subject, found)]
        build = best_build(subject, TORCH, found.version)
        severity = Severity.ERROR
        if not found.pick.entries:
            severity = Severity.WARNING  # torch is there for something else; the one in use may be another
        return self.found(
            worst(severity, evidence),
            f"{asked(entry, found.pick)}: {build_words(found)} needs driver {dotted(need.minimum)} or newer,"
            f" the target `{target.text}` has {has}",
            entry.place,
            packages=[TORCH, entry.name],
            related=relate(others[:1]),
            evidence=evidence,
            fix=None if build is None else build_fix(subject, entry, build),
        )
