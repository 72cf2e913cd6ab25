"""Why conda requirements have no solution, as data: the fewest that clash, the steps of the reason, the nearest change."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from compat.model.environments import CondaEntry
from compat.model.targets import Target


class ClashKind(Enum):
    """What kind of no it is, in the words of a reader."""

    NO_PACKAGE = "no channel has a package of this name"
    NOT_ON_CHANNEL = "the channel that the entry names does not have it"
    NOT_ON_PLATFORM = "it is there for other platforms"
    NO_VERSION = "no version that it admits is there"
    NO_BUILD = "the version is there, the build is not"
    VIRTUAL = "what it needs of the machine is not there"
    TOGETHER = "each is there, and they do not go together"
    UNEXPLAINED = "there is no solution, and no short reason"


class CondaStep(NamedTuple):
    """One sentence of the reason, such as ``torchvision 0.22.0 needs `pytorch >=2.7` ``; *source* is the channel's address."""

    text: str
    source: str = ""


class CondaChange(NamedTuple):
    """The nearest change, with which all that the file asks is solved.

    One of three: each entry of *edits* gets the one version beside it and no build; Python becomes one of *pythons*,
    newest first; or the target gets *key* (``cuda=12.6``). ``solves`` is False where that was not shown, since something
    else is in the way as well.
    """

    edits: tuple[tuple[CondaEntry, str], ...] = ()
    pythons: tuple[str, ...] = ()
    key: str = ""
    solves: bool = True


class CondaClash(NamedTuple):
    """Requirements without a solution on *target*: leaving out any one of them makes the rest solvable.

    ``entries`` are in the order of the file; where they are many of one kind, *made_for* is the platform that has most of
    them. ``python`` is the Python that was assumed for the target, where it is one
    of the causes (``3.11``), ``constraints`` are the MatchSpec texts of the caller that are. ``needed`` are the names that the pip part
    needs beside the file (``python``, ``pip``). Where *minimal* is False, the search for fewer was cut off. ``others``
    are further ones that were found at the same time. ``text`` is what the solver says, for developers.
    """

    kind: ClashKind
    target: Target
    entries: tuple[CondaEntry, ...]
    steps: tuple[CondaStep, ...]
    python: str = ""
    constraints: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    change: CondaChange | None = None
    minimal: bool = True
    made_for: str = ""
    others: tuple[CondaClash, ...] = ()
    text: str = ""
