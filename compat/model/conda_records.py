"""Conda packages as channels list them, and the port through which they are solved and looked up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from compat.model.names import CondaName


class CondaRecord(NamedTuple):
    """One package file of a channel, as its repodata describes it.

    ``subdir`` is the platform that the file is for, or ``noarch``. ``channel`` is the address of the channel without
    credentials and without a slash at its end, ``url`` that of the file. Hashes are hex digests, "" where the channel has
    none. ``size`` is in bytes, ``timestamp`` in milliseconds since 1970 UTC. ``noarch`` is "", ``python`` or ``generic``.
    ``depends`` and ``constrains`` are MatchSpec texts in their order.
    Source: https://github.com/conda/schemas/blob/main/repodata-record-1.schema.json
    """

    name: CondaName
    version: str
    build: str
    build_number: int
    subdir: str
    channel: str
    url: str
    md5: str = ""
    sha256: str = ""
    size: int | None = None
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    timestamp: int | None = None
    noarch: str = ""
    license: str = ""
    license_family: str = ""
    track_features: tuple[str, ...] = ()
    features: str = ""
    arch: str = ""
    platform: str = ""
    purls: tuple[str, ...] = ()
    python_site_packages_path: str = ""

    @property
    def file_name(self) -> str:
        return self.url.rpartition("/")[2]

    @property
    def title(self) -> str:
        """``numpy 2.1.0 (py311h1_0)``."""
        return f"{self.name} {self.version} ({self.build})"


class VirtualPackage(NamedTuple):
    """A fact about the machine that packages can depend on: ``__cuda 12.4``.

    Source: https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-virtual.html
    """

    name: str
    version: str
    build: str = "0"

    def __str__(self) -> str:
        return f"{self.name}={self.version}={self.build}"


class CondaRequest(NamedTuple):
    """One solve, for one platform with its ``noarch``.

    ``specs`` are MatchSpec texts of what is installed, ``constraints`` of what must hold where something else brings the
    package. ``preferred`` are records of an earlier solve, kept where they still fit and the channels still have them.
    """

    subdir: str
    specs: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    virtual: tuple[VirtualPackage, ...] = ()
    preferred: tuple[CondaRecord, ...] = ()


class CondaRefusal(NamedTuple):
    """No set of records does. ``text`` is what the solver says, for developers; ``cut_off`` that it ran out of time."""

    text: str
    cut_off: bool = False


#: The records of an environment, sorted by name; or why there are none.
CondaAnswer = tuple[CondaRecord, ...] | CondaRefusal


class CondaChannels(Protocol):
    """Conda channels in their order, with a solver over them. Answers do not change during a run.

    All may raise UnreachedError (`compat.model.distributions`) where a channel did not answer.
    """

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of the channels in order of priority, without credentials, without a slash at the end."""
        ...

    def solve(self, requests: Sequence[CondaRequest]) -> tuple[CondaAnswer, ...]:
        """The answer to each request, all solved at the same time."""
        ...

    def records(self, name: CondaName, subdir: str) -> tuple[CondaRecord, ...]:
        """Every record of *name* for *subdir* and ``noarch``, channels in order, each newest first. For explanations."""
        ...
