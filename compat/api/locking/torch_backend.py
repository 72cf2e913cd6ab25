"""Which of PyTorch's own indexes a target needs: by its GPU and driver, by a label of the file, or as the caller says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from packaging.version import Version

from compat.model.builds import TORCH_FAMILY, is_accelerator_unjudged, variant_cuda
from compat.model.environments import Environment
from compat.model.errors import UsageError
from compat.model.knowledge import Build, Matrix
from compat.model.locking import LockedTarget
from compat.model.names import PyPIName
from compat.model.targets import Target
from compat.resolve.assess import assess
from compat.resolve.offline import Cache
from compat.rules.base import Subject
from compat.rules.builds import TORCH, driver_gap, runs_on
from compat.rules.remedies import best_build

#: Beside the family itself, what PyTorch's indexes alone hold.
_COMPANIONS = (PyPIName("pytorch-triton"), PyPIName("pytorch-triton-rocm"), PyPIName("pytorch-triton-xpu"))


class Backend(NamedTuple):
    """The index that the torch family is taken from, and why, in a sentence."""

    index_url: str
    why: str

    @property
    def pins(self) -> Mapping[PyPIName, str]:
        """Project to index."""
        return dict.fromkeys((*sorted(TORCH_FAMILY), *_COMPANIONS), self.index_url)


def find_backend(
    environment: Environment, target: Target, matrix: Matrix, cache: Cache, wanted: str | None
) -> Backend | None:
    """The index for *target*; None where the default one serves it, or where the files settle it themselves.

    Args: *wanted* is ``auto``, or a variant (``cu128``, ``cpu``), or None, which is ``auto`` for a target that claims a GPU,
    a driver or a CUDA version.
    Raises: UsageError for a variant that no index is known of.
    """
    family = [entry for entry in environment.pip if entry.name in TORCH_FAMILY]
    if wanted not in (None, "auto"):
        return Backend(_index_of(matrix, str(wanted)), f"the torch family is taken from there as asked (`{wanted}`)")
    if any(entry.index_url or entry.requirement.url for entry in family) or _names_index(environment):
        return None
    labels = sorted({label for entry in family for label in entry.requirement.labels})
    if labels:
        return _by_label(matrix, labels)
    if wanted is None and not target.wants_gpu:
        return None
    return _by_machine(environment, target, matrix, cache)


def _names_index(environment: Environment) -> bool:
    return any("pytorch.org" in index.url for index in environment.indexes)


def _by_label(matrix: Matrix, labels: Sequence[str]) -> Backend | None:
    if len(labels) > 1:
        return None  # the solver will say what is not to be had
    try:
        return Backend(_index_of(matrix, labels[0]), f"`+{labels[0]}` names a build that only this index serves")
    except UsageError:
        return None


def _by_machine(environment: Environment, target: Target, matrix: Matrix, cache: Cache) -> Backend | None:
    """The build of the release that is taken anyway, if the default index's own does not run on *target*; else the next
    release with one that does, where the files admit it. Without a GPU, the build without CUDA.
    """
    subject = Subject(environment, target, matrix, assess(environment, target, matrix, cache))
    pick = subject.situation.picks.get(TORCH)
    if pick is None or pick.version is None:
        return None
    default = next((b for b in matrix.builds(TORCH, pick.version) if target.subdir in b.pypi), None)
    if target.gpu == ():
        cpu = next((b for b in matrix.builds(TORCH, pick.version) if b.variant == "cpu" and b.index_url), None)
        if cpu is None or cpu.index_url is None or default is None or not default.cuda:
            return None
        return Backend(cpu.index_url, f"`{target.text}` has no GPU, so torch is taken without CUDA")
    if not target.wants_gpu or (default is not None and default.cuda and _runs(matrix, default, target)):
        return None
    build = best_build(subject, TORCH, pick.version)
    if build is None or build.index_url is None:
        return None
    if not _is_free(environment, pick.version, build) or (
        build.version == pick.version and target.subdir in build.pypi
    ):
        return None
    cuda = ".".join(map(str, build.cuda or ()))
    if build.version == pick.version:
        why = f"the build of torch {pick.version} that runs on `{target.text}` is that for CUDA {cuda}"
    else:
        why = (
            f"no build of torch {pick.version} is known to run on `{target.text}`, that of {build.version}"
            f" for CUDA {cuda} is"
        )
    return Backend(build.index_url, why)


def _is_free(environment: Environment, taken: Version, build: Build) -> bool:
    """Whether the files leave torch free to be *build* instead of *taken*; what bounds a companion bounds torch too."""
    family = [entry for entry in environment.pip if entry.name in TORCH_FAMILY]
    return build.version == taken or all(
        entry.requirement.public.contains(build.version, prereleases=True)
        if entry.name == TORCH
        else not entry.requirement.public
        for entry in family
    )


def _runs(matrix: Matrix, build: Build, target: Target) -> bool:
    return driver_gap(matrix, build.cuda or (), target) is None and runs_on(matrix, build, target) is not False


def idle_gpu(locked: LockedTarget, matrix: Matrix) -> str | None:
    """What to say where the torch of *locked*, from an index that was not chosen here, is not known to use the GPU."""
    torch = next((package for package in locked.packages if package.name == TORCH), None)
    if torch is None or torch.url is not None or "+" in torch.version or "pytorch.org" in torch.index_url:
        return None
    target = locked.target
    build = next((b for b in matrix.builds(TORCH, Version(torch.version)) if target.subdir in b.pypi), None)
    if build is None or (build.cuda and _runs(matrix, build, target)):
        return None
    cuda = f"for CUDA {'.'.join(map(str, build.cuda))}" if build.cuda else "without CUDA"
    return f"torch {torch.version} is locked {cuda}, which does not use the GPU there; `compat check` says why"


def _index_of(matrix: Matrix, variant: str) -> str:
    """The index of *variant*, by the newest release that has it. Raises: UsageError."""
    project = matrix.project(TORCH)
    versions: Sequence[Version] = [release.version for release in project.releases] if project is not None else []
    for version in versions:
        for build in matrix.builds(TORCH, version):
            if build.variant == variant and build.index_url is not None:
                return build.index_url
    known = variant_cuda(variant) is not None or variant == "cpu" or is_accelerator_unjudged(variant)
    hint = "no release has it" if known else "write `cu128`, `cpu` or `auto`"
    raise UsageError(f"no index is known for the torch backend `{variant}`", hint=hint)
