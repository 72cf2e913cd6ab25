"""YAML with places."""

from __future__ import annotations

import contextlib
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from compat.model.errors import FileProblem
from compat.model.places import Place
from compat.text import yaml as ours
from compat.text.source import Source
from compat.text.yaml import compose, items, kind_of, place_of, text_start


def source_of(text: str) -> Source:
    return Source(path="f", text=text)


def scalars(node: Node | None) -> list[ScalarNode]:
    if isinstance(node, ScalarNode):
        return [node]
    if isinstance(node, SequenceNode):
        return [leaf for item in node.value for leaf in scalars(item)]
    if isinstance(node, MappingNode):
        return [leaf for pair in node.value for item in pair for leaf in scalars(item)]
    return []


@pytest.fixture(params=["C", "Python"])
def _loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both loaders: PyYAML may have been built without its C part."""
    if request.param == "Python":

        class Loader(yaml.BaseLoader):
            pass

        monkeypatch.setattr(ours, "_Loader", Loader)


@pytest.mark.usefixtures("_loader")
def test_scalars_know_their_place() -> None:
    text = 'a: \'é😀\'  # x\r\nb: [x, "y"]\nc: !!str z\nd: "\\u0061"\n'
    source = source_of(text)
    found = {node.value: text_start(source, node) for node in scalars(compose(source)) if node.value not in "abcd"}
    assert found == {"é😀": (1, 5), "x": (2, 5), "y": (2, 9), "z": (3, 10)}
    places = {node.value: place_of(source, node) for node in scalars(compose(source))}
    assert places["é😀"] == Place("f", 1, 4, 1, 8)


@pytest.mark.usefixtures("_loader")
def test_line_ends_that_only_yaml_counts_do_not_shift_places() -> None:
    source = source_of("# \u2028 \x85\na: b\n")
    assert [text_start(source, node) for node in scalars(compose(source))] == [(2, 1), (2, 4)]
    assert [place_of(source, node).line for node in scalars(compose(source))] == [2, 2]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("~", "null"),
        ("", "null"),
        ("null", "null"),
        ("3.10", "number"),
        ("-1e5", "number"),
        ("0x1F", "number"),
        (".5", "number"),
        ("true", "truth value"),
        ("no", "string"),
        ("numpy", "string"),
        ("'3.10'", "string"),
        ("nullable", "string"),
        ("3.10.1", "string"),
        ("[]", "list"),
        ("{}", "mapping"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    root = compose(source_of(f"- {text}\n"))
    assert isinstance(root, SequenceNode)
    assert kind_of(root.value[0]) == kind


@pytest.mark.usefixtures("_loader")
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: b: c", 1),
        ("a:\n\t- b", 2),
        ("a: 'x", 1),
        ("a: *x", 1),
        ("--- a\n--- b", 2),
        ("a: \x01", 1),
        ("é: \x80", 1),
        ("{% if x %}\na: b", 1),
        ("a:\n<<<<<<< HEAD\n b: c\n=======\n", 2),
        ("? [a]\n: b\n? [", 3),
    ],
)
def test_what_does_not_parse_is_one_error_with_its_place(text: str, line: int) -> None:
    with pytest.raises(FileProblem) as caught:
        compose(source_of(text))
    assert caught.value.line == line
    assert caught.value.column
    assert caught.value.message


def test_a_key_that_stands_twice_is_an_error() -> None:
    source = source_of("a: 1\n? [x]\n: y\nb: 2\na: 3\n")
    root = compose(source)
    assert isinstance(root, MappingNode)
    with pytest.raises(FileProblem, match="f:5:1: the key `a` stands twice"):
        list(items(source, root))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000 + "x",
        "? " * 100_000,
        "".join(f"{' ' * depth}- \n" for depth in range(600)),
        "[[],[],[],[" * 30_000,
        "a: &a [x, x]\n" + "b: [*a, *a]\n" * 60_000,
        "- a\n" * 1_000_000,
    ],
    ids=["brackets", "braces", "dashes", "questions", "indents", "in and out", "aliases", "entries"],
)
def test_hostile_text_ends_quickly(text: str) -> None:
    start = time.process_time()
    with pytest.raises(FileProblem):
        compose(source_of(text))
    assert time.process_time() - start < 6  # 1 s; work that grows with the square takes minutes


@pytest.mark.usefixtures("_loader")
def test_an_alias_of_itself_is_no_trouble() -> None:
    root = compose(source_of("&a [x, *a]"))
    assert isinstance(root, SequenceNode)
    assert root.value[1] is root


@given(st.text(alphabet="ab-:?[]{}&*!|>'\"%@#~ \n\r\t\x85\u2028é", max_size=60))
def test_any_text_is_a_tree_or_one_error(text: str) -> None:
    source = source_of(text)
    with contextlib.suppress(FileProblem):
        compose(source)


def test_the_python_loader_ends_deep_nesting_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loader(yaml.BaseLoader):
        pass

    monkeypatch.setattr(ours, "_Loader", Loader)
    monkeypatch.setattr(ours, "MAX_DEPTH", 100_000)
    with pytest.raises(FileProblem, match="cannot be read as YAML"):
        compose(source_of("[" * 2000 + "]" * 2000))
