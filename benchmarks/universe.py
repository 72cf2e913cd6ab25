"""A made-up package index of any size, for `lock_scaling.py`: pages and METADATA are computed when they are asked for.

Projects ``app-N`` are what requirements name. Each depends on a few of the ``lib-N``, low numbers more often, as a few
projects carry most of the real index; libs depend on libs of lower numbers. A third of the projects have wheels for each
platform. Of each lib some release is in every range, so that a solution exists; the newest is not in all of them.
"""

from __future__ import annotations

import hashlib
import random
from functools import cache
from typing import Any

LIBS = 300
VERSIONS = 30
#: Every lower bound is at most the first, every upper bound above the second.
LOW, HIGH = 20, 24
PLATFORMS = (
    "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "manylinux_2_17_aarch64.manylinux2014_aarch64",
    "macosx_11_0_arm64",
    "win_amd64",
)
PYTHONS = ("cp310", "cp311", "cp312", "cp313")


class Universe:
    """The holdings of an index that has ``app-0``, ``app-1``, ... and ``lib-0`` to ``lib-299``."""

    def page(self, name: str) -> dict[str, Any] | None:
        kind, _, number = name.partition("-")
        if kind not in {"app", "lib"} or not number.isdecimal():
            return None
        files = [entry for minor in range(VERSIONS) for entry in _files(name, minor)]
        versions = [f"1.{minor}.0" for minor in range(VERSIONS)]
        return {"meta": {"api-version": "1.1"}, "name": name, "versions": versions, "files": files}

    def metadata(self, path: str) -> bytes | None:
        name, version = path.rpartition("/")[2].split("-")[:2]
        return _metadata(name.replace("_", "-"), int(version.split(".")[1]))

    def size(self, path: str) -> int | None:  # noqa: ARG002 - files are never there
        return None

    def file(self, path: str) -> bytes | None:  # noqa: ARG002
        return None

    def part(self, path: str, start: int, stop: int) -> bytes | None:  # noqa: ARG002
        return None


def _files(name: str, minor: int) -> list[dict[str, Any]]:
    """The entries of one release."""
    stem = f"{name.replace('-', '_')}-1.{minor}.0"
    if _dice(name).random() < 1 / 3:
        names = [f"{stem}-{python}-{python}-{platform}.whl" for python in PYTHONS for platform in PLATFORMS]
    else:
        names = [f"{stem}-py3-none-any.whl"]
    digest = hashlib.sha256(_metadata(name, minor)).hexdigest()
    wheels = [{**_entry(file, minor), "core-metadata": {"sha256": digest}} for file in names]
    return [*wheels, _entry(f"{stem}.tar.gz", minor)]


def _entry(file: str, minor: int) -> dict[str, Any]:
    digest = hashlib.sha256(file.encode()).hexdigest()
    return {
        "filename": file,
        "url": f"{digest[:2]}/{digest[2:]}/{file}",
        "hashes": {"sha256": digest},
        "size": 100_000 + minor,
        "requires-python": ">=3.9",
        "upload-time": f"20{minor // 12 + 20}-{minor % 12 + 1:02}-01T00:00:00.000000Z",
        "yanked": False,
    }


@cache
def _metadata(name: str, minor: int) -> bytes:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: 1.{minor}.0", "Requires-Python: >=3.9"]
    return "\n".join([*lines, *(f"Requires-Dist: {one}" for one in _requires(name, minor)), "", ""]).encode()


def _requires(name: str, minor: int) -> list[str]:
    """The requirements of one release: the same projects in each, in ranges of their own."""
    number = int(name.partition("-")[2])
    projects, ranges = _dice(name, "projects"), _dice(name, str(minor))
    below = LIBS if name.startswith("app") else min(number, LIBS)
    count = projects.randint(1, 5) if name.startswith("app") else projects.randint(0, 3)
    chosen = {int(below * projects.random() ** 2) for _ in range(count if below else 0)}
    return [f"lib-{one}{_range(ranges)}" for one in sorted(chosen)]


def _range(dice: random.Random) -> str:
    low, high = dice.randint(0, LOW), dice.randint(HIGH + 1, VERSIONS - 1)
    return dice.choice(["", f">=1.{low}", f">=1.{low}", f">=1.{low},<2", f">=1.{low},<1.{high}"])


def _dice(*words: str) -> random.Random:
    """Chances that are the same in every run."""
    return random.Random(" ".join(words))  # noqa: S311 - no secrets
