"""The ports between the solver, whatever knows releases (the matrix offline, indexes online), and explanations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from compat.model.names import PyPIName
from compat.model.solutions import Candidate, Demand, Entry, Pick, Rejection, Step

if TYPE_CHECKING:  # a lock of pip requirements asks no matrix
    from compat.model.knowledge import Coupling

Minor = tuple[int, int]


class SearchCutOffError(Exception):
    """The search was longer than it may be: nothing is known."""


class CandidateSource(Protocol):
    """Releases for one target and one Python. Answers do not change during a solve, so they may be cached."""

    def matches(self, name: PyPIName, demands: Sequence[Demand]) -> Sequence[Candidate]:
        """The usable candidates that satisfy all *demands*, best first; false where there is none.

        Called at each step of a solve, so candidates may be found only when they are looked at; ``len`` may then count
        some that turn out not to be usable.
        """
        ...

    def dependencies(self, candidate: Candidate, extras: frozenset[str]) -> tuple[Demand, ...]:
        """What *candidate* requires here. Called once for each candidate that is tried."""
        ...

    def is_satisfied(self, demand: Demand, candidate: Candidate) -> bool:
        """Whether *candidate* fits *demand*. Called most often of all."""
        ...

    def rejections(self, name: PyPIName, demands: Sequence[Demand]) -> tuple[Rejection, ...]:
        """Candidates that satisfy *demands* by version and cannot be used, newest first. Called for explanations only."""
        ...


class Inquiry(Protocol):
    """Entries on one target, and what a solver answers about some of them: what an explanation asks.

    All answers may raise SearchCutOffError.
    """

    @property
    def elsewhere(self) -> Sequence[Minor]:
        """The Pythons that are tried, newest first, to tell whether Python is what stands in the way."""
        ...

    def source(self, python: Minor, *, any_platform: bool = False) -> CandidateSource: ...

    def releases(self, python: Minor, name: PyPIName, demands: Sequence[Demand]) -> Iterable[Candidate]:
        """The usable candidates that a suggestion can name. What they require is not looked at."""
        ...

    def project(self, entry: Entry) -> PyPIName: ...

    def demands(self, python: Minor, entries: Collection[Entry]) -> list[Demand]: ...

    def solve(
        self, python: Minor, entries: Collection[Entry], *, any_platform: bool = False
    ) -> Mapping[PyPIName, Pick] | None: ...

    def solve_demands(self, python: Minor, demands: Sequence[Demand]) -> Mapping[PyPIName, Pick] | None: ...

    def is_solvable(
        self, entries: Collection[Entry], pythons: Sequence[Minor], *, any_platform: bool = False
    ) -> bool: ...

    def possible_pythons(
        self, entries: Collection[Entry], pythons: Sequence[Minor], *, any_platform: bool = False
    ) -> list[Minor]: ...

    def is_known(self, picks: Mapping[PyPIName, Pick], python: Minor) -> bool:
        """Whether *picks* are releases that are known to be there for *python*."""
        ...

    def derive(
        self, core: Sequence[Entry], pythons: Sequence[Minor], *, outside: bool
    ) -> tuple[tuple[Step, ...], tuple[Rejection, ...]]:
        """Why nothing satisfies *core*: what releases require of each other, and which were rejected.

        *outside* says that Python or the platform is part of the conflict; without it, rejected releases beside usable
        ones explain nothing.
        """
        ...

    def broken_couplings(self, picks: Mapping[PyPIName, Pick]) -> tuple[Coupling, ...]: ...


class Circumstances(Protocol):
    """The Pythons that the files and the target admit, newest first."""

    @property
    def pythons(self) -> Sequence[Minor]: ...
