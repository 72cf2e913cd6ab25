"""What several rules ask of the stages of an image: are they the final ones, what is their base, what is set and mounted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import zip_longest
from typing import NamedTuple

from compat.model.containers import Command, Instruction, Stage, Word
from compat.rules.base import Subject

#: The day on which the pages that the rules of images quote were read.
READ_ON = date(2026, 11, 23)

#: Registries and the folder of official images, which say nothing of the contents.
_REGISTRY = re.compile(r"^(?:(?:docker\.io|index\.docker\.io)/)?(?:library/)?")

#: Bases whose published Dockerfiles, or their absence of any Python, were looked at: they set neither ``PIP_NO_CACHE_DIR`` nor
#: ``UV_NO_CACHE`` nor a HEALTHCHECK. Any other base may.
#: Sources: https://github.com/docker-library/python/blob/master/Dockerfile-linux.template,
#: https://github.com/pytorch/pytorch/blob/main/Dockerfile, https://github.com/tensorflow/tensorflow (tools/dockerfiles),
#: https://github.com/ContinuumIO/docker-images, https://github.com/conda-forge/miniforge-images,
#: https://github.com/mamba-org/micromamba-docker; those of distributions and of CUDA have no Python.
_PLAIN = frozenset(
    {
        "almalinux",
        "alpine",
        "amazonlinux",
        "buildpack-deps",
        "centos",
        "condaforge/mambaforge",
        "condaforge/miniforge3",
        "continuumio/anaconda3",
        "continuumio/miniconda3",
        "debian",
        "fedora",
        "ghcr.io/mamba-org/micromamba",
        "mambaorg/micromamba",
        "nvcr.io/nvidia/cuda",
        "nvidia/cuda",
        "python",
        "pytorch/pytorch",
        "rockylinux",
        "tensorflow/tensorflow",
        "ubuntu",
    }
)


class Reference(NamedTuple):
    """``registry/repository:tag@digest``, the default registry and ``library/`` left out; ``tag`` is "" where none is given."""

    repository: str
    tag: str
    digest: str


def to_reference(text: str) -> Reference:
    """The parts of an image's name; a colon before the last slash belongs to a port."""
    name, _, digest = text.partition("@")
    folder, slash, last = name.rpartition("/")
    image, _, tag = last.partition(":")
    return Reference(_REGISTRY.sub("", f"{folder}{slash}{image}").lower(), tag, digest)


def has_plain_base(stages: Sequence[Stage]) -> bool:
    """Whether the base of the chain is known to set none of the variables of pip and uv, and no HEALTHCHECK."""
    return bool(stages) and stages[0].known and to_reference(stages[0].base).repository in _PLAIN


def is_final(subject: Subject) -> bool:
    """Whether the stages make what ``docker build`` makes without ``--target``: files of others are copied, not their layers."""
    stages, image = subject.environment.stages, subject.environment.document.image
    return bool(stages) and (image is None or not image.stages or image.stages[-1].number == stages[-1].number)


class Run(NamedTuple):
    """A RUN with the variables that ARG and ENV have set before it; a value that is not known is as it is spelled."""

    instruction: Instruction
    variables: dict[str, str]

    @property
    def commands(self) -> tuple[Command, ...]:
        return self.instruction.commands


def runs_of(stages: Sequence[Stage]) -> Iterator[Run]:
    """Every RUN of a chain. An ARG without default counts as set, because the build may set it.

    Source: https://docs.docker.com/reference/dockerfile/#scope (a stage inherits the ARG of the stage that it is based on)
    """
    arguments: dict[str, str] = {}
    kept: dict[str, str] = {}
    for stage in stages:
        for instruction in stage.instructions:
            if instruction.keyword == "ENV":
                kept |= assigned(instruction.words)
            elif instruction.keyword == "ARG":
                arguments |= assigned(instruction.words)
            elif instruction.keyword == "RUN":
                yield Run(instruction, {**arguments, **kept})


def assigned(words: Sequence[Word]) -> dict[str, str]:
    """Names and values in turn; a last name without a value has its own spelling, ``$NAME``."""
    return {
        name.text: value.text if value is not None else f"${name.text}"
        for name, value in zip_longest(words[::2], words[1::2])
    }


def mounts_of(run: Instruction, kinds: Sequence[str] = ("cache", "tmpfs")) -> Iterator[dict[str, str]]:
    """The ``--mount`` options of a RUN as mappings, of the kinds that leave nothing in the layer."""
    for value in run.flag("mount"):
        pairs = (part.partition("=") for part in value.split(","))
        mount = {name.strip().lower(): text.strip() for name, _, text in pairs}
        if mount.get("type", "bind") in kinds:
            yield mount


def mount_target(mount: dict[str, str]) -> str:
    """Where a mount stands in the image, without a slash at its end."""
    return next((mount[key] for key in ("target", "dst", "destination") if key in mount), "").rstrip("/")


def lines_words(count: int) -> str:
    """`` in 3 RUN lines``; "" for one, which has the finding."""
    return f" in {count} RUN lines" if count > 1 else ""
