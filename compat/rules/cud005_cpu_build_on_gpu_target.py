"""CUD005: a build without CUDA where the target has a GPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.specifiers import SpecifierSet

from compat.model.diagnostics import Diagnostic, Evidence, Severity
from compat.model.knowledge import Matrix, evidence_of
from compat.model.names import PyPIName
from compat.model.solutions import Pick
from compat.rules.base import Rule, Subject
from compat.rules.builds import JETSON_HINT, TEGRA, TORCH, build_words, default_evidence, labels_of, taken
from compat.rules.conda_built import built_entries, project_of
from compat.rules.conflicts import cannot_be_installed
from compat.rules.picks import asked, roots_of
from compat.rules.remedies import best_build, build_fix
from compat.rules.wording import quoted, relate

_TENSORFLOW = PyPIName("tensorflow")
_WINDOWS_CPU = SpecifierSet(">=2.11")


class CpuBuildOnGpuTarget(Rule):
    """A CPU build of torch or TensorFlow on a target with a GPU.

    What it finds:
        What an installer takes on a target with ``gpu=``, ``driver=`` or ``cuda=``: torch wheels of the default
        index for Windows, and for aarch64 up to 2.10; anything from ``whl/cpu``; torch from a CUDA index that has no
        CUDA build for the platform; TensorFlow on Windows from 2.11 on and on aarch64; conda builds for the CPU
        that are named in full, as exports and locks name them.

    Why it matters:
        Everything installs and imports, ``torch.cuda.is_available()`` is False, and the GPU stays idle.

    Example:
        # compat check requirements.txt --target linux-aarch64,gpu=gh200
        torch==2.9.1

    Use instead:
        --extra-index-url https://download.pytorch.org/whl/cu128
        torch==2.9.1+cu128

    Source:
        ``torch/version.py`` of the wheels on the package index; https://www.tensorflow.org/install/pip
    """

    code, name = "CUD005", "cpu-build-on-gpu-target"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        target = subject.target
        if not target.wants_gpu or target.subdir.startswith("osx-"):
            return
        yield from self._conda(subject)
        found = taken(subject, TORCH)
        if found is not None and found.build is not None and found.cuda is None:
            yield self._tell(subject, found.pick, f"this is {build_words(found)}", default_evidence(subject, found))
        elif found is None and (pick := subject.situation.picks.get(TORCH)) and _no_cuda_there(subject, pick):
            yield self._tell(subject, pick, f"no CUDA build of torch {pick.version} for {target.subdir} is known", ())
        yield from self._tensorflow(subject)

    def _conda(self, subject: Subject) -> Iterator[Diagnostic]:
        """Builds of conda that are named in full."""
        for entry, build in built_entries(subject):
            if build.wants_cpu and not build.wants_cuda:
                yield self.found(
                    Severity.WARNING,
                    f"{quoted(entry)} is built for the CPU, so the GPU of target `{subject.target.text}` stays unused",
                    entry.place,
                    packages=[project_of(subject, entry), entry.name],
                )

    def _tell(self, subject: Subject, pick: Pick, what: str, evidence: Sequence[Evidence]) -> Diagnostic:
        entry, *others = roots_of(subject.situation.picks, pick.name)
        jetson = subject.target.gpu in TEGRA
        build = best_build(subject, TORCH, pick.version, may_be=True) if pick.name == TORCH and not jetson else None
        return self.found(
            Severity.WARNING,
            f"{asked(entry, pick)}: {what}, so the GPU of target `{subject.target.text}` stays unused",
            entry.place,
            packages=[pick.name, entry.name],
            related=relate(others[:1]),
            evidence=evidence,
            fix=None if build is None else build_fix(subject, entry, build),
            hint=JETSON_HINT if jetson else None,
        )

    def _tensorflow(self, subject: Subject) -> Iterator[Diagnostic]:
        pick = subject.situation.picks.get(_TENSORFLOW)
        if pick is None or pick.version is None or pick.candidate.conda or cannot_be_installed(subject, _TENSORFLOW):
            return
        if subject.situation.worlds(_TENSORFLOW).open:
            return
        if subject.target.subdir == "win-64" and _WINDOWS_CPU.contains(pick.version):
            what = f"TensorFlow {pick.version} has no GPU support on Windows"
            yield self._tell(subject, pick, what, _note(subject.matrix, "tensorflow/windows-gpu-ended"))
        elif subject.target.subdir == "linux-aarch64":
            what = f"the aarch64 wheels of TensorFlow {pick.version} are built without CUDA"
            yield self._tell(subject, pick, what, _note(subject.matrix, "tensorflow/and-cuda"))


def _note(matrix: Matrix, name: str) -> tuple[Evidence, ...]:
    note = matrix.note(name)
    return () if note is None else (evidence_of(note.claim, note.fact),)


def _no_cuda_there(subject: Subject, pick: Pick) -> bool:
    """Whether the only index is one of CUDA builds, and none for this platform is known: it also holds plain wheels."""
    world, subdir = subject.situation.worlds(TORCH), subject.target.subdir
    if (
        cannot_be_installed(subject, TORCH)
        or pick.candidate.conda
        or pick.version is None
        or labels_of(pick)
        or world.pypi
        or world.open
        or world.nightly
    ):
        return False
    builds = subject.matrix.builds(TORCH, pick.version)
    here = [build for build in builds if subdir in build.subdirs]
    return bool(world.variants) and bool(here) and all(build.cuda is None for build in here)
