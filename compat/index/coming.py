"""Answers that are on their way."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class Coming(NamedTuple):
    """A future by another name: `isinstance` asks for this, so that warm runs import no futures."""

    future: Future[Any]


def settle(kept: MutableMapping[Any, Any], key: str, found: T | Coming) -> T:
    """The answer itself, kept in place of the promise of it. Raises: what the question raised."""
    if not isinstance(found, Coming):
        return found
    value: T = found.future.result()
    kept[key] = value
    return value
