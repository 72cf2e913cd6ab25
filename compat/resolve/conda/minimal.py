"""The fewest specs that have no solution: left out by ones and in parts, many solves at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from compat.model.conda_records import CondaAnswer, CondaChannels, CondaRecord, CondaRefusal, CondaRequest

#: Solves for one explanation, of 0.03 to 0.4 seconds each on a channel of conda-forge's size.
MAX_SOLVES = 240

#: Above this many, parts are left out rather than ones.
_FEW = 8


class Item(NamedTuple):
    """One thing that is asked: the MatchSpec text of what is installed, or of a bound on what is."""

    text: str
    bound: bool = False


class Solver:
    """Solves parts of one request, a bounded number of times."""

    def __init__(self, channels: CondaChannels, request: CondaRequest) -> None:
        self._channels = channels
        self._request = request._replace(preferred=())
        self.left = MAX_SOLVES

    def solve(self, parts: Sequence[Sequence[Item]]) -> list[CondaAnswer | None]:
        """The answer to each part; None for those that there are no solves left for."""
        asked = parts[: max(0, self.left)]
        self.left -= len(asked)
        found = self._channels.solve([self._part(part) for part in asked]) if asked else ()
        return [*found, *([None] * (len(parts) - len(asked)))]

    def solve_requests(self, requests: Sequence[CondaRequest]) -> list[CondaAnswer | None]:
        """The same for whole requests."""
        asked = requests[: max(0, self.left)]
        self.left -= len(asked)
        found = self._channels.solve(asked) if asked else ()
        return [*found, *([None] * (len(requests) - len(asked)))]

    def _part(self, items: Sequence[Item]) -> CondaRequest:
        return self._request._replace(
            specs=tuple(item.text for item in items if not item.bound),
            constraints=tuple(item.text for item in items if item.bound),
        )


def solution(answer: CondaAnswer | None) -> tuple[CondaRecord, ...] | None:
    """The records, where there is an answer and it is no refusal."""
    return None if isinstance(answer, CondaRefusal) else answer


def is_no(answer: CondaAnswer | None) -> bool:
    """Whether *answer* proves that there is no solution."""
    return isinstance(answer, CondaRefusal) and not answer.cut_off


def minimal(solver: Solver, items: Sequence[Item]) -> tuple[tuple[Item, ...], bool]:
    """A minimal part of the unsolvable *items*, in their order, and whether it is proved to be minimal.

    The last of several that can be left out goes first, and bounds before all else.
    """
    core = list(items)
    while len(core) > 1:
        parts = _parts(core)
        answers = solver.solve([[item for item in core if item not in part] for part in parts])
        dropped = next((part for part, answer in zip(parts, answers, strict=True) if is_no(answer)), None)
        if dropped is not None:
            core = [item for item in core if item not in dropped]
        elif len(parts) == len(core):
            return tuple(core), not any(_is_open(answer) for answer in answers)
        else:
            core, proved = _by_ones(solver, core)
            return tuple(core), proved
    return tuple(core), True


def _last_first(core: list[Item]) -> list[Item]:
    """Bounds, then the rest, each from the end."""
    backwards = core[::-1]
    return [item for item in backwards if item.bound] + [item for item in backwards if not item.bound]


def _parts(core: list[Item]) -> list[list[Item]]:
    """What is left out at a time."""
    ordered = _last_first(core)
    if len(core) <= _FEW:
        return [[item] for item in ordered]
    size = -(-len(core) // _FEW)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


def _by_ones(solver: Solver, core: list[Item]) -> tuple[list[Item], bool]:
    """Where each part holds something that is needed, each one is asked about."""
    ordered = _last_first(core)
    proved = True
    for start in range(0, len(ordered), _FEW):
        for _ in range(_FEW):
            asked = [item for item in ordered[start : start + _FEW] if item in core]
            answers = solver.solve([[other for other in core if other is not item] for item in asked])
            gone = next((item for item, answer in zip(asked, answers, strict=True) if is_no(answer)), None)
            if gone is None:
                proved = proved and not any(map(_is_open, answers))
                break
            core = [item for item in core if item is not gone]
    return core, proved


def _is_open(answer: CondaAnswer | None) -> bool:
    return answer is None or (isinstance(answer, CondaRefusal) and answer.cut_off)
