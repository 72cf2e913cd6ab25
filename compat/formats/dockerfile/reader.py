"""A Dockerfile as a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from compat.formats.dockerfile.build import Build, Environments
from compat.formats.dockerfile.instructions import KEYWORDS
from compat.formats.dockerfile.lines import Lines, Statement, read_lines
from compat.formats.found import Found
from compat.model.containers import ImageBuild
from compat.model.environments import Document, Ignore
from compat.model.errors import OtherKindProblem
from compat.text.source import Source, refuse_huge

#: The largest of 150 real ones has 30,000.
MAX_CHARACTERS = 1_000_000
_NOTHING: Mapping[str, str] = MappingProxyType({})


def read_dockerfile(
    source: Source, arguments: Mapping[str, str] = _NOTHING, environment_of: Environments = lambda _: _NOTHING
) -> Document:
    """The Dockerfile in *source*; *arguments* are the values of ``--build-arg``.

    *environment_of* says which variables a base image sets, as far as that is known.

    Instructions that docker refuses are problems, and the others are read all the same.
    Raises: FileProblem for what is no Dockerfile: one without FROM, with a heredoc that does not end, too large.
    """
    refuse_huge(source, characters=MAX_CHARACTERS)
    lines = read_lines(source)
    _refuse_other_files(source, lines)
    found = Found(source)
    build = Build(found, lines, arguments, environment_of)
    for statement in lines.statements:
        build.take(statement)
    image = build.finish()
    document = found.to_document("dockerfile")
    return document._replace(image=image, ignores=_widen(document.ignores, image))


def _refuse_other_files(source: Source, lines: Lines) -> None:
    """Raise OtherKindProblem where no image can be meant."""
    if not lines.statements:
        raise _other_kind(source, "an empty Dockerfile: docker needs a `FROM`", 0)
    first = lines.statements[0]
    offset = first.line.offset(0)
    other = next((s for s in lines.statements if s.keyword == "FROM" or s.keyword not in KEYWORDS), None)
    if other is None:
        raise _other_kind(source, "no `FROM`: a part of a Dockerfile, from which docker builds nothing", offset)
    if other.keyword not in KEYWORDS and not lines.syntax:
        word = other.line.text.split()[0]
        raise _other_kind(source, f"not a Dockerfile: `{_shorten(word)}` is no instruction", other.line.offset(0))
    if not any(_is_from(statement) for statement in lines.statements):
        raise _other_kind(source, "no `FROM` that names an image: docker builds nothing", offset)


def _other_kind(source: Source, message: str, offset: int) -> OtherKindProblem:
    problem = source.problem(message, offset)
    return OtherKindProblem(problem.path, message, line=problem.line, column=problem.column)


def _is_from(statement: Statement) -> bool:
    """Whether *statement* is meant to begin a stage: ``from x import y`` is Python."""
    words = statement.text.split()
    return statement.keyword == "FROM" and bool(words) and (len(words) < 2 or words[1].lower() != "import")


def _shorten(word: str) -> str:
    return word if len(word) <= 40 else f"{word[:40]}..."


def _widen(ignores: Sequence[Ignore], image: ImageBuild) -> tuple[Ignore, ...]:
    """*ignores*, those of an instruction's first line repeated for its other lines: findings may point into it."""
    if not ignores:
        return ()
    lasts: dict[int | None, int] = {}
    for stage in image.stages:
        for instruction in stage.instructions:
            lasts[instruction.place.line] = instruction.place.end_line or 0
    return tuple(
        ignore._replace(line=line)
        for ignore in ignores
        for line in range(ignore.line, max(ignore.line, lasts.get(ignore.line, 0)) + 1)
    )
