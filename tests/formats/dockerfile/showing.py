"""Dockerfiles as short lines of text, so that a table can hold what is expected of them."""

from __future__ import annotations

from collections.abc import Mapping

from compat.formats.dockerfile import read_dockerfile
from compat.model.containers import Command, ImageBuild, Instruction, Stage, Word
from compat.model.environments import Document
from compat.model.places import Place
from compat.text.source import decode

NAME = "Dockerfile"


def read(text: str, arguments: Mapping[str, str] | None = None) -> Document:
    return read_dockerfile(decode(NAME, text.encode()), arguments or {})


def image(text: str, arguments: Mapping[str, str] | None = None) -> ImageBuild:
    found = read(text, arguments).image
    assert found is not None
    return found


def show(build: ImageBuild) -> list[str]:
    """One line for each FROM and each instruction; words that are not known stand behind a question mark."""
    return [line for stage in build.stages for line in (show_stage(stage), *map(show_instruction, stage.instructions))]


def show_stage(stage: Stage) -> str:
    parts = ["FROM", "" if stage.known else "?", stage.base]
    parts += [f"as {stage.name}"] if stage.name else []
    parts += [f"on {stage.platform}"] if stage.platform else []
    parts += [f"after {stage.parent}"] if stage.parent is not None else []
    return " ".join(part for part in parts if part)


def show_instruction(instruction: Instruction) -> str:
    flags = [f"--{name}={value}" if value else f"--{name}" for name, value in instruction.flags]
    return " ".join((instruction.keyword, *flags, *map(show_word, instruction.words)))


def show_word(word: Word) -> str:
    return ("" if word.known else "?") + (word.text if word.text and " " not in word.text else f"<{word.text}>")


def commands(text: str) -> list[Command]:
    """Every command of every RUN."""
    return [c for stage in image(text).stages for i in stage.instructions for c in i.commands]


def scripts(text: str) -> list[str]:
    return [" ".join(map(show_word, command.words)) for command in commands(text)]


def at(text: str, place: Place) -> str:
    """What stands at *place* in *text*, line ends as they are."""
    assert place.line is not None
    assert place.column is not None
    assert place.end_line is not None
    assert place.end_column is not None
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return text[starts[place.line - 1] + place.column - 1 : starts[place.end_line - 1] + place.end_column - 1]
