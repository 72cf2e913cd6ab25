"""What a channel's name means, and that an address keeps no credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.index.channels.condarc import Condarc
from compat.index.channels.names import ChannelNames, Login, mask, split_login
from compat.model.errors import UsageError
from compat.model.locking import LockedChannel

CONDARC = Condarc(
    channel_alias="",
    custom_channels={"corp": "https://art.example/conda", "corp/deep": "deep.example", "disk": "/srv/channels"},
    custom_multichannels={"both": ("conda-forge", "corp"), "empty": ()},
)


def names(condarc: Condarc = CONDARC, **environment: str) -> ChannelNames:
    return ChannelNames(condarc, environment, "/srv")


@pytest.mark.parametrize(
    ("spelt", "name", "urls"),
    [
        ("conda-forge", "conda-forge", ["https://conda.anaconda.org/conda-forge"]),
        ("conda-forge/label/dev", "conda-forge/label/dev", ["https://conda.anaconda.org/conda-forge/label/dev"]),
        ("conda-forge/linux-64", "conda-forge", ["https://conda.anaconda.org/conda-forge"]),
        ("defaults", "defaults", ["https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"]),
        ("pkgs/main", "pkgs/main", ["https://repo.anaconda.com/pkgs/main"]),
        ("main", "main", ["https://conda.anaconda.org/main"]),
        ("corp", "corp", ["https://art.example/conda/corp"]),
        ("corp/x/y", "corp/x/y", ["https://art.example/conda/corp/x/y"]),
        ("corp/deep/z", "corp/deep/z", ["https://deep.example/corp/deep/z"]),
        ("disk", "disk", ["file:///srv/channels/disk"]),
        ("both", "both", ["https://conda.anaconda.org/conda-forge", "https://art.example/conda/corp"]),
        ("https://H.example:8080/c/", "https://h.example:8080/c", ["https://h.example:8080/c"]),
        ("https://h.example/c/noarch", "https://h.example/c", ["https://h.example/c"]),
        ("https://h.example/c/linux-aarch64/", "https://h.example/c", ["https://h.example/c"]),
        ("https://h.example/my-linux-64", "https://h.example/my-linux-64", ["https://h.example/my-linux-64"]),
        ("./here", "file:///srv/here", ["file:///srv/here"]),
        ("../there/noarch", "file:///there", ["file:///there"]),
        ("/a b", "file:///a%20b", ["file:///a%20b"]),
        ("file:///a%20b/", "file:///a%20b", ["file:///a%20b"]),
        (" conda-forge ", "conda-forge", ["https://conda.anaconda.org/conda-forge"]),
        ("https://${HOST}/c", "https://set.example/c", ["https://set.example/c"]),
    ],
)
def test_addresses(spelt: str, name: str, urls: list[str]) -> None:
    assert names(HOST="set.example").resolve(spelt) == LockedChannel(name, tuple(urls))


def test_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert names().address("~/c") == f"file://{tmp_path}/c"


def test_configured_defaults_and_alias() -> None:
    condarc = Condarc(
        default_channels=("https://in.example/main", "https://in.example/r"), channel_alias="in.example/x"
    )
    assert names(condarc).resolve("defaults").urls == ("https://in.example/main", "https://in.example/r")
    assert names(condarc).resolve("r").urls == ("https://in.example/r",)
    assert names(condarc).resolve("other").urls == ("https://in.example/x/other",)
    both = Condarc(custom_multichannels={"defaults": ("conda-forge",)})
    assert names(both).resolve("defaults").urls == ("https://conda.anaconda.org/conda-forge",)


@pytest.mark.parametrize(
    ("spelt", "url", "login"),
    [
        ("https://me:p%2Fw@h.example/c", "https://h.example/c", Login("me", "p/w")),
        ("https://me@h.example/c", "https://h.example/c", Login("me")),
        ("https://h.example/t/tk-123/c/linux-64", "https://h.example/c", Login("", "", "tk-123")),
        ("https://me:pw@h.example/t/tk/c", "https://h.example/c", Login("me", "pw", "tk")),
        ("https://${ME}:${WORD}@h.example/c", "https://h.example/c", Login("me", "pw")),
    ],
)
def test_credentials_are_taken_off(spelt: str, url: str, login: Login) -> None:
    found = names(ME="me", WORD="pw")
    assert found.resolve(spelt) == LockedChannel(url, (url,))
    assert found.logins == {url: login}
    assert "pw" not in repr(found.logins)


def test_credentials_of_the_configuration() -> None:
    found = names(Condarc(channel_alias="https://me:pw@h.example/t/tk"))
    assert found.resolve("a/b") == LockedChannel("a/b", ("https://h.example/a/b",))
    assert found.logins == {"https://h.example/a/b": Login("me", "pw", "tk")}


def test_each_address_once_and_no_nodefaults() -> None:
    found = names().resolve_all(["nodefaults", "conda-forge", "https://conda.anaconda.org/conda-forge", "corp"])
    assert [channel.name for channel in found] == ["conda-forge", "corp"]


def test_mirrors() -> None:
    """The address stays that of the name, if it is one of the mirrors; else it is the first mirror."""
    found = names(
        Condarc(
            mirrored_channels={
                "conda-forge": ("https://me:pw@m.example/cf", "https://conda.anaconda.org/conda-forge"),
                "made-up": ("https://m.example/up", "https://n.example/up"),
            }
        )
    )
    assert found.address("conda-forge") == "https://conda.anaconda.org/conda-forge"
    assert found.address("made-up") == "https://m.example/up"
    assert found.mirrors() == {
        "https://conda.anaconda.org/conda-forge": ("https://m.example/cf", "https://conda.anaconda.org/conda-forge"),
        "https://m.example/up": ("https://m.example/up", "https://n.example/up"),
    }
    assert found.logins == {"https://m.example/cf": Login("me", "pw")}


@pytest.mark.parametrize(
    ("spelt", "message"),
    [
        ("local", "`local` names no channel"),
        ("", "`` names no channel"),
        ("two words", "`two words` names no channel"),
        ("ftp://me:pw@h.example/c", "channel `ftp://h.example/c`: `ftp://h.example/c` is no address of a channel"),
        ("https://me:pw@:0/c", "channel `https://:0/c`: `https://:0/c` is no address of a channel"),
        ("https://${WHO}:pw@h.example/c", "channel `https://h.example/c`: the environment variable `WHO` is not set"),
    ],
)
def test_what_is_no_channel(spelt: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        names().resolve(spelt)
    assert caught.value.message == message


def test_mask() -> None:
    assert mask("see https://a:b@h.example/t/tk/c and //x@y") == "see https://h.example/c and //y"


def test_split_login_of_what_does_not_parse() -> None:
    assert split_login("https://[h.example/c") is None
