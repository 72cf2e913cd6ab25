"""The port between the solver and whatever knows releases: the matrix offline, indexes and channels online."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from compat.model.names import PyPIName
from compat.model.solutions import Candidate, Demand, Rejection


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
