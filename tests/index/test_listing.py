"""Pages in JSON and HTML, and what indexes get wrong in them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.index.faults import UnreadableError
from compat.index.pages.listing import Row, parse_page, to_file, to_moment
from compat.model.distributions import DistFile

PAGE = "https://index.example/simple/foo/"
FILE = "foo-1.0-py3-none-any.whl"


def from_json(entry: object, **page: object) -> list[DistFile | None]:
    body = json.dumps({"meta": {"api-version": "1.0"}, "files": [entry], **page}).encode()
    rows, _ = parse_page(body, "application/vnd.pypi.simple.v1+json")
    return [to_file(row, PAGE) for row in rows]


def from_html(text: str, kind: str = "text/html") -> list[DistFile | None]:
    rows, base = parse_page(text.encode(), kind)
    return [to_file(row, base or PAGE) for row in rows]


def test_json() -> None:
    entry = {
        "filename": FILE,
        "url": "../../files/foo-1.0-py3-none-any.whl#sha256=0",
        "hashes": {"sha512": "FF", "sha256": "AA"},
        "size": 5,
        "requires-python": ">=3.9",
        "yanked": "broken",
        "upload-time": "2026-01-02T03:04:05.999999Z",
        "core-metadata": {"sha256": "BB"},
        "dist-info-metadata": False,
    }
    assert from_json(entry) == [
        DistFile(
            name=FILE,
            url="https://index.example/files/foo-1.0-py3-none-any.whl",
            hashes=(("sha256", "aa"), ("sha512", "ff")),
            size=5,
            requires_python=">=3.9",
            yanked="broken",
            uploaded="2026-01-02T03:04:05Z",
            metadata="sha256=bb",
        )
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"yanked": True}, {"yanked": "no reason given"}),
        ({"yanked": ""}, {"yanked": None}),
        ({"core-metadata": True}, {"metadata": ""}),
        ({"core-metadata": {"md5": "x"}}, {"metadata": ""}),
        ({"core-metadata": False, "dist-info-metadata": True}, {"metadata": None}),
        ({"dist-info-metadata": {"sha256": "c"}}, {"metadata": "sha256=c"}),
        ({"upload-time": "2026-01-02T03:04:05+01:00"}, {"uploaded": "2026-01-02T02:04:05Z"}),
        ({"upload-time": "2026-01-02"}, {"uploaded": "2026-01-02T00:00:00Z"}),
        ({"upload-time": "soon"}, {"uploaded": ""}),
        ({"url": "https://user:word@files.example/foo#x"}, {"url": "https://files.example/foo"}),
        ({"url": "//files.example/foo?x=1"}, {"url": "https://files.example/foo?x=1"}),
        ({"size": "many"}, {"size": None}),
    ],
)
def test_fields_of_json(fields: dict[str, object], expected: dict[str, object]) -> None:
    (file,) = from_json({"filename": FILE, "url": "x", "hashes": {}, **fields})
    assert file is not None
    assert {key: getattr(file, key) for key in expected} == expected


@pytest.mark.parametrize("fields", [{"hashes": 1}, {"hashes": {"sha256": 1}}, {"url": "http://["}, {"url": 1}])
def test_an_entry_of_nonsense_is_left_out(fields: dict[str, object]) -> None:
    assert from_json({"filename": FILE, "url": "x#", "hashes": {}, **fields}) == [None]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"files": [', b'{"files": [{"filename": "x"}]}', b'{"files": 1}', b"\xff"]
)
def test_broken_json(body: bytes) -> None:
    with pytest.raises(UnreadableError, match="no file list in JSON"):
        parse_page(body, "application/json")


def test_another_major_version_is_refused() -> None:
    with pytest.raises(UnreadableError, match=r"version 2\.0 of the simple API"):
        parse_page(b'{"meta": {"api-version": "2.0"}, "files": []}', "application/json")
    with pytest.raises(UnreadableError, match=r"version 2\.0"):
        from_html('<html><meta name="pypi:repository-version" content="2.0"></html>')


def test_another_kind_of_answer_is_refused() -> None:
    with pytest.raises(UnreadableError, match="`text/plain`"):
        parse_page(b"", "text/plain")
    with pytest.raises(UnreadableError, match="`nothing in particular`"):
        parse_page(b"", "")


def test_html() -> None:
    found = from_html(
        '<!DOCTYPE html><html><head><base href="https://files.example/a/"><meta name="pypi:repository-version" content="1.1">'
        '</head><body><a href="../foo-1.0%2Bcpu-py3-none-any.whl#sha256=AB&amp;egg=x" data-requires-python="&gt;=3.9"'
        ' data-yanked="" data-dist-info-metadata="sha256=CD">text</a>'
        '<a href="foo-1.0.tar.gz" data-core-metadata="true" data-dist-info-metadata="false" data-yanked="why">x</a>'
        '<a href="foo-2.0.tar.gz" data-core-metadata="false">x</a><a>no target</a></body></html>'
    )
    assert found == [
        DistFile(
            name="foo-1.0+cpu-py3-none-any.whl",
            url="https://files.example/foo-1.0%2Bcpu-py3-none-any.whl",
            hashes=(("sha256", "ab"),),
            requires_python=">=3.9",
            yanked="no reason given",
            metadata="sha256=cd",
        ),
        DistFile("foo-1.0.tar.gz", "https://files.example/a/foo-1.0.tar.gz", yanked="why", metadata=""),
        DistFile("foo-2.0.tar.gz", "https://files.example/a/foo-2.0.tar.gz"),
    ]


def test_html_in_another_charset_and_half_of_a_page() -> None:
    rows, _ = parse_page('<a href="é.whl">x</a><a href="b.whl"'.encode("latin-1"), "text/html; charset=latin-1")
    assert [row.name for row in rows] == ["é.whl"]
    rows, _ = parse_page(b'<a href="b.whl">', "application/vnd.pypi.simple.v1+html; charset=nonsense")
    assert [row.name for row in rows] == ["b.whl"]


@pytest.mark.parametrize("text", ["", "500 something broke", "<html><form><input type=password></form></html>", "\0\0"])
def test_html_that_is_no_page(text: str) -> None:
    with pytest.raises(UnreadableError, match="no file list in HTML"):
        from_html(text)


def test_an_empty_page_is_a_page() -> None:
    assert from_html("<!DOCTYPE html><html><body></body></html>") == []


@given(st.binary(max_size=200), st.sampled_from(["application/json", "text/html"]))
def test_any_bytes_are_a_page_or_one_clear_error(body: bytes, kind: str) -> None:
    try:
        rows, _ = parse_page(body, kind)
    except UnreadableError:
        return
    for row in rows:
        to_file(row, PAGE)


@settings(max_examples=40)
@given(st.lists(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists), min_size=8, max_size=8))
def test_any_row_is_a_file_or_none(fields: list[object]) -> None:
    assert isinstance(to_file(Row(*fields), PAGE), DistFile | None)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    assert len(to_moment(text)) in {0, 20}
