"""CUD006: a CUDA build on a machine without GPU."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.knowledge import Build
from compat.rules.base import Rule, Subject
from compat.rules.builds import TORCH, Taken, build_words, default_evidence, taken
from compat.rules.picks import asked, roots_of
from compat.rules.remedies import build_fix
from compat.rules.wording import relate


class CudaBuildWithoutGpu(Rule):
    """A CUDA build of torch on a target that says ``gpu=none``.

    What it finds:
        The build of torch that an installer takes, where it is one for CUDA, on a target without a GPU.

    Why it matters:
        It works, but brings gigabytes of CUDA libraries that nothing there can use.

    Example:
        # compat check requirements.txt --target linux-64,gpu=none
        torch

    Use instead:
        --extra-index-url https://download.pytorch.org/whl/cpu
        torch

    Source:
        The default build of each release: its ``torch/version.py`` on the package index.
    """

    code, name = "CUD006", "cuda-build-without-gpu"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        found = taken(subject, TORCH)
        if found is not None and found.cuda is not None and subject.target.gpu == ():
            yield self._tell(subject, found)

    def _tell(self, subject: Subject, found: Taken) -> Diagnostic:
        entry, *others = roots_of(subject.situation.picks, TORCH)
        build = _cpu_build(subject, found)
        return self.found(
            Severity.INFO,
            f"{asked(entry, found.pick)}: {build_words(found)} brings CUDA libraries that `{subject.target.text}` cannot use",
            entry.place,
            packages=[TORCH, entry.name],
            related=relate(others[:1]),
            evidence=default_evidence(subject, found),
            fix=None if build is None else build_fix(subject, entry, build),
        )


def _cpu_build(subject: Subject, found: Taken) -> Build | None:
    """The CPU build of the same release on PyTorch's own index."""
    version = found.pick.version
    builds = subject.matrix.builds(TORCH, version) if version is not None else ()
    return next(
        (b for b in builds if b.variant == "cpu" and b.index_url and subject.target.subdir in b.subdirs),
        None,
    )
