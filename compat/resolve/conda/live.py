"""Which records can still be in a solution: everything that must be is followed, and all that cannot be is struck off.

Records are struck off by what is asked, by what all that is left of a required package needs, and because of their own
needs. That finds most conflicts, not all: it tries nothing out. Each stroke keeps its cause, for the explanation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from compat.model.names import CondaName
from compat.resolve.conda.pools import NOTHING, Numbers, Pools, is_virtual, spec_name

#: How far from what is asked packages are looked at, and how many of them.
MAX_DEPTH = 4
MAX_PACKAGES = 300
MAX_ROUNDS = 60


class Stroke(NamedTuple):
    """Records of *name* that cannot be in a solution, and why.

    ``rejects`` is all that the cause rules out, also what others had ruled out before. The cause is one of: *asked* (an
    index into what is asked), *by*: all that was left of that package needs (``needed``) or only bears others
    (``needed`` False); or *lacks*: they themselves need a package of which nothing fits.
    """

    name: CondaName
    rejects: Numbers
    time: int
    asked: int | None = None
    by: CondaName | None = None
    by_left: Numbers = NOTHING
    needed: bool = True
    lacks: CondaName | None = None


class Live:
    """The state of striking off. *asked* are MatchSpec texts, of which those in *bounds* only bound what others bring."""

    def __init__(self, pools: Pools, asked: Sequence[str], bounds: Sequence[str] = ()) -> None:
        self.pools = pools
        self.asked = (*asked, *bounds)
        self.left: dict[CondaName, Numbers] = {}
        self.strokes: dict[CondaName, list[Stroke]] = {}
        #: Required packages to the stroke or the number of the entry that brought them.
        self.required: dict[CondaName, Stroke | int] = {}
        self._time = 0
        for number, text in enumerate(self.asked):
            name = spec_name(text)
            self._track(name)
            if number < len(asked):
                self.required.setdefault(name, number)
            self._strike(Stroke(name, self.everything(name) - pools.admitted(text), self._tick(), asked=number))

    def everything(self, name: CondaName) -> Numbers:
        return self.pools.everything(name)

    def conflicts(self) -> list[CondaName]:
        """The required packages of which nothing is left, the first that show up."""
        for _ in range(MAX_DEPTH):
            for _ in range(MAX_ROUNDS):
                if empty := [name for name in self.required if not self.left[name]]:
                    return empty
                if not self._round():
                    break
            if not self._widen():
                break
        return []

    def _tick(self) -> int:
        self._time += 1
        return self._time

    def _track(self, name: CondaName) -> None:
        if name not in self.left:
            self.left[name] = self.everything(name)
            self.strokes[name] = []

    def _strike(self, stroke: Stroke) -> bool:
        taken = self.left[stroke.name] & stroke.rejects
        if taken:
            self.left[stroke.name] -= taken
            self.strokes[stroke.name].append(stroke)
        return bool(taken)

    def _round(self) -> bool:
        """Strike off what follows from the state; whether anything did. Python comes first: most depends on it."""
        before = dict(self.left)
        found = [stroke for name in sorted(before, key=_weight) for stroke in self._lacking(name, before)]
        found += [stroke for name in self._in_order() for stroke in self._needs(name, before)]
        found.sort(key=lambda stroke: _weight(stroke.name))
        changed = False
        for stroke in found:
            one = stroke._replace(time=self._tick())
            self._track(one.name)
            if one.by is not None and one.needed and one.name not in self.required:
                self.required[one.name] = one
                changed = True
            changed |= self._strike(one)
        return changed

    def _in_order(self) -> list[CondaName]:
        return sorted(self.required, key=_weight)

    def _needs(self, name: CondaName, left: Mapping[CondaName, Numbers]) -> Iterator[Stroke]:
        """What all that is left of the required *name* needs, or allows beside it."""
        numbers = left.get(name, NOTHING)
        if not numbers:
            return
        rows = [self.pools.needs(name, number) for number in numbers]
        for other in {**rows[0][0], **rows[0][1]}:
            texts = {depends.get(other) or constrains.get(other) for depends, constrains in rows}
            if None in texts:
                continue
            needed = all(other in depends for depends, _ in rows)
            if not needed and other not in self.required:
                continue  # a constraint on what nobody installs
            allowed = NOTHING.union(*(self.pools.admitted(text) for text in texts if text is not None))
            rejects = self.everything(other) - allowed
            if rejects or (needed and other not in self.required):
                yield Stroke(other, rejects, 0, by=name, by_left=numbers, needed=needed)

    def _lacking(self, name: CondaName, left: Mapping[CondaName, Numbers]) -> Iterator[Stroke]:
        """The records of *name* of which a need cannot be met, by the package that they need."""
        found: dict[CondaName, set[int]] = {}
        for number in left[name]:
            depends, constrains = self.pools.needs(name, number)
            for other, text in depends.items():
                known = left.get(other)
                if known is None and is_virtual(other):
                    known = self.everything(other)
                if known is not None and known.isdisjoint(self.pools.admitted(text)):
                    found.setdefault(other, set()).add(number)
            for other, text in constrains.items():
                if is_virtual(other):
                    clashes = bool(self.pools.records(other)) and not self.pools.admitted(text)
                else:
                    known = left.get(other) if other in self.required else None
                    clashes = known is not None and known.isdisjoint(self.pools.admitted(text))
                if clashes:
                    found.setdefault(other, set()).add(number)
        for other, numbers in sorted(found.items(), key=lambda item: (_weight(item[0]), item[0])):
            yield Stroke(name, frozenset(numbers), 0, lacks=other)

    def _widen(self) -> bool:
        """Look at the packages that any record left may need; whether there were more."""
        wanted: dict[CondaName, None] = {}
        for name in list(self.left):
            for number in self.left[name]:
                wanted.update(dict.fromkeys(self.pools.needs(name, number)[0]))
        fresh = [name for name in wanted if name not in self.left and not is_virtual(name)]
        fresh = fresh[: max(0, MAX_PACKAGES - len(self.left))]
        for name in fresh:
            self._track(name)
        return bool(fresh)


def _weight(name: CondaName) -> int:
    """Python is blamed before what stands for it, and both before the rest."""
    return {"python": 0, "python_abi": 2}.get(name, 1)
