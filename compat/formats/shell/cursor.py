"""The state of reading one script: its tokens, where the reader stands, and what it has found."""

from __future__ import annotations

from compat.formats.found import ToPlace
from compat.formats.shell.lexer import Token, to_tokens
from compat.formats.shell.scope import Scope
from compat.model.containers import Command, Word

#: Longer scripts are not read. Of 1,900 real ones a single one is longer: libtool's, with 325,000 characters.
MAX_TEXT = 200_000
#: Redirections, which stand between the words of a command and mean nothing to it.
REDIRECTIONS = frozenset({"redirection", "here"})


class Cursor:
    """One script while it is read; ``found`` are its commands so far."""

    def __init__(self, text: str, to_place: ToPlace, scope: Scope, found: list[Command], depth: int = 0) -> None:
        self.tokens = to_tokens(text) if len(text) <= MAX_TEXT else []
        self.text = text
        self.to_place = to_place
        self.scope = scope
        self.found = found
        self.depth = depth
        self.at = 0
        self.answer: bool | None = None
        """Whether the last command succeeds, where that is certain."""
        self.feeding: Word | None = None
        """The file that `cat` hands to the next command of a pipeline."""

    def peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def stands(self, *texts: str) -> bool:
        token = self.peek()
        return token is not None and token.kind in ("word", "operator") and token.text in texts

    def skip(self, *texts: str) -> bool:
        """Pass over a token that reads like one of *texts*."""
        if not self.stands(*texts):
            return False
        self.at += 1
        return True
