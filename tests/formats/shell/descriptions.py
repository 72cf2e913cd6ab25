"""What a script installs, one line an installing command: short enough for tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from compat.formats.shell import read_script
from compat.model.containers import Command, Install
from compat.model.environments import Document, Include, Index
from compat.model.places import Place
from compat.text.source import Source
from tests.formats import readings


def read(text: str, variables: Mapping[str, str] | None = None) -> tuple[Command, ...]:
    """The commands of *text*, with places in a file called ``f``."""
    return read_script(text, Source(path="f", text=text).place, variables or {})


def text_at(text: str, place: Place) -> str:
    """What *place* holds in *text*."""
    return readings.text_at(Document("f", "dockerfile", text), place)


def describe_all(commands: Iterable[Command]) -> list[str]:
    """One line for each command that installs; a question mark in front of guarded ones."""
    return [("? " if command.guarded else "") + describe(command.install) for command in commands if command.install]


def describe(install: Install) -> str:
    """The tool, the verb and the environment, then every list that is not empty."""
    head = f"{install.tool} {install.verb}" + (f" @{install.prefix}" if install.prefix else "")
    return " | ".join([head, *_lists(install)])


def _lists(install: Install) -> Iterator[str]:
    lists: dict[str, Iterable[str]] = {
        "pip": (("-e " if entry.editable else "") + entry.requirement.text for entry in install.pip),
        "conda": (f"'{entry.spec}'" if " " in str(entry.spec) else str(entry.spec) for entry in install.conda),
        "channels": (channel.name for channel in install.channels),
        "indexes": map(_index, install.indexes),
        "files": map(_include, install.includes),
        "members": (f"{m.path}[{','.join(sorted(m.extras))}]" if m.extras else m.path for m in install.members),
        "system": (word.text for word in install.system),
        "flags": sorted(install.flags),
        "python": [str(install.python)] if install.python is not None else [],
        "problems": (f"{problem.kind}: {problem.message}" for problem in install.problems),
    }
    for name, values in lists.items():
        if shown := " ".join(values):
            yield f"{name}: {shown}"
    if not install.complete:
        yield "incomplete"


def _index(index: Index) -> str:
    return f"{index.role}={index.url}" if index.url else index.role


def _include(include: Include) -> str:
    return ("-c " if include.constraint else "") + include.path
