"""Which variables an instruction sees: ENV and ARG of its stage, the ARGs above the first FROM, build arguments.

Source: https://docs.docker.com/reference/dockerfile/#scope, https://docs.docker.com/build/building/variables/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from compat.formats.dockerfile.expand import Value

#: docker sets them itself, by the platforms of the build and by the proxy of the machine.
PREDEFINED = frozenset(
    {f"{side}{part}" for side in ("TARGET", "BUILD") for part in ("PLATFORM", "OS", "ARCH", "VARIANT")}
    | {"TARGETSTAGE"}
    | {name for proxy in ("HTTP", "HTTPS", "FTP", "NO", "ALL") for name in (f"{proxy}_PROXY", f"{proxy.lower()}_proxy")}
)
_UNKNOWN = Value(known=False)
_UNSET = Value()
_NONE: Mapping[str, Value] = MappingProxyType({})
#: The longest real file has 120; each RUN is read with all of them.
MAX_VARIABLES = 500
#: What all words of a file may be filled in with, in characters.
MAX_FILLED = 4_000_000


class Room:
    """How much of a file's words may still be filled in: one count for all its stages."""

    def __init__(self) -> None:
        self.left = MAX_FILLED


class Globals:
    """The ARGs above the first FROM: what FROM lines see, and what a stage takes by an ``ARG`` without a value."""

    def __init__(self, arguments: Mapping[str, str], room: Room) -> None:
        self.arguments = arguments
        self.room = room
        self._values: dict[str, Value] = {}

    def declare(self, name: str, default: Value | None) -> None:
        """Take ``ARG name``, or ``ARG name=default``."""
        if (given := self.arguments.get(name)) is not None:
            self._values[name] = Value(given)
        elif default is not None:
            self._values[name] = default
        elif name not in self._values:
            self._values[name] = _UNKNOWN if name in PREDEFINED else _UNSET

    def declares(self, name: str) -> bool:
        """Whether FROM lines may see a value of *name*: a build argument that nothing declares is none."""
        return name in self._values or name in PREDEFINED

    def lookup(self, name: str) -> Value:
        """What a FROM line sees: a name that nothing declares is empty, and no base image can set it."""
        if name in PREDEFINED and name not in self._values:
            return Value(self.arguments[name]) if name in self.arguments else _UNKNOWN
        return _within(self.room, self._values.get(name, _UNSET))

    def default(self, name: str) -> Value | None:
        """What ``ARG name`` in a stage takes over, None for nothing."""
        value = self._values.get(name)
        if value is None and name in PREDEFINED:
            return _UNKNOWN
        return None if value == _UNSET else value


class Scope:
    """The variables of one stage, by the time of one instruction. ``known`` are those with a value that is sure."""

    def __init__(self, above: Globals, values: Mapping[str, Value] = _NONE, environment: Iterable[str] = ()) -> None:
        self._above = above
        self._values = dict(values)
        self._environment = set(environment)
        self.known = {name: value.text for name, value in values.items() if value.known and value.text is not None}

    def child(self) -> Scope:
        """The scope of a stage that is FROM this one: it goes on with the same variables."""
        return Scope(self._above, self._values, self._environment)

    def lookup(self, name: str) -> Value:
        """What an instruction sees: a name that the stage does not declare may come from the base image."""
        return _within(self._above.room, self._values.get(name, _UNKNOWN))

    def set_environment(self, name: str, value: Value) -> None:
        """Take ``ENV name=value``."""
        self._environment.add(name)
        self._set(name, value)

    def declare(self, name: str, default: Value | None) -> None:
        """Take ``ARG name``, or ``ARG name=default``.

        After an ENV of the same name, the manual says that ENV wins, and BuildKit takes the ARG: not known, where they differ.
        """
        given = self._above.arguments.get(name)
        value = Value(given) if given is not None else default or self._above.default(name)
        if value is None:
            self._values.setdefault(name, _UNSET)
        elif name not in self._environment:
            self._set(name, value)
        elif value != self._values.get(name):
            self._set(name, _UNKNOWN)

    def _set(self, name: str, value: Value) -> None:
        if len(self._values) >= MAX_VARIABLES and name not in self._values:
            return
        self._values[name] = value
        if value.known and value.text is not None:
            self.known[name] = value.text
        else:
            self.known.pop(name, None)


def _within(room: Room, value: Value) -> Value:
    """*value*, while there is room for its text."""
    room.left -= len(value.text or "")
    return value if room.left >= 0 else _UNKNOWN
