"""CUD012: a conda requirement that only CUDA builds meet, where there may be no ``__cuda``."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Evidence, Severity
from compat.model.environments import CondaEntry
from compat.model.knowledge import evidence_of
from compat.rules.base import Rule, Subject
from compat.rules.channels import CONDA_FORGE, channels_of, sources_of
from compat.rules.conda_builds import build_of
from compat.rules.conda_torch import FAMILY, admits, project_names
from compat.rules.wording import quoted

#: The first release of TensorFlow that conda-forge built for CUDA.
_FIRST_TENSORFLOW = "2.6"


class GpuBuildWithoutVirtualCuda(Rule):
    """A CUDA build of conda-forge asked for where conda may see no GPU.

    What it finds:
        A requirement that only CUDA builds of conda-forge meet (``pytorch-gpu``, ``pytorch=*=cuda*``) on a target
        without a GPU; and, as a remark, on a target that says nothing of one. What pixi's ``[system-requirements]``
        promise counts as there.

    Why it matters:
        CUDA builds of conda-forge depend on the virtual package ``__cuda``, which conda takes from the driver of the
        machine that it runs on. In ``docker build`` or CI there is none, and conda finds no solution, or takes the CPU
        build where the requirement admits it.

    Example:
        - conda-forge::pytorch-gpu      # docker build, CI

    Use instead:
        CONDA_OVERRIDE_CUDA=12.6 conda env create -f environment.yml

    Source:
        https://github.com/conda-forge/pytorch-cpu-feedstock/issues/364
    """

    code, name = "CUD012", "gpu-build-without-virtual-cuda"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding: one setting mends them all."""
        target = subject.target
        promised = any(item.name == "cuda" for item in subject.environment.system)
        if target.wants_gpu or promised or target.subdir.startswith("osx-"):
            return
        entry = next((e for e in subject.situation.conda if _needs_virtual_cuda(subject, e)), None)
        if entry is None:
            return
        absent = target.gpu == ()
        where = (
            f"the target `{target.text}` has no GPU, so there is no `__cuda`"
            if absent
            else "it needs `__cuda` where conda solves"
        )
        yield self.found(
            Severity.WARNING if absent else Severity.INFO,
            f"{quoted(entry)} takes a CUDA build of conda-forge: {where}",
            entry.place,
            packages=project_names(subject, [entry]),
            evidence=_evidence(subject),
            hint="set CONDA_OVERRIDE_CUDA (`CONDA_OVERRIDE_CUDA=12.6`) where conda runs without a driver: docker build, CI",
        )


def _needs_virtual_cuda(subject: Subject, entry: CondaEntry) -> bool:
    """Whether only CUDA builds of conda-forge meet *entry*."""
    build = build_of(entry)
    if not build.wants_cuda or build.style == "pytorch" or entry.name == "pytorch-mutex":
        return False
    if entry.name.startswith("tensorflow") and not admits(entry, f">={_FIRST_TENSORFLOW}"):
        return False
    sources = sources_of(subject, entry) if entry.name in FAMILY else channels_of(subject)
    if entry.spec.channel is not None:
        return CONDA_FORGE in sources_of(subject, entry)
    return bool(sources) and sources[0] == CONDA_FORGE


def _evidence(subject: Subject) -> tuple[Evidence, ...]:
    note = subject.matrix.note("conda_limits/cuda-virtual-package")
    return (evidence_of(note.claim, note.fact),) if note is not None else ()
