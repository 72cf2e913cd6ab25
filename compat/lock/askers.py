"""What askers ask for, as requirements, and on which targets."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement

from compat.lock.markers import holds
from compat.model.locking import Asker
from compat.model.requirements import Requirement, parse_requirement
from compat.model.targets import Target

_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']|["']([^"']+)["']\s*==\s*extra""")


def requirement_of(asker: Asker) -> Requirement | None:
    """The requirement, or None where the lock does not keep its words or they are none."""
    try:
        return parse_requirement(asker.requirement) if asker.requirement else None
    except InvalidRequirement:
        return None


def asks_on(asker: Asker, target: Target) -> bool:
    """Whether the marker of what *asker* asks for holds on *target*.

    The extras that the marker names count as chosen: who stands in a lock did ask.
    """
    requirement = requirement_of(asker)
    if requirement is None or requirement.marker is None:
        return True
    extras = frozenset(first or second for first, second in _EXTRA.findall(str(requirement.marker)))
    return holds(requirement.marker, target, extras)
