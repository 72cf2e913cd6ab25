"""CUD009: a conda build string names another CUDA than the conda part installs."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.conda_version import parse_conda_version
from compat.model.diagnostics import Diagnostic, Evidence, Severity
from compat.model.environments import CondaEntry
from compat.model.knowledge import evidence_of
from compat.model.names import PyPIName, to_pypi_name
from compat.model.words import dotted
from compat.rules.base import Rule, Subject
from compat.rules.conda_builds import FIRST_WITH_PYTORCH_CUDA, CudaBuild, accepted_cuda, build_of
from compat.rules.conda_torch import FAMILY, admits, entries_named, project_names
from compat.rules.wording import quoted, relate, version_fix

#: From here on builds of PyTorch's channel exclude each other by pytorch-mutex; before, cpuonly is only a preference.
_FIRST_WITH_MUTEX = {"pytorch": "1.10", "torchvision": "0.11", "torchaudio": "0.10"}


class BuildStringContradictsCuda(Rule):
    """A build string for one CUDA beside a CUDA package of another version.

    What it finds:
        A conda requirement whose build string names its CUDA (``py3.10_cuda11.8_cudnn8.7.0_0``, ``cuda112py39h...``)
        beside ``cudatoolkit``, ``pytorch-cuda`` or ``cuda-version`` of a version that the build does not accept,
        beside ``cpuonly``, or beside a build of torchvision or torchaudio for another CUDA.

    Why it matters:
        Each build depends on the CUDA it was made for, so the two requirements exclude each other and conda finds no
        solution.

    Example:
        - cudatoolkit=8.0
        - pytorch=0.4.0=py35_cuda9.0.176_cudnn7.1.2_1

    Use instead:
        - cudatoolkit=9.0
        - pytorch=0.4.0=py35_cuda9.0.176_cudnn7.1.2_1

    Source:
        The ``depends`` of the builds in the channels:
        https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html
    """

    code, name = "CUD009", "build-string-contradicts-cuda"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        built = [(entry, build_of(entry)) for entry in subject.situation.conda]
        built = [(entry, build) for entry, build in built if build.wants_cuda or build.wants_cpu]
        for entry, build in built:
            if build.cuda is not None:
                yield from self._against_packages(subject, entry, build)
            if build.wants_cuda:
                yield from self._against_cpu(subject, entry)
        yield from self._among_family(subject, [pair for pair in built if pair[0].name in FAMILY])

    def _against_packages(self, subject: Subject, entry: CondaEntry, build: CudaBuild) -> Iterator[Diagnostic]:
        for package in entries_named(subject, *_packages(entry, build)):
            if admits(package, accepted_cuda(build)):
                continue
            cuda = dotted(build.cuda or ())
            fix = version_fix(package, _name(package), cuda)
            yield self.found(
                Severity.ERROR,
                f"{quoted(entry)} is a build for CUDA {cuda}, which {quoted(package)} excludes: use `{package.name}={cuda}`",
                package.place,
                packages=[package.name, *project_names(subject, [entry])],
                related=relate([entry]),
                evidence=[_evidence(subject, entry, build, package.name)],
                fix=fix,
            )

    def _against_cpu(self, subject: Subject, entry: CondaEntry) -> Iterator[Diagnostic]:
        for cpu in entries_named(subject, "cpuonly") if entry.name in FAMILY else ():
            certain = _is_at_least(entry, _FIRST_WITH_MUTEX)
            yield self.found(
                Severity.ERROR if certain else Severity.WARNING,
                f"{quoted(entry)} is a build for CUDA, which {quoted(cpu)} excludes",
                entry.place,
                packages=[*project_names(subject, [entry]), "cpuonly"],
                related=relate([cpu]),
                evidence=[_claim(entry, f"CUDA builds of {entry.name} in the pytorch channel constrain `cpuonly <0`")],
            )

    def _among_family(self, subject: Subject, built: list[tuple[CondaEntry, CudaBuild]]) -> Iterator[Diagnostic]:
        """Two builds of PyTorch's channel that ask for different minors of one CUDA package, or for CUDA and for none."""
        own = [(entry, build) for entry, build in built if build.style == "pytorch" and (build.cuda or build.wants_cpu)]
        for entry, build in own[1:]:
            first, other = own[0]
            if build.cuda != other.cuda and _is_at_least(entry, _FIRST_WITH_MUTEX):
                words = [f"CUDA {dotted(b.cuda)}" if b.cuda else "the CPU" for b in (build, other)]
                yield self.found(
                    Severity.ERROR,
                    f"{quoted(entry)} is a build for {words[0]}, {quoted(first)} one for {words[1]}",
                    entry.place,
                    packages=project_names(subject, [entry, first]),
                    related=relate([first]),
                    evidence=[
                        _claim(entry, "builds of the pytorch channel depend on one `pytorch-mutex` and one CUDA")
                    ],
                )


def _name(entry: CondaEntry) -> PyPIName:
    """The name of a conda package where a PyPI name is asked for; conda entries are spelled by their own."""
    return to_pypi_name(entry.name)


def _packages(entry: CondaEntry, build: CudaBuild) -> tuple[str, ...]:
    """The CUDA packages that a build of this pattern depends on."""
    if build.style == "pytorch":
        if entry.name in FIRST_WITH_PYTORCH_CUDA and _is_at_least(entry, FIRST_WITH_PYTORCH_CUDA):
            return ("pytorch-cuda",)
        return ("cudatoolkit",) if _exact(entry) else ()
    if build.style == "conda-forge" or build.cuda is None or len(build.cuda) == 1:
        return ("cudatoolkit", "cuda-version")
    return ("cudatoolkit",) if build.cuda < (12, 0) else ("cuda-version",)


def _exact(entry: CondaEntry) -> str | None:
    return (entry.spec.version.is_exact or entry.spec.version.series) if entry.spec.version is not None else None


def _is_at_least(entry: CondaEntry, first: dict[str, str]) -> bool:
    """Whether *entry* fixes a version that is not older than the one that *first* names for it."""
    version, earliest = _exact(entry), first.get(entry.name)
    if version is None or earliest is None:
        return False
    return parse_conda_version(version) >= parse_conda_version(earliest)


def _evidence(subject: Subject, entry: CondaEntry, build: CudaBuild, package: str) -> Evidence:
    """The build as it was seen in its channel, else what its string says."""
    for seen in subject.matrix.conda_builds(entry.name):
        if seen.cuda == build.cuda and seen.cuda_package == package and entry.spec.matches(seen.version):
            claim = f"{entry.name} {seen.version} for CUDA {dotted(seen.cuda or ())} depends on {package}"
            return evidence_of(claim, seen.fact)
    return _claim(entry, f"the build string names CUDA {dotted(build.cuda or ())}")


def _claim(entry: CondaEntry, claim: str) -> Evidence:
    version = _exact(entry)
    at = f"@{version}" if version else ""
    return Evidence(claim=claim, source=f"pkg:conda/{entry.name}{at}?build={entry.spec.build}", read_on=None)
