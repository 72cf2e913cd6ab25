"""Which build of torch an installer would take here, and whether it runs on the GPU and driver of the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from packaging.version import Version

from compat.model.builds import TORCH_FAMILY, World, classify, is_accelerator_unjudged, served_builds, variant_cuda
from compat.model.diagnostics import Evidence
from compat.model.knowledge import Build, Driver, Fact, Matrix, Numbers, evidence_of
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.solutions import Pick
from compat.model.targets import Target
from compat.model.wheel_urls import parse_wheel_url
from compat.model.words import dotted
from compat.rules.base import Subject
from compat.rules.conflicts import cannot_be_installed
from compat.rules.wording import pinned_version

TORCH = PyPIName("torch")

#: Compute capabilities of Tegra (Jetson) modules: code for desktop GPUs of the same major is not promised to run there.
#: Source: https://docs.nvidia.com/cuda/cuda-c-programming-guide/#binary-compatibility
TEGRA = frozenset({(5, 3), (6, 2), (7, 2), (8, 7)})

JETSON_HINT = (
    "Jetson modules need NVIDIA's own wheels for their JetPack:"
    " https://docs.nvidia.com/deeplearning/frameworks/install-pytorch-jetson-platform/"
)


class Taken(NamedTuple):
    """The build that an installer takes of a pick: its variant, and the matrix's row for it where there is one.

    ``build`` is None for a release that the matrix does not list (a nightly) from an index or with a label that names
    the variant all the same.
    """

    pick: Pick
    variant: str
    build: Build | None

    @property
    def cuda(self) -> Numbers | None:
        return self.build.cuda if self.build is not None else variant_cuda(self.variant)

    @property
    def version(self) -> Version | None:
        """The release, or the one that the file pins where the matrix does not list it."""
        pins = (pinned_version(entry) for entry in self.pick.entries)
        return self.pick.version or next((pin for pin in pins if pin is not None), None)


def labels_of(pick: Pick) -> tuple[str, ...]:
    """The local labels that the requirements of a pick fix, and those of wheels given by URL."""
    labels = [label for demand in pick.demands for label in demand.requirement.labels]
    for url in _urls(pick):
        wheel = parse_wheel_url(url)
        if wheel is not None and wheel.version.local:
            labels.append(wheel.version.local)
    return tuple(dict.fromkeys(labels))


def _urls(pick: Pick) -> list[str]:
    return [e.requirement.url for e in pick.entries if isinstance(e, PipEntry) and e.requirement.url is not None]


def taken(subject: Subject, name: PyPIName) -> Taken | None:
    """The build that the pick of *name* means here; None where file or matrix leave it open, or conda provides it."""
    pick = subject.situation.picks.get(name)
    if pick is None or pick.candidate.conda or name not in TORCH_FAMILY or cannot_be_installed(subject, name):
        return None
    world = subject.situation.worlds(name)
    if world.named and not all(classify(url).kind == "pytorch" for url in _urls(pick)):
        return None  # somebody's own build: NVIDIA's for Jetson, or one with other architectures
    labels = labels_of(pick)
    build = _listed_build(subject, pick, world, labels) if pick.version is not None else None
    listed = pick.version is not None and subject.matrix.builds(name, pick.version)
    variant = build.variant if build is not None else "" if listed else _stated_variant(world, labels)
    return Taken(pick, variant, build) if variant and not is_accelerator_unjudged(variant) else None


def _listed_build(subject: Subject, pick: Pick, world: World, labels: tuple[str, ...]) -> Build | None:
    version, subdir = pick.version, subject.target.subdir
    assert version is not None
    only_default = not (world.variants or world.nightly)
    if labels and (only_default or world.every_variant) and subject.target.gpu not in TEGRA:
        # A mirror, a wheel by URL, or an index that the file forgot: the label names the build wherever it comes from,
        # but for NVIDIA's own for Jetson.
        builds = subject.matrix.builds(pick.name, version)
        return next((b for b in builds if b.variant in labels and subdir in b.subdirs), None)
    if world.open or world.nightly or (world.every_variant and not labels):
        return None
    found = served_builds(subject.matrix, pick.name, version, world, subdir, labels)
    if not found or found[0].variant in world.variants or labels:
        return found[0] if found else None
    # The default build, unless an index of the file has one that the matrix does not know of.
    absent = (subject.matrix.absent_build(pick.name, version, variant, subdir) for variant in world.variants)
    return found[0] if all(fact is not None for fact in absent) else None


def _stated_variant(world: World, labels: tuple[str, ...]) -> str:
    """The variant that a label, or the only index, names. A CUDA index also holds plain CPU wheels, so only labels say cpu."""
    if labels:
        return labels[0] if variant_cuda(labels[0]) else ""
    return world.variants[0] if world.nightly and len(world.variants) == 1 and not world.pypi and not world.open else ""


def fitting_builds(
    subject: Subject, name: PyPIName, versions: Iterable[Version], *, may_be: bool = False
) -> Iterator[Build]:
    """Builds of *versions*, in that order, that run on the GPU and driver of the target.

    Of one release those first that a solid fact is known of, then newest CUDA first. *may_be* adds those whose GPU
    architectures are not known, after the others of their release.
    """
    target = subject.target
    for version in versions:
        builds = [
            build
            for build in subject.matrix.builds(name, version)
            if target.subdir in build.subdirs and build.cuda is not None and build.index_url is not None
            if driver_gap(subject.matrix, build.cuda, target) is None
        ]
        builds.sort(key=lambda build: build.fact_for(target.subdir).thin)
        runs = {build.variant: runs_on(subject.matrix, build, target) for build in builds}
        yield from (build for build in builds if runs[build.variant] is True)
        yield from (build for build in builds if may_be and runs[build.variant] is None and target.gpu not in TEGRA)


def driver_gap(matrix: Matrix, cuda: Numbers, target: Target) -> Driver | None:
    """What *cuda* asks of the driver, where the target claims an older one; None where it fits or is not known.

    From CUDA 11 on a driver runs every minor of its major (minor-version compatibility); before, only what it is for.
    Source: https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
    """
    need = matrix.driver(cuda, "windows" if target.subdir.startswith("win-") else "linux")
    if need is None:
        return None
    if target.driver is not None:
        # A branch (`driver=535`) stands for its newest release, which nothing of the same branch is newer than.
        return need if target.driver < need.minimum[: len(target.driver)] else None
    if target.cuda is not None:
        too_old = cuda[0] > target.cuda[0] if cuda[0] >= 11 else tuple(cuda[:2]) > tuple(target.cuda[:2])
        return need if too_old else None
    return None


def runs_on(matrix: Matrix, build: Build, target: Target) -> bool | None:
    """Whether *build* holds code for the GPU of *target*; None where that is not known."""
    gpu = target.gpu
    if not gpu:
        return True
    if build.cuda is None:
        return None
    compiled, ptx = build.architectures.get(target.subdir), build.ptx.get(target.subdir)
    if compiled is None:
        # Without the list only the toolkit's own bound is certain. Windows lists hold PTX, which reaches beyond it.
        return None if target.subdir.startswith("win-") or can_serve(matrix, build.cuda, gpu) is not False else False
    if gpu in compiled:
        return True
    if gpu in TEGRA:
        return None
    if any(arch[0] == gpu[0] and arch[1] <= gpu[1] for arch in compiled):
        return True
    # PTX is compiled by the driver: for GPUs that the toolkit's libraries know, and by drivers not older than it.
    return None if ptx is not None and tuple(ptx) <= gpu else False


def can_serve(matrix: Matrix, cuda: Numbers, gpu: Numbers) -> bool | None:
    """Whether the compiler of *cuda* can make code for *gpu* at all; None where that is not known."""
    toolkit = matrix.toolkit(cuda)
    return None if toolkit is None else toolkit.can_serve(gpu)


def sm(capability: Numbers) -> str:
    """(9, 0) as ``sm_90``."""
    return f"sm_{''.join(map(str, capability))}"


def build_words(found: Taken) -> str:
    """``torch 2.8.0 for CUDA 12.8``, ``torch 2.8.0 without CUDA``."""
    made = f"for CUDA {dotted(found.cuda)}" if found.cuda else "without CUDA"
    return f"{found.pick.name} {found.version or ''} {made}".replace("  ", " ")


def default_evidence(subject: Subject, found: Taken) -> tuple[Evidence, ...]:
    """What says that the default index serves this build, where that is where it comes from.

    A label or an index of one variant in the file says it by itself.
    """
    build = found.build
    world = subject.situation.worlds(found.pick.name)
    fact = build.pypi_facts.get(subject.target.subdir) if build is not None else None
    if build is None or fact is None or labels_of(found.pick) or build.variant in world.variants:
        return ()
    claim = f"the default index serves {build_words(found)} for {subject.target.subdir}"
    return (evidence_of(claim, fact),)


def architecture_fact(build: Build, subdir: str) -> Fact:
    """What says which GPU architectures *build* holds."""
    return build.architecture_facts.get(subdir, build.fact)
