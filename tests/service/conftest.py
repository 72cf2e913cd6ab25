"""One service for all tests that leave it as it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channel_server import ChannelServer, serving
from tests.cli.conda_world import NATIVE, NOARCH, WHEELS
from tests.index.toy_channels import write_channel
from tests.service.running import QUIET, Running, running
from tests.toy_index import Toys, serve


@pytest.fixture(scope="session")
def service() -> Iterator[Running]:
    with running() as found:
        yield found


@pytest.fixture(scope="session")
def index() -> Iterator[Toys]:
    with serve() as toys:
        toys.stock(WHEELS)
        yield toys


@pytest.fixture(scope="session")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChannelServer]:
    folder = tmp_path_factory.mktemp("channels")
    write_channel(folder / "toys", linux_64=NATIVE, linux_aarch64=NATIVE, noarch=NOARCH)
    with serving(ChannelServer(folder)) as server:
        yield server


@pytest.fixture(scope="session")
def locking(index: Toys, channels: ChannelServer) -> Iterator[Running]:
    settings = QUIET._replace(
        index_urls=(index.url.replace("//", "//user:hunter2@"),), channels=(f"{channels.url}/toys",)
    )
    with running(settings) as service:
        yield service
