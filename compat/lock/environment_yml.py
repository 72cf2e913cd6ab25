"""``environment.NAME.yml``: a lock that people read, and that ``conda env create`` takes, with a solver and without hashes.

Source: https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from yaml.nodes import MappingNode, ScalarNode

from compat.lock.marks import HEADER
from compat.lock.names import to_target_text
from compat.lock.pip.requirements import requirement_lines
from compat.model.conda_records import CondaRecord
from compat.model.environments import Document
from compat.model.errors import FileProblem
from compat.model.locking import Lock, LockedChannel, LockedTarget
from compat.text.source import Source
from compat.text.yaml import compose
from compat.text.yaml_writer import to_yaml


def write_environment(lock: Lock, locked: LockedTarget, default_index: str = "", *, install: str = "") -> bytes:
    """The file for one target of *lock*. The same lock gives the same bytes.

    Args: default_index is the index that pip asks anyway; install is the command that the first lines show.
    Raises: UnwritableError where a package cannot be named.
    """
    pip = list(requirement_lines(locked.packages, default_index))
    conda = sorted((each.record for each in locked.conda), key=lambda record: record.name)
    dependencies: list[Any] = [_pin(record, lock.channels) for record in conda]
    document: dict[str, Any] = {"name": environment_name(lock)} if environment_name(lock) else {}
    document["channels"] = list(_channels(lock.channels))
    document["dependencies"] = [*dependencies, {"pip": pip}] if pip else dependencies
    head = f"{HEADER}{to_target_text(locked.target)}\n" + (f"# Install it with: {install}\n" if install else "")
    return f"{head}{to_yaml(document)}".encode()


def environment_name(lock: Lock) -> str:
    """What the input calls the environment; "" where it does not."""
    documents = lock.environment.documents if lock.environment is not None else ()
    return next((name for document in documents if (name := _name_in(document))), "")


def _name_in(document: Document) -> str:
    if document.kind != "environment" or not re.search(r"(?m)^[\"']?name[\"']?\s*:", document.text):
        return ""
    try:
        root = compose(Source(path=document.path, text=document.text))
    except FileProblem:  # what the file says has been read before
        return ""
    pairs = root.value if isinstance(root, MappingNode) else ()
    return next((value.value for key, value in pairs if _is_name(key) and isinstance(value, ScalarNode)), "")


def _is_name(key: object) -> bool:
    return isinstance(key, ScalarNode) and key.value == "name"


def _channels(channels: tuple[LockedChannel, ...]) -> Iterator[str]:
    """Those of the lock and no other: conda would add the user's own."""
    names = [channel.name for channel in channels if channel.name != "nodefaults"]
    yield from names
    if "defaults" not in names:
        yield "nodefaults"


def _pin(record: CondaRecord, channels: tuple[LockedChannel, ...]) -> str:
    """``name=version=build``, with its channel where that is not the first one: a strict priority would hide it."""
    pin = f"{record.name}={record.version}={record.build}"
    name = next((channel.name for channel in channels if record.channel in channel.urls), "")
    return f"{name}::{pin}" if name and name != channels[0].name else pin
