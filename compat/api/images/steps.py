"""What the commands of an image install, one after another, each into the environment that it names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from operator import and_
from typing import NamedTuple, TypeVar

from packaging.specifiers import SpecifierSet

from compat.api.images.includes import CONDA, PROJECT_LOCKS, Context, Included
from compat.api.images.layout import layouts_of
from compat.formats.pip_urls import strip_credentials
from compat.model.containers import Command, ImageBuild, Install, Stage
from compat.model.environments import Channel, CondaEntry, Document, Index, PythonBound
from compat.model.places import Place
from compat.model.requirements import PipEntry

#: Tools that install into a Python, and those that a project's own lock guides.
_PIP = frozenset({"pip", "uv"})
_LOCKED = PROJECT_LOCKS.keys() - _PIP

_Item = TypeVar("_Item")

_NAME = re.compile(r"(?m)^name:[ \t]*[\"']?([^\s\"'#]+)")
_URL = re.compile(r"((git|hg|svn|bzr)\+)?\w+://")
_PROGRAM = re.compile(r"(?:python|pip)(3\.\d+)")


#: Names and folders of conda's first environment; the images of micromamba set ``ENV_NAME=base``.
_FIRST = frozenset(
    {"base", "root", "/opt/conda", "/opt/miniconda", "/opt/miniconda3", "/opt/mamba", "$ENV_NAME", "${ENV_NAME}"}
)


class Step(NamedTuple):
    """One installing command with all that its files say, and the environment (``prefix``) that it changes.

    ``number`` counts the steps of one image; 0 is what the base image brings. ``pip`` are in the order in which they are asked for.
    ``missing`` says what could not be followed, so that more may be installed than is listed.
    """

    number: int
    prefix: str
    place: Place
    stage: Stage
    install: Install
    guarded: bool = False
    pip: tuple[PipEntry, ...] = ()
    conda: tuple[CondaEntry, ...] = ()
    channels: tuple[Channel, ...] = ()
    indexes: tuple[Index, ...] = ()
    pythons: tuple[PythonBound, ...] = ()
    documents: tuple[Document, ...] = ()
    missing: tuple[str, ...] = ()
    interpreter: str = ""
    """``3.11`` of ``python3.11 -m pip``."""
    included: Included = Included()

    @property
    def removes(self) -> bool:
        return self.install.verb == "remove"


def steps_of(build: ImageBuild, context: Context) -> dict[int, tuple[Step, ...]]:
    """The steps of each stage alone, by its number; those of its parents come before them."""
    found: dict[int, list[Step]] = {stage.number: [] for stage in build.stages}
    number = 0
    for stage, instruction, layout in layouts_of(build.stages):
        folder = ""
        for command in instruction.commands:
            if command.program == "cd" and len(command.words) > 1:
                folder = layout.absolute(command.words[1].text, folder)
            install = command.install
            if install is None or not _changes(install):
                continue
            number += 1
            follow = context.follow_project if _is_locked(install) else context.follow
            included = follow(install, layout, folder)
            found[stage.number].append(_step(number, stage, command, install, included))
    return {stage: tuple(steps) for stage, steps in found.items()}


def _changes(install: Install) -> bool:
    """Whether *install* changes a Python or conda environment."""
    return install.tool in _PIP | _LOCKED | CONDA and install.verb in {"install", "create", "update", "sync", "remove"}


def _is_locked(install: Install) -> bool:
    """Whether what *install* takes stands in the lock of a project, which is judged by itself."""
    return install.tool in _LOCKED or is_uv_sync(install)


def is_uv_sync(install: Install) -> bool:
    """Whether it is `uv sync`, which takes a project; `uv pip sync` takes a list."""
    return install.tool == "uv" and install.verb == "sync" and not install.includes


def _step(number: int, stage: Stage, command: Command, install: Install, included: Included) -> Step:
    parts = included.parts
    indexes = _joined(install.indexes, *(part.indexes for part in parts))
    missing = list(included.missing)
    pythons = _joined(*(part.pythons for part in parts))
    if is_uv_sync(install) and parts and install.python is None:
        # uv looks for a Python that the project admits, and downloads one if need be.
        install = install._replace(python=reduce(and_, (bound.specifier for bound in pythons), SpecifierSet()))
    if not install.complete:
        missing += _unnamed(command)
    prefix = _prefix(install, included)
    if "$" in prefix or "`" in prefix:
        prefix = ""  # only a run would tell; the likeliest is the one that is active
        missing.append("which environment is meant")
    program = _PROGRAM.fullmatch(command.program)
    return Step(
        number=number,
        prefix=prefix,
        place=install.place,
        stage=stage,
        install=install,
        guarded=command.guarded,
        pip=_joined(install.pip, *(part.pip for part in parts)),
        conda=_joined(install.conda, *(part.conda for part in parts)),
        channels=_joined(install.channels, *(part.channels for part in parts)),
        indexes=indexes,
        pythons=pythons,
        documents=included.documents,
        missing=tuple(missing),
        interpreter=program[1] if program else "",
        included=included,
    )


def _unnamed(command: Command) -> list[str]:
    """What a command installs without a name: URLs that only a download would tell, or words that only a run would."""
    words = [word for before, word in pairwise(command.words) if not before.text.startswith("-")]
    found = [strip_credentials(word.text) for word in words if word.known and _URL.match(word.text)]
    open_words = not found or not all(word.known for word in command.words)
    return [*found, *(["what is only known when it runs"] if open_words else [])]


def _joined(*groups: Sequence[_Item]) -> tuple[_Item, ...]:
    return tuple(item for group in groups for item in group)


def _prefix(install: Install, included: Included) -> str:
    """The environment of *install*: the one that it names, else that of the environment file, else "" for the first one."""
    prefix = install.prefix
    if not prefix and install.tool in CONDA and install.verb in {"create", "update"}:
        names = (_NAME.search(document.text) for document in included.documents if document.kind == "environment")
        prefix = next((name[1] for name in names if name), "")
    return plain_prefix(prefix)


def plain_prefix(prefix: str) -> str:
    """*prefix* as every command may spell it: the name of a conda environment, or a folder."""
    name = re.sub(r"^.*/envs/", "", prefix.rstrip("/"))
    return "" if name in _FIRST else name
