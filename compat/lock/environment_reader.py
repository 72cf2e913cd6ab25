"""``environment.NAME.yml`` of ours as a value: the grammar is read elsewhere, into a `Document`."""

from __future__ import annotations

from collections.abc import Iterator

from compat.lock.marks import CREATOR, HEADER
from compat.lock.pip.requirements_reader import pinned_version
from compat.lock.reading import ReadLock, ReadPackage, ReadRecord
from compat.model.conda_records import CondaRecord
from compat.model.environments import Document
from compat.text.source import split_lines


def is_environment_lock(document: Document) -> bool:
    """Whether *document* is a file of ours, by its first line."""
    return document.kind == "environment" and document.text.startswith(HEADER)


def read_environment_lock(document: Document) -> ReadLock:
    """The lock in *document*. It has no URLs and no hashes; the channel is that of the line, if it names one. Never raises."""
    first = next(iter(split_lines(document.text)), "")
    target = first.removeprefix(HEADER).strip() if first.startswith(HEADER) else ""
    subdir = target.partition(",")[0]
    return ReadLock(
        path=document.path,
        kind="environment",
        packages=tuple(_packages(document, frozenset({subdir} - {""}))),
        creator=CREATOR if target else "",
        targets=(("", target),) if target else (),
        conda=tuple(_records(document, subdir)),
        subdirs=(subdir,) if subdir else (),
        channels=tuple(channel.name for channel in document.channels if channel.name != "nodefaults"),
    )


def _records(document: Document, subdir: str) -> Iterator[ReadRecord]:
    for entry in document.conda:
        spec = entry.spec
        if spec.exact_build and spec.build is not None and spec.version is not None:
            version = str(spec.version).removeprefix("==")
            record = CondaRecord(entry.name, version, spec.build, 0, "", spec.channel or "", "")
            yield ReadRecord(record, subdir, entry.place)


def _packages(document: Document, subdirs: frozenset[str]) -> Iterator[ReadPackage]:
    for entry in document.pip:
        requirement = entry.requirement
        yield ReadPackage(
            entry.name,
            pinned_version(entry),
            entry.place,
            marker=requirement.marker,
            url=requirement.url,
            extras=requirement.extras,
            subdirs=subdirs,
        )
