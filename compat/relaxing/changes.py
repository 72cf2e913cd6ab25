"""From a plan to the changes of each file, with the edits that write them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from operator import attrgetter

from compat.model.environments import CondaEntry, Document
from compat.model.knowledge import Matrix
from compat.model.places import Place
from compat.model.relaxation import Change, FileRelaxation, Left
from compat.relaxing.edits import version_edit
from compat.relaxing.exports import brought, extra_removals, removal
from compat.relaxing.plan import Options, Plan
from compat.relaxing.policy import Policy
from compat.relaxing.slots import Slot

#: ``git+https://example.org/owner/name.git@v1`` on a line of its own: the URL, and the name of the repository.
_REPOSITORY = re.compile(
    r"\s*(?:-\s+)?(?:-e\s+|--editable[ =])?(git\+\w+://[^/\s]+/(?:[^\s@#]*/)?([^/\s@#]+?)(?:\.git)?(?:@[^\s#]*)?)(?:[\s#]|$)"
)

_IN_ORDER = attrgetter("place.line", "place.column")


def find_removals(document: Document, matrix: Matrix, options: Options) -> Iterator[Change]:
    """The requirements of an export that nobody asked for, taken out, and its other leftovers."""
    for entry, why in brought(document, matrix):
        edit = removal(document, entry)
        if edit is not None:
            text = entry.spec.text if isinstance(entry, CondaEntry) else entry.requirement.text
            yield Change(entry.name, entry.place, text, "", options.policy(entry).value, (why,), edit)
    for name, why, edit in extra_removals(document):
        yield Change(name, edit.place, _text_at(document, edit.place), "", Policy.MINOR.value, (why,), edit)


def to_file(document: Document, plan: Plan, gone: Collection[Change], *, drop_hashes: bool) -> FileRelaxation:
    """What changes in *document* and what is left; *gone* is what is taken out of it."""
    changes = list(gone)
    lines = {change.place.line for change in gone}
    left = [
        Left(held.entry.name, held.entry.place, held.why)
        for held in plan.held
        if held.entry.place.path == document.path
    ]
    left.extend(_unnamed(document))
    named: set[str] = set()
    for slot in plan.slots.values():
        entry = slot.pin.entry
        if slot.place.path != document.path or entry.place.line in lines:
            continue
        change = _change(document, slot, named, drop_hashes=drop_hashes)
        if change is None:
            left.append(Left(entry.name, entry.place, _why_not(slot)))
        elif change.old != change.new:
            changes.append(change)
    kept = dict.fromkeys(one for one in left if one.place.line not in lines)
    return FileRelaxation(
        document.path, document.kind, tuple(sorted(changes, key=_IN_ORDER)), tuple(sorted(kept, key=_IN_ORDER))
    )


def _unnamed(document: Document) -> Iterator[Left]:
    """Repositories that a line installs without naming the project, which no reader makes an entry of."""
    taken = {entry.place.line for entry in document.pip}
    for number, line in enumerate(document.text.splitlines(), start=1):
        match = _REPOSITORY.match(line)
        if match and number not in taken and document.kind in ("requirements", "environment"):
            place = Place(document.path, number, match.start(1) + 1, number, match.end(1) + 1)
            yield Left(match[2], place, "a git pin")


def _change(document: Document, slot: Slot, named: set[str], *, drop_hashes: bool) -> Change | None:
    """The change that *slot* makes; *named* holds the indexes that a change before it has brought."""
    entry = slot.pin.entry
    url = slot.index_url if slot.index_url not in named else None
    edit = version_edit(document, entry, slot.text, index_url=url, drop_hashes=drop_hashes)
    if edit is None:
        return None
    if url is not None:
        named.add(url)
    old = _text_at(document, slot.place)
    # Where the build has a place of its own (pixi, brackets), the edit is the version alone.
    new = slot.text if slot.text in edit.text else str(slot.bounds)
    return Change(entry.name, entry.place, old, new, slot.policy.value, slot.reasons, edit)


def _why_not(slot: Slot) -> str:
    if slot.index_url is not None:
        return (
            f"`+{slot.pin.label}` chooses a build, and no line can be added here for the index that would: "
            f"name `{slot.index_url}` as an index of the project, and relax again"
        )
    return "its version cannot be replaced where it stands"


def _text_at(document: Document, place: Place) -> str:
    """The text of *document* at *place*, joined by spaces where it runs over several lines."""
    _, line, column, end_line, end_column = place
    if line is None or column is None or end_line is None or end_column is None:
        return ""
    lines = document.text.splitlines()[line - 1 : end_line]
    if end_line - line < len(lines):
        lines[-1] = lines[-1][: end_column - 1]
    lines[0] = lines[0][column - 1 :]
    return " ".join(text.strip() for text in lines).strip()
