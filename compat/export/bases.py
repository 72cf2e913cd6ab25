"""Which images an environment is built in and runs in, and why.

Wheels and conda packages bring their own CUDA; an image of nvidia/cuda under them would hold it a second time. It is taken
where packages look for the libraries of the system, and for compiling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from compat.export.plan import Base, ExportPlan
from compat.model.knowledge import Matrix, Numbers, evidence_of
from compat.model.words import dotted

#: Installers, each with its release: https://github.com/astral-sh/uv/pkgs/container/uv, and the tags of
#: https://github.com/mamba-org/micromamba-docker (CHANGELOG.md, 13 May 2026). Read on 2026-11-23.
UV = "ghcr.io/astral-sh/uv:0.13.9"
MICROMAMBA = "mambaorg/micromamba:2.6.1-debian12-slim"

#: The distributions that images of Python are made for, the one with the oldest glibc first.
_DISTRIBUTIONS = ("bookworm", "trixie")
#: The first Python that there is an image of with bookworm; those before it are on bullseye.
_FIRST_ON_BOOKWORM = (3, 7)

#: CUDA to the newest release of nvidia/cuda's images for Ubuntu 22.04 (11.2: 20.04) and what its tags call cuDNN.
#: Source: the images that https://github.com/mamba-org/micromamba-docker builds on (push_latest.yml, 2026-05-13), and for
#: 11.2, 13.0 and the names with cuDNN the FROM lines of public Dockerfiles. Read on 2026-11-23.
_CUDA_IMAGES: Mapping[Numbers, tuple[str, str, str]] = {
    (11, 2): ("11.2.2", "cudnn8-", "ubuntu20.04"),
    (11, 8): ("11.8.0", "cudnn8-", "ubuntu22.04"),
    (12, 2): ("12.2.2", "cudnn8-", "ubuntu22.04"),
    (12, 3): ("12.3.2", "cudnn9-", "ubuntu22.04"),
    (12, 4): ("12.4.1", "cudnn-", "ubuntu22.04"),
    (12, 5): ("12.5.1", "cudnn-", "ubuntu22.04"),
    (12, 6): ("12.6.3", "cudnn-", "ubuntu22.04"),
    (12, 8): ("12.8.1", "cudnn-", "ubuntu22.04"),
    (12, 9): ("12.9.1", "cudnn-", "ubuntu22.04"),
    (13, 0): ("13.0.2", "cudnn-", "ubuntu22.04"),
    (13, 2): ("13.2.1", "cudnn-", "ubuntu22.04"),
}

#: Projects that load the CUDA of the system, by the major that their name says, and whether cuDNN is among it.
_LOADERS: Mapping[str, tuple[int, bool]] = {
    "cupy-cuda11x": (11, False),
    "cupy-cuda12x": (12, False),
    "cupy-cuda13x": (13, False),
    "jax-cuda12-plugin": (12, True),
    "jax-cuda13-plugin": (13, True),
}
_TENSORFLOW = ("tensorflow", "tensorflow-gpu")


class Bases(NamedTuple):
    """``runtime`` is what the image is made from and its packages are installed in, ``compiler`` what has ``nvcc`` where
    something is compiled. ``own_python`` says that the former has not the Python that is needed.
    """

    runtime: Base
    compiler: Base | None = None
    own_python: bool = False
    notes: tuple[str, ...] = ()


def choose_bases(plan: ExportPlan, matrix: Matrix) -> Bases:
    """The images for *plan*. Never raises: what no table knows is said in a note, or in the reason of the image."""
    compiler, notes = _compiler(plan)
    if plan.kind == "conda":
        why = "conda's packages bring all but glibc, and micromamba stays behind in the builder"
        runtime = _with_glibc("debian:bookworm-slim", why, plan, matrix)
        return Bases(runtime, compiler, notes=notes)
    system, more = _system_cuda(plan, matrix)
    notes = (*notes, *more)
    if system is not None:
        return Bases(system, compiler, own_python=True, notes=notes)
    runtime = _python(plan, matrix)
    return Bases(runtime, compiler, notes=notes)


def _python(plan: ExportPlan, matrix: Matrix) -> Base:
    """The slim image of the oldest distribution whose glibc does for the wheels."""
    needed = _needed_glibc(plan)
    distributions = _DISTRIBUTIONS if plan.python >= _FIRST_ON_BOOKWORM else ("bullseye",)
    images = [f"python:{dotted(plan.python)}-slim-{name}" for name in distributions]
    known = ((image, matrix.base_image(image)) for image in images)
    image = next((image for image, found in known if found is not None and (found.glibc or ()) >= needed), images[-1])
    return _with_glibc(image, _why_no_cuda(plan), plan, matrix)


def _why_no_cuda(plan: ExportPlan) -> str:
    """Why the image needs no CUDA of its own."""
    origin = next((each.cuda_from for each in plan.targets if each.cuda_from), "")
    if plan.cuda is not None and origin:
        return f"the wheels bring CUDA {dotted(plan.cuda)} ({origin}), which an image of nvidia/cuda would hold a second time"
    if plan.is_locked:
        return "nothing that is locked is built for CUDA"
    return "wheels bring the CUDA that they are built for, which an image of nvidia/cuda would hold a second time"


def _needed_glibc(plan: ExportPlan) -> Numbers:
    return max(each.target.glibc or () for each in plan.targets)


def _with_glibc(image: str, why: str, plan: ExportPlan, matrix: Matrix) -> Base:
    """*image* with what the tables say of its glibc."""
    found = matrix.base_image(image)
    needed = _needed_glibc(plan)
    if found is None or found.glibc is None:
        return Base(
            image, f"{why}; its glibc is not known to the tables, and the packages may ask for {dotted(needed)}"
        )
    own = dotted(found.glibc)
    claim = f"glibc {own} of {found.distribution} serves packages that ask for {dotted(needed)} or less"
    if found.glibc < needed:
        claim = f"its glibc {own} is older than the {dotted(needed)} of the target: use a newer distribution"
    return Base(image, f"{why}; {claim}", (evidence_of(claim, found.fact),))


def _compiler(plan: ExportPlan) -> tuple[Base | None, tuple[str, ...]]:
    """What compiles extensions: nvcc of the CUDA that torch is built for, on a glibc that is not newer than the runtime's."""
    compiled = [package.name for each in plan.targets if (own := each.group("extension")) for package in own.packages]
    if not compiled:
        return None, ()
    names = " and ".join(dict.fromkeys(compiled))
    if plan.cuda is None:
        return None, (f"{names} is compiled with the CUDA of torch, which nothing here says: it is built without nvcc",)
    image = _cuda_image(plan.cuda, "devel", cudnn=True)
    if image is None:
        note = (
            f"no image of nvidia/cuda for CUDA {dotted(plan.cuda)} is known here, which {names} is to be compiled with"
        )
        return None, (note,)
    why = f"{names} has no wheel, and is compiled with the CUDA {dotted(plan.cuda)} of torch"
    return Base(image, why), ()


def _cuda_image(cuda: Numbers, flavour: str, *, cudnn: bool) -> str | None:
    found = _CUDA_IMAGES.get(cuda[:2])
    if found is None:
        return None
    release, library, distribution = found
    return f"nvidia/cuda:{release}-{library if cudnn else ''}{flavour}-{distribution}"


def _system_cuda(plan: ExportPlan, matrix: Matrix) -> tuple[Base | None, tuple[str, ...]]:
    """An image of nvidia/cuda where the packages load CUDA from the system and bring none."""
    for each in plan.targets:
        versions = each.versions()
        if each.brings_cuda:
            continue
        for name, (major, cudnn) in _LOADERS.items():
            if name in versions:
                return _for_major(name, major, plan, matrix, cudnn=cudnn)
        name = next((name for name in _TENSORFLOW if name in versions), "")
        if name and each.target.wants_gpu:
            return _for_tensorflow(f"{name} {versions[name]}", versions[name], plan, matrix)
        if name:
            return None, (f"{name} is without CUDA here: lock `{name}[and-cuda]`, or export for a target with `gpu=`",)
    return None, ()


def _for_major(
    name: str, major: int, plan: ExportPlan, matrix: Matrix, *, cudnn: bool
) -> tuple[Base | None, tuple[str, ...]]:
    """The newest CUDA of *major* that the drivers of all targets ship with, or the newest."""
    drivers = [each.target.driver for each in plan.targets if each.target.driver is not None]
    newest = [cuda for driver in drivers if (cuda := matrix.newest_cuda(driver, "linux")) is not None]
    limit = min(newest, default=(99, 0))
    known = [cuda for cuda in _CUDA_IMAGES if cuda[0] == major]
    cuda = max((cuda for cuda in known if cuda <= limit), default=known[0])
    image = _cuda_image(cuda, "runtime", cudnn=cudnn)
    assert image is not None, cuda
    why = f"{name} loads the libraries of CUDA {major} from the system, and none of the packages brings them"
    return _with_glibc(image, why, plan, matrix), ()


def _for_tensorflow(title: str, version: str, plan: ExportPlan, matrix: Matrix) -> tuple[Base | None, tuple[str, ...]]:
    """The CUDA that this release of TensorFlow was tested with."""
    from compat.model.names import PyPIName

    series = ".".join(version.split(".")[:2])
    rows = [
        row for row in matrix.tested_builds(PyPIName("tensorflow")) if row.system == "linux" and row.cuda is not None
    ]
    row = next((row for row in rows if row.version in (version, series, f"{series}.0")), None)
    image = _cuda_image(row.cuda, "runtime", cudnn=True) if row is not None and row.cuda is not None else None
    if row is None or row.cuda is None or image is None:
        return None, (f"which image of nvidia/cuda {title} runs in is not known here: it is installed without CUDA",)
    cudnn = f" and cuDNN {dotted(row.cudnn)}" if row.cudnn is not None else ""
    claim = f"{title} was tested with CUDA {dotted(row.cuda)}{cudnn}"
    base = _with_glibc(image, f"{title} loads CUDA from the system; {claim}", plan, matrix)
    return base._replace(evidence=(evidence_of(claim, row.fact), *base.evidence)), ()
