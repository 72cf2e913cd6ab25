"""IMG011: the source is copied before the requirements are installed, so that every change of it installs them anew."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from compat.model.containers import Install, Instruction, Word
from compat.model.diagnostics import Diagnostic, Evidence, Fix, Related, Safety, Severity
from compat.model.words import listed
from compat.rules.base import Rule, Subject
from compat.rules.image_words import READ_ON, mounts_of

_ORDER = Evidence(
    claim="a change causes a rebuild of the steps that follow: copy the package management files, install, then copy the source",
    source="https://docs.docker.com/build/cache/optimize/#order-your-layers",
    read_on=READ_ON,
)

_WHOLE = frozenset({".", "./", "*", "./*", "/", "/."})
_VERBS = frozenset({"install", "sync", "create", "update"})
#: Tools that read what the project itself asks for, and install it with the project.
_PROJECT_FILES = {"uv": "uv.lock", "poetry": "pyproject.toml", "pipenv": "Pipfile", "pixi": "pixi.toml"}


class _Copied(NamedTuple):
    """A COPY of source: the whole context, or a folder of it, and the folder of the image that it fills."""

    instruction: Instruction
    source: Word
    folder: str
    whole: bool


class SourceCopiedBeforeRequirements(Rule):
    """Requirements are installed after the source was copied, without need.

    What it finds:
        ``COPY . .``, or of the folder that holds the requirements, above the RUN that installs from a requirements
        file, an environment.yml or the project's lock. Not ``pip install .`` alone, not a file that is installed
        from above the COPY already or comes by a bind mount, and not requirements that name the project itself
        (``-e .``).

    Why it matters:
        Docker builds everything anew below the first instruction whose files have changed. One changed line of
        source then downloads and installs all packages again.

    Example:
        COPY . .
        RUN pip install -r requirements.txt

    Use instead:
        COPY requirements.txt .
        RUN pip install -r requirements.txt
        COPY . .

    Source:
        https://docs.docker.com/build/cache/optimize/#order-your-layers
    """

    code, name = "IMG011", "source-copied-before-requirements"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding a COPY, with the first RUN that comes too late."""
        told: set[_Copied] = set()
        for copied, install, files in _late(subject):
            if copied in told:
                continue
            told.add(copied)
            names = listed([f"`{file}`" for file in files])
            line = " ".join([copied.instruction.keyword, *(word.text for word in copied.instruction.words)])
            yield self.found(
                Severity.INFO,
                f"the source is copied before {names} {'is' if len(files) == 1 else 'are'} installed: "
                "every change of it installs all packages anew",
                copied.instruction.place,
                packages=(),
                related=[Related(place=install.place, message="installed from here")],
                evidence=(_ORDER,),
                fix=Fix(
                    title=f"Copy {names} and install from {'it' if len(files) == 1 else 'them'} above `{line}`",
                    safety=Safety.SHOWN,
                ),
            )


class _Late(NamedTuple):
    """An install from files that stands below a COPY of the source."""

    copied: _Copied
    install: Install
    files: tuple[str, ...]


def _late(subject: Subject) -> Iterator[_Late]:
    """Every install from files that stands below a COPY of the source which it could stand above."""
    context = _Context()
    for stage in subject.environment.stages:
        for instruction in stage.instructions:
            context.take(instruction)
            for command in instruction.commands:
                if command.program == "cd":
                    context.enter(command.words[1:])
                elif command.install is not None and command.install.verb in _VERBS:
                    files = context.new_files(command.install)
                    needed = [f for f in files if not _is_mounted(instruction, f) and not _names_project(subject, f)]
                    late = [(copied, f) for f in needed if (copied := context.above(f, command.install)) is not None]
                    if late:
                        copied = late[0][0]
                        yield _Late(copied, command.install, tuple(f for c, f in late if c is copied))


class _Context:
    """What the image holds of the repository, instruction by instruction: copies, the working folder, what is installed."""

    def __init__(self) -> None:
        self._copies: list[_Copied] = []
        self._names: set[str] = set()
        self._installed: set[str] = set()
        self._workdir = "/"
        self._folder: str | None = "/"

    def take(self, instruction: Instruction) -> None:
        """The next instruction."""
        self._folder = self._workdir
        if instruction.keyword == "WORKDIR" and instruction.words:
            self._workdir = posixpath.join(self._workdir, instruction.words[-1].text)
        elif instruction.keyword in {"COPY", "ADD"} and not instruction.flag("from") and len(instruction.words) > 1:
            self._names.update(posixpath.basename(word.text) for word in instruction.words[:-1])
            self._copies += _copies(instruction, self._workdir)

    def enter(self, words: Sequence[Word]) -> None:
        """``cd FOLDER``; a folder that is not known makes what is relative to it unknown."""
        known = self._folder is not None and len(words) == 1 and words[0].known
        self._folder = posixpath.join(self._folder or "/", words[0].text) if known else None

    def new_files(self, install: Install) -> list[str]:
        """The files that name what is installed, but for those that were installed from before."""
        files = [file for file in _files(install) if posixpath.basename(file) not in self._installed]
        self._installed.update(map(posixpath.basename, files))
        return files

    def above(self, file: str, install: Install) -> _Copied | None:
        """The COPY of source above an install from *file*, if the repository is where *file* comes from."""
        place = None if self._folder is None else posixpath.normpath(posixpath.join(self._folder, file))
        for copied in self._copies:
            inside = place is not None and place.startswith(f"{copied.folder.rstrip('/')}/")
            if copied.whole and (inside or (posixpath.basename(file) in self._names and install.includes)):
                return copied
            if not copied.whole and inside and install.includes and not _is_requirements(copied.source.text):
                return copied
        return None


def _copies(instruction: Instruction, folder: str) -> Iterator[_Copied]:
    """The sources of a COPY that are the whole context, or a folder of it by its spelling."""
    *sources, target = instruction.words
    into = posixpath.normpath(posixpath.join(folder, target.text))
    for source in sources:
        if source.text in _WHOLE:
            yield _Copied(instruction, source, into, whole=True)
        elif source.known and source.text.endswith("/"):
            yield _Copied(instruction, source, into, whole=False)


def _files(install: Install) -> Sequence[str]:
    """The files that name what is installed; the project's own for tools that read them without being told."""
    if install.tool not in _PROJECT_FILES or install.pip or install.includes:
        return list(dict.fromkeys(include.path for include in install.includes if not include.constraint))
    return [_PROJECT_FILES[install.tool]] if install.verb == "sync" else []


def _is_requirements(source: str) -> bool:
    """``COPY requirements/ ...``: a folder that holds nothing but what is installed from."""
    last = posixpath.basename(source.rstrip("/")).lower()
    return any(word in last for word in ("req", "depend", "env", "conda", "docker", "config", "install", "lock", "pip"))


def _is_mounted(run: Instruction, file: str) -> bool:
    """Whether a bind mount brings *file*, or the folder that it is in."""
    name = posixpath.basename(file)
    return any(
        name in {posixpath.basename(mount.get(key, "")) for key in ("source", "src", "target", "dst")}
        for mount in mounts_of(run, ("bind",))
    )


def _names_project(subject: Subject, file: str) -> bool:
    """Whether the requirements file asks for a folder of the repository, which has to be there first."""
    name = posixpath.basename(file)
    documents = subject.environment.documents[1:]
    return any(posixpath.basename(document.path) == name and document.members for document in documents)
