"""What askers ask for, as requirements, and on which targets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from compat.model.locking import Asker
from compat.model.targets import Target

if TYPE_CHECKING:
    from compat.model.requirements import Requirement

_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']|["']([^"']+)["']\s*==\s*extra""")


def requirement_of(asker: Asker) -> Requirement | None:
    """The requirement, or None where the lock does not keep its words or they are none."""
    from compat.model.requirements import InvalidRequirement, parse_requirement  # writers of locks need them not

    try:
        return parse_requirement(asker.requirement) if asker.requirement else None
    except InvalidRequirement:
        return None


def asks_on(asker: Asker, target: Target) -> bool:
    """Whether the marker of what *asker* asks for holds on *target*.

    The extras that the marker names count as chosen: who stands in a lock did ask.
    """
    from compat.lock.markers import holds

    requirement = requirement_of(asker)
    if requirement is None or requirement.marker is None:
        return True
    extras = frozenset(first or second for first, second in _EXTRA.findall(str(requirement.marker)))
    return holds(requirement.marker, target, extras)


def sort_askers(askers: Iterable[Asker]) -> tuple[Asker, ...]:
    """Each asker once, the input files first. Lines are dropped: one line more above would change every package below."""
    unique = {
        (asker.parent or "", asker.place.path if asker.place else "", asker.requirement): asker for asker in askers
    }
    return tuple(unique[key] for key in sorted(unique))
