"""What a RUN instruction runs: a shell's script, the exec form, a heredoc."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from compat.formats.dockerfile.joined import Joined, join
from compat.formats.dockerfile.words import is_heredoc, read_list
from compat.model.containers import Command, Word

if TYPE_CHECKING:
    from compat.formats.dockerfile.lines import Statement
    from compat.formats.dockerfile.scope import Scope

#: First lines of scripts that a shell reads; others (`#!/usr/bin/env python3`) hold another language.
_SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh")


def read_run(statement: Statement, scope: Scope, *, readable: bool) -> tuple[Command, ...]:
    """The commands of a RUN; none where the shell is no POSIX shell (*readable* is False), or the text no script of it."""
    from compat.formats.shell import read_exec, read_script

    items = read_list(statement.line.text, statement.body)
    if items is not None:
        words = tuple(Word(item, statement.line.place(*span)) for span, item in items)
        return read_exec(words, scope.known)
    script = _script(statement) if readable else None
    return read_script(script.text, script.place, scope.known) if script is not None else ()


def _script(statement: Statement) -> Joined | None:
    """The text that the shell reads, None where it is another program's."""
    line = statement.line.cut(*statement.body)
    if not statement.heredocs:
        return line
    if is_heredoc(statement.text):
        text = statement.heredocs[0].text
        return None if text.text.startswith("#!") and not _is_shell(text.text) else text
    end = statement.line.offset(len(statement.line.text) - 1) + 1
    return _with_heredocs(line, end, statement)


def _with_heredocs(line: Joined, end: int, statement: Statement) -> Joined:
    """*line*, which ends at the offset *end*, and the lines of its heredocs below it, which the shell reads itself."""
    newline = join(line.source, [(end, "\n")])
    for heredoc in statement.heredocs:
        line = line.join(newline).join(heredoc.text).join(heredoc.end)
        newline = join(line.source, [(heredoc.end.offset(len(heredoc.end.text)), "\n")])
    return line


def _is_shell(script: str) -> bool:
    """Whether the ``#!`` line names a shell, at once or through ``env``."""
    words: Sequence[str] = script.partition("\n")[0][2:].split()
    names = [word.rpartition("/")[2] for word in words if not word.startswith("-")]
    return any(name in _SHELLS for name in names[:2])
