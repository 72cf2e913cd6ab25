"""The quick way to store a page takes what the careful way takes, and makes the same of it, or leaves it to that."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.index.faults import UnreadableError
from compat.index.pages.listing import parse_page
from compat.index.pages.stored_page import StoredPage, encode_page
from compat.model.names import PyPIName

pytest.importorskip("msgspec")

from compat.index.pages.quick_pages import encode_quickly

FOO = PyPIName("foo")
BASE = "https://index.example/simple/foo/"
JSON = "application/vnd.pypi.simple.v1+json"
NAMES = (
    "foo-1.0-py3-none-any.whl",
    "foo-1.0-1-cp311-cp311-linux_x86_64.whl",
    "foo-1.0.tar.gz",
    "foo-1.0.zip",
    "foo-1.0",
    "Foo-2.0rc1-py3-none-any.whl",
    "foo-2.0.rc1.tar.gz",
    "foo-1.0-py3.egg",
    "foo-1.0-py3-none.whl",
    "foo-nonsense-py3-none-any.whl",
    "foo-bar-1.0.tar.gz",
    "bar-1.0-py3-none-any.whl",
    "foo-1.0/../foo-1.0-py3-none-any.whl",
)


def entry(file: str, **other: object) -> dict[str, object]:
    return {"filename": file, "url": f"https://files.example/{file}", "hashes": {"sha256": "AB"}, **other}


def body(*entries: object, **page: object) -> bytes:
    whole = {"meta": {"api-version": "1.1"}, "name": "foo", "files": entries, **page}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")


def values(page: bytes) -> object:
    """All that a solver can be told of a page."""
    stored = StoredPage(page, 0, "index")
    assert stored.is_sound
    return stored.uploads, {version: stored.files(version) for version in stored.versions}


def careful(content: bytes) -> object:
    return values(encode_page(FOO, parse_page(content, JSON)[0], BASE).content)


def quick(content: bytes, kind: str = JSON) -> object:
    found = encode_quickly(FOO, content, kind, BASE)
    return None if found is None else values(found.content)


#: All but what a URL with credentials has: the quick way leaves such a page to the other.
LETTERS = st.characters(exclude_characters="@")
FIELDS = {
    "size": st.integers() | st.none() | st.text(LETTERS, max_size=3),
    "requires-python": st.sampled_from([">=3.9", None, 3]),
    "yanked": st.booleans() | st.text(LETTERS, max_size=5) | st.none(),
    "upload-time": st.sampled_from(["2026-01-02T03:04:05.123456Z", "2020-01-01T00:00:00Z", "soon", None]),
    "core-metadata": st.booleans() | st.none() | st.just({"sha256": "CD"}),
    "provenance": st.just("https://index.example/integrity"),
}
ENTRIES = st.builds(
    lambda file, other: entry(file, **other), st.sampled_from(NAMES), st.fixed_dictionaries({}, optional=FIELDS)
)


@given(st.lists(ENTRIES, max_size=8))
def test_both_ways_say_the_same(entries: list[dict[str, object]]) -> None:
    content = body(*entries)
    assert quick(content) == careful(content)


@given(st.lists(ENTRIES, min_size=1, max_size=2), st.data())
def test_what_is_broken_is_not_taken_where_the_careful_way_refuses_it(
    entries: list[dict[str, object]], data: st.DataObject
) -> None:
    content = bytearray(body(*entries))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 3))] = data.draw(
        st.sampled_from([b"", b'"', b"}", b"\xff", b"\\u", b"0"])
    )
    found = quick(bytes(content))
    if found is not None:
        assert found == careful(bytes(content))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (body(entry(NAMES[0])), "text/html"),
        (body(entry(NAMES[0])).replace(b",", b",\n"), JSON),
        (body(entry(NAMES[0], **{"dist-info-metadata": True})), JSON),
        (body(entry(NAMES[0], url="https://me:secret@files.example/x.whl")), JSON),
        (body(entry(NAMES[0], url=None)), JSON),
        (body(entry(NAMES[0]), meta={"api-version": "2.0"}), JSON),
        (body(entry(NAMES[0]), meta=None), JSON),
        (body({"filename": NAMES[0], "url": "x"}), JSON),
        (body(entry(NAMES[0], yanked="\ud800")), JSON),
        (b'{"files":' + b"[" * 100_000, JSON),
        (b"", JSON),
    ],
)
def test_what_is_unusual_is_left_to_the_careful_way(content: bytes, kind: str) -> None:
    assert encode_quickly(FOO, content, kind, BASE) is None


def test_of_two_files_of_one_name_the_first_stays() -> None:
    content = body(entry(NAMES[0], size=1), entry(NAMES[0], size=2))
    stored = encode_quickly(FOO, content, JSON, BASE)
    assert stored is not None
    assert [file.size for file in StoredPage(stored.content, 0, "index").files("1.0")] == [1]


def test_msgspec_need_not_be_there() -> None:
    program = """
import sys
sys.modules["msgspec"] = None
from compat.index.pages.remote_pages import _find_quick
print(_find_quick()("foo", b'{"files":[]}', "application/json", "https://index.example/"))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"


def test_a_refused_page_is_refused_by_both() -> None:
    with pytest.raises(UnreadableError):
        careful(body({"filename": NAMES[0]}))
    assert quick(body({"filename": NAMES[0]})) is None
