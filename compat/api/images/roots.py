"""The Dockerfiles of a call, read and told. What judges them is imported with the first one: most calls name none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from compat.api.environments import Gathered
from compat.api.files import Library
from compat.api.findings import problem_findings
from compat.model.errors import FileProblem, OtherKindProblem

if TYPE_CHECKING:
    from compat.api.images.reading import ImageRoot
    from compat.api.judge import Judge
    from compat.model.diagnostics import Diagnostic
    from compat.model.environments import Environment
    from compat.model.knowledge import Matrix
    from compat.model.targets import Target

#: Kinds that are judged as images: each of their stages is an environment, or several.
IMAGE_KINDS = frozenset({"dockerfile"})


def read_images(
    library: Library,
    unread: Sequence[tuple[str, str]],
    named: frozenset[str],
    targets: Sequence[Target],
    matrix: Matrix,
) -> list[ImageRoot]:
    """The Dockerfiles among the files that are no descriptors; one that does not parse is a failure of *library*.

    A walked file that is only called like one, or is a part of one, is passed over.
    """
    found = []
    for path, kind in unread:
        data = library.peek(path) if kind in IMAGE_KINDS else None
        if data is None:
            continue
        from compat.api.images.reading import read_image

        try:
            image = read_image(path, data, library, targets=targets, matrix=matrix)
        except FileProblem as problem:
            if path in named or not isinstance(problem, OtherKindProblem):
                library.failures[path] = problem
            continue
        library.documents[path] = image.document
        found.append(image)
    return found


def without_installed(roots: list[Gathered], images: Sequence[ImageRoot], named: frozenset[str]) -> list[Gathered]:
    """*roots* without the walked files of requirements that an image installs, which are judged there.

    A file that has extras, or that brings its own Python, says more than what one image takes of it.
    """
    installed = {path for image in images for path in image.installed} - named
    return [root for root in roots if root[0][0].kind != "requirements" or root[0][0].path not in installed]


def image_environments(images: Sequence[ImageRoot], matrix: Matrix) -> Iterator[Environment]:
    """The environments of *images*, for who asks an index about them."""
    for image in images:
        from compat.api.images.judge import environments_of_image

        yield from environments_of_image(image, matrix)


def image_findings(images: Sequence[ImageRoot], judge: Judge, targets: Sequence[Target]) -> Iterator[Diagnostic]:
    """What readers could not take of *images* and their files, and what the rules find in them."""
    for image in images:
        from compat.api.images.judge import judge_image
        from compat.rules.req004_missing_include import MissingInclude

        yield from problem_findings((image.document, *image.documents), targets)
        for problem in image.problems:
            yield from MissingInclude().tell(problem, targets)
        yield from judge_image(image, judge, targets)


def image_files(images: Sequence[ImageRoot]) -> list[Gathered]:
    """The files of *images*, as the report lists them."""
    return [[(document, False, "") for document in (image.document, *image.documents)] for image in images]
