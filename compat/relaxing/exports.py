"""``--from-export``: the lines of an export that nobody asked for, and the edits that take them out.

A wrong removal is worse than a line too many. What Python imports stays, and so does what decides which build of
something else is taken; a library goes only where the file names what brings it, on the evidence of a record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase

from compat.model.diagnostics import Evidence
from compat.model.environments import CondaEntry, Document
from compat.model.knowledge import CondaRuntime, Matrix, evidence_of
from compat.model.names import CondaName
from compat.model.places import Edit, Place
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry
from compat.relaxing.parts import parts_brought
from compat.text.source import Source

_KINDS = ("environment", "requirements")
#: Other names of Anaconda's own channels; a mirror has them at the end of its URL.
_MAIN = frozenset({"defaults", "anaconda", "main", "free", "r", "msys2"})
#: A dash, and then the entry itself rather than an anchor or a tag, which something else may refer to.
_LISTED = re.compile(r"""\s*-\s+["']?(?=[^&*!])""")
_LIST_END = re.compile(r"""["']?[ \t]*""")
_PREFIX = re.compile(r"(?m)^prefix:[^\r\n]*")
_PIP_SECTION = re.compile(r"(?m)^\s*-\s+pip\s*:")
#: What pip-compile and uv write below a requirement.
_VIA = re.compile(r"\s+#\s+via\b.*")
_VIA_MORE = re.compile(r"\s+#\s{2,}\S.*")
#: Where conda decides on the folder: by its options, else by the file's `name`.
_CREATE = "https://github.com/conda/conda/blob/018df7be4e68/conda/cli/main_env_create.py"
_READ_ON = date(2026, 11, 22)


def brought(document: Document, matrix: Matrix) -> Iterator[tuple[Entry, Evidence]]:
    """The pinned entries of *document* that another of its entries brings along, each with what says so.

    Conda's run-time libraries first, then the parts of pip projects; both in the order of the file. A file with hashes
    keeps its pip entries: pip's hash mode asks for every one of them.
    """
    if document.kind not in _KINDS:
        return
    yield from _conda_brought(document, matrix)
    if not any(entry.hashed for entry in document.pip):
        yield from parts_brought(document, matrix)


def removal(document: Document, entry: Entry) -> Edit | None:
    """The edit that deletes the whole line of *entry*, or None where it shares it with something else.

    A line with a comment of its own stays, because somebody wrote that; so does the only entry of a pip section, because
    conda refuses an empty one.
    """
    place, source = entry.place, Source(path=document.path, text=document.text)
    if place.line is None or place.column is None or place.end_column is None or place.end_line != place.line:
        return None
    line = source.line(place.line)
    before, after = line[: place.column - 1], line[place.end_column - 1 :]
    listed = document.kind == "environment"
    if source.line(place.line - 1).endswith("\\") or not _LIST_END.fullmatch(after):
        return None
    start = _LISTED.match(line)
    if not (start is not None and start.end() == len(before) if listed else not before.strip()):
        return None
    if listed and isinstance(entry, PipEntry) and _is_last(document):
        return None
    return _delete(source, place.line, place.line if listed else _last_remark(source, place.line))


def extra_removals(document: Document) -> Iterator[tuple[str, Evidence, Edit]]:
    """What else an export holds that nobody would write: the name of the key, why it can go, and the edit."""
    if document.kind != "environment":
        return
    source = Source(path=document.path, text=document.text)
    for match in _PREFIX.finditer(document.text):
        line, _ = source.position(match.start())
        claim = "`prefix` is a path of the machine that made the export; `conda env create` takes none from the file"
        yield "prefix", Evidence(claim, _CREATE, _READ_ON), _delete(source, line, line)


# -- conda -------------------------------------------------------------------------------------------------------------


def _conda_brought(document: Document, matrix: Matrix) -> Iterator[tuple[Entry, Evidence]]:
    """From what stays to what that brings, and on to what those libraries bring: nothing rests on a circle."""
    channels = _channels(document)
    waiting = _candidates(document, matrix)
    present = {entry.name: entry for entry in document.conda if entry.name not in waiting}
    entries = {entry.name: entry for entry in document.conda}
    found: dict[CondaName, CondaRuntime] = {}
    while waiting:
        newly = {name: row for name, rows in waiting.items() if (row := _bringer(rows, present, channels))}
        found |= newly
        # A library that nothing in the file brings stays, and what it brings comes with it.
        settled = newly.keys() or {name for name, rows in waiting.items() if not _bringer(rows, entries, channels)}
        if not settled:
            break
        present |= {name: entries[name] for name in settled}
        waiting = {name: rows for name, rows in waiting.items() if name not in settled}
    yield from ((entry, _conda_evidence(found[entry.name])) for entry in document.conda if entry.name in found)


def _candidates(document: Document, matrix: Matrix) -> dict[CondaName, tuple[CondaRuntime, ...]]:
    """The names whose every entry could go, and what could bring them."""
    rows = {entry.name: _removable(entry, matrix) for entry in document.conda}
    by_hand = {entry.name for entry in document.conda if not _removable(entry, matrix)}
    return {name: known for name, known in rows.items() if name not in by_hand}


def _removable(entry: CondaEntry, matrix: Matrix) -> tuple[CondaRuntime, ...]:
    """What could bring *entry*; nothing where somebody wrote it so: without a version, for a channel or a platform."""
    spec = entry.spec
    if spec.version is None or not (spec.version.is_exact or spec.version.series):
        return ()
    if spec.channel is not None or entry.platforms or "[" in spec.text:
        return ()
    rows = matrix.conda_runtime(entry.name)
    chosen = rows[0].chosen if rows and spec.build is not None else ()
    return () if any(fnmatchcase(spec.build or "", pattern) for pattern in chosen) else rows


def _bringer(
    rows: Iterable[CondaRuntime], present: Mapping[CondaName, CondaEntry], channels: frozenset[str]
) -> CondaRuntime | None:
    """The row whose package is present: first one that speaks of its series, then one of a channel that the file names.

    conda-forge's rows serve for all: what is recorded of the others is less, and most of it was made of its recipes.
    """
    holding = [row for row in rows if row.by in present and _fits(row, present[row.by])]
    served = [row for row in holding if row.channel == "conda-forge" or row.channel in channels or not channels]
    return min(served, key=lambda row: (not row.series, row.channel not in channels), default=None)


def _fits(row: CondaRuntime, entry: CondaEntry) -> bool:
    """Whether *entry* is among the versions and builds that *row* speaks of."""
    version = entry.spec.version
    if row.series:
        written = (version.is_exact or version.series or "") if version else ""
        if not f"{written}.".startswith(f"{row.series}."):
            return False
    return not row.build or fnmatchcase(entry.spec.build or "", row.build)


def _channels(document: Document) -> frozenset[str]:
    """The channels of the file as the table calls them; empty where it names none."""
    names = (channel.name.partition("/label/")[0].rstrip("/").rpartition("/")[2] for channel in document.channels)
    return frozenset("main" if name in _MAIN else name for name in names)


def _conda_evidence(row: CondaRuntime) -> Evidence:
    """The claim names the version that was read, which need not be the one in the file."""
    version = row.fact.source.partition("@")[2].partition("?")[0]
    return evidence_of(
        f"`{row.library}` comes with `{row.by}`: {row.by} {version} of {row.channel} depends on it", row.fact
    )


# -- lines -------------------------------------------------------------------------------------------------------------


def _delete(source: Source, first: int, last: int) -> Edit:
    """The lines *first* to *last* with the end of the last; at the end of the text the line end before them stays."""
    if last < len(source.starts):
        return Edit(Place(source.path, first, 1, last + 1, 1), "")
    return Edit(Place(source.path, first, 1, last, len(source.line(last)) + 1), "")


def _is_last(document: Document) -> bool:
    """Whether a pip section might be left without entries; of several, nothing tells which entry is in which."""
    return len(document.pip) + len(document.includes) < 2 or len(_PIP_SECTION.findall(document.text)) > 1


def _last_remark(source: Source, line: int) -> int:
    """The last line of the ``# via`` remark below *line*, which says who brought it and would be read as the next one's."""
    if not _VIA.fullmatch(source.line(line + 1)):
        return line
    line += 1
    while _VIA_MORE.fullmatch(source.line(line + 1)):
        line += 1
    return line
