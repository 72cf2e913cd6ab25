"""Whether a conda part that asks for CUDA was solved for a machine that has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from compat.model.conda_records import CondaRecord
from compat.model.environments import CondaEntry

if TYPE_CHECKING:
    from compat.resolve.conda.question import CondaQuestion

#: Packages that are there for CUDA alone.
_FOR_CUDA = frozenset(
    {
        *("cudatoolkit", "cuda-version", "pytorch-cuda", "cuda", "cuda-toolkit", "cuda-runtime", "cudnn"),
        *("pytorch-gpu", "tensorflow-gpu"),
    }
)


def gpu_note(question: CondaQuestion, records: Sequence[CondaRecord]) -> str | None:
    """That the file asks for CUDA and was solved without ``__cuda``, for the notes of a lock; None where neither is so.

    Some old records of CUDA builds do not depend on ``__cuda``: then conda quietly takes those, or else a CPU build.
    """
    if any(package.name == "__cuda" for package in question.request.virtual):
        return None
    entry = next((entry for entry in question.entries if _wants_gpu(entry)), None)
    if entry is None or question.target.subdir.startswith("osx-"):
        return None
    why = "has no GPU" if question.target.gpu == () else "names no GPU, driver or CUDA"
    return (
        f"{entry.place}: `{entry.spec.text}` asks for CUDA, but the target {why}, so the conda part was solved without"
        f" `__cuda`{_taken(entry, records)}: add `cuda=` or `driver=` to the target"
    )


def _taken(entry: CondaEntry, records: Sequence[CondaRecord]) -> str:
    """The package that shows it: the one asked for in a build that does not ask for ``__cuda``, or a CPU build."""
    asked = next((record for record in records if record.name == entry.name and entry.spec.build is not None), None)
    if asked is not None:
        return f", and {asked.title} was taken, which does not need it"
    from compat.rules.conda_builds import BUILT_FOR_CUDA

    cpu = next((record for record in records if record.name in BUILT_FOR_CUDA and "cpu" in record.build), None)
    return f", and {cpu.title} was taken, which is for the CPU" if cpu is not None else ""


def _wants_gpu(entry: CondaEntry) -> bool:
    build = entry.spec.build
    if build is None or entry.name in _FOR_CUDA:
        return entry.name in _FOR_CUDA
    from compat.rules.conda_builds import build_of, read_build  # few entries have one

    return build_of(entry).wants_cuda or read_build(build).wants_cuda
