"""IMG005: wheels with CUDA in an image that says it is for CPUs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Related, Severity
from compat.model.words import dotted
from compat.rules.base import Rule, Subject
from compat.rules.builds import TORCH, default_evidence, taken
from compat.rules.image_base import base_image, base_stage, from_base
from compat.rules.picks import asked, roots_of

_CPU = re.compile(r"(?:^|[-_./:])(?:cpu|nocuda)(?:$|[-_./])", re.IGNORECASE)


class CudaWheelsInCpuImage(Rule):
    """The CUDA build of torch in an image that is for CPUs.

    What it finds:
        A torch wheel with CUDA where the base image is one without (``tensorflow/tensorflow:2.15.0``, a tag with ``-cpu``), or
        where the Dockerfile itself is called ``Dockerfile.cpu``. With the target ``gpu=none`` CUD006 tells the same.

    Why it matters:
        It works, and takes several gigabytes that no program ever loads.

    Example:
        FROM tensorflow/tensorflow:2.15.0
        RUN pip install torch==2.1.2

    Use instead:
        FROM tensorflow/tensorflow:2.15.0
        RUN pip install torch==2.1.2 --index-url https://download.pytorch.org/whl/cpu

    Source:
        https://pytorch.org/get-started/locally/
    """

    code, name = "IMG005", "cuda-wheels-in-cpu-image"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding, at the requirement that brings torch."""
        why = _says_cpu(subject) if subject.environment.stages and subject.target.gpu != () else ""
        found = taken(subject, TORCH) if why and not subject.target.wants_gpu else None
        if found is None or found.cuda is None:
            return
        roots = [entry for entry in roots_of(subject.situation.picks, TORCH) if not from_base(subject, entry)]
        for entry in roots[:1]:
            yield self.found(
                Severity.INFO,
                f"{asked(entry, found.pick)} is built for CUDA {dotted(found.cuda)}, but {why} is for CPUs",
                entry.place,
                packages=[TORCH],
                related=[
                    Related(base_stage(subject).base_place, f"the image is based on `{base_stage(subject).base}`")
                ],
                evidence=default_evidence(subject, found),
                hint="install torch with `--index-url https://download.pytorch.org/whl/cpu`",
            )


def _says_cpu(subject: Subject) -> str:
    """What says that the image is for CPUs; "" where nothing does."""
    stage, image, root = base_stage(subject), base_image(subject), subject.environment.root
    name = root.rpartition("/")[2]
    if (image is not None and image.flavour == "cpu") or (stage.known and _CPU.search(stage.base.partition(":")[2])):
        return f"`{stage.base}`"
    return f"`{name}` by its name" if _CPU.search(name) else ""
