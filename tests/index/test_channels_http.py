"""Channels over HTTP: every form of repodata, the cache, and servers that fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.index import UnreachedError, open_channels
from compat.index.channels.solver import RattlerChannels
from compat.model.conda_records import CondaRefusal, CondaRequest
from compat.model.errors import UsageError
from compat.model.names import to_conda_name
from tests.channel_server import CONDA_DATA, JSON, SHARDS, ZST, ChannelServer, serving
from tests.index.toy_channels import GLIBC, Find, ask, refused, solved, versions

# -- forms and cache -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("formats", [{JSON}, {JSON, ZST}, {ZST, SHARDS, JSON}])
def test_every_form_says_the_same(find: Find, formats: set[str]) -> None:
    requests = [
        CondaRequest(subdir, ("pandas", "python 3.12.*"), virtual=GLIBC) for subdir in ("linux-64", "linux-aarch64")
    ]
    with open_channels(find(str(CONDA_DATA / "conda-forge"))) as channels:
        expected = channels.solve(requests)
    with serving(ChannelServer(formats=frozenset(formats))) as server:
        with open_channels(find(f"{server.url}/conda-forge")) as channels:
            answers = channels.solve(requests)
            assert channels.urls == (f"{server.url}/conda-forge",)
            numpy = channels.records(to_conda_name("numpy"), "linux-64")
        read = {
            asked.path.rpartition("/")[2]
            for asked in server.asked
            if "/shards/" not in asked.path and asked.status == 200
        }
    assert read == {SHARDS if SHARDS in formats else ZST if ZST in formats else JSON}
    for answer, other in zip(answers, expected, strict=True):
        there, here = solved(answer), solved(other)
        assert {n: r._replace(url="", channel="") for n, r in there.items()} == {
            n: r._replace(url="", channel="") for n, r in here.items()
        }
        assert all(r.url == f"{server.url}/conda-forge/{r.subdir}/{here[n].file_name}" for n, r in there.items())
    assert len(numpy) == 19


def test_shards_are_fetched_for_what_may_be_needed_only(find: Find) -> None:
    with serving(ChannelServer(formats=frozenset({SHARDS}))) as server:
        assert versions(ask(find(f"{server.url}/conda-forge"), "tzdata"))
        assert sum("/shards/" in path for path in server.paths) == 1


@pytest.mark.parametrize("form", [JSON, ZST, SHARDS])
def test_second_run_asks_whether_something_has_changed(find: Find, form: str) -> None:
    with serving(ChannelServer(formats=frozenset({form}))) as server:
        settings = find(f"{server.url}/conda-forge")
        first = ask(settings, "numpy")
        server.asked.clear()
        assert ask(settings, "numpy") == first
        assert sorted(asked.path for asked in server.asked if asked.status == 304) == [
            f"/conda-forge/linux-64/{form}",
            f"/conda-forge/noarch/{form}",
        ]


def test_offline(find: Find) -> None:
    """From the cache, or not at all; nothing is asked."""
    with serving(ChannelServer()) as server:
        settings = find(f"{server.url}/conda-forge")
        first = ask(settings, "numpy")
        server.asked.clear()
        assert ask(settings._replace(offline=True), "numpy") == first
        with pytest.raises(UnreachedError) as caught:
            ask(settings._replace(offline=True), "numpy", subdir="linux-aarch64")
        assert server.asked == []
    assert str(caught.value) == (
        f"channel `{server.url}/conda-forge` cannot be read offline: its linux-aarch64 repodata is not in the cache"
    )


def test_offline_with_shards_of_other_packages(find: Find) -> None:
    with serving(ChannelServer(formats=frozenset({SHARDS}))) as server:
        settings = find(f"{server.url}/conda-forge")
        ask(settings, "tzdata")
        with pytest.raises(UnreachedError, match="the records of `numpy` are not in the cache"):
            ask(settings._replace(offline=True), "numpy")


def test_cache_is_in_the_folder_of_compat(home: Path, find: Find, toys: ChannelServer) -> None:
    settings = find(f"{toys.url}/one")
    assert versions(ask(settings._replace(no_cache=True), "a")) == {"a": "1"}
    assert not (home / "cache").exists()
    ask(settings, "a")
    assert any((home / "cache" / "v1" / "repodata").iterdir())


def test_cache_that_cannot_be_written_is_none(home: Path, find: Find, toys: ChannelServer) -> None:
    (home / "file").write_text("")
    settings = find(f"{toys.url}/one")._replace(cache_folder=str(home / "file"))
    assert versions(ask(settings, "a")) == {"a": "1"}


def test_broken_cache_is_mended(home: Path, find: Find, toys: ChannelServer) -> None:
    settings = find(f"{toys.url}/one")
    ask(settings, "a")
    for path in (home / "cache").rglob("*.json"):
        if not path.name.endswith("info.json"):
            path.write_text("{")
    assert versions(ask(settings, "a")) == {"a": "1"}


def test_progress_names_each_platform_once(find: Find) -> None:
    said: list[str] = []
    server = ChannelServer(formats=frozenset({SHARDS}))
    with serving(server), open_channels(find(f"{server.url}/conda-forge"), said.append) as channels:
        channels.solve([CondaRequest("linux-64", ("numpy",), virtual=GLIBC)])
    assert sorted(said) == ["reading conda-forge/linux-64", "reading conda-forge/noarch"]


# -- channels that are not there, and servers that fail --------------------------------------------------------------


def test_unknown_channel(find: Find, toys: ChannelServer) -> None:
    said = refused(find("nope", condarc=f"channel_alias: {toys.url}\n"), UsageError)
    assert said == (
        f"channel `nope` ({toys.url}/nope) was not found: it has no repodata for linux-64, noarch\n"
        "hint: a private channel may answer so to who shows no credentials"
    )


def test_unknown_channel_among_others(find: Find, toys: ChannelServer) -> None:
    assert f"channel `{toys.url}/nope` was not found" in refused(
        find(f"{toys.url}/one", f"{toys.url}/nope"), UsageError
    )


def test_missing_platform_is_empty(find: Find, toys: ChannelServer) -> None:
    settings = find(f"{toys.url}/one")
    assert isinstance(ask(settings, "a", subdir="osx-arm64"), CondaRefusal)
    with open_channels(settings) as channels:
        assert isinstance(channels, RattlerChannels)
        assert channels.lacking("osx-arm64") == (f"{toys.url}/one",)
        assert channels.lacking("linux-64") == ()


@pytest.mark.parametrize("formats", [{JSON}, {JSON, ZST}])
def test_missing_noarch_is_empty(find: Find, toys: ChannelServer, formats: set[str]) -> None:
    toys.missing, toys.formats = frozenset({"noarch"}), frozenset(formats)
    settings = find(f"{toys.url}/one", f"{toys.url}/two")
    with open_channels(settings) as channels:
        assert isinstance(channels, RattlerChannels)
        answers = channels.solve([CondaRequest("linux-64", ("a",)), CondaRequest("linux-64", ("a >=2",))])
        assert [versions(answer) for answer in answers] == [{"a": "1"}, {"a": "2"}]
        assert [record.version for record in channels.records(to_conda_name("a"), "linux-64")] == ["1", "2"]
        assert channels.lacking("linux-64") == ()
        assert channels.lacking("osx-64") == tuple(f"{toys.url}/{name}" for name in ("one", "two"))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (500, "answers with HTTP 500 Internal Server Error"),
        ("garbage", "serves something for noarch that is no repodata: failed to parse repodata.json: expected value"),
        ("truncated", "was not reached: failed to download: end of file before message length reached"),
    ],
)
def test_failing_server_is_named(find: Find, toys: ChannelServer, fault: int | str, said: str) -> None:
    toys.faults = {"two/noarch/repodata.json": fault}
    settings = find(f"{toys.url}/one", f"{toys.url}/two")
    assert refused(settings).startswith(f"channel `{toys.url}/two` {said}")
    toys.faults = {}
    assert versions(ask(settings, "a >=2")) == {"a": "2"}


@pytest.mark.parametrize(("form", "fault"), [(ZST, "garbage"), (SHARDS, "garbage"), (SHARDS, 500)])
def test_failing_server_of_other_forms(find: Find, toys: ChannelServer, form: str, fault: int | str) -> None:
    toys.formats, toys.faults = frozenset({form}), {f"linux-64/{form}": fault}
    assert f"channel `{toys.url}/one` " in refused(find(f"{toys.url}/one"))


def test_broken_shard(find: Find, toys: ChannelServer) -> None:
    toys.formats = frozenset({SHARDS})
    toys.faults = dict.fromkeys(toys.shards("one", "linux-64")[1], "garbage")
    assert "no repodata" in refused(find(f"{toys.url}/one"))


def test_slow_server_is_given_up(find: Find, toys: ChannelServer) -> None:
    toys.faults = {JSON: "trickle"}
    settings = find(f"{toys.url}/one")
    access = settings.access._replace(request_seconds=1)
    assert f"channel `{toys.url}/one` was not reached" in refused(settings._replace(access=access))


def test_unreachable(find: Find, toys: ChannelServer) -> None:
    with serving(ChannelServer()) as gone:
        pass
    said = refused(find(f"{toys.url}/one", f"http://me:s3cret@127.0.0.1:{gone.port}/c"))
    assert said.startswith(f"channel `http://127.0.0.1:{gone.port}/c` was not reached: ")
    assert "refused" in said


def test_retries(find: Find, toys: ChannelServer) -> None:
    toys.faults = {"linux-64/repodata.json": 503}
    settings = find(f"{toys.url}/one")
    refused(settings)
    assert len(toys.ends("linux-64/repodata.json")) == 1
    refused(settings._replace(access=settings.access._replace(retries=1)))
    assert len(toys.ends("linux-64/repodata.json")) > 2


def test_user_agent(find: Find, toys: ChannelServer) -> None:
    ask(find(f"{toys.url}/one"), "a")
    assert all(asked.user_agent.startswith("compat-matrix/") for asked in toys.asked)
