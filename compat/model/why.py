"""Why a package is in a lock: who brought it, and which requirement decided its version."""

from __future__ import annotations

from typing import NamedTuple

from compat.model.locking import Asker
from compat.model.names import PyPIName


class Branch(NamedTuple):
    """One who asks, and those who ask for that one in turn.

    ``version`` is that of the asking package, "" for a line of the input. ``seen`` marks a package whose own askers
    stand at an earlier branch, or which asks for itself in a circle.
    """

    asker: Asker
    version: str = ""
    branches: tuple[Branch, ...] = ()
    seen: bool = False


class Decision(NamedTuple):
    """What the version rests on: ``exact`` (a pin), ``upper`` (the tightest upper bound), ``url`` or ``none``.

    ``asker`` and its ``version`` are those who say it; of several with the same bound, the first. ``bound`` is that
    part of the requirement: ``<2.4``.
    """

    kind: str
    asker: Asker | None = None
    version: str = ""
    bound: str = ""


class Why(NamedTuple):
    """The answer for one package on ``targets``, which all have this one. ``branches`` are its askers, the input first.

    ``linked`` is False where the lock does not say which package depends on which. ``conda`` says that conda installs it.
    """

    name: PyPIName
    version: str
    targets: tuple[str, ...]
    branches: tuple[Branch, ...]
    decision: Decision
    linked: bool = True
    conda: bool = False
