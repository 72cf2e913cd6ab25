"""YAML as nodes that know their place. Nothing is constructed: no tag of the file runs anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from compat.model.errors import FileProblem
from compat.model.places import Place
from compat.text.source import Source, refuse_huge

_T = TypeVar("_T")

#: Real files stay under 10. The C loader recurses without a limit and takes the process down somewhere above 10,000.
MAX_DEPTH = 200
#: Block nesting is bounded by the columns that indicators can stand in: ``- - - x``, ``? ? x`` or plain indentation.
_DEEP_BLOCK = re.compile(r"(?:^|[\n\r\x85\u2028\u2029])[ \t?:-]{500}")
_BRACKETS = re.compile(r"[\[\]{}]")
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
_TEMPLATE = re.compile(r"^[ \t]*\{%", re.MULTILINE)

#: Types that YAML 1.1 and 1.2 give to plain scalars which are no strings.
_NULL = re.compile(r"~|null|Null|NULL|")
_NUMBER = re.compile(
    r"[-+]?(?:\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?|\.\d[\d_]*|0x[0-9a-fA-F_]+|0o?[0-7_]+|\.inf|\.nan)"
)
_TRUTH = re.compile(r"true|True|TRUE|false|False|FALSE")

#: Anchor and tag, where the mark of a scalar stands that has them.
_PROPERTIES = re.compile(r"(?:[&!]\S*[ \t]+)+")
_QUOTES = frozenset({"'", '"'})

_PLAIN_STRING = re.compile(r"[A-EG-MO-SU-Za-eg-mo-su-z_]")
if TYPE_CHECKING:
    from yaml import BaseLoader as _Base
else:
    _Base = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_Base):
    """A loader that leaves every tag open: types are decided by `kind_of`, and only where they matter."""

    def resolve(self, *_about: object) -> str:
        return "?"

    def descend_resolver(self, *_about: object) -> None:
        return None

    def ascend_resolver(self) -> None:
        return None


def compose(source: Source, *, by_tool: bool = False) -> Node | None:
    """The root node of the only document in *source*, or None where there is none.

    Args: by_tool says that a tool wrote the file, which may hold more than what people write: a lock has 40,000 lines.
    Raises: FileProblem where the text does not parse, is nested too deep, or holds too much.
    """
    if not by_tool:
        refuse_huge(source)
    return _composed(source, lambda text: yaml.compose(text, Loader=_Loader))


def compose_all(source: Source) -> list[Node]:
    """The root nodes of all documents in *source*, which ``---`` divides.

    Raises: FileProblem as `compose`.
    """
    refuse_huge(source)
    return _composed(source, lambda text: list(yaml.compose_all(text, Loader=_Loader)))


def _composed(source: Source, read: Callable[[str], _T]) -> _T:
    _refuse_deep(source)
    try:
        return read(source.text)
    except yaml.MarkedYAMLError as error:
        raise _to_problem(source, error) from error
    except yaml.YAMLError as error:
        # A ReaderError; the C loader counts its position in bytes of UTF-8.
        encoded = source.text.encode()[: getattr(error, "position", 0)]
        raise source.problem(getattr(error, "reason", str(error)), len(encoded.decode(errors="ignore"))) from error
    except (RecursionError, ValueError) as error:
        raise FileProblem(source.path, f"cannot be read as YAML: {error}") from error


def place_of(source: Source, node: Node) -> Place:
    """The span of *node*, quotes included."""
    start, end = node.start_mark, node.end_mark
    if source.has_odd_breaks:
        return source.place(start.index, end.index)
    return Place(source.path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def text_start(source: Source, node: ScalarNode) -> tuple[int, int] | None:
    """Line and column where a scalar's text starts, inside the quotes where there are any.

    None where the file does not spell the value character by character, as with escapes and folded lines.
    """
    mark = node.start_mark
    skipped = 1 if node.style in _QUOTES else 0
    if source.text.startswith(("&", "!"), mark.index) and (properties := _PROPERTIES.match(source.text, mark.index)):
        skipped += len(properties[0])
    if "\n" in node.value or not source.text.startswith(node.value, mark.index + skipped):
        return None
    if source.has_odd_breaks:
        return source.position(mark.index + skipped)
    return mark.line + 1, mark.column + skipped + 1


def kind_of(node: Node) -> str:
    """What the node is to a YAML reader: ``string``, ``null``, ``number``, ``truth value``, ``list`` or ``mapping``."""
    if not isinstance(node, ScalarNode):
        return "list" if isinstance(node, SequenceNode) else "mapping"
    if node.style or _PLAIN_STRING.match(node.value):
        return "string"
    for kind, pattern in (("null", _NULL), ("number", _NUMBER), ("truth value", _TRUTH)):
        if pattern.fullmatch(node.value):
            return kind
    return "string"


def items(source: Source, mapping: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
    """The pairs of *mapping* whose key is a scalar, in order.

    Raises: FileProblem for a key that stands twice, as YAML and conda do.
    """
    seen: set[str] = set()
    for key, value in mapping.value:
        if not isinstance(key, ScalarNode):
            continue
        if key.value in seen:
            raise source.problem(f"the key `{key.value}` stands twice", key.start_mark.index)
        seen.add(key.value)
        yield key, value


def _refuse_deep(source: Source) -> None:
    text = source.text
    if match := _DEEP_BLOCK.search(text):
        raise source.problem("nested too deep", match.start())
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth = depth + 1 if match[0] in "[{" else max(depth - 1, 0)
        if depth > MAX_DEPTH:
            raise source.problem("nested too deep", match.start())


def _to_problem(source: Source, error: yaml.MarkedYAMLError) -> FileProblem:
    mark = error.problem_mark or error.context_mark
    offset = min(mark.index, len(source.text)) if mark is not None else 0
    if conflict := _CONFLICT.search(source.text):
        return source.problem("an unresolved merge conflict", conflict.start())
    if template := _TEMPLATE.search(source.text):
        return source.problem("a template (`{%`), not yet YAML", template.start())
    return source.problem(": ".join(part for part in (error.context, error.problem) if part), offset)
