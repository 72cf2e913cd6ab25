"""The variables of a script while it is read, with what a branch changed and the budget for what they give."""

from __future__ import annotations

from collections.abc import Mapping

from compat.formats.shell.parameters import MAX_VALUE

#: Letters that all variables of one script may give; scripts of images give some thousands.
_BUDGET = 200_000
#: Tokens that loops may make the reader read again.
_MAX_REPEATED = 20_000
#: Names that `export` may make part of every later command.
_MAX_EXPORTED = 100

Value = str | tuple[str, ...] | None
#: Stands among the variables for the environment that `activate` chose; no variable has such a name.
_PREFIX = " prefix"


class Scope:
    """Names to values: text, the items of an array, or None for what is only known at run time."""

    def __init__(self, text: str, variables: Mapping[str, str]) -> None:
        self.text = text
        # What an engine fills into the file first is not known, wherever it stands.
        self.values: dict[str, Value] = {name: None if "{{" in value else value for name, value in variables.items()}
        self.outer = {
            name: value
            for name, value in self.values.items()
            if name.startswith(("PIP_", "UV_", "CONDA_")) and isinstance(value, str)
        }
        """What pip, uv and conda read options from."""
        self.exported: dict[str, None] = {}
        self._log: list[tuple[str, bool, Value]] = []
        self._left = _BUDGET
        self._repeatable = _MAX_REPEATED

    def get(self, name: str) -> Value:
        return self.values.get(name)

    def has(self, name: str) -> bool:
        return name in self.values

    def set(self, name: str, value: Value) -> None:
        """Assign; a value that is too long counts as not known."""
        if value is not None and len(value) > MAX_VALUE:
            value = None
        self._log.append((name, name in self.values, self.values.get(name)))
        self.values[name] = value

    def unset(self, name: str) -> None:
        if name in self.values:
            self._log.append((name, True, self.values.pop(name)))

    def export(self, name: str) -> None:
        if len(self.exported) < _MAX_EXPORTED:
            self.exported[name] = None

    def spend(self, letters: int) -> bool:
        """Whether the budget has room for *letters* more."""
        self._left -= letters + 1
        return self._left >= 0

    def repeat(self, tokens: int) -> bool:
        """Whether *tokens* may be read once more."""
        self._repeatable -= tokens + 1
        return self._repeatable >= 0

    @property
    def prefix(self) -> str:
        """The environment that the script activated, "" for none."""
        value = self.values.get(_PREFIX)
        return value if isinstance(value, str) else ""

    @prefix.setter
    def prefix(self, value: str) -> None:
        self.set(_PREFIX, value)

    def settings(self) -> tuple[tuple[str, str], ...]:
        """What `export` made part of every command, as far as it is known."""
        values = ((name, self.values.get(name)) for name in self.exported)
        return tuple((name, value) for name, value in values if isinstance(value, str))

    def mark(self) -> int:
        """Where a branch begins, for `undo`."""
        return len(self._log)

    def undo(self, mark: int) -> dict[str, Value]:
        """Take back what was assigned since *mark*; the values that it had come to."""
        changed = {name: self.values.get(name) for name, _, _ in self._log[mark:]}
        for name, was_set, old in reversed(self._log[mark:]):
            if was_set:
                self.values[name] = old
            else:
                self.values.pop(name, None)
        del self._log[mark:]
        return changed

    def merge(self, branches: list[dict[str, Value]]) -> None:
        """Go on after one of *branches* ran, nobody knows which: what they do not agree on is not known."""
        for name in {name: None for branch in branches for name in branch}:
            old = self.values.get(name)
            values = {branch.get(name, old) for branch in branches}
            self.set(name, values.pop() if len(values) == 1 else None)
