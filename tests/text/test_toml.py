"""TOML with places, held equal to `tomllib`."""

from __future__ import annotations

import contextlib
import time
import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.model.errors import FileProblem
from compat.text.source import Source
from compat.text.toml import Route, Toml, parse
from tests.formats.readings import data_files


def read(text: str) -> Toml:
    return parse(Source(path="f", text=text))


def routes_of(value: object, route: Route = ()) -> Iterator[tuple[Route, object]]:
    """Every route in a document as `tomllib` gives it, with its value."""
    if route:
        yield route, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from routes_of(item, (*route, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from routes_of(item, (*route, number))


def check_places(toml: Toml) -> None:
    """Every route has a place, and the text there, read by itself, is the value."""
    wanted = dict(routes_of(toml.data))
    assert set(toml.routes()) - {()} == set(wanted)
    lines = toml.source.text.split("\n")
    for route, value in wanted.items():
        place = toml.value(route)
        assert place.line
        if isinstance(value, dict | list) or place.line != place.end_line or toml.newer_line:
            continue
        assert place.column
        assert place.end_column
        text = lines[place.line - 1][place.column - 1 : place.end_column - 1]
        assert repr(tomllib.loads(f"x = {text}")["x"]) == repr(value)
        if isinstance(value, str) and toml.is_verbatim(route, value):
            inner = toml.content(route)
            assert inner.column
            assert inner.end_column
            assert lines[place.line - 1][inner.column - 1 : inner.end_column - 1] == value


DOCUMENT = '''# top
title = "x"  # comment
"quoted key" . 'sub'.bare = 1
dates = [1979-05-27T07:32:00Z, 1979-05-27 07:32:00, 07:32:00 ]
empty = []
nothing = {}

[a.b]  # header
list = [ "one", # [ not a bracket
  'two', """th
ree""", """four"""", [1, [2, {x = "]"}]],
]
inline = { k = "v", 'q'.r = [1, 2], n = { m = '}' } }

[[a.items]]
name = "first"
[a.items.sub]
deep = true
[[a.items]]
name = \'\'\'sec\'ond\'\'\'
[[a.items.more]]
z = -1.5e3
'''


@pytest.mark.parametrize("text", [DOCUMENT, DOCUMENT.replace("\n", "\r\n"), "", "a=1", "# only"])
def test_places_agree_with_tomllib(text: str) -> None:
    check_places(read(text))


@pytest.mark.parametrize(
    "case", [case for case in data_files() if case[1].suffix == ".toml"], ids=lambda case: case[1].name
)
def test_places_of_real_shapes_agree_with_tomllib(case: tuple[str, object]) -> None:
    _, path = case
    try:
        toml = read(path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    except FileProblem:
        return
    check_places(toml)


def test_each_kind_of_place() -> None:
    toml = read('[tool.x]\nlist = ["a", \'b\']\ndeep = { k = """v""" }\n')

    def shown(place: object) -> str:
        return str(place).removeprefix("f:")

    assert shown(toml.key(("tool", "x"))) == "1:7"
    assert shown(toml.key(("tool", "x", "list"))) == "2:1"
    assert shown(toml.key(("tool", "x", "list", 1))) == "2:14"
    assert shown(toml.value(("tool", "x", "list", 1))) == "2:14"
    assert shown(toml.content(("tool", "x", "list", 1))) == "2:15"
    assert shown(toml.content(("tool", "x", "deep", "k"))) == "3:17"
    assert shown(toml.entry(("tool", "x", "deep", "k"))) == "3:10"
    assert shown(toml.entry(("tool", "x", "list", 0))) == "2:9"
    assert shown(toml.value(("tool", "x", "gone", 3))) == "1:7"
    assert shown(toml.content(("tool",))) == "1:2"
    assert shown(toml.value(("gone",))) == "1:1"
    assert not toml.is_verbatim(("tool", "x"), "")


KEYS = st.one_of(st.from_regex(r"\A[A-Za-z0-9_-]{1,4}\Z"), st.text(alphabet="a.\"'\\ é#[]{}=", min_size=0, max_size=4))
STRINGS = st.text(alphabet="ab\"'\\#[]{},= é\n\t😀", max_size=8)
VALUES = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), STRINGS, st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)


def spell_string(text: str, style: int) -> str:
    basic = text.replace("\\", "\\\\").replace('"', '\\"')
    if style == 1 and "'" not in text and "\n" not in text:
        return f"'{text}'"
    if style == 2 and "'" not in text:
        return f"'''\n{text}'''"
    if style == 3:
        return f'"""{basic}"""'
    return '"' + basic.replace("\n", "\\n").replace("\t", "\\t") + '"'


def spell_key(key: str) -> str:
    plain = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if plain else spell_string(key, 0)


def spell(value: object, draw: st.DrawFn) -> str:
    """*value* in one of the ways that TOML has for it, with comments and line ends where they may stand."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return spell_string(value, draw(st.integers(0, 3)))
    space = draw(st.sampled_from(["", " ", "\n ", " # ] comment }\n"]))
    if isinstance(value, list):
        inner = f",{space}".join(spell(item, draw) for item in value)
        return f"[{space}{inner}{space}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{spell_key(key)} = {spell(item, draw)}" for key, item in value.items())
        return f"{{ {inner} }}"
    return str(value)


@st.composite
def documents(draw: st.DrawFn) -> str:
    lines = []
    for table in [None, *draw(st.lists(KEYS, max_size=2, unique=True))]:
        if table is not None:
            lines.append(draw(st.sampled_from(["[t.{}]", "[ t . {} ]", "[[u.{}]]"])).format(spell_key(table)))
        for key, value in draw(st.dictionaries(KEYS, VALUES, max_size=3)).items():
            lines.append(f"{spell_key(key)}={spell(value, draw)} {draw(st.sampled_from(['', '# x', '# [y]']))}")
    return draw(st.sampled_from(["\n", "\n\n", "\n# z\n"])).join(lines)


@settings(max_examples=300)
@given(documents())
def test_places_of_any_document_agree_with_tomllib(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    check_places(read(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = [\n1\n2]", "f:3:1: Unclosed array"),
        ('a = "x', "f:1:7: Unterminated string"),
        ("a = 2020-02-31", "f:1:5: Invalid date or datetime"),
        ("a = " + "1" * 5000, "f: Exceeds the limit (4300 digits) for integer string conv"),
        ("a = " + "[" * 100_000, "f: nested too deep"),
        ("a" + ".a" * 2000 + " = 1", "f: a line with too many dots"),
        ("a = { b = 1 c = 2 }", "f:1:13: Unclosed inline table"),
        ("a = {\n  b = 1\n  c = 2\n}", "f:3:3: Unclosed inline table"),
        ("a = {\n  b = '\\e', c = \"\\e\" d\n}", "f:1:6: Invalid initial character for a key part"),
    ],
)
def test_what_does_not_parse_is_one_error(text: str, message: str) -> None:
    with pytest.raises(FileProblem) as caught:
        read(text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "data", "line"),
    [
        ('a = {\n  b = 1, # x\n  c = "}",\n}\n', {"a": {"b": 1, "c": "}"}}, 1),
        ("x = 1\na = { b = 1, }\n", {"x": 1, "a": {"b": 1}}, 2),
        ('a = "\\x41\\e\\\\e"\n', {"a": "A\x1b\\e"}, 1),
        ("a = [ { b = [1, 2,], }, ]", {"a": [{"b": [1, 2]}]}, 1),
        ("a = {\r\n  b = '''\r\n}''',\r\n}", {"a": {"b": "}"}}, 1),
    ],
)
def test_the_newer_syntax_is_read_and_noted(text: str, data: dict[str, object], line: int) -> None:
    toml = read(text)
    assert (toml.data, toml.newer_line) == (data, line)
    check_places(toml)


@pytest.mark.parametrize(
    "text",
    [
        "a = [" + "{" * 5000,
        "".join(f"[t{'.x' * 900}]\n" for _ in range(500)),
        "a = '" + "x" * 2_000_000 + "'",
        "\n".join(f"k{number} = 1" for number in range(150_000)),
        "a = [" + "1," * 150_000 + "]",
        "a = " + "{ b = " * 2000 + "1" + " }" * 2000,
        "[[a]]\n" * 90_000 + "x",
    ],
    ids=["braces", "long headers", "long string", "lines", "elements", "tables", "headers"],
)
def test_hostile_text_ends_quickly(text: str) -> None:
    start = time.process_time()
    with pytest.raises(FileProblem):
        read(text)
    assert time.process_time() - start < 6  # 1 s; work that grows with the square takes minutes


@given(st.text(alphabet="ab.=[]{}\"'#,\\ \n1", max_size=40))
def test_any_text_is_a_document_or_one_error(text: str) -> None:
    with contextlib.suppress(FileProblem):
        check_places(read(text))
