"""The port as a solver sees it: pages and METADATA from several indexes, from the cache where that suffices."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from compat.index import IndexPackages, SourceSettings, UnreachedError, WrongFileError, open_source
from compat.model.distributions import CoreMetadata, DistFile, Page
from compat.model.errors import UsageError
from tests.index.pages import metadata, wheel
from tests.index.shop import HTML, JSON, ONE, QUICK, TWO, Served, Shop, everything_in, name, sdist

FOO = "foo-1.0-py3-none-any.whl"


@pytest.fixture
def shop() -> Shop:
    """One index with foo 1.0, which requires bar, and 2.0, and with bar."""
    shop = Shop()
    shop.page(ONE, "foo", shop.wheel(ONE, FOO, "bar"), shop.wheel(ONE, "foo-2.0-py3-none-any.whl", "bar>=1"))
    shop.page(ONE, "bar", shop.wheel(ONE, "bar-1-py3-none-any.whl"))
    return shop


def known(packages: IndexPackages, project: str) -> Page:
    page = packages.page(name(project))
    assert page is not None
    return page


def file(packages: IndexPackages, project: str, version: str) -> DistFile:
    return known(packages, project).files(version)[0]


def requires(packages: IndexPackages, project: str, version: str) -> tuple[str, ...]:
    found = packages.metadata(name(project), file(packages, project, version))
    assert found is not None
    return found.requires


# -- pages ---------------------------------------------------------------------------------------------------------------


def test_a_page(shop: Shop) -> None:
    with shop.open(None) as packages:
        page = known(packages, "foo")
        assert (page.index, page.versions) == (ONE, ("2.0", "1.0"))
        assert page.files("1.0")[0].requires_python == ">=3.9"
        assert packages.page(name("foo")) is page
        assert packages.page(name("nothing")) is None
        assert packages.page(name("nothing")) is None
    assert shop.asked == [f"{ONE}/foo/", f"{ONE}/nothing/"]
    accept = shop.requests[0].headers["Accept"]
    assert accept == f"{JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"


def test_a_name_that_no_index_can_have_is_not_asked_for(shop: Shop) -> None:
    with shop.open(None) as packages:
        assert [packages.page(name(text)) for text in ("", "../etc", "a b", "A", "-a")] == [None] * 5
    assert shop.asked == []


def test_a_page_in_html() -> None:
    text = '<html><a href="../../files/foo-1.0.tar.gz#sha256=ab">foo-1.0.tar.gz</a></html>'
    with Shop({f"{ONE}/foo/": Served(text.encode(), HTML)}).open(None) as packages:
        assert file(packages, "foo", "1.0") == DistFile(
            "foo-1.0.tar.gz", "https://one.example/files/foo-1.0.tar.gz", (("sha256", "ab"),)
        )


def test_relative_addresses_are_meant_where_the_redirect_ends() -> None:
    shop = Shop({f"{ONE}/foo/": Served(b"", status=301, headers={"Location": "https://two.example/a/b/"})})
    shop.served["https://two.example/a/b/"] = Served(b'<a href="../foo-1.0.tar.gz">x</a>', HTML)
    with shop.open(None) as packages:
        assert file(packages, "foo", "1.0").url == "https://two.example/a/foo-1.0.tar.gz"


def test_a_run_on_a_cache_that_is_fresh_asks_nothing(shop: Shop, tmp_path: Path) -> None:
    for _ in range(2):
        with shop.open(tmp_path) as packages:
            packages.expect([name("foo"), name("bar"), name("nothing")])
            assert requires(packages, "foo", "2.0") == ("bar>=1",)
            assert known(packages, "bar").versions == ("1",)
            assert packages.page(name("nothing")) is None
        asked, shop.requests = sorted(shop.asked), []
        if _ == 0:
            assert f"{ONE}/foo/" in asked
    assert asked == []


def test_the_http_client_is_not_even_imported_where_the_cache_suffices(shop: Shop, tmp_path: Path) -> None:
    with shop.open(tmp_path) as packages:
        requires(packages, "foo", "1.0")
        packages.page(name("nothing"))
    program = f"""
import sys
from compat.index import find_source_settings, open_source, IndexOptions
settings = find_source_settings(IndexOptions({ONE!r}), cache_folder={str(tmp_path)!r})
with open_source(settings) as packages:
    packages.expect(["foo", "nothing"])
    page = packages.page("foo")
    print(packages.metadata("foo", page.files("1.0")[0]).requires, packages.page("nothing"))
print(sorted(sys.modules.keys() & {{"httpx", "asyncio", "ssl", "socket", "hashlib", "concurrent.futures", "pypi_simple", "email"}}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["('bar',) None", "[]"]


@pytest.mark.parametrize(("header", "sent"), [("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")])
def test_a_page_that_is_no_longer_fresh_is_asked_for_by_its_mark(
    shop: Shop, tmp_path: Path, header: str, sent: str
) -> None:
    shop.page(ONE, "foo", shop.wheel(ONE, FOO), **{"Cache-Control": "max-age=100", header: "mark"})
    served = shop.served[f"{ONE}/foo/"]
    assert isinstance(served, Served)

    def answer(request: httpx.Request) -> Served:
        same = request.headers.get(sent) == "mark"
        return Served(b"", status=304, headers={"Cache-Control": "max-age=100"}) if same else served

    shop.served[f"{ONE}/foo/"] = answer
    seen = []
    for now in (1000, 1099, 1100, 1199, 1201):
        with shop.open(tmp_path, clock=lambda now=now: now) as packages:
            assert known(packages, "foo").versions == ("1.0",)
            assert file(packages, "foo", "1.0").size
        seen.append(len(shop.requests))
    assert seen == [1, 1, 2, 2, 3]
    assert shop.requests[-1].headers[sent] == "mark"


def test_a_clock_that_was_set_back_does_not_keep_pages_for_years(shop: Shop, tmp_path: Path) -> None:
    for now in (2_000_000_000, 1_000_000_000):
        with shop.open(tmp_path, clock=lambda now=now: now) as packages:
            known(packages, "foo")
    assert shop.asked == [f"{ONE}/foo/"] * 2


def test_a_broken_file_of_the_cache_is_written_anew(shop: Shop, tmp_path: Path) -> None:
    def read() -> tuple[object, ...]:
        with shop.open(tmp_path) as packages:
            page = known(packages, "foo")
            return page.versions, page.files("1.0"), page.files("2.0"), requires(packages, "foo", "1.0")

    expected = read()
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(paths) == 2
    for path in paths:
        sound = path.read_bytes()
        for at in range(0, len(sound), 7):
            path.write_bytes(sound[:at] + bytes([sound[at] ^ 0x20]) + sound[at + 1 :])
            shop.requests.clear()
            assert read() == expected
            assert shop.asked or b"2.0" in sound
            shop.requests.clear()
            assert read() == expected
            assert shop.asked == []


def test_a_page_that_another_process_writes_anew_meanwhile(tmp_path: Path) -> None:
    """Long pages are read line by line; the lines of the new file may stand elsewhere."""
    shop = Shop()
    entries = [shop.wheel(ONE, f"foo-{number}.0-py3-none-any.whl") for number in range(500)]
    shop.page(ONE, "foo", *entries)
    with shop.open(tmp_path) as packages:
        known(packages, "foo")
    with shop.open(tmp_path) as packages:
        page = known(packages, "foo")
        shop.page(ONE, "foo", *entries, shop.wheel(ONE, "foo-900.0-py3-none-any.whl"))
        with shop.open(tmp_path, clock=lambda: 2e9) as other:
            assert len(known(other, "foo").versions) == 501
        asked = len(shop.requests)
        assert len(page.versions) == 500
        assert [file.name for file in page.files("0.0")] == ["foo-0.0-py3-none-any.whl"]
        assert len(shop.requests) == asked
        (path,) = tmp_path.rglob("*.page")
        path.unlink()
        assert [file.name for file in page.files("1.0")] == ["foo-1.0-py3-none-any.whl"]


# -- several indexes -----------------------------------------------------------------------------------------------------


@pytest.fixture
def two(shop: Shop) -> Shop:
    """A second index, with another foo, and with only-two."""
    shop.page(TWO, "foo", shop.wheel(TWO, "foo-9.0-py3-none-any.whl"), shop.wheel(TWO, FOO))
    shop.page(TWO, "only-two", shop.wheel(TWO, "only_two-1-py3-none-any.whl"))
    return shop


def test_first_index(two: Shop) -> None:
    with two.open(None, ONE, TWO) as packages:
        assert (known(packages, "foo").index, known(packages, "foo").versions) == (ONE, ("2.0", "1.0"))
        assert known(packages, "only-two").index == TWO
        assert packages.page(name("nothing")) is None
    assert f"{TWO}/foo/" not in two.asked


def test_a_page_without_files_is_had_all_the_same(two: Shop) -> None:
    """Else somebody could put on the second index what was taken off the first."""
    two.page(ONE, "foo")
    with two.open(None, ONE, TWO) as packages:
        assert known(packages, "foo").versions == ()


def test_any_index(two: Shop) -> None:
    with two.open(None, ONE, TWO, strategy="any-index") as packages:
        page = known(packages, "foo")
        assert page.versions == ("9.0", "2.0", "1.0")
        assert [file.url for file in page.files("1.0")] == [f"https://one.example/files/{FOO}"]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_an_index_that_does_not_answer_is_not_passed_over(two: Shop, status: int) -> None:
    two.served[f"{ONE}/foo/"] = Served(b"", status=status)
    with two.open(None, ONE, TWO) as packages, pytest.raises(UnreachedError, match=f"^{ONE}/foo/.* {status}"):
        packages.page(name("foo"))
    assert f"{TWO}/foo/" not in two.asked


def test_403_means_absent_where_the_index_itself_can_be_read(two: Shop) -> None:
    two.served[f"{ONE}/only-two/"] = two.served[f"{ONE}/gone/"] = Served(b"", status=403)
    two.served[f"{ONE}/"] = Served(b"x" * 999, HTML)
    with two.open(None, ONE, TWO) as packages:
        assert known(packages, "only-two").index == TWO
        assert packages.page(name("gone")) is None
    assert two.asked.count(f"{ONE}/") == 1


def test_a_pin_goes_before_every_order(two: Shop) -> None:
    with two.open(None, ONE, pins={name("foo"): TWO}) as packages:
        assert known(packages, "foo").index == TWO
        assert packages.page(name("only-two")) is None


def test_links_on_a_page_stand_beside_the_index(shop: Shop, tmp_path: Path) -> None:
    links = "https://links.example/stable.html"
    text = '<a href="foo-3.0-py3-none-any.whl">a</a><a href="https://x.example/baz-1.tar.gz">b</a>'
    shop.served[links] = Served(text.encode(), HTML, headers={"ETag": "e"})
    for _ in range(2):
        with shop.open(tmp_path, ONE, find_links=(links,)) as packages:
            assert (known(packages, "foo").index, known(packages, "foo").versions) == (ONE, ("3.0", "2.0", "1.0"))
            assert known(packages, "baz").index == links
            assert known(packages, "bar").versions == ("1",)
        assert shop.asked.count(links) == _ + 1 or _


# -- METADATA ------------------------------------------------------------------------------------------------------------


def test_metadata_beside_the_wheel(shop: Shop) -> None:
    with shop.open(None) as packages:
        found = packages.metadata(name("foo"), file(packages, "foo", "1.0"))
        assert found == CoreMetadata(("bar",), ">=3.9")
    assert shop.asked == [f"{ONE}/foo/", f"https://one.example/files/{FOO}.metadata"]


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("announced", [True, False])
def test_metadata_out_of_the_wheel(ranges: bool, announced: bool) -> None:
    shop = Shop()
    entry = shop.wheel(ONE, FOO, "bar", beside=announced, ranges=ranges)
    shop.served.pop(f"{entry['url']}.metadata", None)
    shop.page(ONE, "foo", entry)
    with shop.open(None) as packages:
        assert requires(packages, "foo", "1.0") == ("bar",)
    assert len(shop.requests) == 2 + announced


def test_metadata_in_the_middle_of_a_long_wheel() -> None:
    shop = Shop()
    entry = shop.wheel(ONE, FOO, beside=False)
    content = wheel(metadata("bar"), padding=400_000, last=False)
    shop.served[str(entry["url"])] = Served(content, ranges=True)
    shop.page(ONE, "foo", {**entry, "hashes": {}, "size": len(content)})
    with shop.open(None) as packages:
        assert requires(packages, "foo", "1.0") == ("bar",)
    assert all("Range" in request.headers for request in shop.requests[1:])


@pytest.mark.parametrize("status", [400, 405, 416, 501])
def test_a_server_that_refuses_ranges_is_asked_for_the_whole_wheel(status: int) -> None:
    shop = Shop()
    entry = shop.wheel(ONE, FOO, "bar", beside=False)
    whole = shop.served[str(entry["url"])]
    assert isinstance(whole, Served)
    refused = Served(b"", status=status)
    shop.served[str(entry["url"])] = lambda request: refused if "Range" in request.headers else whole
    shop.page(ONE, "foo", entry)
    with shop.open(None) as packages:
        assert requires(packages, "foo", "1.0") == ("bar",)


def test_a_wheel_that_is_too_long_to_be_read_whole() -> None:
    shop = Shop()
    entry = shop.wheel(ONE, FOO, beside=False)
    shop.served[str(entry["url"])] = Served(b"", status=416)
    shop.page(ONE, "foo", {**entry, "size": 10**9})
    with shop.open(None) as packages, pytest.raises(UnreachedError, match=r"longer than 268,435,456 bytes"):
        requires(packages, "foo", "1.0")


def test_wheels_with_one_metadata_are_asked_for_once(tmp_path: Path) -> None:
    shop = Shop()
    files = [f"foo-1.0-cp3{minor}-cp3{minor}-manylinux_2_17_x86_64.whl" for minor in (11, 12)]
    shop.page(ONE, "foo", *(shop.wheel(ONE, each, "bar") for each in files))
    with shop.open(tmp_path) as packages:
        found = {packages.metadata(name("foo"), each) for each in known(packages, "foo").files("1.0")}
    assert found == {CoreMetadata(("bar",), ">=3.9")}
    assert sum(url.endswith(".metadata") for url in shop.asked) == 1


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ("Metadata-Version: 2.2\nName: foo\nRequires-Dist: bar\n", CoreMetadata(("bar",))),
        ("Metadata-Version: 1.0\nName: foo\n", None),
    ],
)
def test_sdists(info: str, expected: CoreMetadata | None, tmp_path: Path) -> None:
    content = sdist({"PKG-INFO": info})
    url = "https://one.example/files/foo-1.0.tar.gz"
    shop = Shop({url: Served(content)})
    shop.page(
        ONE,
        "foo",
        {
            "filename": "foo-1.0.tar.gz",
            "url": url,
            "hashes": {"md5": hashlib.md5(content, usedforsecurity=False).hexdigest()},
        },
    )
    for _ in range(2):
        with shop.open(tmp_path) as packages:
            assert packages.metadata(name("foo"), file(packages, "foo", "1.0")) == expected
    assert shop.asked.count(url) == 1


def test_a_file_that_no_page_lists(shop: Shop) -> None:
    """What a requirement names by URL."""
    url = f"https://one.example/files/{FOO}"
    with shop.open(None) as packages:
        assert packages.metadata(name("foo"), DistFile(FOO, url)) == CoreMetadata(("bar",), ">=3.9")
        with pytest.raises(UnreachedError, match=r"^bar-1\.whl from one\.example: the answer was 404"):
            packages.metadata(name("bar"), DistFile("bar-1.whl", "https://one.example/bar-1.whl"))


# -- what must hold ------------------------------------------------------------------------------------------------------


def test_metadata_with_another_hash(shop: Shop, tmp_path: Path) -> None:
    shop.served[f"https://one.example/files/{FOO}.metadata"] = Served(metadata("evil"))
    with shop.open(tmp_path) as packages:
        for _ in range(2):
            with pytest.raises(
                WrongFileError, match=rf"^{FOO} from {ONE}: its METADATA has the hash sha256=\w+, not \w+ as"
            ):
                requires(packages, "foo", "1.0")
    assert b"evil" not in everything_in(tmp_path)


def test_metadata_out_of_the_wheel_with_another_hash_than_announced(tmp_path: Path) -> None:
    """By that hash it would be kept, and taken for that of the wheel of another index."""
    shop = Shop()
    entry = shop.wheel(ONE, FOO, "evil")
    del shop.served[f"{entry['url']}.metadata"]
    shop.page(ONE, "foo", {**entry, "core-metadata": {"sha256": "00"}})
    with shop.open(tmp_path) as packages, pytest.raises(WrongFileError, match="its METADATA has the hash"):
        requires(packages, "foo", "1.0")
    assert b"evil" not in everything_in(tmp_path)


@pytest.mark.parametrize(
    ("fields", "what"), [({"hashes": {"sha256": "00"}}, "hash sha256="), ({"size": 3}, "bytes, not 3 as")]
)
def test_a_whole_file_with_another_hash_or_size(fields: dict[str, object], what: str) -> None:
    shop = Shop()
    entry = {**shop.wheel(ONE, FOO, beside=False, ranges=False), **fields}
    shop.page(ONE, "foo", entry)
    with shop.open(None) as packages, pytest.raises(WrongFileError, match=rf"{FOO} from {ONE}: .*{what}") as caught:
        requires(packages, "foo", "1.0")
    assert (caught.value.file, caught.value.index) == (FOO, ONE)


def test_a_wheel_in_parts_with_another_size() -> None:
    shop = Shop()
    shop.page(ONE, "foo", {**shop.wheel(ONE, FOO, beside=False), "size": 3})
    with shop.open(None) as packages, pytest.raises(WrongFileError, match="bytes, not 3 as listed"):
        requires(packages, "foo", "1.0")


@pytest.mark.parametrize("content", [b"<html>sign in</html>", b""])
def test_something_else_than_metadata(content: bytes) -> None:
    shop = Shop()
    entry = shop.wheel(ONE, FOO)
    shop.served[f"{entry['url']}.metadata"] = Served(content)
    shop.page(ONE, "foo", {**entry, "core-metadata": True})
    with shop.open(None) as packages, pytest.raises(UnreachedError, match=f"{FOO} from {ONE}: this is no METADATA"):
        requires(packages, "foo", "1.0")


def test_a_wheel_without_metadata() -> None:
    shop = Shop()
    entry = shop.wheel(ONE, FOO, beside=False)
    shop.served[str(entry["url"])] = Served(b"no zip file", ranges=True)
    shop.page(ONE, "foo", {**entry, "size": 11, "hashes": {}})
    with shop.open(None) as packages, pytest.raises(UnreachedError, match="no METADATA that can be read"):
        requires(packages, "foo", "1.0")


# -- offline, exclude-newer, reading ahead -------------------------------------------------------------------------------


def test_offline(shop: Shop, tmp_path: Path) -> None:
    with shop.open(tmp_path) as packages:
        requires(packages, "foo", "1.0")
        packages.page(name("nothing"))
    shop.requests.clear()
    with shop.open(tmp_path, offline=True, clock=lambda: 2e9) as packages:
        packages.expect([name("foo"), name("bar")])
        assert requires(packages, "foo", "1.0") == ("bar",)
        assert packages.page(name("nothing")) is None
        with pytest.raises(UnreachedError, match=rf"^{ONE} may not be asked for bar \(offline\), and the cache"):
            packages.page(name("bar"))
        with pytest.raises(UnreachedError, match=r"^METADATA of foo-2\.0-py3-none-any\.whl may not be asked for"):
            requires(packages, "foo", "2.0")
    (path,) = tmp_path.rglob("foo.page")
    path.write_bytes(path.read_bytes()[:-3] + b"x]\n")
    with (
        shop.open(tmp_path, offline=True) as packages,
        pytest.raises(UnreachedError, match="the cache is broken there"),
    ):
        known(packages, "foo").files("1.0")
    assert shop.asked == []


def test_exclude_newer(tmp_path: Path) -> None:
    shop = Shop()
    old, new, undated = (shop.wheel(ONE, f"foo-{number}-py3-none-any.whl") for number in (1, 2, 3))
    new["upload-time"], undated["upload-time"] = "2026-01-03T00:00:00Z", None
    shop.page(ONE, "foo", old, new, undated)
    for _ in range(2):
        with shop.open(tmp_path, exclude_newer="2026-01-02") as packages:
            assert known(packages, "foo").versions == ("1",)
            assert packages.undated == {"foo": 1}
        with shop.open(tmp_path, exclude_newer="2026-01-03T00:00:01Z") as packages:
            assert known(packages, "foo").versions == ("2", "1")
        with shop.open(tmp_path) as packages:
            assert known(packages, "foo").versions == ("3", "2", "1")
            assert packages.undated == {}
    assert len(shop.requests) == 1


def test_what_is_expected_comes_in_with_what_it_leads_to() -> None:
    shop = Shop()
    linux = "lib-1.0-cp39-abi3-manylinux_2_17_x86_64.whl"
    shop.page(ONE, "app", *(shop.wheel(ONE, f"app-{number}-py3-none-any.whl", *needs) for number, needs in {
        "1.0": ["lib[fast]>=1 ; sys_platform == 'linux'", "win ; sys_platform == 'win32'", "x ; extra == 'x'", "broken (("],
        "2.0": ["other"],
    }.items()))  # fmt: skip
    shop.page(
        ONE, "lib", shop.wheel(ONE, linux, "fast-lib ; extra == 'fast'"), shop.wheel(ONE, "lib-0.1-py3-none-any.whl")
    )
    with shop.open(None) as packages:
        packages.expect_releases([(name("app"), "<2"), (name("odd"), "<<")])
        assert requires(packages, "app", "1.0")[0].startswith("lib")
        assert requires(packages, "lib", "1.0")
        packages.page(name("fast-lib"))
        count = len(shop.requests)
        for project in ("app", "lib", "fast-lib"):
            packages.page(name(project))
        assert len(shop.requests) == count
    assert not {f"{ONE}/{each}/" for each in ("win", "x", "other")} & set(shop.asked)


def test_who_knows_the_target_says_which_wheel_is_likely() -> None:
    shop = Shop()
    shop.page(ONE, "foo", shop.wheel(ONE, FOO), shop.wheel(ONE, "foo-1.0-cp311-cp311-win_amd64.whl", "only-windows"))
    shop.page(ONE, "only-windows")
    with shop.open(None, likely=lambda files: next(file for file in files if "win" in file.name)) as packages:
        packages.expect([name("foo")])
        packages.page(name("foo"))
        packages.page(name("only-windows"))
        packages.metadata(name("foo"), known(packages, "foo").files("1.0")[0])
    assert shop.asked[1].endswith("win_amd64.whl.metadata")


def test_what_fails_while_it_is_read_ahead_is_said_when_it_is_asked_for(shop: Shop) -> None:
    shop.served[f"{ONE}/bar/"] = Served(b"", status=500)
    with shop.open(None) as packages:
        packages.expect([name("foo"), name("bar")])
        assert requires(packages, "foo", "2.0") == ("bar>=1",)
        for _ in range(2):
            with pytest.raises(UnreachedError, match="500"):
                packages.page(name("bar"))
    assert shop.asked.count(f"{ONE}/bar/") == QUICK.tries


def test_what_is_still_under_way_is_dropped_at_the_end(shop: Shop) -> None:
    packages = shop.open(None)
    packages.expect([name("foo"), name("bar")])
    packages.close()
    packages.close()
    with pytest.raises(UnreachedError, match="has ended"):
        packages.page(name("baz"))


def test_without_httpx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "compat.index.transport.connection", raising=False)
    monkeypatch.setitem(sys.modules, "httpx", None)
    with (
        open_source(SourceSettings((ONE,), no_cache=True)) as packages,
        pytest.raises(UsageError, match=r"compat-matrix\[lock\]"),
    ):
        packages.page(name("foo"))
