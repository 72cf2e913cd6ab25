"""What `conda_speed.py` measures `compat lock` against: py-rattler alone solves the same specs for both platforms at once.

Prints the file names of both answers and leaves by `os._exit`, for py-rattler 0.28 sometimes dies while Python 3.11 cleans
up after it. Arguments go by their places, because argparse would take ten milliseconds.

    python benchmarks/bare_rattler.py CHANNEL-URL CACHE-FOLDER CUDA-OR-EMPTY SPEC...
"""

import asyncio
import os
import sys
from pathlib import Path

from rattler import (
    BuildString,
    ChannelPriority,
    Gateway,
    GenericVirtualPackage,
    MatchSpec,
    PackageName,
    RepoDataRecord,
    Subdir,
    Version,
    solve,
)

#: The platforms, with what `__archspec` is on each.
PLATFORMS = {Subdir("linux-64"): "x86_64", Subdir("linux-aarch64"): "aarch64"}


def virtual(name: str, version: str, build: str = "0") -> GenericVirtualPackage:
    """A virtual package."""
    return GenericVirtualPackage(PackageName(name), Version(version), BuildString(build))


def machine(architecture: str, cuda: str) -> list[GenericVirtualPackage]:
    """What `compat lock` assumes of a machine."""
    found = [virtual("__unix", "0"), virtual("__linux", "5.10"), virtual("__glibc", "2.28")]
    found.append(virtual("__archspec", "1", architecture))
    return [*found, virtual("__cuda", cuda)] if cuda else found


async def solve_all(channel: str, cache: str, cuda: str, specs: list[str]) -> list[list[RepoDataRecord]]:
    """The answers, in the order of `PLATFORMS`."""
    gateway = Gateway(Path(cache))
    work = (
        solve(
            [channel],
            [MatchSpec(text, strict=False) for text in specs],
            gateway=gateway,
            platforms=[platform, Subdir("noarch")],
            virtual_packages=machine(architecture, cuda),
            channel_priority=ChannelPriority.Flexible,
        )
        for platform, architecture in PLATFORMS.items()
    )
    return await asyncio.gather(*work)


def main() -> None:
    """Solve and print."""
    channel, cache, cuda, *specs = sys.argv[1:]
    for platform, records in zip(PLATFORMS, asyncio.run(solve_all(channel, cache, cuda, specs)), strict=True):
        for record in records:
            print(platform, record.file_name)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
