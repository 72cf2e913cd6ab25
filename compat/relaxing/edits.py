"""Version texts put where the readers found the old ones: one edit a requirement, everything else byte for byte.

A text that would not be read back as what it says at its place is never written: there is no edit then.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from compat.model.environments import CondaEntry, Document
from compat.model.matchspec import InvalidMatchSpec, parse_matchspec
from compat.model.places import Edit, Place
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry
from compat.rules.remedies import index_option

_NEWLINE = re.compile(r"\r\n?|\n")
#: What ends a quoted string, escapes in it, begins a comment or a mapping of YAML, or is no single line.
_UNSAFE = re.compile(r"""["'\\\x00-\x1f\x7f-\x9f\u2028\u2029]|(?:^|\s)#|:(?:\s|$)""")
#: A plain scalar that stands alone behind the dash of a block list, where commas and brackets are text.
_ITEM = re.compile(r"\s*-\s+")
#: A pasted diff, in which a line that starts with a dash is one that goes.
_DIFF = re.compile(r"^(?:@@ -\d|diff --git |--- a/)", re.MULTILINE)
#: ``name=version=build`` without the name: the only thing that ``conda list --export`` writes.
_LISTED = re.compile(r"=[^=<>!~\s]+=[^=<>!~\s]+")

#: What may stand before a requirement on its line, where a line of options can go above it.
_LEADS = {"requirements": r"\s*", "environment": r"""\s*-\s+["']?"""}

_Point = tuple[int, int]


class _Splice(NamedTuple):
    """An edit in the making: *text* takes the place of what stands from *start* to *end*."""

    start: _Point
    end: _Point
    text: str


def version_edit(
    document: Document, entry: Entry, new: str, *, index_url: str | None = None, drop_hashes: bool = False
) -> Edit | None:
    """The edit of *document* that makes *new* the version of *entry*; None where no edit would be read back so.

    *new* is a specifier for what pip reads, the version and perhaps the build of a MatchSpec for what conda reads;
    "" takes the version away. With *drop_hashes* the hashes go too; with *index_url* a line above the requirement
    names it as a further place of releases, unless the file does so already. All that is one edit, so that no part
    of it is applied alone.
    """
    if entry.version_place is None or None in entry.version_place or _UNSAFE.search(new):
        return None
    splice = _pip_splice(document, entry, new) if isinstance(entry, PipEntry) else _conda_splice(document, entry, new)
    if splice is not None and drop_hashes and isinstance(entry, PipEntry) and entry.hashed:
        splice = _without_hashes(document, entry, splice)
    if splice is not None and index_url is not None:
        splice = _with_index(document, entry, splice, index_url)
    return None if splice is None else Edit(Place(entry.version_place.path, *splice.start, *splice.end), splice.text)


def _pip_splice(document: Document, entry: PipEntry, new: str) -> _Splice | None:
    start, end = _points(entry.version_place)
    if document.kind in ("pyproject", "pixi") and _before(document, start).endswith(("'", '"')):
        return _Splice(start, end, new or "*")  # a value of Poetry or pixi, which is the version alone
    if new and new[0] not in "<>=!~":
        return None
    return _quoted(document, entry, _Splice(start, end, new))


def _conda_splice(document: Document, entry: CondaEntry, new: str) -> _Splice | None:
    """The version put where it stands: in the MatchSpec, in its brackets, or as a TOML value beside the build's."""
    start, end = _points(entry.version_place)
    if entry.listed:
        return _Splice(start, end, new) if _LISTED.fullmatch(new) else None
    if document.kind != "environment":
        version = _beside_build(entry, new)
        return None if version is None else _Splice(start, end, version or "*")
    before = _before(document, start)
    if "[" in entry.spec.text[: (entry.spec.version_span or (0, 0))[0]]:
        return _in_brackets(document, entry, new)
    if new and new[0] not in "<>=!~ " and not before.endswith(" "):
        new = f" {new}"
    return _quoted(document, entry, _Splice(start, end, new))


def _in_brackets(document: Document, entry: CondaEntry, new: str) -> _Splice | None:
    """``[version=...]``: quoted in another way than the scalar, so that a comma may stand in it."""
    start, end = _points(entry.version_place)
    before = _before(document, start)
    version = _beside_build(entry, new)
    if not version:
        return None
    if not before.endswith(("'", '"')):
        scalar = _before(document, _points(entry.place)[0])[-1:]
        quote = '"' if scalar == "'" else "'"
        version = f"{quote}{version}{quote}"
    return _quoted(document, entry, _Splice(start, end, version))


def _beside_build(entry: CondaEntry, new: str) -> str | None:
    """The version of *new* where the build has a place of its own; None where *new* asks for another build."""
    try:
        build = parse_matchspec(f"x {new}").build
    except InvalidMatchSpec:
        return None
    if build is None:
        return new
    return new.removesuffix(build).rstrip(" =") if build == entry.spec.build else None


def _quoted(document: Document, entry: Entry, splice: _Splice) -> _Splice | None:
    """*splice*, with quotes around the whole scalar where it is a plain one of YAML that may not hold the text."""
    start, end = _points(entry.place)
    lead = _before(document, start)
    if document.kind != "environment" or not re.search(r"[,\[\]{}]", splice.text):
        return splice
    if lead.endswith(("'", '"')) or _ITEM.fullmatch(lead):
        return splice
    text = _cut(document, start, splice.start) + splice.text + _cut(document, splice.end, end)
    rest = _line(document, end[0])[end[1] - 1 :].lstrip()
    return _Splice(start, end, f'"{text}"') if rest[:1] in ("", ",", "]", "}", "#") and '"' not in text else None


def _without_hashes(document: Document, entry: PipEntry, splice: _Splice) -> _Splice | None:
    """*splice* to the end of the hashes, with what stands before them: a marker, options."""
    if entry.hash_place is None:
        return None
    start, end = _points(entry.hash_place)
    return _Splice(splice.start, end, splice.text + _cut(document, splice.end, start))


def _with_index(document: Document, entry: Entry, splice: _Splice, url: str) -> _Splice | None:
    """*splice* with a line for *url* above the requirement; None where the format has no such line."""
    if isinstance(entry, CondaEntry):
        return None
    last = max((i.place.line or 0 for i in document.indexes if i.role in ("index", "none")), default=0)
    if _asks(document, entry, url, last):
        return splice
    line, column = _points(entry.place)[0]
    lead = _before(document, (line, column))
    pattern = _LEADS.get(document.kind)
    if pattern is None or not re.fullmatch(pattern, lead) or _line(document, line - 1).endswith("\\"):
        return None
    if document.kind == "requirements" and _DIFF.search(document.text):
        return None
    option = index_option(url)
    if option.startswith("--extra") and line < last:
        return None  # pip forgets the further indexes that stand above `--index-url` and `--no-index`
    lead = lead.rstrip("\"'")
    start = (line, len(lead) + 1)
    return _Splice(start, splice.end, f"{option}\n{lead}{_cut(document, start, splice.start)}{splice.text}")


def _asks(document: Document, entry: PipEntry, url: str, last: int) -> bool:
    """Whether *entry* is taken from *url* already, which counts from line *last* on."""
    own = [entry.index_url] if entry.index_url is not None else []
    shared = (
        index.url
        for index in document.indexes
        if index.role not in ("named", "none") and index.scope in ("", entry.scope) and (index.place.line or 0) >= last
    )
    return url.rstrip("/") in {found.rstrip("/") for found in (*own, *shared)}


def _points(place: Place | None) -> tuple[_Point, _Point]:
    _, line, column, end_line, end_column = place or Place("")
    return (line or 1, column or 1), (end_line or 1, end_column or 1)


@lru_cache(maxsize=8)
def _lines(text: str) -> tuple[str, ...]:
    """The lines of *text* with their ends, as places count them."""
    starts = [0, *(match.end() for match in _NEWLINE.finditer(text)), len(text)]
    return tuple(text[start:end] for start, end in pairwise(starts))


def _line(document: Document, number: int) -> str:
    """Line *number* without its end; "" where there is none."""
    lines = _lines(document.text)
    return lines[number - 1].rstrip("\r\n") if 0 < number <= len(lines) else ""


def _before(document: Document, point: _Point) -> str:
    """What stands on the line before *point*."""
    return _line(document, point[0])[: point[1] - 1]


def _cut(document: Document, start: _Point, end: _Point) -> str:
    """The text from *start* to *end*."""
    (line, column), (end_line, end_column) = start, end
    if line == end_line:
        return _line(document, line)[column - 1 : end_column - 1]
    lines = _lines(document.text)
    middle = lines[line : end_line - 1]
    return "".join([lines[line - 1][column - 1 :], *middle, lines[end_line - 1][: end_column - 1]])
