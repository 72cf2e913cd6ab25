"""What a caller of `export` may settle about the environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class ExportOptions(NamedTuple):
    """The defaults take the environment as it is locked, or as the input says.

    ``targets`` are target strings; ``python`` is ``3.11``, for targets that name none; ``name`` what the environment is
    called.
    """

    targets: Sequence[str] = ()
    python: str = ""
    extras: Sequence[str] = ()
    groups: Sequence[str] = ()
    name: str = ""

    @property
    def stated(self) -> tuple[str, ...]:
        """``targets`` with ``python`` where they name none."""
        return tuple(self._with_python(text) for text in self.targets)

    def _with_python(self, text: str) -> str:
        return text if not self.python or "python=" in text else f"{text},python={self.python}"
