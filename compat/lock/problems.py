"""What can go wrong with a lock as such."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from compat.model.errors import CompatError
from compat.model.places import Place
from compat.model.targets import Target

#: How well the wheel of this name fits a target, the best lowest; None where it does not.
Fits = Callable[[str, Target], int | None]


class LockProblem(NamedTuple):
    """Something that does not hold. ``place`` is the line of the input, or None; ``lock_place`` is that in the lock.

    ``kind``: ``target`` (the lock is not for it; ``elsewhere`` where another lock may be), ``missing``, ``version``
    (locked to one that is not asked for), ``source`` (from elsewhere than asked), ``channels``, ``extras``; ``open`` (a
    dependency that is not locked, or in no version that does), ``hole`` (no file fits), ``build`` (only an sdist),
    ``python``, ``twice``, ``pin`` (no version), ``hash``, ``machine`` and ``driver`` (the target lacks what it needs),
    ``override`` (a version that a locked package does not ask for, which may be meant), ``majors`` (of CUDA); and ``unasked``, which is no more than an info. ``targets`` are target texts.
    """

    kind: str
    package: str
    text: str
    place: Place | None
    lock_place: Place
    targets: tuple[str, ...] = ()


class UnwritableError(CompatError):
    """A format that cannot hold this lock; ``why`` is a clause that names the package or the targets."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
