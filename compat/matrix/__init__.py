"""The curated tables as values: what exists, what fits what, where it was read and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from compat.matrix.lookup import CuratedMatrix

if TYPE_CHECKING:  # imported with the first table
    from compat.model.knowledge import Matrix

__all__ = ["load_matrix"]


def load_matrix(names: Mapping[str, tuple[str, ...]] | None = None) -> Matrix:
    """The matrix; nothing is read before the first question.

    Args: *names* maps conda names to PyPI projects and goes before the curated table; an empty tuple says that the
    conda package is no PyPI project.
    """
    return CuratedMatrix(names or {})
