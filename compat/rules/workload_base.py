"""What a rule for workloads is given, and what several of them ask of images and commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from compat.model.builds import classify
from compat.model.containers import Install, Word, installs_of
from compat.model.diagnostics import Diagnostic, Evidence
from compat.model.knowledge import BaseImage, Matrix, evidence_of
from compat.model.places import Place
from compat.model.workloads import BuiltImage, Container, LockUse, Workload, WorkloadFile
from compat.rules.base import Rule, Subject
from compat.rules.image_words import READ_ON, Reference, to_reference

#: A word of a tag that stands for a build without CUDA.
_CPU_TAG = re.compile(r"(?:^|[-_.])cpu(?:$|[-_.]|only)", re.IGNORECASE)
_TORCH = "torch"
#: The name of an image, roughly: what a variable leaves behind (``""``) is none.
_NAME = re.compile(r"[A-Za-z0-9][\w.:/@-]*")


class WorkloadSubject(NamedTuple):
    """One file that runs images, with what the repository has of the Dockerfiles and locks that it names.

    ``completed`` says that Kustomize reads the file, which may give its images other names and tags.
    """

    file: WorkloadFile
    matrix: Matrix
    built: tuple[BuiltImage, ...] = ()
    locks: tuple[LockUse, ...] = ()
    completed: bool = False

    def containers(self) -> Iterator[tuple[Workload, Container]]:
        """Every container with the workload that starts it."""
        for workload in self.file.workloads:
            for container in workload.containers:
                yield workload, container

    def build_of(self, container: Container) -> BuiltImage | None:
        """The Dockerfile that *container* is built from."""
        return next((built for built in self.built if built.container is container), None)


class WorkloadRule(Rule):
    """A rule about what runs images; of environments it says nothing."""

    def check(self, subject: Subject) -> Iterator[Diagnostic]:  # noqa: ARG002 - every rule is asked
        """Nothing: an environment is run by nobody yet."""
        return iter(())

    def judge(self, subject: WorkloadSubject) -> Iterator[Diagnostic]:
        """The findings of one file, in its order. Pure, as `check`."""
        raise NotImplementedError


class Held(NamedTuple):
    """What an image is known to hold: ``place`` says so, ``words`` name it in a message."""

    base: BaseImage
    place: Place
    words: str

    @property
    def evidence(self) -> Evidence:
        """Where it was read what the tag says."""
        return evidence_of(f"what the tag of `{self.base.reference}` says of the image", self.base.fact)


def image_word(container: Container) -> Word | None:
    """The image that a container pulls, as far as it is known; None for one that is built here."""
    word = container.image
    named = word is not None and word.known and _NAME.fullmatch(word.text.strip()) is not None
    return word if named and container.build is None else None


def reference_of(container: Container) -> Reference | None:
    """The parts of the image's name."""
    word = image_word(container)
    return to_reference(word.text.strip()) if word is not None else None


def held_by(subject: WorkloadSubject, container: Container) -> Held | None:
    """What the tag of a container's image, or of the base of the Dockerfile that it is built from, says."""
    word = image_word(container)
    if word is not None:
        base = subject.matrix.base_image(word.text.strip())
        return Held(base, word.place, f"`{word.text.strip()}`") if base is not None else None
    built = subject.build_of(container)
    if built is None or not built.stages or not built.stages[0].known:
        return None
    stage = built.stages[0]
    base = subject.matrix.base_image(stage.base)
    return Held(base, stage.base_place, f"`{stage.base}`, the base of {built.path},") if base is not None else None


def installs_in(subject: WorkloadSubject, container: Container) -> list[Install]:
    """What the image and then the container's own commands install, in order, each once."""
    built = subject.build_of(container)
    before = [install for _, _, install in installs_of(built.stages)] if built is not None else []
    return [*before, *(command.install for command in container.commands if command.install is not None)]


def says_cpu(reference: Reference) -> bool:
    """Whether the tag says of itself that the image has no CUDA build."""
    return _CPU_TAG.search(reference.tag) is not None


def cpu_build(install: Install) -> tuple[str, Place] | None:
    """What of *install* is a build without CUDA, in words, and where."""
    for entry in install.pip:
        requirement = entry.requirement
        if entry.name == "tensorflow-cpu":
            return "`tensorflow-cpu`", entry.place
        if entry.name == _TORCH and "+cpu" in str(requirement.specifier):
            return f"`{requirement.name}{requirement.specifier}`", entry.place
        if entry.name == _TORCH and requirement.url is None and _only_cpu(install):
            return "torch from PyTorch's index of CPU builds", entry.place
    for conda in install.conda:
        if conda.name in {"cpuonly", "pytorch-cpu"}:
            return f"`{conda.name}`", conda.place
    return None


def asks_for_torch(install: Install) -> bool:
    """Whether torch itself is among what is installed."""
    named = any(entry.name == _TORCH for entry in install.pip)
    return named or any(entry.name in {"pytorch", "pytorch-cpu", "pytorch-gpu", "cpuonly"} for entry in install.conda)


def _only_cpu(install: Install) -> bool:
    """Whether the indexes that are asked before the default one, or instead of it, serve CPU builds alone."""
    variants = {source.variant for index in install.indexes if (source := classify(index.url)).kind == "pytorch"}
    return variants == {"cpu"} and any(index.role == "index" for index in install.indexes)


__all__ = [
    "READ_ON",
    "Held",
    "WorkloadRule",
    "WorkloadSubject",
    "asks_for_torch",
    "cpu_build",
    "held_by",
    "image_word",
    "installs_in",
    "reference_of",
    "says_cpu",
]
