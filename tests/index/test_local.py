"""Folders of this machine: find-links, and simple repositories behind ``file:`` URLs."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.index import IndexPackages, SourceSettings, UnreachedError
from compat.model.distributions import CoreMetadata, Page
from tests.index.pages import metadata, wheel
from tests.index.shop import ONE, Shop, name, sdist, sha256

WHEEL = wheel(metadata("bar"))
FOO = "foo-1.0+cpu-py3-none-any.whl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of wheels, whose name needs quoting."""
    folder = tmp_path / "my wheels"
    folder.mkdir()
    (folder / FOO).write_bytes(WHEEL)
    (folder / "foo-0.9.tar.gz").write_bytes(
        sdist({"PKG-INFO": "Metadata-Version: 2.2\nName: foo\nRequires-Dist: baz\n"})
    )
    (folder / "readme.txt").write_text("")
    (folder / "foo-7-py3-none-any.whl").mkdir()
    return folder


def local(*indexes: str, links: tuple[str, ...] = (), **options: object) -> IndexPackages:
    return IndexPackages(SourceSettings(indexes, links, no_cache=True, offline=True, **options))  # type: ignore[arg-type]


def known(packages: IndexPackages) -> Page:
    page = packages.page(name("foo"))
    assert page is not None
    return page


@pytest.mark.parametrize("as_url", [True, False])
def test_a_folder_of_wheels(folder: Path, as_url: bool) -> None:
    with local(links=(folder.as_uri() if as_url else str(folder),)) as packages:
        page = known(packages)
        assert (page.index, page.versions) == (folder.as_uri(), ("1.0+cpu", "0.9"))
        (file,) = page.files("1.0+cpu")
        assert file.url == (folder / FOO).as_uri()
        assert (file.hashes, file.size) == ((("sha256", sha256(WHEEL)),), len(WHEEL))
        assert packages.metadata(name("foo"), file) == CoreMetadata(("bar",), ">=3.9")
        assert packages.metadata(name("foo"), page.files("0.9")[0]) == CoreMetadata(("baz",))
        assert packages.page(name("bar")) is None


def test_a_day_does_not_hold_for_what_nobody_uploaded(folder: Path) -> None:
    with local(links=(str(folder),), exclude_newer="2001-01-01") as packages:
        assert known(packages).versions == ("1.0+cpu", "0.9")


def test_a_folder_beside_an_index(folder: Path) -> None:
    shop = Shop()
    shop.page(ONE, "foo", shop.wheel(ONE, FOO), shop.wheel(ONE, "foo-2.0-py3-none-any.whl"))
    with shop.open(None, ONE, find_links=(str(folder),)) as packages:
        page = known(packages)
        assert (page.index, page.versions) == (ONE, ("2.0", "1.0+cpu", "0.9"))
        assert [file.url for file in page.files("1.0+cpu")] == [(folder / FOO).as_uri()]


def test_one_file_and_an_html_file(folder: Path) -> None:
    with local(links=(str(folder / FOO),)) as packages:
        assert known(packages).versions == ("1.0+cpu",)
    page = folder / "links.html"
    page.write_text(f'<a href="{FOO.replace("+", "%2B")}#sha256=ab">x</a>')
    with local(links=(str(page),)) as packages:
        (file,) = known(packages).files("1.0+cpu")
        assert file.hashes == (("sha256", "ab"),)
        assert packages.metadata(name("foo"), file) == CoreMetadata(("bar",), ">=3.9")


@pytest.mark.parametrize("with_page", [True, False])
def test_a_simple_repository(folder: Path, with_page: bool) -> None:
    own = folder / "simple/foo"
    own.mkdir(parents=True)
    if with_page:
        (own / "index.html").write_text(f'<a href="../../{FOO}">x</a>')
    else:
        (own / FOO).write_bytes(WHEEL)
    with local((folder / "simple").as_uri()) as packages:
        (file,) = known(packages).files("1.0+cpu")
        assert file.hashes == (("sha256", sha256(WHEEL)),)
        assert packages.metadata(name("foo"), file) is not None
        assert packages.page(name("bar")) is None


def test_what_is_not_there_is_not_taken_for_empty(folder: Path) -> None:
    """A mount that is missing would make room for somebody else's package."""
    with (
        local(str(folder / "none"), ONE) as packages,
        pytest.raises(UnreachedError, match=r"none: there is no such folder"),
    ):
        packages.page(name("foo"))
    with local(links=(str(folder / "none"),)) as packages, pytest.raises(UnreachedError, match="none: cannot be read"):
        packages.page(name("foo"))
    (folder / "links.html").write_text("garbage")
    with (
        local(links=(str(folder / "links.html"),)) as packages,
        pytest.raises(UnreachedError, match="no file list in HTML"),
    ):
        packages.page(name("foo"))


def test_a_wheel_that_is_none_or_gone(folder: Path) -> None:
    with local(links=(str(folder),)) as packages:
        (file,) = known(packages).files("1.0+cpu")
        (folder / FOO).write_bytes(b"no wheel")
        with pytest.raises(UnreachedError, match=r"cpu-py3-none-any\.whl: the wheel has no METADATA"):
            packages.metadata(name("foo"), file)
        (folder / FOO).unlink()
        with pytest.raises(UnreachedError, match="cannot be read"):
            packages.metadata(name("foo"), file)
    with local(links=(str(folder),)) as packages:
        page = known(packages)
        (folder / "foo-0.9.tar.gz").unlink()
        assert page.files("0.9")[0].hashes == ()
