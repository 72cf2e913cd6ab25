"""What workers answer for the page and for those who ask for the same as JSON. Raises: UsageError."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

Question = Mapping[str, Any]


def choices(question: Question) -> bytes:
    """What goes with a choice."""
    from compat.api.choosing.choose import choose

    return _rendered(choose(**question).to_json())


def builds(question: Question) -> bytes:
    """The map of builds, or the facts of one."""
    from compat.api.choosing.heat import find_build, map_builds

    where = (question["platform"], question["python"])
    if question.get("torch") is None:
        return _rendered(map_builds(*where, every=question["every"]).to_json())
    return _rendered(find_build(question["torch"], question["cuda"], *where).to_json())


def page(question: Question) -> bytes:
    """The page, or a part of it, as HTML."""
    from compat.service.page.render import render

    return render(question)


def _rendered(value: object) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


HANDLERS: Mapping[str, Callable[[Question], bytes]] = MappingProxyType(
    {"choices": choices, "builds": builds, "page": page}
)
