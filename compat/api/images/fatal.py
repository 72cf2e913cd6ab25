"""Whether a command that fails ends the build: RUN looks at the last command of a script, unless ``&&`` or ``set -e`` say otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from compat.api.images.steps import Step
from compat.model.containers import Command, Instruction
from compat.model.places import Place

#: Between two lines of one command, or of one list of commands.
_CONTINUED = re.compile(r"\\[ \t]*\r?\n(?>(?:[ \t]*(?:#[^\n]*)?\r?\n)*)(?>(?:[ \t]*#[^\n]*\r?\n)*)")
#: What may stand behind a command in its own right: the end of a quote, and where its output goes.
# Atomic groups: another way to divide a word between them cannot help, and there may be a great many.
_OWN = r"[\"']?[ \t]*(?>(?:\d*&?(?:>>?|<)&?[ \t]*[^\s;|&<>]+[ \t]*)*)"
_AND = re.compile(_OWN + r"&&[^;|&(){}!\n]*")
_LAST = re.compile(_OWN + r"\]?\s*")
_NEXT_LINE = re.compile(_OWN + r"(;|\r?\n|$)")
_ERREXIT = re.compile(r"-[a-z]*e[a-z]*|errexit")


class _Text(NamedTuple):
    """A text, and where its lines begin."""

    text: str
    starts: tuple[int, ...]

    def offset(self, line: int | None, column: int | None) -> int:
        return self.starts[(line or 1) - 1] + (column or 1) - 1


def ends_the_build(text: str, step: Step) -> bool:
    """Whether the command of *step*, in a Dockerfile of this *text*, cannot fail without harm.

    Only what is plain counts: nothing but ``&&`` between it and the end of its RUN, or ``set -e`` above and the end of its line below.
    """
    instruction = next((i for i in step.stage.instructions if _index(i, step) is not None), None)
    if instruction is None:
        return False
    at = _index(instruction, step) or 0
    lines = text.split("\n")
    whole = _Text(text, tuple(accumulate((len(line) + 1 for line in lines[:-1]), initial=0)))
    commands = instruction.commands
    places = [command.place for command in commands]
    after = [_between(whole, one, other) for one, other in zip(places[at:], places[at + 1 :], strict=False)]
    after.append(_between(whole, places[-1], _end(instruction.place)))
    start = instruction.place._replace(end_line=instruction.place.line, end_column=instruction.place.column)
    if "!" in _between(whole, places[at - 1] if at else start, places[at]):
        return False
    if _stops_at_failures(commands[:at]) and _NEXT_LINE.match(after[0]):
        return True
    return all(map(_AND.fullmatch, after[:-1])) and _LAST.fullmatch(after[-1]) is not None


def _index(instruction: Instruction, step: Step) -> int | None:
    """The number of the step's command among those of *instruction*."""
    installs = enumerate(command.install for command in instruction.commands)
    return next((n for n, install in installs if install is not None and install.place == step.place), None)


def _stops_at_failures(commands: Sequence[Command]) -> bool:
    return any(
        command.program == "set" and any(_ERREXIT.fullmatch(word.text) for word in command.words[1:])
        for command in commands
    )


def _end(place: Place) -> Place:
    return place._replace(line=place.end_line, column=place.end_column)


def _between(text: _Text, first: Place, following: Place) -> str:
    """What stands between two places, without continued lines and the comments among them."""
    start = text.offset(first.end_line, first.end_column)
    return _CONTINUED.sub(" ", text.text[start : max(start, text.offset(following.line, following.column))])
