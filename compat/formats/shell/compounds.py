"""Branches, loops, groups and functions.

A branch that known values rule out is left out. Where nobody knows, the commands of all branches are found, as guarded.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from compat.formats.shell.conditions import both, either, evaluate, fits
from compat.formats.shell.cursor import Cursor
from compat.formats.shell.fields import Field, read_field, to_fields
from compat.formats.shell.scope import Value

#: How deep groups, branches and scripts in scripts are followed; what stands deeper is read as if it stood in a row.
MAX_DEPTH = 40
#: Loops over more words than this are read once, with the word not known.
_MAX_LOOP = 40
#: What trying the patterns of one branch takes from the budget.
_PATTERN_COST = 200
_DONE = frozenset({"done"})
_CASE_ENDS = frozenset({";;", ";&", ";;&"})


class Compounds(Cursor, ABC):
    """The readers of compound commands; each begins behind the word that opens the command."""

    @abstractmethod
    def read_list(self, stops: frozenset[str], *, guarded: bool) -> None:
        """Find commands up to one of *stops*, which stays."""

    @abstractmethod
    def read_command(self, *, guarded: bool) -> bool:
        """Find one command; whether it only tests."""

    def read_subshell(self, guarded: bool) -> None:  # noqa: FBT001 - all readers of the table take this one
        mark = self.scope.mark()
        self.read_list(frozenset({")"}), guarded=guarded)
        self.skip(")")
        self.scope.undo(mark)

    def read_group(self, guarded: bool) -> None:  # noqa: FBT001
        self.read_list(frozenset({"}"}), guarded=guarded)
        self.skip("}")

    def read_test(self, _guarded: bool) -> None:  # noqa: FBT001
        """``[[ ... ]]``, in which operators and redirections mean other things; simple ones are answered."""
        fields: list[Field] | None = []
        while (token := self.peek()) is not None and token.text not in ("]]", "\n"):
            self.at += 1
            fields = [*fields, *to_fields(token.pieces, self.scope)] if fields is not None and len(fields) < 5 else None
            fields = fields if token.kind == "word" else None
        self.skip("]]")
        self.answer = evaluate(fields) if fields else None

    def read_branch(
        self, stops: frozenset[str], *, guarded: bool = True, runs: bool | None = None
    ) -> dict[str, Value] | None:
        """A list that may not run; what it assigns is taken back, and comes back. None if it never runs."""
        before, mark = len(self.found), self.scope.mark()
        self.read_list(stops, guarded=guarded or runs is not True)
        changed = self.scope.undo(mark)
        if runs is not False:
            return changed
        del self.found[before:]
        return None

    def read_if(self, guarded: bool) -> None:  # noqa: FBT001
        ends = frozenset({"elif", "else", "fi"})
        branches: list[dict[str, Value]] = []
        runs: bool | None = False  # whether one of the branches so far does
        last = False
        while not last:
            last = self.skip("else")
            before = len(self.found)
            if not last:
                self.skip("elif")
                self.read_list(frozenset({"then", "fi"}), guarded=True)
                self.skip("then")
            this = both(True if last else self.answer, None if runs is None else not runs)
            if runs is True:
                del self.found[before:]
            branch = self.read_branch(ends, guarded=guarded, runs=this)
            branches += [branch] if branch is not None else []
            runs = either(runs, True if last else this)
            last = last or not self.stands("elif", "else")
        self.skip("fi")
        self.answer = None
        self.scope.merge(branches if runs else [*branches, {}])

    def read_while(self, _guarded: bool) -> None:  # noqa: FBT001
        self.read_list(_DONE | {"do"}, guarded=True)
        self.skip("do")
        self.scope.merge([self.read_branch(_DONE) or {}, {}])
        self.skip("done")

    def read_for(self, guarded: bool) -> None:  # noqa: FBT001
        """A loop; over few words that are known, its body is read with each."""
        name = self.peek()
        self.at += 1
        while self.skip("\n"):
            pass
        values = self._read_values() if self.skip("in") else None
        while self.skip(";", "\n"):
            pass
        self.skip("do")
        if values is None or len(values) > _MAX_LOOP:
            if name is not None:
                self.scope.set(name.text, None)
            self.scope.merge([self.read_branch(_DONE) or {}, {}])
        elif name is not None:
            self._repeat(name.text, values, guarded=guarded)
        self.skip("done")

    def _read_values(self) -> list[str] | None:
        """The words that a loop goes through; None where one is not known."""
        fields: list[Field] = []
        while (token := self.peek()) is not None and token.kind == "word":
            fields += to_fields(token.pieces, self.scope)
            self.at += 1
        return [field.text for field in fields] if all(field.known for field in fields) else None

    def _repeat(self, name: str, values: list[str], *, guarded: bool) -> None:
        """Read the body with each value, while there is budget for the tokens that are read again."""
        start = self.at
        if not values:
            self.read_branch(_DONE, runs=False)
        for number, value in enumerate(values):
            if number and not self.scope.repeat(self.at - start):
                break
            self.at = start
            self.scope.set(name, value)
            self.read_list(_DONE, guarded=guarded)

    def read_case(self, guarded: bool) -> None:  # noqa: FBT001
        """Branches by pattern, of which the first that fits runs."""
        branches: list[dict[str, Value]] = []
        subject = self.peek()
        fields = read_field(subject, self.scope) if subject is not None and subject.kind == "word" else []
        value = fields[0].text if len(fields) == 1 and fields[0].known else None
        runs: bool | None = False
        self.at += 1
        while self.skip("\n", "in"):
            pass
        while self.peek() is not None and not self.stands("esac"):
            patterns = self.read_patterns()
            fitting = fits(value, patterns) if self.scope.spend(_PATTERN_COST) else None
            this = both(fitting, None if runs is None else not runs)
            branch = self.read_branch(_CASE_ENDS | {"esac"}, guarded=guarded, runs=this)
            branches += [branch] if branch is not None else []
            runs = either(runs, this)
            while self.skip(*_CASE_ENDS, "\n"):
                pass
        self.skip("esac")
        self.scope.merge(branches if runs else [*branches, {}])

    def read_patterns(self) -> list[str]:
        """The patterns in front of ``)``."""
        patterns: list[str] = []
        while (token := self.peek()) is not None and not self.skip(")"):
            if token.kind == "word":
                patterns.append("".join(piece.text for piece in token.pieces))
            self.at += 1
        return patterns

    def read_function(self, _guarded: bool) -> None:  # noqa: FBT001
        """The body of a function is read where it is defined: nobody counts its calls."""
        self.at += 1
        self.skip("(")
        self.skip(")")
        self.read_body()

    def read_body(self) -> None:
        while self.skip("\n"):
            pass
        mark = self.scope.mark()
        if self.depth < MAX_DEPTH:
            self.depth += 1
            self.read_command(guarded=True)
            self.depth -= 1
        self.scope.undo(mark)


#: The words that open a compound command, to its reader.
COMPOUNDS: dict[str, Callable[[Compounds, bool], None]] = {
    "(": Compounds.read_subshell,
    "{": Compounds.read_group,
    "if": Compounds.read_if,
    "while": Compounds.read_while,
    "until": Compounds.read_while,
    "for": Compounds.read_for,
    "select": Compounds.read_for,
    "case": Compounds.read_case,
    "function": Compounds.read_function,
    "[[": Compounds.read_test,
}
