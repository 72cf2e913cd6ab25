"""Looking at this machine, once: its platform, and on demand its Python, driver and GPUs. Nothing else looks."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Mapping

from compat.model.errors import UsageError
from compat.model.targets import Target, parse_target

#: What nvidia-smi is asked; one line for each GPU.
_QUERY = ("nvidia-smi", "--query-gpu=driver_version,compute_cap", "--format=csv,noheader")

_SUBDIRS = {
    ("linux", "x86_64"): "linux-64",
    ("linux", "aarch64"): "linux-aarch64",
    ("linux", "arm64"): "linux-aarch64",
    ("darwin", "arm64"): "osx-arm64",
    ("darwin", "x86_64"): "osx-64",
    ("win32", "amd64"): "win-64",
}


def host_subdir() -> str:
    """The conda subdir of this machine. Raises: UsageError where it is none that compat judges."""
    import platform  # a check of a given target looks at no machine

    key = ("linux" if sys.platform.startswith("linux") else sys.platform, platform.machine().lower())
    if key not in _SUBDIRS:
        raise UsageError(
            f"this machine ({key[0]}, {key[1]}) is not a platform that compat judges", hint="give --target"
        )
    return _SUBDIRS[key]


def host_target(text: str, gpus: Mapping[str, tuple[int, int]], *, platform_only: bool = False) -> Target:
    """The target for ``host[,key=value]...``: what this machine is, with the given keys in place of what was seen.

    *platform_only* claims the platform and nothing about Python, driver or GPU, and names the target by it.
    """
    subdir = host_subdir()
    if platform_only:
        return parse_target(subdir, gpus)
    _, *given = text.split(",")
    own = {pair.partition("=")[0].strip() for pair in given}
    seen = {"python": f"{sys.version_info[0]}.{sys.version_info[1]}", **_libc(), **probe_gpu()}
    pairs = [*given, *(f"{key}={value}" for key, value in seen.items() if key not in own)]
    return _named(parse_target(",".join([subdir, *pairs]), gpus), text)


def _named(target: Target, text: str) -> Target:
    return target._replace(text=text)


def _libc() -> dict[str, str]:
    import platform

    name, version = platform.libc_ver()
    return {"glibc": version} if name == "glibc" and version else {}


@functools.cache
def _nvidia_smi() -> str:
    import subprocess

    try:
        return subprocess.run(_QUERY, capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def probe_gpu(ask: Callable[[], str] = _nvidia_smi) -> dict[str, str]:
    """``driver`` and ``gpu`` of this machine; the weakest of several GPUs, since all of them must run the code.

    Empty where there is no NVIDIA driver: that claims nothing, since a GPU may still be passed into a container.
    """
    drivers: set[str] = set()
    capabilities: list[tuple[int, int]] = []
    for line in ask().splitlines():
        match = re.match(r"\s*(\d+(?:\.\d+)+)\s*,\s*(\d+)\.(\d)\s*$", line)
        if match:
            drivers.add(match[1])
            capabilities.append((int(match[2]), int(match[3])))
    if not capabilities:
        return {}
    lowest = min(capabilities)
    return {"driver": min(drivers), "gpu": f"sm_{lowest[0]}{lowest[1]}"}
