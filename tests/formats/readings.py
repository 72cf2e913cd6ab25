"""Documents in words, so that a test can compare all that a reader found at once."""

from __future__ import annotations

from pathlib import Path

from compat.formats import read
from compat.model.environments import Document
from compat.model.errors import FileProblem
from compat.model.places import Place

DATA = Path(__file__).parent.parent / "data"
KINDS = ("environment", "requirements", "pyproject", "pixi")


def data_files() -> list[tuple[str, Path]]:
    """Every file of tests/data, with its kind."""
    return [(kind, path) for kind in KINDS for path in sorted((DATA / kind).iterdir())]


def read_text(kind: str, text: str) -> Document:
    return read(f"file.{kind}", text.encode(), kind)


def describe_bytes(path: str, data: bytes, kind: str) -> str:
    """What is read from *data*, or why it cannot be read."""
    try:
        return describe(read(path, data, kind))
    except FileProblem as problem:
        return f"{problem}\n"


def describe(document: Document) -> str:
    """One line a fact, with the text that its place points at."""
    show = _Excerpt(document)
    lines: list[str] = []
    for entry in document.pip:
        requirement = entry.requirement
        flags = [name for name in ("constraint", "editable", "hashed", "override") if getattr(entry, name)]
        parts = [f"pip {entry.name}", str(requirement.specifier), *sorted(requirement.extras), *flags]
        parts += [f"; {requirement.marker}"] if requirement.marker else []
        parts += [f"@ {requirement.url}"] if requirement.url else []
        parts += [f"in {entry.scope}"] if entry.scope else []
        parts += [f"from {entry.index_url} {show(entry.index_place)}"] if entry.index_url else []
        parts += [f"hashes {show(entry.hash_place)}"] if entry.hash_place else []
        lines.append(" ".join(filter(None, [*parts, show(entry.place), show(entry.version_place)])))
    for conda in document.conda:
        spec = conda.spec
        parts = [f"conda {spec.name}", str(spec.version or ""), f"={spec.build}" if spec.build else ""]
        parts += [f"from {spec.channel}"] if spec.channel else []
        parts += [f"in {conda.scope}"] if conda.scope else []
        parts += [f"on {','.join(conda.platforms)}"] if conda.platforms else []
        lines.append(" ".join(filter(None, [*parts, show(conda.place), show(conda.version_place)])))
    lines += [f"channel {item.name} {item.scope} {show(item.place)}" for item in document.channels]
    lines += [f"{item.role} {item.name} {item.url} {item.scope} {show(item.place)}" for item in document.indexes]
    for member in document.members:
        parts = [f"member {member.path}", member.name, *sorted(member.extras), "editable" if member.editable else ""]
        parts += [f"; {member.marker}"] if member.marker else []
        parts += [f"in {member.scope}"] if member.scope else []
        lines.append(" ".join(filter(None, [*parts, show(member.place)])))
    lines += [f"workspace {pattern}" for pattern in document.workspace]
    for include in document.includes:
        word = "constraint" if include.constraint else "include"
        lines.append(f"{word} {include.path} {include.scope} {show(include.place)}")
    lines += [f"python {bound.specifier} {show(bound.place)}" for bound in document.pythons]
    lines += [f"virtual {item.name} {item.version} {item.scope} {show(item.place)}" for item in document.system]
    lines += [f"variant {item.name!r}: {sorted(item.scopes)}" for item in document.variants]
    lines += [f"{item.kind}: {item.message} {show(item.place)} hint: {item.hint}" for item in document.problems]
    lines += [f"ignore {','.join(item.codes)} on line {item.line}: {item.reason}" for item in document.ignores]
    lines.append(
        f"platforms {document.platforms}, priority {document.channel_priority!r}, exported {document.exported},"
        f" only binary {document.only_binary}"
    )
    for name in ("channels_place", "pip_section", "dependencies_end"):
        if place := getattr(document, name):
            lines.append(f"{name} {show(place)}")
    return "".join(f"{' '.join(line.split(' '))}\n" for line in lines)


class _Excerpt:
    """Places with the text they point at, cut out by their own line and column."""

    def __init__(self, document: Document) -> None:
        self.lines = document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def __call__(self, place: Place | None) -> str:
        if place is None:
            return ""
        return f"<{place.line}:{place.column} {self.text(place)!r}>"

    def text(self, place: Place) -> str:
        if place.line is None or place.column is None or place.end_line is None or place.end_column is None:
            return ""
        lines = self.lines[place.line - 1 : place.end_line]
        lines[-1] = lines[-1][: place.end_column - 1]
        lines[0] = lines[0][place.column - 1 :]
        return "\n".join(lines)


def text_at(document: Document, place: Place | None) -> str:
    """The text that *place* points at."""
    assert place is not None
    return _Excerpt(document).text(place)
