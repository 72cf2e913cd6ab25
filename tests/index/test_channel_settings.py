"""What the call says goes before what conda was told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compat.index import ChannelSettings, find_channel_settings
from compat.model.errors import UsageError
from compat.model.locking import LockedChannel

FORGE = LockedChannel("conda-forge", ("https://conda.anaconda.org/conda-forge",))
DEFAULTS = LockedChannel("defaults", ("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"))


def find(tmp_path: Path, condarc: str, *names: str, **more: Any) -> ChannelSettings:  # noqa: ANN401  options of all kinds
    path = tmp_path / "condarc.yml"
    path.write_text(condarc)
    return find_channel_settings(names, environment={"HOME": str(tmp_path), "CONDARC": str(path)}, **more)


@pytest.mark.parametrize(
    ("condarc", "names", "channels"),
    [
        ("", [], [DEFAULTS]),
        ("channels: [conda-forge]\n", [], [FORGE]),
        ("channels: [conda-forge]\n", ["defaults"], [DEFAULTS]),
        ("channels: [defaults]\n", ["conda-forge", "nodefaults"], [FORGE]),
    ],
)
def test_configured_channels_count_where_nobody_names_one(
    tmp_path: Path, condarc: str, names: list[str], channels: list[LockedChannel]
) -> None:
    assert list(find(tmp_path, condarc, *names).channels) == channels


def test_nodefaults_alone_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no conda channel is left"):
        find(tmp_path, "", "nodefaults")


def test_channels_of_specs_come_last(tmp_path: Path) -> None:
    found = find(tmp_path, "", "conda-forge", also=["https://conda.anaconda.org/conda-forge", "pytorch"])
    assert [channel.name for channel in found.channels] == ["conda-forge", "pytorch"]
    found = find(tmp_path, "", "defaults", also=["pkgs/main"])
    assert [channel.name for channel in found.channels] == ["defaults"]
    assert found.urls == DEFAULTS.urls


@pytest.mark.parametrize(
    ("condarc", "stated", "priority"),
    [
        ("", "", "flexible"),
        ("channel_priority: disabled\n", "", "disabled"),
        ("channel_priority: disabled\n", "strict", "strict"),
        ("channel_priority: false\n", "Flexible", "flexible"),
    ],
)
def test_priority(tmp_path: Path, condarc: str, stated: str, priority: str) -> None:
    assert find(tmp_path, condarc, channel_priority=stated).priority == priority


def test_unknown_priority(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown channel priority `high`"):
        find(tmp_path, "", channel_priority="high")


def test_offline_either_way(tmp_path: Path) -> None:
    assert find(tmp_path, "offline: true\n").offline
    assert find(tmp_path, "", offline=True).offline
    assert not find(tmp_path, "").offline


def test_bad_date_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`tomorrow` is no date"):
        find(tmp_path, "", exclude_newer="tomorrow")
    assert find(tmp_path, "", exclude_newer="2026-01-31").before == "2026-02-01T00:00:00Z"


def test_mirrors_of_other_channels_are_left_out(tmp_path: Path) -> None:
    condarc = "mirrored_channels: {conda-forge: [https://m.example/cf], other: [https://m.example/o]}\n"
    found = find(tmp_path, condarc, "conda-forge")
    assert found.access.mirrors == {"https://m.example/cf": ("https://m.example/cf",)}


def test_proxy_without_its_variable(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`proxy_servers: https`: the environment variable `PROXY_WORD` is not set"):
        find(tmp_path, "proxy_servers: {https: 'http://me:${PROXY_WORD}@p.example'}\n")


def test_nothing_secret_is_shown(tmp_path: Path) -> None:
    found = find(
        tmp_path,
        "proxy_servers: {https: 'http://me:s3cret@p.example'}\nchannel_alias: https://me:s3cret@h.example\n",
        "https://me:s3cret@h.example/t/s3cret/c",
        "name",
    )
    assert "s3cret" not in repr(found)
    assert found.urls == ("https://h.example/c", "https://h.example/name")
