"""What goes wrong with an index, beside `UnreachedError`, and how it is said: never with credentials."""

from __future__ import annotations

from compat.model.errors import CompatError


class WrongFileError(CompatError):
    """What an index serves is not what it lists: a hash or a size differs. Never retried, never kept."""

    def __init__(self, file: str, index: str, what: str) -> None:
        super().__init__(f"{file} from {index}: {what}")
        self.file = file
        self.index = index
        self.what = what


class UnreadableError(CompatError):
    """An answer that came in whole, but is not what was asked for; turned into `UnreachedError` where it is asked."""
