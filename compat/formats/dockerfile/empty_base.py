"""A base that its variables leave without a name or tag."""

from __future__ import annotations

from compat.formats.dockerfile.expand import Value
from compat.formats.dockerfile.instructions import Refused, fill
from compat.formats.dockerfile.lines import Statement
from compat.formats.dockerfile.scope import Globals
from compat.formats.dockerfile.words import Span


def refuse_empty(statement: Statement, span: Span, above: Globals, escape: str) -> None:
    """Raise Refused where the base at *span* ends where a variable begins that no ARG *above* declares.

    For FROM such a name is empty, whatever the build arguments are.
    Source: https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact
    """
    empty: list[str] = []

    def lookup(name: str) -> Value:
        if above.declares(name):
            return above.lookup(name)
        empty.append(name)
        return Value("")

    text, known = fill(statement, span, lookup, escape)
    if empty and known and (not text or text.endswith((":", "@"))):
        word = statement.line.text[slice(*span)]
        message = f"`FROM {word}`: no `ARG` above the first `FROM` declares `{empty[0]}`, so that it is empty"
        raise Refused(message, span, f"put `ARG {empty[0]}=...` above the first `FROM`")
