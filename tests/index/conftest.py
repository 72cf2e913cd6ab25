"""What the tests of channels share: a user who has configured nothing, and a server of two tiny channels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compat.index import ChannelSettings, find_channel_settings
from tests.channel_server import ChannelServer, serving
from tests.index.toy_channels import Find, toy, write_channel


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has configured nothing, keeps no credentials and has no proxy."""
    for name in ("NETRC", "RATTLER_AUTH_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "CONDARC", "BINSTAR_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr("compat.index.channels.condarc._SYSTEM", ())
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def find(home: Path) -> Find:
    """Settings for the channels that are named; nothing is tried twice."""

    def settings(*names: str | Path, condarc: str = "", **more: Any) -> ChannelSettings:  # noqa: ANN401  options of all kinds
        path = home / "condarc.yml"
        path.write_text(f"remote_max_retries: 0\n{condarc}")
        environment = {"HOME": str(home), "CONDARC": str(path)}
        more = {"cache_folder": str(home / "cache"), **more}
        return find_channel_settings([str(name) for name in names], environment=environment, **more)

    return settings


@pytest.fixture
def toys(home: Path) -> Iterator[ChannelServer]:
    """`one` has `a` 1, `two` has `a` 2."""
    write_channel(home / "toys" / "one", linux_64=[toy("a", "1", timestamp=1)])
    write_channel(home / "toys" / "two", linux_64=[toy("a", "2", timestamp=1)])
    with serving(ChannelServer(home / "toys")) as server:
        yield server
