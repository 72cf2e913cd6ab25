"""Commands that come as words instead of a script: the exec form of RUN, ``command:`` and ``args:`` of a container."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from compat.formats.shell.fields import Field
from compat.formats.shell.scope import Scope
from compat.formats.shell.script import Script
from compat.formats.shell.simple import Simple, read_fields
from compat.formats.shell.spans import part_of
from compat.model.containers import Command, Word
from compat.model.places import Place

_SIMPLE = Simple((), (), guarded=False)


def read_words(words: Sequence[Word], settings: Sequence[tuple[str, str]] = ()) -> Command:
    """The one command that *words* are; of ``sh -c SCRIPT`` the first that installs, else the first.

    `read_exec` has all of them. *settings* are assignments of its environment.
    """
    found = read_exec(words, dict(settings))
    if found:
        return next((command for command in found if command.install is not None), found[0])
    place = words[0].place if words else Place("")
    return Command(tuple(words), place, tuple(settings))


def read_exec(words: Sequence[Word], variables: Mapping[str, str]) -> tuple[Command, ...]:
    """The commands that *words* start: one, or those of the script behind ``sh -c``; *variables* as for `read_script`."""
    if not words:
        return ()
    starts: list[int] = []
    fields: list[Field] = []
    length = 0
    for word in words:
        starts.append(length)
        end = length + len(word.text)
        fields.append(Field(word.text, word.known, length, end, ((0, length, end),)))
        length = end + 1

    def to_place(start: int, end: int) -> Place:
        first = bisect_right(starts, start) - 1
        last = bisect_right(starts, max(end - 1, start)) - 1
        begin = part_of(words[first], start - starts[first], end - starts[first])
        if first == last:
            return begin
        stop = part_of(words[last], 0, end - starts[last])
        return begin._replace(end_line=stop.end_line, end_column=stop.end_column)

    text = " ".join(word.text for word in words)
    found: list[Command] = []
    script = Script("", to_place, Scope(text, variables), found)
    script.text = text
    read_fields(script, fields, (), _SIMPLE)
    return tuple(found)
