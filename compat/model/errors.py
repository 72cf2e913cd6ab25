"""The exception tree. A finding is a value; an exception means that the work could not be done.

CompatError
├── UsageError            the command line, the target or the configuration is wrong (the user's fault)
├── FileProblem           one file cannot be read or does not parse (the file's fault)
│   └── OtherKindProblem  it is plainly not what its name says
├── UnansweredError       somebody else was asked, and did not answer (nobody's fault here)
└── MatrixError           the curated tables contradict their schema (compat's fault)
"""

from __future__ import annotations


class CompatError(Exception):
    """Base of every error that compat raises on purpose; the shells turn it into an exit code."""


class UsageError(CompatError):
    """A wrong argument, target or configuration; ``hint`` names the nearest right spelling."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class FileProblem(CompatError):
    """A file that does not parse: ``line`` and ``column`` count from 1 and may be unknown."""

    def __init__(self, path: str, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = "".join(f":{n}" for n in (self.line, self.column) if n is not None)
        return f"{self.path}{place}: {self.message}"


class OtherKindProblem(FileProblem):
    """A file that is plainly not what its name says: who named it is told, who walks over it passes on."""


class UnansweredError(CompatError):
    """A service that was asked has no answer now: nothing is decided."""


class MatrixError(CompatError):
    """A curated table that breaks its schema or contradicts itself."""
