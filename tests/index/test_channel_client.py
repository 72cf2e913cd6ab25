"""Whose credentials go with a request, and what of py-rattler's errors is said. Callbacks run in its threads."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.index.channels.client import _Entrance, find_entrance, secrets_of
from compat.index.channels.faults import is_echo, missing_subdir, reason
from compat.index.channels.gateway import first_error
from compat.index.channels.names import Login
from compat.index.channels.settings import Access
from compat.index.channels.tokens import find_token

ONE = _Entrance("https://h.example/conda/one", Login("me", "pw1"))
DEEP = _Entrance("https://h.example/conda/one/deep", Login("me", "pw2"))
TOKEN = _Entrance("https://h.example:8080/two", Login("you", "pw3", "tk"))
OTHER = _Entrance("https://g.example/one", Login("me", "pw4"))


@pytest.mark.parametrize(
    ("host", "path", "entrance"),
    [
        ("h.example", "/conda/one/noarch/repodata.json", ONE),
        ("H.EXAMPLE", "/conda/one/deep/noarch/repodata.json", DEEP),
        ("h.example", "/conda/one-more/noarch/repodata.json", ONE),
        ("h.example", "/t/tk/two/noarch/repodata.json", TOKEN),
        ("g.example", "/elsewhere/shards/x", OTHER),
        ("x.example", "/one/noarch/repodata.json", None),
        ("example", "/one/noarch/repodata.json", None),
    ],
)
def test_credentials_of_the_nearest_address_of_the_host(host: str, path: str, entrance: _Entrance | None) -> None:
    assert find_entrance([ONE, DEEP, TOKEN, OTHER], host, path) == entrance


def test_header_of_a_login() -> None:
    """RFC 7617."""
    assert ONE.header == "Basic bWU6cHcx"
    assert "pw1" not in repr(ONE)


def test_secrets_are_known_where_mirrors_have_them(home: Path) -> None:
    logins = {"https://m.example/c": Login("me", "password"), "https://c.example/c": Login("me", "unused")}
    access = Access(logins, mirrors={"https://c.example/c": ("https://m.example/c",)})
    assert secrets_of(access, ["https://c.example/c", f"file://{home}"]) == ("password",)


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({}, ".local/share/binstar"),
        ({}, ".local/share/anaconda-client"),
        ({"XDG_DATA_HOME": "HOME/data"}, "data/binstar"),
        ({"BINSTAR_CONFIG_DIR": "HOME/own"}, "own/data"),
    ],
)
def test_token_of_a_site(home: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value.replace("HOME", str(home)))
    (home / folder).mkdir(parents=True)
    (home / folder / "https%3A%2F%2Fapi.anaconda.org.token").write_text(" tk\n")
    (home / folder / "https%3A%2F%2Fother.example.token~").write_text("old")
    assert find_token("https://conda.anaconda.org/private") == "tk"
    assert find_token("https://api.anaconda.org/x") == "tk"
    assert find_token("https://conda.anaconda.org.example/x") == ""
    assert find_token("https://other.example/x") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "HTTP status client error (401 Unauthorized) for url (https://h.example/t/tk/c/noarch/repodata.json)",
            "wants credentials, or others (HTTP 401)",
        ),
        (
            "error sending request for url (https://h.example/c/x)\nCaused by: client error (Connect)\nCaused by: refused",
            "was not reached: error sending request: refused",
        ),
        (
            "failed to decode zstd shard from 'https://h.example/c' (36 bytes received).\nCaused by: Unknown frame",
            "serves something for noarch that is no repodata: failed to decode zstd shard (36 bytes received).: Unknown frame",
        ),
        (
            "no usable repodata cache for https://h.example/c/noarch/",
            "cannot be read offline: its noarch repodata is not in the cache",
        ),
        ("something with s3cret in it", "was not reached: something with *** in it"),
        ("see https://me:pw@h.example/t/tk/c", "was not reached: see"),
    ],
)
def test_reasons(text: str, said: str) -> None:
    assert reason(text, ("s3cret",), "noarch") == said


def test_missing_subdir() -> None:
    text = "could not find subdir 'noarch' in channel 'https://h.example/c/'\nCaused by: HTTP status client error (404 Not Found)"
    assert missing_subdir(text) == ("noarch", "https://h.example/c")
    assert missing_subdir("else") is None


def test_an_echo_gives_way_to_what_it_echoes() -> None:
    """Of several questions for one thing py-rattler tells only one why it failed."""
    echo, cause = OSError("a coalesced request failed: other error"), OSError("refused")
    assert is_echo(str(echo))
    assert first_error([1, 2]) == [1, 2]
    for results, error in (([1, echo, cause], cause), ([echo], echo)):
        with pytest.raises(OSError, match=str(error)):
            first_error(results)
