"""From an emptied package back to what was asked: the strokes that a conflict rests on, no more than it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from compat.model.names import CondaName
from compat.resolve.conda.live import Live, Stroke
from compat.resolve.conda.pools import NOTHING, Numbers, is_virtual


class Used(NamedTuple):
    """A stroke of the reason. ``matters`` are the records of its package that it is needed to rule out."""

    stroke: Stroke
    matters: Numbers


class Reason(NamedTuple):
    """Why nothing of *name* is left: what was asked, by its index, and the strokes in the order in which they follow."""

    name: CondaName
    asked: tuple[int, ...]
    used: tuple[Used, ...]


def find_reason(live: Live, names: Sequence[CondaName]) -> Reason:
    """The shortest reason for the emptiness of one of *names*."""
    reasons = (_Tracer(live).trace(name) for name in names[:8])
    return min(reasons, key=lambda reason: (len(reason.asked), len(reason.used), reason.name))


class _Tracer:
    def __init__(self, live: Live) -> None:
        self._live = live
        self._asked: set[int] = set()
        self._used: dict[int, Used] = {}

    def trace(self, name: CondaName) -> Reason:
        self._cover(name, self._live.everything(name), None)
        self._require(name)
        used = sorted(self._used.values(), key=lambda one: one.stroke.time)
        return Reason(name, tuple(sorted(self._asked)), tuple(used))

    def _cover(self, name: CondaName, gone: Numbers, before: int | None) -> None:
        """Take up the strokes that rule out *gone*, all earlier than *before*; what is dear to explain is left out first."""
        strokes = [s for s in self._live.strokes.get(name, ()) if before is None or s.time < before]
        kept = [stroke for stroke in strokes if not stroke.rejects.isdisjoint(gone)]
        for stroke in sorted(kept, key=_cost, reverse=True):
            others = [other for other in kept if other is not stroke]
            if gone <= NOTHING.union(*(other.rejects for other in others)):
                kept = others
        covered = NOTHING
        for stroke in kept:
            self._use(stroke, (stroke.rejects & gone) - covered)
            covered |= stroke.rejects

    def _use(self, stroke: Stroke, matters: Numbers) -> None:
        if stroke.asked is not None:
            self._asked.add(stroke.asked)
            return
        known = self._used.get(stroke.time)
        matters = matters | known.matters if known is not None else matters
        if known is not None and known.matters == matters:
            return
        self._used[stroke.time] = Used(stroke, matters)
        if stroke.by is not None:
            self._explain_need(stroke, matters)
        else:
            self._explain_lack(stroke, matters)

    def _explain_need(self, stroke: Stroke, matters: Numbers) -> None:
        """Why those records of the needing package are gone that would have done with what matters, or without."""
        by = stroke.by
        assert by is not None
        pools, gone = self._live.pools, set[int]()
        for number in self._live.everything(by) - stroke.by_left:
            depends, constrains = pools.needs(by, number)
            text = depends.get(stroke.name) or constrains.get(stroke.name)
            if text is None or not pools.admitted(text).isdisjoint(matters) or not matters:
                gone.add(number)
        self._cover(by, frozenset(gone), stroke.time)
        self._require(by)

    def _explain_lack(self, stroke: Stroke, matters: Numbers) -> None:
        """Why nothing is left of what the records that matter need."""
        lacks = stroke.lacks
        assert lacks is not None
        if is_virtual(lacks):
            return
        pools, wanted = self._live.pools, set[int]()
        bound = False
        for number in matters:
            depends, constrains = pools.needs(stroke.name, number)
            bound = bound or lacks not in depends
            text = depends.get(lacks) or constrains.get(lacks)
            wanted |= pools.admitted(text) if text is not None else NOTHING
        self._cover(lacks, frozenset(wanted), stroke.time)
        if bound:
            self._require(lacks)

    def _require(self, name: CondaName) -> None:
        """Why *name* must be installed at all."""
        cause = self._live.required.get(name)
        if isinstance(cause, int):
            self._asked.add(cause)
        elif cause is not None:
            self._use(cause, NOTHING)


def _cost(stroke: Stroke) -> tuple[int, int]:
    """Later strokes are further from what was asked; what the file says itself is told most easily."""
    return (0 if stroke.asked is not None else 1, stroke.time)
