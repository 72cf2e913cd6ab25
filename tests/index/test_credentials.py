"""Credentials reach their own host, and nothing else: no other host, no file, no message."""

from __future__ import annotations

import base64
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from compat.index import IndexOptions, SourceSettings, UnreachedError, find_source_settings
from compat.index.transport.credentials import Credentials
from compat.model.distributions import DistFile
from compat.model.errors import CompatError, UsageError
from tests.index.shop import ONE, TWO, Served, Shop, everything_in, name

SECRET = "s3cret/word"  # noqa: S105
SIGNED = "https://me:s3cret%2Fword@one.example/simple"


def basic(user: str, word: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{word}".encode()).decode()


@pytest.fixture(autouse=True)
def no_netrc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def private() -> Shop:
    """An index that wants a password; its files are on it and on another host."""
    shop = Shop()
    own = shop.wheel(ONE, "foo-1.0-py3-none-any.whl")
    other = shop.wheel(TWO, "foo-2.0-py3-none-any.whl", "bar")
    shop.page(ONE, "foo", own, {**other, "url": str(other["url"]).replace("https://", "https://me:word2@")})
    for url, served in list(shop.served.items()):
        if url.startswith("https://one.example") and isinstance(served, Served):
            shop.served[url] = locked(served)
    return shop


def locked(served: Served) -> Callable[[httpx.Request], Served]:
    def answer(request: httpx.Request) -> Served:
        return served if request.headers.get("Authorization") == basic("me", SECRET) else Served(b"", status=401)

    return answer


def sent(shop: Shop) -> Iterator[tuple[str, str | None]]:
    for request in shop.requests:
        yield request.url.host, request.headers.get("Authorization")


def test_of_the_address(private: Shop, tmp_path: Path) -> None:
    with private.open(tmp_path / "cache", SIGNED) as packages:
        page = packages.page(name("foo"))
        assert page is not None
        assert page.index == ONE
        files = [page.files(version)[0] for version in page.versions]
        for file in files:
            assert packages.metadata(name("foo"), file) is not None
        assert packages.page(name("nothing")) is None
    assert set(sent(private)) == {("one.example", basic("me", SECRET)), ("two.example", None)}
    kept = everything_in(tmp_path)
    for word in (SECRET, "s3cret", "word2", "me:", base64.b64encode(f"me:{SECRET}".encode()).decode()):
        assert word.encode() not in kept
        assert word not in repr((page.index, files))


@pytest.mark.parametrize(
    "answer",
    [Served(b"", status=401), Served(b"", status=500), Served(b"x", "text/plain"), httpx.ConnectError("me:s3cret")],
)
def test_in_no_message(answer: Served | Exception, tmp_path: Path) -> None:
    def fault(_: httpx.Request) -> Served:
        if isinstance(answer, Exception):
            raise answer
        return answer

    shop = Shop({f"{ONE}/foo/": fault})
    with shop.open(tmp_path, f"{SIGNED}?token=s3cret") as packages:
        with pytest.raises(UnreachedError) as caught:
            packages.page(name("foo"))
        file = DistFile("foo-1-py3-none-any.whl", "https://me:s3cret@one.example/foo-1-py3-none-any.whl")
        with pytest.raises(CompatError) as other:
            packages.metadata(name("foo"), file)
    assert caught.value.why.startswith(f"{ONE}/foo/: ")
    for error in (caught.value, other.value):
        assert "s3cret" not in f"{error}{error!r}"
    assert b"s3cret" not in everything_in(tmp_path)


def test_not_to_where_a_redirect_leads() -> None:
    shop = Shop({f"{ONE}/foo/": Served(b"", status=302, headers={"Location": f"{TWO}/foo/"})})
    shop.page(TWO, "foo")
    with shop.open(None, SIGNED) as packages:
        packages.page(name("foo"))
    assert list(sent(shop)) == [("one.example", basic("me", SECRET)), ("two.example", None)]


def test_who_has_none_is_not_shown_what_the_cache_has_from_one_who_has(private: Shop, tmp_path: Path) -> None:
    """And the other way about: that an index hides a project is forgotten as soon as there are credentials."""
    with private.open(tmp_path, SIGNED) as packages:
        packages.page(name("foo"))
    with private.open(tmp_path, ONE) as packages, pytest.raises(UnreachedError, match="401"):
        packages.page(name("foo"))


@pytest.mark.parametrize(
    ("text", "url", "login"),
    [
        ("machine one.example login me password s3cret/word", ONE, ("me", SECRET)),
        ("machine one.example:8080 login me password p", "https://one.example:8080/simple", ("me", "p")),
        ("machine one.example login me password p", "https://one.example:8080/simple", ("me", "p")),
        ("machine one.example login me password p", "https://me@one.example/simple", ("me", "p")),
        ("machine one.example login me password p", "https://you@one.example/simple", ("you", "")),
        ("machine one.example login me password p", "https://me:own@one.example/simple", ("me", "own")),
        ("machine two.example login me password p", ONE, None),
        ("default login me password p", ONE, None),
        ("machine", ONE, None),
    ],
)
def test_of_netrc(text: str, url: str, login: tuple[str, str] | None, tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text(text)
    path.chmod(0o600)
    assert Credentials([url], {"NETRC": str(path)}).find(url) == login


def test_of_the_netrc_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "_netrc").write_text("machine one.example login me password p")
    (tmp_path / "_netrc").chmod(0o600)
    assert Credentials([ONE], {}).find(ONE) == ("me", "p")


def keyring(monkeypatch: pytest.MonkeyPatch, found: object) -> list[tuple[str, str | None]]:
    asked: list[tuple[str, str | None]] = []

    def get_credential(service: str, user: str | None) -> object:
        asked.append((service, user))
        if isinstance(found, Exception):
            raise found
        return found if service == "one.example" else None

    module = types.ModuleType("keyring")
    module.get_credential = get_credential  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    return asked


def test_of_the_keyring_where_they_are_needed(private: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = keyring(monkeypatch, types.SimpleNamespace(username="me", password=SECRET))
    with private.open(None, ONE) as packages:
        page = packages.page(name("foo"))
        assert page is not None
        packages.metadata(name("foo"), page.files("1.0")[0])
        packages.metadata(name("foo"), page.files("2.0")[0])
    assert asked == [(f"{ONE}/foo/", None), ("one.example", None)]
    assert list(sent(private))[1:] == [("one.example", basic("me", SECRET))] * 2 + [("two.example", None)]


@pytest.mark.parametrize("found", [None, RuntimeError("locked"), types.SimpleNamespace(username="me", password="")])
def test_a_keyring_that_knows_nothing(private: Shop, monkeypatch: pytest.MonkeyPatch, found: object) -> None:
    keyring(monkeypatch, found)
    with private.open(None, "https://me@one.example/simple") as packages, pytest.raises(UnreachedError, match="401"):
        packages.page(name("foo"))


def test_settings_do_not_show_them() -> None:
    options = IndexOptions(SIGNED, (SIGNED,), pins={name("foo"): SIGNED})
    settings = find_source_settings(options, environment={})
    assert isinstance(settings, SourceSettings)
    assert "s3cret" not in f"{options!r}{settings!r}"
    with pytest.raises(UsageError) as caught:
        find_source_settings(IndexOptions("ftp://me:s3cret@one.example/"), environment={})
    assert "s3cret" not in str(caught.value)
