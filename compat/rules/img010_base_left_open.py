"""IMG010: the base image has no tag, or one that moves from one release to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compat.model.containers import Stage
from compat.model.diagnostics import Diagnostic, Evidence, Fix, Safety, Severity
from compat.rules.base import Rule, Subject
from compat.rules.image_words import READ_ON, Reference, to_reference

_MUTABLE = Evidence(
    claim="tags are mutable: a publisher can update one to point to a new image",
    source="https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
    read_on=READ_ON,
)
_NO_LATEST = Evidence(
    claim="nvidia/cuda has no tag `latest` any more: a pull of it ends with `manifest unknown`",
    source="https://github.com/NVIDIA/nvidia-docker/issues/1454",
    read_on=READ_ON,
)
_CUDA = frozenset({"nvidia/cuda", "nvcr.io/nvidia/cuda"})

#: First words of tags that name whatever release is newest, in any repository.
_FLOATING = frozenset({"latest", "nightly", "edge", "rolling"})
#: The same, where a repository has names of its own. Suites of Debian: its list of releases.
_ALIASES = {
    "debian": frozenset({"stable", "oldstable", "testing", "unstable", "sid", "experimental"}),
    "ubuntu": frozenset({"devel"}),
}
#: Tags of python without a minor release: ``3``, ``3-slim``, ``slim-bookworm``, ``alpine``.
_PYTHON_OPEN = re.compile(r"(?:\d+(?:-|$)|slim|alpine|(?:stretch|buster|bullseye|bookworm|trixie)$)")
#: What a tag of well-known repositories looks like, for the hint.
_SHAPES = {
    "python": "`python:3.12-slim`",
    "ubuntu": "`ubuntu:24.04`",
    "debian": "`debian:bookworm`",
    "nvidia/cuda": "`nvidia/cuda:12.4.1-runtime-ubuntu22.04`",
    "pytorch/pytorch": "`pytorch/pytorch:2.4.1-cuda12.4-cudnn9-runtime`",
    "tensorflow/tensorflow": "`tensorflow/tensorflow:2.17.0-gpu`",
}


class BaseLeftOpen(Rule):
    """The base image of a stage is whatever its publisher has made last.

    What it finds:
        FROM without a tag, with ``latest`` (also ``latest-gpu``), or with another name that moves between releases:
        ``ubuntu:rolling``, ``debian:stable``, ``python:3``, ``python:slim``. Not the name of a stage, ``scratch``, a
        digest, or a reference that is only known in the build. A warning for ``nvidia/cuda``, which has no ``latest``.

    Why it matters:
        Python, CUDA and glibc of the image change with the day of the build, and pins that fitted then may have no
        wheel now. Nothing in the repository says which image the last build took.

    Example:
        FROM pytorch/pytorch:latest

    Use instead:
        FROM pytorch/pytorch:2.4.1-cuda12.4-cudnn9-runtime

    Source:
        https://docs.docker.com/build/building/best-practices/#pin-base-image-versions
        https://github.com/NVIDIA/nvidia-docker/issues/1454
    """

    code, name = "IMG010", "base-left-open"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """One finding a stage, at the name of its base."""
        for stage in subject.environment.stages:
            if stage.parent is None and stage.known and stage.base not in {"", "scratch"} and "$" not in stage.base:
                yield from self._judge(stage, to_reference(stage.base))

    def _judge(self, stage: Stage, reference: Reference) -> Iterator[Diagnostic]:
        moving = _moving(reference)
        if not moving:
            return
        gone = reference.repository in _CUDA and reference.tag in {"", "latest"}
        yield self.found(
            Severity.WARNING if gone else Severity.INFO,
            f"`{stage.base}` {'is not there: nvidia/cuda has no tag `latest`' if gone else moving}",
            stage.base_place,
            packages=(),
            evidence=(_NO_LATEST,) if gone else (_MUTABLE,),
            fix=Fix(title=_title(reference.repository), safety=Safety.SHOWN),
        )


def _moving(reference: Reference) -> str:
    """What moves, in words; "" where the tag stays with one release."""
    repository, tag, digest = reference
    first = tag.partition("-")[0]
    if digest:
        return ""
    if not tag:
        return "has no tag, which means `latest`: the image depends on the day of the build"
    if first in _FLOATING or tag.endswith("-latest") or first in _ALIASES.get(repository, ()):
        return "has a tag that moves: the image depends on the day of the build"
    if repository == "python" and _PYTHON_OPEN.match(tag):
        return "moves from one minor release of Python to the next"
    return ""


def _title(repository: str) -> str:
    shape = _SHAPES.get(repository)
    return f"Write the tag of a release{f' such as {shape}' if shape else ''}, or a digest"
