"""What package managers keep of their downloads in an image: the commands that keep it, and those that remove it again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from compat.model.containers import Command, Stage
from compat.model.diagnostics import Evidence, Related
from compat.model.places import Place
from compat.rules.image_words import READ_ON, Run, runs_of

SAME_RUN = Evidence(
    claim="only what a RUN removes itself is not stored in its layer",
    source="https://docs.docker.com/build/building/best-practices/#run",
    read_on=READ_ON,
)


class Kept(NamedTuple):
    """A RUN that keeps a cache: the installing commands whose downloads stay in it, in order."""

    run: Run
    commands: tuple[Command, ...]

    @property
    def place(self) -> Place:
        return self.commands[0].place


class Manager(NamedTuple):
    """What is asked of one package manager.

    ``keeps`` says of a command with its RUN whether it leaves a cache, ``clears`` whether a command empties it.
    """

    keeps: Callable[[Command, Run], bool]
    clears: Callable[[Command, Run], bool]


def kept_in(stages: Sequence[Stage], manager: Manager) -> Iterator[Kept]:
    """Every RUN of a chain that keeps a cache: one that installs, and does not clear it after that."""
    for run in runs_of(stages):
        kept: list[Command] = []
        for command in run.commands:
            if manager.clears(command, run):
                kept = []
            elif manager.keeps(command, run) and command.place not in {known.place for known in kept}:
                kept.append(command)
        if kept:
            yield Kept(run, tuple(kept))


def cleared_later(stages: Sequence[Stage], manager: Manager, kept: Kept) -> Place | None:
    """Where a later RUN clears the cache that *kept* has left in a layer below it."""
    runs = list(runs_of(stages))
    later = runs[runs.index(kept.run) + 1 :]
    return next((c.place for run in later for c in run.commands if manager.clears(c, run)), None)


def related_to(found: Sequence[Kept], later: Place | None, clears: str) -> tuple[Related, ...]:
    """The other RUN lines of one finding, and the command that clears too late."""
    others = tuple(Related(place=kept.place, message="the same here") for kept in found[1:])
    if later is None:
        return others
    return (*others, Related(place=later, message=f"{clears} in another RUN does not shrink the layers below it"))


def removes(command: Command, folder: re.Pattern[str]) -> bool:
    """``rm -r FOLDER``, or ``find FOLDER ... -delete``."""
    words = [word.text.rstrip("/") for word in command.words[1:]]
    if command.program == "rm":
        return any(word.startswith("-") and "r" in word.lower() for word in words) and any(map(folder.search, words))
    return command.program == "find" and "-delete" in words and any(map(folder.search, words))


def cleans_by_script(command: Command) -> bool:
    """A script of the image whose name says that it cleans up; what it removes is not known."""
    return "clean" in command.program and command.install is None
