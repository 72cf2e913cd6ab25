"""Reading a Dockerfile with the files that its commands install from, once for each architecture where that matters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from compat.api.files import Library
from compat.api.images.base import architecture, environment_of
from compat.api.images.includes import Context
from compat.api.images.steps import Step, steps_of
from compat.model.containers import ImageBuild, installs_of
from compat.model.environments import Document, Problem
from compat.model.knowledge import Matrix
from compat.model.targets import Target

#: Variables that docker sets by the platform which is built.
_BY_PLATFORM = re.compile(r"TARGET(ARCH|PLATFORM|OS|VARIANT)")
ARCHITECTURES = ("amd64", "arm64")
_NOTHING: Mapping[str, str] = MappingProxyType({})


class ImageRoot(NamedTuple):
    """A Dockerfile, and the files of the repository that its commands install from."""

    document: Document
    steps: Mapping[int, tuple[Step, ...]]
    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    readings: Mapping[str, ImageRoot] = MappingProxyType({})
    """The same by the architecture that is built, where the file names variables that differ."""

    @property
    def installed(self) -> frozenset[str]:
        """The paths of files that the image is sure to install with all that they require, on any architecture."""
        steps = [step for root in self.each() for own in root.steps.values() for step in own]
        sure = (step for step in steps if not step.guarded and "no-deps" not in step.install.flags)
        return frozenset(document.path for step in sure for document in step.documents)

    @property
    def build(self) -> ImageBuild:
        assert self.document.image is not None
        return self.document.image

    def each(self) -> tuple[ImageRoot, ...]:
        """One root for all architectures, or one for each."""
        return tuple(self.readings.values()) or (self,)

    def on(self, target: Target, platform: str) -> ImageRoot:
        """The root as it is built for *target*, or for the *platform* that the caller names."""
        return self.readings.get(architecture(target, platform), self)


def read_image(
    path: str,
    data: bytes,
    library: Library,
    arguments: Mapping[str, str] = _NOTHING,
    *,
    targets: Sequence[Target] = (),
    matrix: Matrix | None = None,
) -> ImageRoot:
    """The Dockerfile at *path* and what it includes on *targets*. With a *matrix*, variables that base images set are known.

    Raises: FileProblem where it does not parse.
    """
    from compat.formats.dockerfile import read_dockerfile
    from compat.text.source import decode

    document = read_dockerfile(decode(path, data), arguments, _environments(matrix))
    return image_root(document, library, arguments, targets=targets, matrix=matrix)


def _environments(matrix: Matrix | None) -> Callable[[str], Mapping[str, str]]:
    return lambda reference: environment_of(matrix.base_image(reference)) if matrix is not None else _NOTHING


def image_root(
    document: Document,
    library: Library,
    arguments: Mapping[str, str] = _NOTHING,
    *,
    targets: Sequence[Target] = (),
    matrix: Matrix | None = None,
) -> ImageRoot:
    """*document*, a Dockerfile read with *arguments*, with the files that its commands name on *targets* (or anywhere)."""
    root = _root(document, library)
    if document.kind != "dockerfile" or not _BY_PLATFORM.search(document.text):
        return root
    wanted = dict.fromkeys(architecture(target) for target in targets) if targets else ARCHITECTURES
    readings = {
        name: _root(_again(document, name, arguments, matrix), library) for name in ARCHITECTURES if name in wanted
    }
    documents = {found.path: found for reading in readings.values() for found in reading.documents}
    problems = dict.fromkeys(problem for reading in readings.values() for problem in reading.problems)
    told = dict.fromkeys(problem for each in (root, *readings.values()) for problem in each.document.problems)
    return ImageRoot(
        document=root.document._replace(problems=tuple(told)),
        steps=root.steps,
        documents=tuple(documents.values()),
        problems=tuple(problems),
        readings=MappingProxyType(readings),
    )


def _again(document: Document, architecture: str, arguments: Mapping[str, str], matrix: Matrix | None) -> Document:
    """*document* as it is built for one architecture. An arm64 of today has no variant."""
    from compat.formats.dockerfile import read_dockerfile
    from compat.text.source import Source

    platform = {"PLATFORM": f"linux/{architecture}", "OS": "linux", "ARCH": architecture, "VARIANT": ""}
    known = {f"TARGET{name}": value for name, value in platform.items()}
    return read_dockerfile(
        Source(path=document.path, text=document.text), {**known, **arguments}, _environments(matrix)
    )


def _root(document: Document, library: Library) -> ImageRoot:
    assert document.image is not None
    steps = steps_of(document.image, Context(library, document))
    included = [step.included for own in steps.values() for step in own]
    documents = {found.path: found for item in included for found in item.documents}
    documents |= {lock.path: lock.document for item in included for lock in item.locks}
    spelled = (found for item in included for found in item.documents if found.path == document.path)
    told = [problem for _, _, install in installs_of(document.image.stages) for problem in install.problems]
    told += [problem for found in spelled for problem in found.problems]
    documents.pop(document.path, None)
    document = document._replace(problems=tuple(dict.fromkeys((*document.problems, *told))))
    problems = tuple(dict.fromkeys(problem for item in included for problem in item.problems))
    return ImageRoot(document, steps, tuple(documents.values()), problems)
