"""Where the commands of a Dockerfile can be edited."""

from __future__ import annotations

import re

from compat.model.containers import Command, Instruction, Word
from compat.model.places import Edit, Place
from compat.rules.base import Subject
from compat.text.source import Source

#: What may follow a command that gets a ``&&``: the next one, a line that goes on, or the end of the quotes that it stands in.
_NEXT = frozenset(" \t&|;\\\"'`")
#: A redirection, a pipe or ``&`` behind a command, perhaps on the next line: more words would change what it is about.
_BOUND = re.compile(r"(?:[ \t]|\\\r?\n)*(?:\d*[<>]|\|(?!\|)|&(?!&))")
_EXEC_FORM = re.compile(r"\s*RUN\s+(--\S+\s+)*\[", re.IGNORECASE)


class Script:
    """The text of the Dockerfile of a subject, in which commands are edited."""

    def __init__(self, subject: Subject) -> None:
        document = subject.environment.document
        self._path = document.path
        self._source = Source(path=document.path, text=document.text)

    def is_template(self, run: Instruction) -> bool:
        """Whether another program fills *run* in first: ``RUN {{ cache_mount }} pip install``."""
        first = run.place.line or 1
        return any("{{" in self._source.line(line) for line in range(first, (run.place.end_line or first) + 1))

    def word_added(self, run: Instruction, command: Command, after: str, word: str) -> Edit | None:
        """*word* behind the word *after* of *command*; None where that is not spelled so."""
        found = next((w for w in command.words if w.text == after), None)
        if found is None or self._spelled(found) != after or self._is_exec_form(run):
            return None
        line, column = found.place.end_line, found.place.end_column
        return Edit(Place(self._path, line, column, line, column), f" {word}")

    def command_added(self, run: Instruction, command: Command, more: str) -> Edit | None:
        """``&&`` and *more* behind *command*, with its ``sudo``; None where what follows it would not bear that."""
        point = None if self._is_exec_form(run) else self._end(command)
        if point is None:
            return None
        sudo = re.search(r"\bsudo\s+(?:-\w+\s+)*$", self._before(command))
        return Edit(point, f" && {sudo[0].strip() + ' ' if sudo else ''}{more}")

    def _spelled(self, word: Word) -> str:
        """*word* as the file spells it; "" where it stands on several lines, or somewhere else."""
        place = word.place
        if place.path != self._path or place.line is None or place.line != place.end_line or place.column is None:
            return ""
        return self._source.line(place.line)[place.column - 1 : (place.end_column or place.column) - 1]

    def _is_exec_form(self, run: Instruction) -> bool:
        """``RUN ["pip", "install"]``, which no shell reads."""
        return run.place.line is not None and _EXEC_FORM.match(self._source.line(run.place.line)) is not None

    def _before(self, command: Command) -> str:
        """What stands in front of *command* on its line."""
        place = command.words[0].place
        return self._source.line(place.line)[: (place.column or 1) - 1] if place.line is not None else ""

    def _end(self, command: Command) -> Place | None:
        """The point after the last word of *command* and the quotes around it."""
        last = command.words[-1].place
        line, column = last.end_line, last.end_column
        if last.path != self._path or line is None or column is None:
            return None
        text = self._source.line(line)
        quote = self._source.line(last.line or 0)[: (last.column or 1) - 1][-1:]
        if quote in {"'", '"'} and text[column - 1 : column] == quote:
            column += 1
        following = text[column - 1 :]
        rest = "\n".join([following, *self._source.lines()[line : line + 3]])
        if (following and following[0] not in _NEXT) or _BOUND.match(rest):
            return None
        return Place(self._path, line, column, line, column)
