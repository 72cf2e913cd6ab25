"""Channels in folders: what they lack, what is broken, and folders that are no channel."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from compat.index import ChannelSettings, UnreachedError, open_channels
from compat.index.channels.solver import RattlerChannels
from compat.index.channels.sources import ChannelSources
from compat.model.conda_records import CondaRefusal, CondaRequest
from compat.model.errors import UsageError
from tests.channel_server import CONDA_DATA
from tests.index.toy_channels import Find, ask, solved, toy, versions, write_channel

FORGE = CONDA_DATA / "conda-forge"


def lacking(found: ChannelSettings, subdir: str) -> tuple[str, ...]:
    with open_channels(found) as channels:
        assert isinstance(channels, RattlerChannels)
        return channels.lacking(subdir)


def test_missing_platform_is_empty_and_can_be_asked_for(home: Path, find: Find) -> None:
    channel = write_channel(home / "c", linux_64=[toy("a", "1")], noarch=[toy("b", "1")])
    assert isinstance(ask(find(channel), "a", subdir="osx-64"), CondaRefusal)
    assert versions(ask(find(channel), "b", subdir="osx-64")) == {"b": "1"}
    assert lacking(find(channel), "osx-64") == (f"file://{channel}",)
    assert lacking(find(channel), "linux-64") == ()


def test_missing_noarch_is_empty(home: Path, find: Find) -> None:
    channel = write_channel(home / "c", linux_64=[toy("a", "1")])
    shutil.rmtree(channel / "noarch")
    assert versions(ask(find(channel), "a")) == {"a": "1"}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (None, "there is no folder FOLDER"),
        ({}, "no folder of FOLDER has a repodata.json"),
        ({"linux-64/a-1-0.conda": b""}, "no folder of FOLDER has a repodata.json"),
        ({"linux-64/repodata.json.zst": b""}, "FOLDER/linux-64/repodata.json.zst is only read over HTTP"),
    ],
)
def test_folders_that_are_no_channel(home: Path, find: Find, files: dict[str, bytes] | None, message: str) -> None:
    folder = home / "c"
    if files is not None:
        folder.mkdir()
    for name, content in (files or {}).items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(content)
    with pytest.raises(UsageError) as caught:
        ask(find(folder), "a")
    assert caught.value.message == f"channel `file://{folder}`: {message}".replace("FOLDER", str(folder))


@pytest.mark.parametrize(
    "content",
    ["", "garbage", '{"packages', "[]", "null", '{"packages": {"a-1-0.tar.bz2": {}}}'],
)
def test_broken_repodata_is_named(home: Path, find: Find, content: str) -> None:
    channel = write_channel(home / "c", linux_64=[])
    (channel / "linux-64" / "repodata.json").write_text(content)
    with pytest.raises(UnreachedError) as caught:
        ask(find(channel), "a")
    assert str(channel / "linux-64" / "repodata.json") in str(caught.value) or "is no repodata" in str(caught.value)


def test_credentials_that_repodata_says_are_not_kept(home: Path, find: Find) -> None:
    """Packages may lie elsewhere (CEP 15)."""
    channel = write_channel(home / "c", linux_64=[toy("a", "1")])
    path = channel / "linux-64" / "repodata.json"
    data = json.loads(path.read_bytes())
    data["info"]["base_url"] = "https://me:s3cret@h.example/t/tk/files/"
    path.write_text(json.dumps({**data, "repodata_version": 2}))
    assert solved(ask(find(channel), "a"))["a"].url == "https://h.example/files/a-1-0.conda"


def test_a_bad_dependency_hides_its_record_only(home: Path, find: Find) -> None:
    channel = write_channel(home / "c", linux_64=[toy("a", "2", "b >=<1"), toy("a", "1")])
    assert versions(ask(find(channel), "a")) == {"a": "1"}


def test_the_data_is_sorted() -> None:
    """On unsorted repodata a solve of another tool ran for minutes; what is here is as channels have it."""
    for path in FORGE.glob("*/repodata.json"):
        packages = json.loads(path.read_bytes())["packages.conda"]
        assert list(packages) == sorted(packages)


def test_files_that_are_read_ahead_are_read_once_and_their_faults_are_told(
    home: Path, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = write_channel(home / "c", linux_64=[toy("a", "1")], noarch=[toy("b", "1")])
    read: list[str] = []
    original = ChannelSources._read

    def counted(self: ChannelSources, name: str, url: str, subdir: str) -> object:
        read.append(subdir)
        return original(self, name, url, subdir)

    monkeypatch.setattr(ChannelSources, "_read", counted)
    with open_channels(find(channel)) as channels:
        request = CondaRequest("linux-64", ("a", "b"))
        assert len(channels.solve([request])) == len(channels.solve([request])) == 1
    assert sorted(read) == ["linux-64", "noarch"]
    (channel / "noarch" / "repodata.json").write_text("{")
    with open_channels(find(channel)) as channels, pytest.raises(UnreachedError, match=r"noarch/repodata\.json cannot"):
        channels.solve([request])
