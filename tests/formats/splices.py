"""What a document says without where it says it, and what it must say after one version was changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from packaging.specifiers import SpecifierSet

from compat.formats.poetry_versions import to_specifier
from compat.model.environments import CondaEntry, Document
from compat.model.matchspec import MatchSpec, parse_matchspec
from compat.model.places import Edit, Place
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry
from compat.text.edits import apply_edits
from compat.text.source import Source, decode

_Read = TypeVar("_Read")

#: What nothing in a file asks for, so that it can be told from all that does.
MARKER = ">=1.2.3,<9"
#: The same for a line of ``conda list --export``, which can spell no range.
LISTED = "=1.2.3=*_77"


def cut(document: Document, place: Place) -> str:
    """The text at *place*."""
    source = Source(path="", text=document.text)
    start, end = (source.starts[(line or 0) - 1] + (column or 0) - 1 for line, column in (place[1:3], place[3:5]))
    return document.text[start:end]


def entries(document: Document) -> list[Entry]:
    return [*document.pip, *document.conda]


def is_own_text(entry: Entry, text: str) -> bool:
    """Whether *text*, read alone, means what *entry* asks for."""
    if isinstance(entry, PipEntry):
        bare = re.sub(r"\\\r?\n", "", text)
        return entry.requirement.specifier in (_try(SpecifierSet, bare), _try(to_specifier, bare))
    spec = entry.spec
    spelled = (text, " " + text, " " + "".join(text.split()), f"[version='{text}']")
    found = [read for way in spelled if (read := _try(parse_matchspec, f"x{way}")) is not None]
    poetry = _try(to_specifier, text)  # conda-lock
    built = [(str(read.version), read.build) for read in found]
    return any(str(spec.version) == version and build in (spec.build, None) for version, build in built) or (
        poetry is not None and SpecifierSet(str(spec.version)) == poetry
    )


def _try(read: Callable[[str], _Read], text: str) -> _Read | None:
    try:
        return read(text)
    except ValueError:
        return None


def facts(document: Document, place: Place | None = None, new: str = MARKER) -> list[tuple[object, ...]]:
    """All that *document* asks for; with *place*, as if the entries with that version place asked for *new*."""
    pip = [_pip_facts(entry, new if place and entry.version_place == place else None) for entry in document.pip]
    toml = document.kind in ("pyproject", "pixi")
    conda = [
        _conda_facts(entry, new if place and entry.version_place == place else None, toml=toml)
        for entry in document.conda
    ]
    return [
        *pip,
        *conda,
        *(("index", item.role, item.url, item.scope) for item in document.indexes),
        *(("include", item.path, item.constraint, item.scope) for item in document.includes),
        *(("channel", item.name, item.scope) for item in document.channels),
        *(("python", item.specifier, item.scope) for item in document.pythons),
        *(("variant", item.name, item.scopes) for item in document.variants),
        *(("problem", item.kind, item.message) for item in document.problems),
    ]


def _pip_facts(entry: PipEntry, new: str | None) -> tuple[object, ...]:
    asked = entry.requirement
    specifier = asked.specifier if new is None else SpecifierSet(new)
    labels = asked.labels if new is None else ()
    return (
        *(asked.name, asked.extras, specifier, labels, str(asked.marker), asked.url),
        *(entry.scope, entry.constraint, entry.index_url, entry.editable, entry.override),
    )


def _conda_facts(entry: CondaEntry, new: str | None, *, toml: bool) -> tuple[object, ...]:
    spec = entry.spec if new is None else _with_version(entry.spec, new, toml=toml)
    return (spec.name, str(spec.version), spec.build, spec.channel, spec.subdir, entry.scope, entry.platforms)


def _with_version(spec: MatchSpec, new: str, *, toml: bool) -> MatchSpec:
    """*spec* with the version *new*, and its build too unless the build stands elsewhere: in a TOML key, in brackets."""
    read = parse_matchspec(f"{spec.name}{' ' if new[:1].isalnum() else ''}{new}")
    start, end = spec.version_span or (0, 0)
    apart = toml or (spec.build is not None and spec.build not in spec.text[start:end])
    return spec._replace(version=read.version, build=spec.build if apart else read.build)


def edited(document: Document, data: bytes, edit: Edit) -> bytes:
    """*data* with *edit*, checked: no byte outside of its span changes."""
    source = decode("f", data, declared=document.kind == "requirements")
    text = apply_edits(document.text, [edit])
    after = source.encode(text)
    lines = Source(path="", text=document.text)
    begin, end = (
        lines.starts[(line or 0) - 1] + (column or 0) - 1 for line, column in (edit.place[1:3], edit.place[3:5])
    )
    head, tail = source.encode(document.text[:begin]), document.text[end:].encode(source.encoding)
    assert data.startswith(head)
    assert data.endswith(tail)
    assert after.startswith(head)
    assert after.endswith(tail)
    assert len(after) - len(head) - len(tail) == len(source.encode(_with_line_ends(edit, document.text))) - len(
        source.mark
    )
    return after


def _with_line_ends(edit: Edit, text: str) -> str:
    """The text of *edit* with the line ends that most lines of *text* have."""
    windows = text.count("\r\n")
    newline = "\r\n" if windows and windows * 2 >= text.count("\n") else "\n"
    return edit.text.replace("\r\n", "\n").replace("\n", newline)
