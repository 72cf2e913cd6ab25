"""What builds an image says: stages, the instructions of each, and the commands that install packages.

The same commands stand in the scripts of workflows and jobs, so that `Command` and `Install` serve those, too.
Source: https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from compat.model.environments import Channel, CondaEntry, Include, Index, Member, Problem
from compat.model.places import Place
from compat.model.requirements import PipEntry

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet


class Word(NamedTuple):
    """One word of a command, quotes removed and variables filled in.

    ``known`` is False where a part of it is only known while the command runs: a variable without a value, ``$(...)``, a glob.
    ``text`` then holds that part as it is spelled.
    """

    text: str
    place: Place
    known: bool = True


class Install(NamedTuple):
    """A command that changes which packages are there.

    ``tool`` is ``pip``, ``uv``, ``conda``, ``mamba``, ``micromamba``, ``pixi``, ``poetry``, ``pipenv``, ``apt``, ``apk`` or ``dnf``;
    ``verb`` is ``install``, ``create``, ``update``, ``sync``, ``remove``, ``clean`` or ``other`` (``conda config``, ``pip cache``).
    ``prefix`` is the environment that it names (``-n NAME``, ``-p PATH``, the venv whose ``pip`` it calls), "" for the one that is active.
    ``flags`` are the long names of options without their values: ``no-cache-dir``, ``no-deps``, ``upgrade``, ``pre``, ``yes``.
    ``system`` are the names of packages of the system (apt), as written.
    ``complete`` is False where a word that may name a package is not known, so that more may be installed than is listed.
    """

    tool: str
    verb: str
    place: Place
    prefix: str = ""
    pip: tuple[PipEntry, ...] = ()
    conda: tuple[CondaEntry, ...] = ()
    channels: tuple[Channel, ...] = ()
    indexes: tuple[Index, ...] = ()
    includes: tuple[Include, ...] = ()
    members: tuple[Member, ...] = ()
    problems: tuple[Problem, ...] = ()
    system: tuple[Word, ...] = ()
    flags: frozenset[str] = frozenset()
    python: SpecifierSet | None = None
    """What ``uv venv --python 3.11`` or ``uv python install`` asks for; conda's ``python=3.11`` is an entry of ``conda``."""
    complete: bool = True


class Command(NamedTuple):
    """A simple command of a shell script: ``words[0]`` is the program, after ``sudo``, ``exec``, ``time``, ``env``.

    ``settings`` are the assignments in front of it (and those that ``export`` made before it in the same script).
    ``install`` says what it installs, if that is what it does. ``guarded`` marks one that may not run, or may fail without harm: behind
    ``||``, ``if``, ``case``, in a function.
    """

    words: tuple[Word, ...]
    place: Place
    settings: tuple[tuple[str, str], ...] = ()
    install: Install | None = None
    guarded: bool = False

    @property
    def program(self) -> str:
        """The program's name without its folder: ``pip`` of ``/opt/venv/bin/pip``."""
        return self.words[0].text.rpartition("/")[2] if self.words else ""


class Instruction(NamedTuple):
    """One instruction of a Dockerfile: ``keyword`` in capitals, and its parts after substitution.

    ``words``: COPY and ADD, sources and then the destination; ENV, ARG, LABEL, name and value in turn (an ARG without default has no value
    word after it and stands alone); EXPOSE, ports; USER, WORKDIR, one; CMD, ENTRYPOINT, SHELL and HEALTHCHECK, the command's words
    (HEALTHCHECK NONE: ``NONE``). RUN has ``commands`` instead. ``flags`` are ``--name=value`` in order, ``--link`` with "".
    ``texts`` are the files that heredocs of COPY and ADD spell, in the order of the words ``<<NAME``; a text with variables is not known.
    """

    keyword: str
    place: Place
    words: tuple[Word, ...] = ()
    flags: tuple[tuple[str, str], ...] = ()
    commands: tuple[Command, ...] = ()
    texts: tuple[Word, ...] = ()

    def flag(self, name: str) -> tuple[str, ...]:
        """The values of every ``--name=``."""
        return tuple(value for flag, value in self.flags if flag == name)


class Stage(NamedTuple):
    """One stage: ``FROM base AS name``, and its instructions in order, FROM left out.

    ``base`` is the reference after substitution; ``known`` is False where an ARG without default stands in it. ``parent`` is the number of the
    stage that FROM names, else None. ``platform`` is the value of ``--platform`` where it is a constant (``linux/arm64``), else "".
    """

    number: int
    name: str
    base: str
    place: Place
    base_place: Place
    instructions: tuple[Instruction, ...] = ()
    platform: str = ""
    parent: int | None = None
    known: bool = True


class ImageBuild(NamedTuple):
    """A Dockerfile: its stages in order. The last one is what ``docker build`` makes without ``--target``."""

    path: str
    stages: tuple[Stage, ...]
    arguments: tuple[Word, ...] = ()
    """The names that ``ARG`` declares anywhere, each at its place."""

    def chain(self, number: int) -> tuple[Stage, ...]:
        """The stages whose instructions make stage *number*, the first one, which has a real base image, in front."""
        found: list[Stage] = []
        current: int | None = number
        while current is not None:
            found.append(self.stages[current])
            current = self.stages[current].parent
        return tuple(reversed(found))


def settings_of(stages: Sequence[Stage]) -> dict[str, str]:
    """What ENV leaves behind at the end of *stages* (a chain); values that are not known are left out."""
    found: dict[str, str] = {}
    for stage in stages:
        for instruction in stage.instructions:
            if instruction.keyword == "ENV":
                pairs = zip(instruction.words[::2], instruction.words[1::2], strict=False)
                found.update((name.text, value.text) for name, value in pairs if value.known)
    return found


def installs_of(stages: Sequence[Stage]) -> tuple[tuple[Instruction, Command, Install], ...]:
    """Every installing command of *stages*, in the order in which they run, with the RUN that holds it."""
    return tuple(
        (instruction, command, command.install)
        for stage in stages
        for instruction in stage.instructions
        for command in instruction.commands
        if command.install is not None
    )
