"""Pages as the cache holds them: what goes in comes out, newest first, and a broken line is never believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.index.pages.joined_page import JoinedPage
from compat.index.pages.listing import Row, to_file
from compat.index.pages.stored_page import Rest, StoredPage, encode_page
from compat.model.distributions import DistFile
from compat.model.names import PyPIName

BASE = "https://index.example/simple/foo/"


def row(file: str, uploaded: str | None = "2026-01-02T03:04:05Z", url: str = "") -> Row:
    return Row(file, url or f"https://files.example/{file}", {"sha256": "ab"}, 5, ">=3.9", None, uploaded, True)


def page(*rows: Row, before: str = "") -> StoredPage:
    return StoredPage(
        encode_page(PyPIName("foo"), rows, BASE).content, 0, "https://index.example/simple", before=before
    )


def test_versions_are_newest_first_and_odd_names_are_left_out() -> None:
    found = page(
        row("foo-1.0.tar.gz"), row("foo-1.10-py3-none-any.whl"), row("foo-1.9-py3-none-any.whl"), row("foo-2.0rc1.zip"),
        row("foo-1.0.dev1.tar.gz"), row("foo-1.0-py2.egg"), row("bar-9.tar.gz"), row("foo-1.10-py2-none-any.whl"),
    )  # fmt: skip
    assert found.versions == ("2.0rc1", "1.10", "1.9", "1.0", "1.0.dev1")
    assert [file.name for file in found.files("1.10")] == ["foo-1.10-py2-none-any.whl", "foo-1.10-py3-none-any.whl"]
    assert found.files("7") == ()
    assert found.files("1.9")[0] is found.files("1.9", lambda name: name.endswith(".whl"))[0]


def test_a_file_comes_out_as_it_went_in() -> None:
    (file,) = page(row("foo-1.0+cpu-py3-none-any.whl", url="../x%2B?y")).files("1.0+cpu")
    assert file == DistFile(
        "foo-1.0+cpu-py3-none-any.whl",
        "https://index.example/simple/x%2B?y",
        (("sha256", "ab"),),
        5,
        ">=3.9",
        None,
        "2026-01-02T03:04:05Z",
        "",
    )


def test_the_first_of_two_files_of_one_name_counts_and_two_spellings_are_one_version() -> None:
    found = page(row("foo-1.0.tar.gz", url="a"), row("foo-1.0.tar.gz", url="b"), row("foo-1.0.0.zip"))
    assert len(found.versions) == 1
    assert [file.url.rpartition("/")[2] for file in found.files(found.versions[0])] == ["foo-1.0.0.zip", "a"]


def test_credentials_of_an_address_do_not_enter() -> None:
    encoded = encode_page(
        PyPIName("foo"),
        [row("foo-1.tar.gz", url="https://me:word@x.example/"), row("foo-2.zip", url="http://@[")],
        BASE,
    )
    assert b"word" not in encoded.content
    found = StoredPage(encoded.content, 0, "x")
    assert [file.url for file in found.files("1")] == ["https://x.example/"]
    assert found.files("2") == ()


def test_what_came_later_is_left_out_and_what_has_no_date_is_counted() -> None:
    rows = [
        row("foo-1.tar.gz", "2026-01-01T00:00:00.1Z"),
        row("foo-1.zip", "2026-01-03T00:00:00Z"),
        row("foo-2.tar.gz", "2026-01-02T00:00:00Z"),
        row("foo-3.tar.gz", None),
        row("foo-1-py3-none-any.whl", None),
    ]
    found = page(*rows, before="2026-01-02T00:00:00Z")
    assert found.versions == ("1",)
    assert [file.name for file in found.files("1")] == ["foo-1.tar.gz"]
    assert found.undated == 2
    assert page(*rows).undated == 0


ROWS = [row(f"foo-{number}.0-py3-none-any.whl") for number in range(5)]


def test_a_page_of_which_only_the_beginning_is_read() -> None:
    content, checked = encode_page(PyPIName("foo"), ROWS, BASE)
    reads: list[int] = []

    def read(start: int, size: int) -> bytes:
        reads.append(start)
        return content[start : start + size]

    found = StoredPage(content[:checked], 0, "x", rest=Rest(read, lambda: None))
    assert found.versions == ("4.0", "3.0", "2.0", "1.0", "0.0")
    assert reads == []
    assert found.files("2.0") == StoredPage(content, 0, "x").files("2.0")
    assert len(reads) == 1


@pytest.mark.parametrize("kept", [0, 1])
def test_a_broken_line_is_asked_for_again(kept: int) -> None:
    """*kept*: whether the broken bytes are in memory or still on the disk."""
    content, checked = encode_page(PyPIName("foo"), ROWS, BASE)
    good = StoredPage(content, 0, "x")
    assert good.is_sound
    for at in range(checked, len(content)):
        broken = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        rest = Rest(lambda start, size, data=broken: data[start : start + size], lambda: good)  # type: ignore[misc]
        found = StoredPage(broken if kept else broken[:checked], 0, "x", rest=rest, before="2026-06")
        assert found.versions == good.versions
        assert [found.files(version) for version in found.versions] == [
            good.files(version) for version in good.versions
        ]
        assert not StoredPage(broken, 0, "x").is_sound


def test_without_another_copy_a_broken_line_holds_nothing() -> None:
    content, _ = encode_page(PyPIName("foo"), ROWS, BASE)
    assert StoredPage(content[:-5], 0, "x").files("0.0") == ()
    cut = StoredPage(content[:-5], 0, "x", rest=Rest(lambda *_: b"", lambda: None), before="2027")
    assert cut.files("0.0") == ()
    assert StoredPage(content.replace(b"2026-01-02", b"2026-01-09"), 0, "x", before="2027").versions == ()


def test_pages_joined() -> None:
    one = page(row("foo-1.0.tar.gz", url="https://a.example/1"), row("foo-2.0.tar.gz"))
    two = StoredPage(
        encode_page(
            PyPIName("foo"), [row("foo-1.0.0.tar.gz"), row("foo-1.0.tar.gz"), row("foo-3.tar.gz")], BASE
        ).content,
        0,
        "two",
    )
    found = JoinedPage([one, two])
    assert (found.index, found.versions) == ("two", ("3", "2.0", "1.0"))
    assert [file.url for file in found.files("1.0")] == [
        "https://files.example/foo-1.0.0.tar.gz",
        "https://a.example/1",
    ]
    assert found.files("1.0.0") == ()


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([".tar.gz", "-py3-none-any.whl", ".zip"])))
)
def test_every_file_is_under_its_version_whatever_the_order(parts: list[tuple[int, int, str]]) -> None:
    rows = [row(f"foo-{major}.{minor}{ending}") for major, minor, ending in parts]
    found = page(*rows)
    assert {file.name for version in found.versions for file in found.files(version)} == {each.name for each in rows}
    assert found.versions == page(*reversed(rows)).versions


#: What would look like the end of a row, or like a row, to who takes a line of a page apart without reading all of it.
_ODD = ["", "],[", '],["', '"],["', "\\", "\\],[", "]]", "\u2028", 'x","y', "],[foo-1.zip"]
_text = st.one_of(st.none(), st.sampled_from(_ODD), st.text(max_size=3))


@given(
    st.lists(
        st.builds(
            Row,
            st.sampled_from(
                [
                    "foo-1.0.tar.gz",
                    "foo-1.0-py3-none-any.whl",
                    "foo-1.0-py2-none-any.whl",
                    "foo-1.0.zip",
                    'foo-1.0-py3-none-a"b.whl',
                ]
            ),
            st.sampled_from(["https://files.example/x", *_ODD]),
            st.dictionaries(st.sampled_from(["sha256", "md5", *_ODD]), st.sampled_from(["AB", *_ODD])),
            st.one_of(st.none(), st.integers(0, 9)),
            _text,
            _text,
            _text,
            st.one_of(_text, st.booleans(), st.dictionaries(st.sampled_from(["sha256", *_ODD]), st.sampled_from(_ODD))),
        ),
        min_size=1,
        unique_by=lambda row: row.name,
    )
)
def test_a_file_alone_is_read_as_with_all_others(rows: list[Row]) -> None:
    rows.sort(key=lambda row: row.name)
    files = [file for row in rows if (file := to_file(row, BASE)) is not None]
    for wanted in (None, lambda name: name.endswith(".whl"), lambda name: "py3" in name or name.endswith(".zip")):
        found = StoredPage(encode_page(PyPIName("foo"), rows, BASE).content, 0, "x")
        expected = [file for file in files if wanted is None or wanted(file.name)]
        assert list(found.files("1.0", wanted)) == expected
        assert list(found.files("1.0", wanted)) == expected
        assert list(found.files("1.0")) == files
