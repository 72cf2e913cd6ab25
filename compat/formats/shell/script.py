"""Lists and pipelines of a script, down to the simple commands, which are found in order.

Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_10
"""

from __future__ import annotations

from compat.formats.found import ToPlace
from compat.formats.shell.compounds import COMPOUNDS, MAX_DEPTH, Compounds
from compat.formats.shell.conditions import answer, both, either
from compat.formats.shell.cursor import REDIRECTIONS
from compat.formats.shell.lexer import Token
from compat.formats.shell.simple import Simple, read_simple
from compat.model.containers import Command, Word

_NONE: frozenset[str] = frozenset()
_TESTS = frozenset({"[", "test", "[[", "which", "command", "type", "grep", "hash"})
_EXITS = frozenset({"exit", "return", "false", "break", "continue"})
_RESERVED = frozenset({"then", "do", "done", "fi", "elif", "else", "esac", "}", "in"})


class Script(Compounds):
    """One script while it is read."""

    def read(self, *, guarded: bool = False) -> None:
        """Find all commands of the script."""
        outer, self.scope.text = self.scope.text, self.text
        while self.at < len(self.tokens):
            self.read_list(_NONE, guarded=guarded)
        self.scope.text = outer

    def read_list(self, stops: frozenset[str], *, guarded: bool) -> None:
        """Commands up to one of *stops*, which stays; an operator or a reserved word that nothing opened is passed over."""
        self.answer = None
        while (token := self.peek()) is not None:
            if token.kind not in REDIRECTIONS and token.text in stops:
                return
            if (token.kind == "operator" and token.text != "(") or token.text in _RESERVED:
                self.at += 1
            else:
                self._read_and_or(guarded=guarded)

    def _read_and_or(self, *, guarded: bool) -> None:
        """Pipelines between ``&&`` and ``||``. What a ``||`` lets fail is guarded, unless the script then ends."""
        first = len(self.found)
        doubtful = guarded
        mark: int | None = None
        tested = self._read_pipeline(guarded=guarded)
        result = self.answer
        while (token := self.peek()) is not None and token.text in ("&&", "||") and token.kind == "operator":
            self.at += 1
            while self.skip("\n"):
                pass
            certain = result is (token.text == "&&")
            if token.text == "||" and result is None and not self.stands(*_EXITS, "{", "("):
                self._guard(first)
                first = len(self.found)
            doubtful = guarded if certain else doubtful or tested or token.text == "||"
            mark = self.scope.mark() if mark is None and doubtful and not certain else mark
            if result is None or certain:
                tested = self._read_pipeline(guarded=doubtful)
            else:
                self._drop()
            result = (both if token.text == "&&" else either)(result, self.answer)
        if mark is not None:
            self.scope.merge([self.scope.undo(mark), {}])
        self.answer = result

    def _drop(self) -> None:
        """Read a pipeline that never runs."""
        before, mark = len(self.found), self.scope.mark()
        self._read_pipeline(guarded=True)
        self.scope.undo(mark)
        del self.found[before:]

    def _guard(self, first: int) -> None:
        for number in range(first, len(self.found)):
            self.found[number] = self.found[number]._replace(guarded=True)

    def _read_pipeline(self, *, guarded: bool) -> bool:
        """Commands with ``|`` between them; whether the last one only tests."""
        negated = False
        while self.skip("!"):
            negated = not negated
        tested = self.read_command(guarded=guarded)
        while self.skip("|", "|&"):
            while self.skip("\n"):
                pass
            self.feeding = _fed_by(self.found[-1]) if self.found else None
            tested = self.read_command(guarded=guarded)
            self.feeding = self.answer = None
        if negated:
            self.answer = None if self.answer is None else not self.answer
        return tested or negated

    def read_command(self, *, guarded: bool) -> bool:
        token = self.peek()
        self.answer = None
        if token is None or (token.kind == "operator" and token.text != "("):
            return False
        reader = COMPOUNDS.get(token.text) if token.kind not in REDIRECTIONS else None
        if reader is None:
            return self._read_simple(guarded=guarded)
        self.at += 1
        if self.depth < MAX_DEPTH:
            self.depth += 1
            reader(self, guarded)
            self.depth -= 1
            while (rest := self.peek()) is not None and rest.kind in REDIRECTIONS:
                self._read_redirection(rest)
        return token.text == "[["

    def _read_simple(self, *, guarded: bool) -> bool:
        """One simple command; whether it only tests."""
        words: list[Token] = []
        redirections: list[tuple[Token, Token | None]] = []
        while (token := self.peek()) is not None and token.kind != "operator":
            self.at += 1
            if token.kind == "word":
                words.append(token)
                continue
            target = self.peek() if token.kind == "redirection" else None
            if target is not None and target.kind == "word":
                self.at += 1
            redirections.append((token, target))
        if len(words) == 1 and not redirections and self.skip("("):
            self.skip(")")
            self.read_body()
            return False
        first = len(self.found)
        read_simple(self, Simple(tuple(words), tuple(redirections), guarded))
        if len(self.found) != first + 1:
            return False
        self.answer = answer(self.found[first].words)
        return self.found[first].program in _TESTS

    def _read_redirection(self, token: Token) -> None:
        self.at += 1
        following = self.peek()
        if token.kind == "redirection" and following is not None and following.kind == "word":
            self.at += 1

    def read_inner(self, text: str, to_place: ToPlace, *, guarded: bool) -> None:
        """Find the commands of a script that stands in this one, with its variables."""
        if self.depth < MAX_DEPTH and self.scope.spend(len(text)):
            Script(text, to_place, self.scope, self.found, self.depth + 5).read(guarded=guarded)


def _fed_by(command: Command) -> Word | None:
    """The file that `cat FILE` reads."""
    return command.words[1] if command.program == "cat" and len(command.words) == 2 else None
