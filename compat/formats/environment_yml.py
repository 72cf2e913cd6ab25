"""conda's environment.yml, written by hand or by ``conda env export``.

What conda takes is the measure: its reader is https://github.com/conda/conda/blob/main/conda/env/env.py.
"""

from __future__ import annotations

import re

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from compat.formats.found import Found, ToPlace
from compat.formats.platforms import has_selectors, select, select_by_comment, to_marker
from compat.model.environments import Channel, CondaEntry, Document
from compat.model.errors import FileProblem
from compat.model.matchspec import InvalidMatchSpec, parse_matchspec, without_credentials
from compat.model.places import Place
from compat.text.source import MAX_PIECES, Source
from compat.text.yaml import compose, items, kind_of, place_of, text_start

#: conda's own keys and those of conda-lock and micromamba.
_KEYS = ("name", "prefix", "channels", "dependencies", "variables", "platforms", "category")
_TEMPLATE = r"\{\{|\{%|\$\{?[A-Za-z_]"
_SEL = r"sel\(([^()]+)\)"


def read_environment(source: Source) -> Document:
    """The document in *source*. Raises: FileProblem where it does not parse, or is no mapping."""
    root = compose(source)
    if not isinstance(root, MappingNode):
        what = "empty" if root is None else f"a {kind_of(root)}"
        raise FileProblem(source.path, f"no conda environment: the file is {what}, not a mapping")
    reader = _Reader(source)
    for key, value in items(source, root):
        reader.read_key(key, value)
    return reader.found.to_document("environment")


class _Reader:
    """The state of reading one file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found = Found(source)
        self.taken = 0
        self.selectors = has_selectors(source.text)
        if source.doubtful_line is not None:
            place = Place(source.path, source.doubtful_line, 1, source.doubtful_line, 1)
            self.found.add_problem("odd", "not UTF-8: read as Latin-1, and refused by conda", place, "save it as UTF-8")

    def read_key(self, key: ScalarNode, value: Node) -> None:
        """Take one key of the file's top level."""
        if key.value == "dependencies":
            self._read_dependencies(value)
        elif key.value == "channels":
            self.found.channels_place = place_of(self.source, key)
            self._read_channels(key, value)
        elif key.value == "platforms" and isinstance(value, SequenceNode):
            self.found.platforms += [node.value for node in value.value if isinstance(node, ScalarNode)]
        elif key.value not in _KEYS:
            self._note_misspelling(key)

    def _note_misspelling(self, key: ScalarNode) -> None:
        """Further keys are common and harmless, but one that looks like `channels` is meant to be it."""
        import difflib

        if near := difflib.get_close_matches(key.value[:40], _KEYS, n=1, cutoff=0.8):
            message = f"conda ignores the key `{key.value}`"
            self._problem("odd", message, key, f"did you mean `{near[0]}`?")

    def _read_channels(self, key: ScalarNode, value: Node) -> None:
        if not isinstance(value, SequenceNode):
            kind = kind_of(value)
            if kind == "null":
                self._problem("odd", "`channels` is empty, which conda refuses", key, "delete the key")
            else:
                self._problem("invalid", f"`channels` is a {kind}, not a list", key)
            return
        for node in value.value:
            if isinstance(node, ScalarNode) and kind_of(node) == "string":
                self.found.channels.append(Channel(without_credentials(node.value), self._inner_place(node)))
            else:
                self._problem("invalid", f"{_a_kind(node)} among the channels, where a name belongs", node)

    def _read_dependencies(self, value: Node) -> None:
        if not isinstance(value, SequenceNode):
            kind = kind_of(value)
            if kind != "null":
                self._problem(
                    "odd" if kind == "mapping" else "invalid", f"`dependencies` is a {kind}, not a list", value
                )
            return
        for node in self._entries(value):
            if isinstance(node, ScalarNode) and kind_of(node) == "string":
                self._add_conda(node, self._platforms(node) if self.selectors else ())
            elif isinstance(node, MappingNode):
                self._read_section(node)
            else:
                self._problem("invalid", f"{_a_kind(node)} among the dependencies, where a requirement belongs", node)
        if value.value and not value.flow_style:
            self.found.dependencies_end = self._insertion(value)
        built = sum(entry.spec.exact_build for entry in self.found.conda)
        self.found.exported = built * 2 > len(self.found.conda)

    def _entries(self, value: SequenceNode) -> list[Node]:
        """The entries of a list; aliases can make a small file say much more than it holds."""
        self.taken += len(value.value)
        if self.taken > MAX_PIECES:
            raise FileProblem(self.source.path, "aliases repeat too many entries: not read")
        return list(value.value)

    def _insertion(self, dependencies: SequenceNode) -> Place:
        """Before the ``-`` of the ``pip:`` section, else of the last entry: there a line and its indent can go."""
        nodes = dependencies.value
        sections = [node for node in nodes if isinstance(node, MappingNode) and _has_pip(node)]
        place = place_of(self.source, sections[0] if sections else nodes[-1])
        dash = place_of(self.source, dependencies).column
        line = next(
            (
                number
                for number in range(place.line or 1, 0, -1)
                if self.source.line(number)[(dash or 1) - 1 :].startswith("-")
            ),
            place.line,
        )
        return Place(self.source.path, line, dash, line, dash)

    def _read_section(self, mapping: MappingNode) -> None:
        """``pip:`` and its list, micromamba's ``sel(linux):``, or something that conda does not know."""
        start = mapping.start_mark.index
        if self.source.text.startswith("{{", start):
            self._problem("odd", "a template entry is filled in elsewhere: not judged", mapping)
            return
        for key, value in items(self.source, mapping):
            chosen = re.fullmatch(_SEL, key.value)
            if key.value == "pip":
                self._read_pip(key, value)
            elif chosen and isinstance(value, ScalarNode):
                self._add_conda(value, select(chosen[1].strip()) or ())
            else:
                hint = f"write `{key.value}={value.value}`" if isinstance(value, ScalarNode) and value.value else None
                self._problem("odd", f"`{key.value}:` is no section that conda knows", key, hint)

    def _read_pip(self, key: ScalarNode, value: Node) -> None:
        if self.found.pip_section is None:
            self.found.pip_section = place_of(self.source, key)
        else:
            message = "a further `pip:` section, of which conda installs only the last"
            self._problem("odd", message, key, "put all entries into one section")
        if isinstance(value, SequenceNode):
            for node in self._entries(value):
                self._add_pip(node)
        elif kind_of(value) != "null":
            self._problem("invalid", f"`pip` holds a {kind_of(value)}, not a list", value)

    def _add_conda(self, node: ScalarNode, platforms: tuple[str, ...]) -> None:
        text = node.value
        place = self._inner_place(node)
        try:
            spec = parse_matchspec(text)
        except InvalidMatchSpec as error:
            if re.search(_TEMPLATE, text):
                self.found.add_problem("odd", f"`{text}` is filled in elsewhere: not judged", place)
            else:
                self.found.add_problem("invalid", f"`{text}` is no valid conda requirement: {error.message}", place)
            return
        version = None
        if spec.version_span is not None and (start := text_start(self.source, node)):
            line, column = start
            version = Place(place.path, line, column + spec.version_span[0], line, column + spec.version_span[1])
        self.found.conda.append(CondaEntry(spec, place, "", version, platforms))

    def _add_pip(self, node: Node) -> None:
        if not isinstance(node, ScalarNode) or kind_of(node) != "string":
            hint = "put the entry in quotes" if isinstance(node, MappingNode) else None
            self._problem("invalid", f"{_a_kind(node)} in the pip list, where a requirement belongs", node, hint)
            return
        from compat.formats.pip_line import read_line  # half of the files have no pip part

        marker = to_marker(self._platforms(node)) if self.selectors else None
        spelled = text_start(self.source, node)
        to_place = self._to_place(node, spelled)
        for text in node.value.split("\n"):
            line = read_line(text)
            if line is None:
                continue
            if line.conda_list and line.defect is not None:
                name, version, _ = text.strip().split("=")
                line = line._replace(defect=line.defect._replace(hint=f"write `{name}=={version}`"))
            if spelled is None:
                line = line._replace(version=None, hashes=None)
            self.found.add_line(line, text, to_place, marker=marker)

    def _platforms(self, node: Node) -> tuple[str, ...]:
        """The subdirs that a comment behind *node* keeps it for; empty for all."""
        place = place_of(self.source, node)
        return select_by_comment(self.source.line(place.end_line or 0)[(place.end_column or 1) - 1 :]) or ()

    def _inner_place(self, node: ScalarNode) -> Place:
        """The span of a scalar's text without quotes; of the whole node where it is not spelled out."""
        start = text_start(self.source, node)
        if start is None:
            return place_of(self.source, node)
        line, column = start
        return Place(self.source.path, line, column, line, column + len(node.value))

    def _to_place(self, node: ScalarNode, start: tuple[int, int] | None) -> ToPlace:
        path = self.source.path
        if start is None:
            whole = place_of(self.source, node)
            return lambda _start, _end: whole
        line, column = start
        return lambda begin, end: Place(path, line, column + begin, line, column + end)

    def _problem(self, kind: str, message: str, node: Node, hint: str | None = None) -> None:
        self.found.add_problem(kind, message, place_of(self.source, node), hint)


def _a_kind(node: Node) -> str:
    """What *node* is, with its article."""
    kind = kind_of(node)
    return "an empty entry" if kind == "null" else f"a {kind}"


def _has_pip(mapping: MappingNode) -> bool:
    return any(isinstance(key, ScalarNode) and key.value == "pip" for key, _ in mapping.value)
