"""IMG002: the base image brings one CUDA, the wheels that are installed into it another."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.knowledge import BaseImage, Build, Numbers
from compat.model.words import dotted
from compat.rules.base import Rule, Subject
from compat.rules.builds import TORCH, Taken, build_words, default_evidence, taken
from compat.rules.image_base import (
    base_image,
    base_related,
    base_stage,
    from_base,
    image_evidence,
    only_copied_from,
    same_major,
)
from compat.rules.picks import asked, roots_of


class ImageCudaDiffers(Rule):
    """A torch wheel for one major of CUDA in an image that has another.

    What it finds:
        An image of TensorFlow, of PyTorch or of NVIDIA's frameworks, into which pip installs a torch for another major of CUDA: a
        warning. An image that only brings CUDA: a remark, because the wheel has its own libraries and does not look at the image's.

    Why it matters:
        Two frameworks in one process then load two majors of CUDA and cuDNN, whose libraries may not go together, and both need a
        driver for the newer one. What the image was made for, and tested with, is half replaced.

    Example:
        FROM tensorflow/tensorflow:2.7.0-gpu
        RUN pip install torch torchvision

    Use instead:
        FROM tensorflow/tensorflow:2.7.0-gpu
        RUN pip install torch==1.12.1 torchvision==0.13.1 --index-url https://download.pytorch.org/whl/cu113

    Source:
        https://www.tensorflow.org/install/source#gpu and https://pytorch.org/get-started/previous-versions/
    """

    code, name = "IMG002", "image-cuda-differs"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        image = base_image(subject)
        if (
            image is None
            or image.cuda is None
            or image.flavour in {"base", "rocm"}
            or image.kind not in {"cuda", "framework"}
        ):
            return
        found = taken(subject, TORCH) if not only_copied_from(subject) else None
        if found is None or found.cuda is None or same_major(found.cuda, image.cuda):
            return
        roots = [entry for entry in roots_of(subject.situation.picks, TORCH) if not from_base(subject, entry)]
        if roots:
            yield self._tell(subject, image, image.cuda, found)

    def _tell(self, subject: Subject, image: BaseImage, cuda: Numbers, found: Taken) -> Diagnostic:
        entry = next(e for e in roots_of(subject.situation.picks, TORCH) if not from_base(subject, e))
        framework = image.kind == "framework"
        effect = (
            "two majors of CUDA meet in one image, and its framework was not tested with that"
            if framework
            else "torch does not use the image's CUDA: it brings its own"
        )
        return self.found(
            Severity.WARNING if framework else Severity.INFO,
            f"{asked(entry, found.pick)} {'is' if entry.name == TORCH else 'brings'} {build_words(found)}, but `{image.reference}` has CUDA {dotted(cuda)}: {effect}",
            entry.place,
            packages=[TORCH, *(name for name, _ in image.brings)],
            related=[base_related(subject, image)],
            evidence=[image_evidence(image), *default_evidence(subject, found)],
            hint=_hint(subject, cuda) if framework else _base_hint(subject, found),
        )


def _hint(subject: Subject, cuda: Numbers) -> str | None:
    build = nearest_build(subject, cuda)
    if build is None:
        return f"take a torch that was built for CUDA {cuda[0]}"
    return f"take a torch for the image's CUDA: `pip install torch=={build.version} --index-url {build.index_url}`"


def _base_hint(subject: Subject, found: Taken) -> str:
    cuda = dotted(found.cuda or ())
    return f"nothing need be done to run it; `{base_stage(subject).base}` may give way to an image for CUDA {cuda}, or without CUDA"


def nearest_build(subject: Subject, cuda: Numbers) -> Build | None:
    """The newest torch of the CUDA nearest to *cuda*: the same major, from its own minor upwards, else the nearest below."""
    project, python, subdir = subject.matrix.project(TORCH), subject.situation.python, subject.target.subdir
    found: dict[Numbers, Build] = {}
    for release in project.releases if project is not None else ():
        wheels = release.wheels.get(subdir)
        if release.yanked is not None or (python is not None and wheels is not None and not wheels.serves(python)):
            continue
        for build in subject.matrix.builds(TORCH, release.version):
            if build.cuda is not None and same_major(build.cuda, cuda) and subdir in build.subdirs and build.index_url:
                found.setdefault(build.cuda, build)
    above = [key for key in found if key[:2] >= cuda[:2]]
    key = min(above, default=None) or max(found, default=None)
    return found[key] if key is not None else None
