"""YAML for people: block style with comments above the keys they explain, and texts of several lines as they are.

``yaml_writer`` writes what tools read, half a megabyte at a time; this one writes files that somebody goes on to edit.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from compat.text.yaml_writer import to_scalar

#: Keys and positions from the top: ``("spec", "templates", 0, "container")``.
Route = tuple[str | int, ...]

_WIDTH = 110


def to_commented_yaml(document: Mapping[str, Any], comments: Mapping[Route, str], head: str = "") -> str:
    """The text of *document*, *head* as a comment before it and each of *comments* above what its route names.

    Comments are wrapped; a line break in one stays.
    Raises: KeyError for a comment whose route is not in the document, so that none is lost.
    """
    writer = _Writer(dict(comments))
    writer.put_mapping(document, (), "", "")
    if writer.comments:
        raise KeyError(*writer.comments)
    return "".join(to_comment_lines(head, "")) + "".join(writer.lines)


def to_comment_lines(text: str, indent: str) -> list[str]:
    """*text* as lines of comment, each with its line break."""
    room = _WIDTH - len(indent)
    wrapped = [line for part in text.splitlines() for line in textwrap.wrap(part, room, break_on_hyphens=False) or [""]]
    return [f"{indent}# {line}".rstrip() + "\n" for line in wrapped]


class _Writer:
    """Lines so far, and the comments that are not used yet."""

    def __init__(self, comments: dict[Route, str]) -> None:
        self.lines: list[str] = []
        self.comments = comments

    def put_mapping(self, table: Mapping[str, Any], route: Route, start: str, indent: str) -> None:
        """*start* stands before the first key (with the dash of a list, above which a comment goes), *indent* before the others."""
        for key, value in table.items():
            self._put_comment((*route, key), start)
            self._put_value(f"{start}{to_scalar(key)}:", value, (*route, key), indent)
            start = indent

    def _put_value(self, start: str, value: Any, route: Route, indent: str) -> None:  # noqa: ANN401 -- whatever YAML holds
        if isinstance(value, Mapping) and value:
            self.lines.append(f"{start}\n")
            self.put_mapping(value, route, f"{indent}  ", f"{indent}  ")
        elif isinstance(value, Sequence) and not isinstance(value, str) and value:
            self.lines.append(f"{start}\n")
            self._put_items(value, route, f"{indent}  ")
        else:
            self.lines.append(f"{start} {_scalar(value, indent)}\n")

    def _put_items(self, items: Sequence[Any], route: Route, indent: str) -> None:
        for position, item in enumerate(items):
            self._put_comment((*route, position), indent)
            if isinstance(item, Mapping) and item:
                self.put_mapping(item, (*route, position), f"{indent}- ", f"{indent}  ")
            else:
                self.lines.append(f"{indent}- {_scalar(item, indent)}\n")

    def _put_comment(self, route: Route, start: str) -> None:
        if route in self.comments:
            self.lines += to_comment_lines(self.comments.pop(route), start.removesuffix("- "))


def _scalar(value: Any, indent: str) -> str:  # noqa: ANN401 -- any value without children
    """A text of several lines stands as a block, in which nothing has to be quoted."""
    if not isinstance(value, str) or "\n" not in value or not _is_plain_block(value):
        return to_scalar(value)
    mark = "|" if value.endswith("\n") else "|-"
    lines = value.removesuffix("\n").split("\n")
    return mark + "".join(f"\n{indent}  {line}" if line else "\n" for line in lines)


def _is_plain_block(text: str) -> bool:
    """A block says its indentation by its first line, and ends at its last line that is not empty."""
    return not text.startswith((" ", "\n")) and not text.endswith("\n\n") and text.replace("\n", "").isprintable()
