"""What the rules about CUDA in images ask of the base image and of what is installed over it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from compat.model.containers import Command, Install, Instruction, Stage, Word, installs_of
from compat.model.diagnostics import Evidence, Related
from compat.model.knowledge import BaseImage, Numbers, evidence_of
from compat.model.requirements import PipEntry
from compat.model.words import dotted
from compat.rules.base import Subject

#: Packages of distributions, and conda packages, that bring ``nvcc``.
_COMPILERS = re.compile(
    r"cuda-(toolkit|compiler|nvcc|command-line-tools|minimal-build)|nvidia-cuda-(toolkit|dev)|cuda$|cuda-\d+-\d+$"
)


def base_image(subject: Subject) -> BaseImage | None:
    """What the base of the stages says of itself; None outside images, and where it follows no known pattern."""
    stages = subject.environment.stages
    return subject.matrix.base_image(stages[0].base) if stages and stages[0].known and stages[0].base else None


def base_stage(subject: Subject) -> Stage:
    """The stage with the real base image."""
    return subject.environment.stages[0]


def image_evidence(image: BaseImage) -> Evidence:
    """The tag as evidence of the image's CUDA."""
    what = f"has CUDA {dotted(image.cuda)}" if image.cuda else "has no CUDA"
    return evidence_of(f"`{image.reference}` {what}", image.fact)


def base_related(subject: Subject, image: BaseImage) -> Related:
    """The FROM as the other half of a disagreement."""
    what = f" with CUDA {dotted(image.cuda)}" if image.cuda else ""
    return Related(base_stage(subject).base_place, f"the image is based on `{image.reference}`{what}")


def same_major(first: Numbers, second: Numbers) -> bool:
    """Whether two versions of CUDA are of one major, whose libraries stand for each other."""
    return first[0] == second[0]


def from_base(subject: Subject, entry: object) -> bool:
    """Whether *entry* stands for what the base image brings."""
    return (
        isinstance(entry, PipEntry)
        and bool(subject.environment.stages)
        and entry.place == base_stage(subject).base_place
    )


def only_copied_from(subject: Subject) -> bool:
    """Whether files of the last stage are copied into another one, so that it is no image that anybody runs."""
    image, stage = subject.environment.document.image, subject.environment.stages[-1]
    if image is None or image.stages[-1].number == stage.number:
        return False
    names = {str(stage.number), stage.name.lower()} - {""}
    others = (instruction for other in image.stages for instruction in other.instructions)
    return any(
        origin.lower() in names or any(f"from={name}" in origin.lower().split(",") for name in names)
        for instruction in others
        for origin in (*instruction.flag("from"), *instruction.flag("mount"))
    )


def own_installs(subject: Subject) -> tuple[tuple[Instruction, Command, Install], ...]:
    """Every installing command of the chain, in order."""
    return installs_of(subject.environment.stages)


def installs_compiler(subject: Subject) -> bool:
    """Whether some command installs a CUDA compiler beside that of the base image."""
    for _, _, install in own_installs(subject):
        names = [word.text.partition("=")[0] for word in install.system]
        names += [str(entry.name) for entry in install.conda]
        if any(_COMPILERS.match(name) for name in names):
            return True
    return any("cuda" in word.text and word.text.endswith(".run") for word in _words(subject.environment.stages))


def compiling(stages: Sequence[Stage]) -> bool:
    """Whether some command compiles for CUDA: ``nvcc``, ``setup.py``, ``cmake``, or pip without build isolation."""
    for stage in stages:
        for instruction in stage.instructions:
            if instruction.keyword == "ENV" and any(word.text == "TORCH_CUDA_ARCH_LIST" for word in instruction.words):
                return True
            for command in instruction.commands:
                texts = [word.text for word in command.words]
                if command.program in {"nvcc", "cmake", "make", "ninja", "bazel"} or "setup.py" in texts:
                    return True
                if command.install is not None and "no-build-isolation" in command.install.flags:
                    return True
    return False


def _words(stages: Sequence[Stage]) -> Iterator[Word]:
    for stage in stages:
        for instruction in stage.instructions:
            for command in instruction.commands:
                yield from command.words
