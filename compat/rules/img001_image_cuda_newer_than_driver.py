"""IMG001: a base image whose CUDA is newer than what the driver runs."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Evidence, Severity
from compat.model.knowledge import BaseImage, Driver, Numbers, evidence_of
from compat.model.targets import Target, gpu_key
from compat.model.words import dotted
from compat.rules.base import Rule, Subject
from compat.rules.builds import driver_gap
from compat.rules.image_base import base_image, base_stage, image_evidence, only_copied_from
from compat.rules.image_words import READ_ON

#: What the images themselves say, as copies of their Dockerfiles show it.
_REQUIRE = Evidence(
    claim="images of CUDA set NVIDIA_REQUIRE_CUDA, which the container runtime enforces",
    source="https://gitlab.com/nvidia/container-images/cuda/-/blob/master/dist/12.2.2/ubuntu2204/base/Dockerfile",
    read_on=READ_ON,
    thin=True,
)

#: Compute capabilities that only GPUs for data centres have, and models that share theirs with others.
#: Source: https://docs.nvidia.com/deploy/cuda-compatibility/forward-compatibility.html
_DATA_CENTRE = frozenset({(6, 0), (7, 0), (8, 0), (9, 0), (10, 0), (10, 3)})
_DATA_CENTRE_NAMES = frozenset(
    {"t4", "a2", "a10", "a10g", "a16", "a30", "a40", "l4", "l40", "l40s", "m60", "p4", "p40"}
)


class ImageCudaNewerThanDriver(Rule):
    """A base image with a CUDA that the driver of the target is too old for.

    What it finds:
        An image whose tag names a CUDA above the newest that the target's ``driver=`` or ``cuda=`` runs. Before CUDA 11, and
        for a newer major, programs do not run; within one major, minor-version compatibility may help.

    Why it matters:
        Images of CUDA say in ``NVIDIA_REQUIRE_CUDA`` which driver they need, and the container does not start where it is older:
        ``unsatisfied condition: cuda>=11.8``. Where their forward-compatibility libraries are tried on a GPU that is not for data
        centres, CUDA answers with error 804.

    Example:
        # compat check Dockerfile --target linux-64,driver=515
        FROM nvidia/cuda:11.8.0-runtime-ubuntu20.04

    Use instead:
        # compat check Dockerfile --target linux-64,driver=520
        FROM nvidia/cuda:11.8.0-runtime-ubuntu20.04

    Source:
        https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/docker-specialized.html and
        https://docs.nvidia.com/deploy/cuda-compatibility/
    """

    code, name = "IMG001", "image-cuda-newer-than-driver"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        image, target = base_image(subject), subject.target
        if image is None or image.cuda is None or "linux-aarch64" in image.platforms or only_copied_from(subject):
            return
        gap = driver_gap(subject.matrix, image.cuda, target)
        if gap is not None:
            yield self._never(subject, image, image.cuda, gap)
        elif image.kind == "cuda" and not _is_for_data_centres(target) and _is_older(subject, image.cuda):
            yield self._perhaps(subject, image, image.cuda)

    def _never(self, subject: Subject, image: BaseImage, cuda: Numbers, gap: Driver) -> Diagnostic:
        """No minor-version compatibility helps. It is no error: on GPUs of data centres the image's forward-compatibility may."""
        evidence = [
            image_evidence(image),
            evidence_of(f"CUDA {dotted(cuda)} asks for driver {dotted(gap.minimum)}", gap.fact),
        ]
        return self.found(
            Severity.WARNING,
            f"`{image.reference}` has CUDA {dotted(cuda)}, but {_has(subject)}: programs for it do not run, unless forward compatibility helps",
            base_stage(subject).base_place,
            packages=[],
            evidence=[*evidence, _REQUIRE],
            hint=f"take a driver from {dotted(gap.minimum)} on, or an image with an older CUDA",
        )

    def _perhaps(self, subject: Subject, image: BaseImage, cuda: Numbers) -> Diagnostic:
        need = subject.matrix.driver(cuda, "linux")
        toolkit = need.toolkit if need is not None else None
        shipped = f" (its own driver is {dotted(toolkit)})" if toolkit else ""
        evidence = [image_evidence(image)]
        if need is not None and toolkit:
            evidence.append(evidence_of(f"CUDA {dotted(cuda)} came with driver {dotted(toolkit)}", need.fact))
        return self.found(
            Severity.WARNING,
            f"`{image.reference}` has CUDA {dotted(cuda)}{shipped}, but {_has(subject)}: the container may refuse to start, or"
            " CUDA answers with error 804 on GPUs that are not for data centres",
            base_stage(subject).base_place,
            packages=[],
            evidence=[*evidence, _REQUIRE],
            hint="take a newer driver or an image with an older CUDA; `NVIDIA_DISABLE_REQUIRE=1` lets it start,"
            " and then minor-version compatibility decides",
        )


def _is_for_data_centres(target: Target) -> bool:
    """Whether the GPU is one that forward compatibility is for: the images bring its libraries."""
    return target.gpu in _DATA_CENTRE or gpu_key(target.gpu_text) in _DATA_CENTRE_NAMES


def _is_older(subject: Subject, cuda: Numbers) -> bool:
    """Whether what the target runs is an older minor than *cuda*."""
    target = subject.target
    if target.driver is not None:
        newest = subject.matrix.newest_cuda(target.driver, "linux")
        return newest is not None and tuple(newest[:2]) < tuple(cuda[:2])
    return target.cuda is not None and len(target.cuda) > 1 and tuple(target.cuda[:2]) < tuple(cuda[:2])


def _has(subject: Subject) -> str:
    target = subject.target
    if target.driver is not None:
        return f"the target `{target.text}` has driver {dotted(target.driver)}"
    return f"the driver of the target `{target.text}` runs CUDA {dotted(target.cuda or ())} at most"
