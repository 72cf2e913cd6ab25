"""Reducing a conflict to a minimal set of requirements, and finding the nearest change that solves.

The minimal set is QuickXplain's (U. Junker, AAAI 2004): with k culprits among n requirements it takes about
2k*log2(n/k) + 2k solves, each of milliseconds on curated tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def minimal_set(items: Sequence[Item], is_solvable: Callable[[Sequence[Item]], bool]) -> tuple[Item, ...]:
    """A subset of *items* that is not solvable while every proper subset of it is.

    Args: *items* as a whole are not solvable; where there is a choice, later ones are kept out.
    *is_solvable* is monotone: taking items away never makes a solvable set unsolvable.
    """
    if is_solvable(items):
        raise ValueError("the items are solvable together")
    if not is_solvable(()):
        return ()
    ordered = list(items)
    found = _quick_xplain([], [], ordered, is_solvable)
    kept = set(map(id, found))
    return tuple(item for item in ordered if id(item) in kept)


def _quick_xplain(
    background: list[Item], added: list[Item], items: list[Item], is_solvable: Callable[[Sequence[Item]], bool]
) -> list[Item]:
    if added and not is_solvable(background):
        return []
    if len(items) == 1:
        return items
    half = len(items) // 2
    first, second = items[:half], items[half:]
    from_second = _quick_xplain(background + first, first, second, is_solvable)
    from_first = _quick_xplain(background + from_second, from_second, first, is_solvable)
    return from_first + from_second
