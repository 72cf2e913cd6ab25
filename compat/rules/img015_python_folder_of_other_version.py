"""IMG015: packages are copied from or into the folder of a Python that the image does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from compat.model.containers import Instruction, Stage, Word
from compat.model.diagnostics import Diagnostic, Evidence, Severity
from compat.model.knowledge import BaseImage, Matrix, evidence_of
from compat.model.words import dotted
from compat.rules.base import Rule, Subject
from compat.rules.image_words import READ_ON

#: The folder of the packages of the official images of Python, whose interpreter is built below ``/usr/local``.
_FOLDER = re.compile(r"/usr/local/lib/python(3\.\d+)(/(?:site-packages/?)?)?")

_SITE = Evidence(
    claim="Python looks for packages in lib/pythonX.Y/site-packages of its own minor release",
    source="https://docs.python.org/3/library/site.html",
    read_on=READ_ON,
)
_COPY = Evidence(
    claim="COPY stops the build where a source is not there",
    source="https://docs.docker.com/reference/dockerfile/#copy",
    read_on=READ_ON,
)


class PythonFolderOfOtherVersion(Rule):
    """COPY names the ``site-packages`` of a Python that the image on that side does not have.

    What it finds:
        ``/usr/local/lib/pythonX.Y`` as source or target of a COPY between stages, where the official image of Python
        on that side has another minor release. A source that is not there is an error, a target that nobody reads a warning.

    Why it matters:
        The tag of one stage was raised and the path was not. The build stops with ``not found``, or it runs through and the program
        ends with ``ModuleNotFoundError``.

    Example:
        FROM python:3.12 AS build
        RUN pip install --no-cache-dir numpy
        FROM python:3.11-slim
        COPY --from=build /usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages

    Use instead:
        FROM python:3.12 AS build
        RUN pip install --no-cache-dir numpy
        FROM python:3.12-slim
        COPY --from=build /usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages

    Source:
        https://docs.python.org/3/library/site.html and https://docs.docker.com/reference/dockerfile/#copy
    """

    code, name = "IMG015", "python-folder-of-other-version"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding a COPY."""
        stages = subject.environment.stages
        for instruction in (i for stage in stages for i in stage.instructions if i.keyword == "COPY"):
            if instruction.flag("from") and len(instruction.words) > 1:
                yield from self._of(subject, instruction, stages)

    def _of(self, subject: Subject, instruction: Instruction, stages: Sequence[Stage]) -> Iterator[Diagnostic]:
        *sources, target = instruction.words
        origin = _origin(subject, instruction.flag("from")[-1])
        for source in sources:
            image = _other(subject.matrix, origin, source)
            if image is not None:
                yield self._tell(image, source, Severity.ERROR, "is not there: the build stops", _COPY)
                return
        image = _other(subject.matrix, stages, target)
        if image is not None:
            yield self._tell(image, target, Severity.WARNING, "is a folder that it does not look into", _SITE)

    def _tell(self, image: BaseImage, word: Word, severity: Severity, effect: str, evidence: Evidence) -> Diagnostic:
        python = dotted(image.python or ())
        return self.found(
            severity,
            f"`{image.reference}` has Python {python}, so `{word.text}` {effect}",
            word.place,
            packages=["python"],
            evidence=[evidence_of(f"`{image.reference}` has Python {python}", image.fact), evidence],
            hint=f"one minor release of Python for both stages; or a virtual environment that is copied as a whole, and `python{python}`",
        )


def _origin(subject: Subject, name: str) -> tuple[Stage, ...]:
    """The chain of the stage that ``--from`` names; nothing where that is an image."""
    build = subject.environment.document.image
    if build is None:
        return ()
    found = [stage for stage in build.stages if name.lower() in {stage.name.lower(), str(stage.number)}]
    return build.chain(found[-1].number) if found else ()


def _other(matrix: Matrix, stages: Sequence[Stage], word: Word) -> BaseImage | None:
    """The official image of Python below *stages*, where *word* names the folder of another Python that nothing there makes."""
    match = _FOLDER.fullmatch(word.text)
    image = matrix.base_image(stages[0].base) if stages and stages[0].known and stages[0].base else None
    if match is None or image is None or image.kind != "python" or image.python is None or not word.known:
        return None
    return image if match[1] != dotted(image.python) and not _is_named(stages, match[1], word) else None


def _is_named(stages: Sequence[Stage], version: str, word: Word) -> bool:
    """Whether another instruction speaks of this Python: it may make the folder, or look into it."""
    for stage in stages:
        for instruction in stage.instructions:
            words = [*instruction.words, *(each for command in instruction.commands for each in command.words)]
            if word not in words and any(version in each.text for each in words):
                return True
    return False
