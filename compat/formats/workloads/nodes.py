"""The nodes of a file that runs images: merges and aliases followed within bounds, scalars as words with places."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from compat.model.containers import Command, Word
from compat.model.errors import FileProblem
from compat.model.places import Place
from compat.text.source import Source
from compat.text.yaml import place_of, text_start

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Pairs and entries looked at in one file, again and again: a workflow of 1,000 steps stays under a tenth, and aliases that repeat each
#: other, or many calls of many templates, come above it. Two seconds.
MAX_NODES = 4_000_000
#: Merges within merges: real files have one or two.
MAX_MERGES = 20

#: Turns the text of a scalar into what it stands for, and whether all of it is known.
Fill = Callable[[str], tuple[str, bool]]

#: Offset in the text, line and column in the file, of each line of a scalar.
_Lines = list[tuple[int, int, int]]

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
_DASH_C = re.compile(r"-[a-zA-Z]*c")


class Nodes:
    """The nodes of *source*; what a scalar stands for is what *fill* makes of it."""

    def __init__(self, source: Source, fill: Fill, spent: list[int] | None = None) -> None:
        self.source = source
        self._fill = fill
        self._spent = [0] if spent is None else spent

    def filling(self, fill: Fill) -> Nodes:
        """The same nodes with other values in them; what was looked at so far counts on."""
        return Nodes(self.source, fill, self._spent)

    def pairs(self, node: Node | None, depth: int = 0) -> list[tuple[ScalarNode, Node]]:
        """The pairs of a mapping, those of its own before merged ones of the same key; nothing for another node."""
        if not isinstance(node, MappingNode):
            return []
        self.spend(len(node.value))
        own: dict[str, tuple[ScalarNode, Node]] = {}
        merged: list[tuple[ScalarNode, Node]] = []
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                continue
            if key.value == "<<" and not key.style and depth < MAX_MERGES:
                for each in value.value if isinstance(value, SequenceNode) else [value]:
                    merged += self.pairs(each, depth + 1)
            else:
                own[key.value] = (key, value)
        for key, value in merged:
            own.setdefault(key.value, (key, value))
        return list(own.values())

    def get(self, node: Node | None, *path: str) -> Node | None:
        """The node at *path* below *node*, or None."""
        for name in path:
            node = next((value for key, value in self.pairs(node) if key.value == name), None)
        return node

    def key(self, node: Node | None, name: str) -> ScalarNode | None:
        """The key *name* itself, for its place."""
        return next((key for key, _ in self.pairs(node) if key.value == name), None)

    def items(self, node: Node | None) -> list[Node]:
        """The entries of a list; nothing for another node."""
        if not isinstance(node, SequenceNode):
            return []
        self.spend(len(node.value))
        return list(node.value)

    def text(self, node: Node | None, *path: str) -> str:
        """The filled in text of a scalar below *node*, "" where there is none or a part of it is not known."""
        word = self.word(self.get(node, *path) if path else node)
        return word.text if word is not None and word.known else ""

    def word(self, node: Node | None) -> Word | None:
        """A scalar as a word, None for another node and for an empty scalar."""
        if not isinstance(node, ScalarNode) or (not node.value and not node.style):
            return None
        text, known = self._fill(node.value)
        return Word(text, self.inner_place(node), known)

    def words(self, node: Node | None) -> tuple[Word, ...]:
        """The scalars of a list, or the one scalar that stands there instead."""
        nodes = self.items(node) if isinstance(node, SequenceNode) else [node]
        return tuple(word for each in nodes if (word := self.word(each)) is not None)

    def place(self, node: Node) -> Place:
        """The span of *node*; of a mapping or list only where it starts, so that a finding shows one line."""
        place = place_of(self.source, node)
        if isinstance(node, ScalarNode):
            return place
        return place._replace(end_line=place.line, end_column=place.column)

    def inner_place(self, node: ScalarNode) -> Place:
        """The span of the text of a scalar, without quotes where it is spelled character by character."""
        start = text_start(self.source, node)
        if start is None:
            return self.place(node)
        line, column = start
        return Place(self.source.path, line, column, line, column + len(node.value))

    def script(self, node: Node | None, variables: Mapping[str, str]) -> tuple[Command, ...]:
        """The commands of a scalar that a shell runs; *variables* as `compat.formats.shell.read_script` takes them."""
        if not isinstance(node, ScalarNode) or not node.value.strip():
            return ()
        from compat.formats.shell import read_script

        return read_script(node.value, partial(self._place_within, node, self._lines(node)), variables)

    def command(self, nodes: Sequence[Node], variables: Mapping[str, str]) -> tuple[Command, ...]:
        """The commands of a list of words, ``["bash", "-c", SCRIPT]`` looked through."""
        scalars = [node for node in nodes if isinstance(node, ScalarNode)]
        if scalars and scalars[0].value.rpartition("/")[2] in _SHELLS:
            for flag, script in pairwise(scalars):
                if _DASH_C.fullmatch(flag.value):
                    return self.script(script, variables)
            return ()
        from compat.formats.shell import read_exec

        return read_exec([word for node in scalars if (word := self.word(node)) is not None], variables)

    def _lines(self, node: ScalarNode) -> _Lines | None:
        """The lines of a scalar's text; None where the file does not spell it line by line."""
        if node.style != "|":
            start = text_start(self.source, node)
            return [(0, *start)] if start is not None else None
        if self.source.has_odd_breaks:
            return None
        found, offset = [], 0
        for number, line in enumerate(node.value.split("\n"), node.start_mark.line + 2):  # below the line with the `|`
            spelled = self.source.line(number)
            found.append((offset, number, len(spelled) - len(line) + 1 if line and spelled.endswith(line) else 1))
            offset += len(line) + 1
        return found

    def _place_within(self, node: ScalarNode, lines: _Lines | None, start: int, end: int) -> Place:
        """The place of a span of a scalar's text."""
        if lines is None:
            return self.place(node)
        return Place(self.source.path, *_position(lines, start), *_position(lines, max(start, end)))

    def spend(self, number: int) -> None:
        """Count *number* things that are looked at. Raises: FileProblem past `MAX_NODES`."""
        self._spent[0] += number + 1
        if self._spent[0] > MAX_NODES:
            raise FileProblem(self.source.path, "too many steps, or aliases that repeat each other: not read")


def _position(lines: _Lines, offset: int) -> tuple[int, int]:
    start, number, column = lines[bisect_right(lines, offset, key=itemgetter(0)) - 1]
    return number, column + offset - start
