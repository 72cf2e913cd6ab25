"""The Dockerfiles that compose services are built from, read and judged with the arguments, target and platform given there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from compat.api.files import Library
from compat.api.images.judge import judge_image
from compat.api.images.reading import ImageRoot, image_root
from compat.api.judge import Judge
from compat.api.workloads.reading import peek
from compat.formats.dockerfile import read_dockerfile
from compat.model.containers import ImageBuild, Stage
from compat.model.diagnostics import Diagnostic, Related
from compat.model.errors import FileProblem
from compat.model.targets import Target
from compat.model.workloads import Build, BuiltImage, Container, WorkloadFile
from compat.rules.img012_no_healthcheck import NoHealthcheck
from compat.text.source import decode


class Service(NamedTuple):
    """A service that is built, and its Dockerfile with what it includes, where there is one that parses."""

    built: BuiltImage
    root: ImageRoot | None = None


def services_of(library: Library, file: WorkloadFile) -> Iterator[Service]:
    """Every service of *file* whose Dockerfile is a file of the repository with a known path."""
    for workload in file.workloads:
        for container in workload.containers:
            build = container.build
            path = _path(file, build) if build is not None else None
            if build is not None and path is not None and library.is_inside(path, file.document.path):
                yield _service(library, container, build, path)


def judge_services(services: Sequence[Service], judge: Judge, targets: Sequence[Target]) -> Iterator[Diagnostic]:
    """The findings of each Dockerfile as the service builds it, with the line that does so."""
    for root, built in ((service.root, service.built) for service in services):
        build = built.container.build
        if root is None or build is None or not built.stages:
            continue
        platform = built.container.platform
        told = judge_image(
            root,
            judge,
            targets,
            platform=platform.text if platform is not None and platform.known else "",
            target_stage=built.stages[-1].name or str(built.stages[-1].number),
        )
        related = Related(build.place, f"the service `{built.container.name}` builds it so")
        for finding in told:
            if finding.code == NoHealthcheck.code and built.container.checks_health:
                continue
            yield finding._replace(related=(*finding.related, related))


def _path(file: WorkloadFile, build: Build) -> str | None:
    """Where the Dockerfile is; None where that is filled in elsewhere, or is no file of this repository."""
    context, dockerfile = build.context, build.dockerfile
    words = [word for word in (context, dockerfile) if word is not None]
    folder = context.text if context is not None else "."
    if (
        build.inline
        or not all(word.known for word in words)
        or "://" in folder
        or folder.startswith(("git@", "github.com/"))
    ):
        return None
    joined = os.path.join(
        os.path.dirname(file.document.path), folder, dockerfile.text if dockerfile is not None else "Dockerfile"
    )
    return os.path.normpath(joined).replace(os.sep, "/")


def _service(library: Library, container: Container, build: Build, path: str) -> Service:
    path, data = _peek(library, path)
    if data is None:
        return Service(BuiltImage(container, path, missing=True))
    arguments = {name.text: value.text for name, value in build.arguments if value is not None and value.known}
    try:
        document = read_dockerfile(decode(path, data), arguments)
    except FileProblem as problem:
        library.failures[path] = problem
        return Service(BuiltImage(container, path))
    if document.image is None:
        return Service(BuiltImage(container, path))
    library.documents.setdefault(path, document)
    built = BuiltImage(container, path, document.image, _chain(document.image, build))
    return Service(built, image_root(document, library, arguments))


def _peek(library: Library, path: str) -> tuple[str, bytes | None]:
    """The Dockerfile and its path: builders take ``dockerfile`` where there is no ``Dockerfile``.

    Source: https://github.com/moby/moby/pull/10858
    """
    data = peek(library, path)
    folder, name = os.path.split(path)
    if data is not None or name != "Dockerfile":
        return path, data
    lower = f"{folder}/dockerfile" if folder else "dockerfile"
    data = peek(library, lower)
    return (lower if data is not None else path), data


def _chain(image: ImageBuild, build: Build) -> tuple[Stage, ...]:
    """The stages that make the target, the last stage where none is named; nothing where it is no stage."""
    if not image.stages:
        return ()
    if build.target is None:
        return image.chain(image.stages[-1].number)
    wanted = build.target.text.lower()
    found = (stage for stage in image.stages if wanted in {stage.name.lower(), str(stage.number)})
    stage = next(found, None) if build.target.known else None
    return image.chain(stage.number) if stage is not None else ()
