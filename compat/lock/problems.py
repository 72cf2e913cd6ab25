"""What can go wrong with a lock as such."""

from __future__ import annotations

from compat.model.errors import CompatError


class UnwritableError(CompatError):
    """A format that cannot hold this lock; ``why`` is a clause that names the package or the targets."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
