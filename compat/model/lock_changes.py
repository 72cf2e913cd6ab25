"""What changed between two locks, as values."""

from __future__ import annotations

from typing import NamedTuple

#: The groups in which changes are told, in this order: what decides whether a GPU program runs comes first.
FAMILIES = ("torch", "cuda", "python", "other")


class Side(NamedTuple):
    """A package in one of the locks; what the lock does not say is "".

    ``origin`` is the channel or index, or the direct reference that it comes from, without credentials.
    """

    version: str
    origin: str = ""


class OnTarget(NamedTuple):
    """A change on one target: the conda builds before and after, "" where there is none."""

    target: str
    old_build: str = ""
    new_build: str = ""


class HashChange(NamedTuple):
    """One file whose hash is another though nothing else about the package is. ``file`` is "" where locks do not say."""

    target: str
    file: str
    algorithm: str
    old: str
    new: str


class Change(NamedTuple):
    """One package, on all targets where the same happened to it.

    ``kind`` is ``added``, ``removed``, ``upgraded``, ``downgraded``, ``changed`` (other versions, of which none is known
    to be newer), ``rebuilt`` (the same version in another conda build), ``moved`` (the same from elsewhere), or
    ``hashes``: the same version, build and origin, and yet another file.
    """

    family: str
    name: str
    ecosystem: str
    kind: str
    old: Side | None
    new: Side | None
    targets: tuple[OnTarget, ...]
    hashes: tuple[HashChange, ...] = ()


class LockDiff(NamedTuple):
    """``targets`` are those that both locks are for, ``only_old`` and ``only_new`` those of one of them.

    ``parts_old`` and ``parts_new`` are the ecosystems of which one of them has packages there, and which the format of the
    other has no room for: they are not compared. ``same`` counts packages that are the same, a target each. ``channels``
    are those of OLD and NEW where they differ.
    """

    old: str
    new: str
    targets: tuple[str, ...]
    changes: tuple[Change, ...]
    same: int = 0
    only_old: tuple[str, ...] = ()
    only_new: tuple[str, ...] = ()
    parts_old: tuple[str, ...] = ()
    parts_new: tuple[str, ...] = ()
    channels: tuple[tuple[str, ...], tuple[str, ...]] | None = None

    @property
    def is_empty(self) -> bool:
        left_out = self.only_old or self.only_new or self.parts_old or self.parts_new
        return not (self.changes or left_out or self.channels)
