"""What the tests of locks with a conda part share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channel_server import ChannelServer, serving
from tests.cli.conda_world import WHEELS, World
from tests.toy_index import serve


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "CONDARC", "CONDA_PREFIX", "CONDA_EXE", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr("compat.index.channels.condarc._SYSTEM", ())
    for name, value in {
        "HOME": tmp_path,
        "COMPAT_CACHE_DIR": tmp_path / "cache",
        "CONDA_REMOTE_MAX_RETRIES": 0,
    }.items():
        monkeypatch.setenv(name, str(value))
    work = tmp_path / "work"
    (work / ".git").mkdir(parents=True)
    monkeypatch.chdir(work)
    with serving(ChannelServer(tmp_path / "channels")) as channels, serve() as index:
        found = World(work, channels, index)
        found.stock()
        index.stock(WHEELS)
        yield found
