"""Options and operands of a command line, as getopt and its kin read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from compat.formats.shell.spans import part_of
from compat.model.containers import Word


class Grammar(NamedTuple):
    """The options of a program: long names that take a value, long names that take none, and letters to long names."""

    valued: frozenset[str]
    bare: frozenset[str] = frozenset()
    letters: Mapping[str, str] = {}


def to_grammar(valued: str, bare: str = "", **letters: str) -> Grammar:
    """A grammar by long names with blanks between them, and letters."""
    return Grammar(frozenset(valued.split()), frozenset(bare.split()), letters)


class Option(NamedTuple):
    """An option by its long name; ``value`` is "" at the option's own place where it takes none."""

    name: str
    value: Word


class Arguments(NamedTuple):
    """What stands behind a program. ``doubtful`` are operands that an unknown option may have taken for its value."""

    options: tuple[Option, ...]
    operands: tuple[Word, ...]
    doubtful: frozenset[Word] = frozenset()

    def values(self, *names: str) -> tuple[Word, ...]:
        """The values of all options of these names, in order."""
        return tuple(option.value for option in self.options if option.name in names)

    def last(self, *names: str) -> str:
        """The value that counts where an option is repeated; "" without one."""
        found = self.values(*names)
        return found[-1].text if found else ""

    def flags(self) -> frozenset[str]:
        """The names of all options."""
        return frozenset(option.name for option in self.options)


def read_arguments(words: Sequence[Word], grammar: Grammar) -> Arguments:
    """Options may stand between operands; ``--`` ends them."""
    options: list[Option] = []
    operands: list[Word] = []
    doubtful: set[Word] = set()
    pending = iter(words)
    unknown = False
    for word in pending:
        if word.text == "--":
            operands += pending
        elif not word.text.startswith("-") or word.text == "-":
            operands.append(word)
            if unknown:
                doubtful.add(word)
            unknown = False
        else:
            taken = _read_long(word, grammar) if word.text.startswith("--") else _read_letters(word, grammar)
            if taken and taken[-1].value is None:
                taken[-1] = taken[-1]._replace(value=next(pending, Word("", word.place, known=False)))
            options += [Option(name, value) for name, value in taken if value is not None]
            unknown = "=" not in word.text and not (taken and _is_known(taken[-1].name, grammar))
    return Arguments(tuple(options), tuple(operands), frozenset(doubtful))


class _Taken(NamedTuple):
    """An option whose value may be the next word."""

    name: str
    value: Word | None


def _read_long(word: Word, grammar: Grammar) -> list[_Taken]:
    written, equals, value = word.text[2:].partition("=")
    name = _complete(written, grammar)
    if equals:
        start = len(written) + 3
        return [_Taken(name, Word(value, part_of(word, start, len(word.text)), word.known))]
    return [_Taken(name, None if name in grammar.valued else Word("", word.place))]


def _read_letters(word: Word, grammar: Grammar) -> list[_Taken]:
    """``-yq``; behind a letter that takes a value, the rest of the word is it."""
    found: list[_Taken] = []
    for number, letter in enumerate(word.text[1:], start=2):
        name = grammar.letters.get(letter, letter)
        if name not in grammar.valued:
            found.append(_Taken(name, Word("", word.place)))
            continue
        rest = word.text[number:]
        start = number + rest.startswith("=")
        value = Word(word.text[start:], part_of(word, start, len(word.text)), word.known)
        found.append(_Taken(name, value if rest else None))
        break
    return found


def _complete(written: str, grammar: Grammar) -> str:
    """The option that *written* names, or that alone begins so."""
    if _is_known(written, grammar) or not written:
        return written
    fitting = [name for name in grammar.valued | grammar.bare if name.startswith(written)]
    return fitting[0] if len(fitting) == 1 else written


def _is_known(name: str, grammar: Grammar) -> bool:
    return name in grammar.valued or name in grammar.bare
