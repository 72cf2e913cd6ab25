"""A range as it stands in a file, read as bounds, so that one which holds nothing usable can be carried on."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.specifiers import Specifier
from packaging.version import Version

from compat.model.environments import Document
from compat.model.relaxation import Bounds
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry
from compat.relaxing.pins import Pin
from compat.relaxing.policy import Policy
from compat.relaxing.slots import Slot


def to_slot(entry: Entry, document: Document, policy: Policy) -> Slot | None:
    """The range of a pip entry with both ends; None for what has no end, no start, or cannot be edited."""
    if not isinstance(entry, PipEntry) or entry.constraint or entry.version_place is None:
        return None
    if any(other.hashed for other in document.pip):
        return None
    bounds = _to_bounds(list(entry.requirement.public))
    if bounds is None:
        return None
    return Slot(Pin(entry, bounds.lower), policy, bounds, carried=True)


def _to_bounds(clauses: Sequence[Specifier]) -> Bounds | None:
    """``~=2.6.0``, ``==2.6.*`` or ``>=2.6,<2.7`` (each with ``!=``) as bounds; None for any other form."""
    holes = tuple(clause.version for clause in clauses if clause.operator == "!=")
    rest = sorted((clause.operator, clause.version) for clause in clauses if clause.operator != "!=")
    match rest:
        case [("~=", low)]:
            return Bounds(low, _raised(low, -2), excluded=holes)
        case [("==", series)] if series.endswith(".*"):
            return Bounds(series.removesuffix(".*"), _raised(series.removesuffix(".*"), -1), excluded=holes)
        case [("<" | "<=" as operator, high), (">=", low)]:
            return Bounds(low, high, inclusive=operator == "<=", excluded=holes)
        case _:
            return None


def _raised(version: str, place: int) -> str:
    """*version* cut after the number at *place*, which is raised: the end of ``~=`` and ``==x.*``."""
    parsed = Version(version)
    numbers = parsed.release[: len(parsed.release) + place + 1]
    epoch = f"{parsed.epoch}!" if parsed.epoch else ""
    return epoch + ".".join(map(str, (*numbers[:-1], numbers[-1] + 1)))
