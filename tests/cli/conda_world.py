"""A project with an environment.yml, over a channel and an index of toys on loopback."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from compat.cli.commands import cli
from compat.lock import ReadLock, read_conda_lock
from tests.channel_server import ChannelServer
from tests.index.toy_channels import toy, write_channel
from tests.toy_index import Toys

NATIVE = (
    toy("python", "3.11.9", "libffi"),
    toy("python", "3.12.1", "libffi"),
    toy("libffi", "3.4"),
    toy("numpy", "1.26.4", "python", timestamp=1700000000000),
    toy("numpy", "2.1.0", "python", timestamp=1720000000000),
    toy("pandas", "2.1.0", "python", "numpy >=1.22,<2"),
    toy("pandas", "2.2.0", "python", "numpy >=2"),
)
NOARCH = (toy("pip", "24.0", "python", noarch="python"), toy("tqdm", "4.66", "python", noarch="python"))
#: ``scanner`` needs another numpy than conda would take, ``relic`` one that conda does not have.
WHEELS: dict[str, tuple[str, ...]] = {
    "scanner-1.2-py3-none-any.whl": ("numpy<2", "leaf"),
    "relic-1.0-py3-none-any.whl": ("numpy<1.20",),
    "numpy-1.19-py3-none-any.whl": (),
    "leaf-1.0-py3-none-any.whl": (),
    "leaf-1.5-py3-none-any.whl": (),
}
CONDA_ONLY = "name: demo\ndependencies:\n  - python=3.11\n  - pandas\n"
MIXED = f"{CONDA_ONLY}  - pip\n  - pip:\n    - scanner\n"


class World:
    """A working folder whose environment.yml names the channel ``toys`` of ``channels``."""

    def __init__(self, folder: Path, channels: ChannelServer, index: Toys) -> None:
        self.folder = folder
        self.channels = channels
        self.index = index
        self.ask_for(CONDA_ONLY)

    @property
    def channel(self) -> str:
        return f"{self.channels.url}/toys"

    def ask_for(self, text: str, *channels: str) -> None:
        named = "".join(f"  - {channel}\n" for channel in channels or (self.channel,))
        (self.folder / "environment.yml").write_text(text.replace("dependencies:", f"channels:\n{named}dependencies:"))

    def stock(self, *more: dict[str, Any], channel: str = "toys") -> None:
        """Have *more* on both platforms."""
        native = (*NATIVE, *more) if channel == "toys" else more
        write_channel(self.channels.folder / channel, linux_64=native, linux_aarch64=native, noarch=NOARCH)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["lock", "environment.yml", *arguments, "--index-url", self.index.url])

    def said(self, result: Result) -> str:
        """What was printed, with no port in it."""
        return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", result.stdout + result.stderr)

    def lock(self) -> ReadLock:
        return read_conda_lock("conda-lock.yml", (self.folder / "conda-lock.yml").read_bytes())

    def versions(self, subdir: str = "linux-64") -> dict[str, str]:
        return {one.record.name: one.record.version for one in self.lock().conda if one.subdir == subdir}

    def files(self) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes()
            for path in self.folder.iterdir()
            if path.name != "environment.yml" and path.is_file()
        }
