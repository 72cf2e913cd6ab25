"""CUD004: a CUDA build that holds no code for the target's GPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat.model.diagnostics import Diagnostic, Evidence, Severity
from compat.model.knowledge import Numbers, evidence_of
from compat.model.words import dotted
from compat.rules.base import Rule, Subject, worst
from compat.rules.builds import (
    JETSON_HINT,
    TEGRA,
    TORCH,
    Taken,
    architecture_fact,
    build_words,
    can_serve,
    default_evidence,
    runs_on,
    sm,
    taken,
)
from compat.rules.picks import asked, roots_of
from compat.rules.remedies import best_build, build_fix
from compat.rules.wording import relate


class GpuNotInBuild(Rule):
    """A torch build without code for the GPU of the target.

    What it finds:
        The build of torch that an installer takes against ``gpu=`` of the target: the list of compiled
        architectures of that build, or what its CUDA toolkit can compile at all. Code for ``sm_86`` runs on
        ``sm_89``, code for ``sm_120`` on ``sm_121``, so those stay quiet. On Jetson modules desktop code is not
        promised to run: a warning.

    Why it matters:
        ``CUDA error: no kernel image is available for execution on the device``, at the first operation on the GPU.

    Example:
        # compat check requirements.txt --target linux-64,gpu=gtx1080
        torch==2.8.0

    Use instead:
        --extra-index-url https://download.pytorch.org/whl/cu126
        torch==2.8.0+cu126

    Source:
        The build scripts of each release, and
        https://docs.nvidia.com/cuda/cuda-c-programming-guide/#binary-compatibility
    """

    code, name = "CUD004", "gpu-not-in-build"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        gpu, found = subject.target.gpu, taken(subject, TORCH)
        if not gpu or found is None or found.cuda is None:
            return
        if found.build is not None:
            fits = runs_on(subject.matrix, found.build, subject.target)
        else:
            fits = can_serve(subject.matrix, found.cuda, gpu)
        if fits is False:
            yield self._tell(subject, found, gpu, Severity.ERROR)
        elif fits is None and gpu in TEGRA and found.build is not None and _compiled(subject, found):
            yield self._tell(subject, found, gpu, Severity.WARNING)

    def _tell(self, subject: Subject, found: Taken, gpu: Numbers, severity: Severity) -> Diagnostic:
        entry, *others = roots_of(subject.situation.picks, TORCH)
        evidence = [*_evidence(subject, found), *default_evidence(subject, found)]
        build = best_build(subject, TORCH, found.version)
        compiled = _compiled(subject, found)
        holds = (
            f"its code is for {', '.join(map(sm, compiled))}"
            if compiled
            else f"CUDA {dotted(found.cuda or ())} cannot compile for it"
        )
        verdict = "has no code for" if severity is Severity.ERROR else "is not promised to run on"
        if not found.pick.entries:
            severity = Severity.WARNING  # torch is there for something else; the one in use may be another
        return self.found(
            worst(severity, evidence),
            f"{asked(entry, found.pick)}: {build_words(found)} {verdict} {sm(gpu)}"
            f" (target `{subject.target.text}`): {holds}",
            entry.place,
            packages=[TORCH, entry.name],
            related=relate(others[:1]),
            evidence=evidence,
            fix=None if build is None else build_fix(subject, entry, build),
            hint=JETSON_HINT if gpu in TEGRA else None,
        )


def _compiled(subject: Subject, found: Taken) -> Sequence[Numbers]:
    return found.build.architectures.get(subject.target.subdir, ()) if found.build is not None else ()


def _evidence(subject: Subject, found: Taken) -> Sequence[Evidence]:
    """The bound of the toolkit where that alone decides, which is certain; else the list of compiled architectures."""
    build, subdir = found.build, subject.target.subdir
    beyond = can_serve(subject.matrix, found.cuda or (), subject.target.gpu or ()) is False
    if build is not None and _compiled(subject, found) and not beyond:
        claim = f"{build_words(found)} is compiled for {', '.join(map(sm, _compiled(subject, found)))} on {subdir}"
        return (evidence_of(claim, architecture_fact(build, subdir)),)
    toolkit = subject.matrix.toolkit(found.cuda or ())
    if toolkit is None:
        return ()
    claim = f"CUDA {dotted(toolkit.cuda)} compiles for {sm(toolkit.minimum)} to {sm(toolkit.maximum)}"
    return (evidence_of(claim, toolkit.fact),)
