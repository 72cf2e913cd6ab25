"""What the scripts of containers install, judged on their image as if the commands were lines of its Dockerfile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from compat.api.files import Library
from compat.api.images.judge import judge_image
from compat.api.images.reading import image_root
from compat.api.judge import Judge
from compat.model.containers import ImageBuild, Instruction, Stage
from compat.model.diagnostics import Diagnostic
from compat.model.environments import Document
from compat.model.targets import Target
from compat.model.workloads import Container, WorkloadFile

#: Findings about layers and files of an image, which a script leaves none of, and about GPUs that a build does not see.
_LAYERS = ("IMG006", "IMG008", "IMG009", "IMG010", "IMG011", "IMG012")


def judge_scripts(
    file: WorkloadFile, library: Library, judge: Judge, targets: Sequence[Target], most: int
) -> Iterator[Diagnostic]:
    """The findings of the containers (the first *most*) whose commands install packages, and that are not built here."""
    containers = (container for workload in file.workloads for container in workload.containers)
    for container in islice(filter(_installs, containers), most):
        yield from _judge(file.document, container, library, judge, targets)


def _installs(container: Container) -> bool:
    return container.build is None and any(command.install is not None for command in container.commands)


def _judge(
    document: Document, container: Container, library: Library, judge: Judge, targets: Sequence[Target]
) -> Iterator[Diagnostic]:
    image = container.image
    run = Instruction("RUN", container.place, commands=container.commands)
    stage = Stage(
        number=0,
        name="",
        base=image.text if image is not None else "",
        place=container.place,
        base_place=image.place if image is not None else container.place,
        instructions=(run,),
        known=image is not None and image.known,
    )
    root = image_root(document._replace(image=ImageBuild(document.path, (stage,))), library)
    for finding in judge_image(root, judge, targets, platform=_platform(container)):
        if not finding.gap and not finding.code.startswith(_LAYERS):
            yield finding


def _platform(container: Container) -> str:
    """The platform of the nodes, where they are of one architecture; that of compose."""
    if len(container.architectures) == 1 and container.architectures[0].known:
        return f"linux/{container.architectures[0].text}"
    return container.platform.text if container.platform is not None and container.platform.known else ""
