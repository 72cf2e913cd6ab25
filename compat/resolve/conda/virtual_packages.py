"""The virtual packages of a target: what conda would detect on such a machine, or what is assumed of it, said in words.

Source: https://conda.org/learn/ceps/cep-0030
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from compat.model.conda_order import InvalidVersion
from compat.model.conda_records import VirtualPackage
from compat.model.conda_version import parse_conda_version
from compat.model.environments import SystemRequirement
from compat.model.targets import Target
from compat.model.words import dotted
from compat.resolve.pip.wheel_fit import DEFAULT_GLIBC, DEFAULT_MACOS

if TYPE_CHECKING:
    from compat.model.knowledge import Matrix, Numbers

#: The kernel that conda-lock assumes, so that the two write the same content hash; hardly a package asks for a newer one.
DEFAULT_LINUX = "5.10"
#: The oldest Windows that Microsoft and the wheels of PyTorch still serve: Windows 10 1809, Server 2019.
DEFAULT_WINDOWS = "10.0.17763"
#: The instruction set that every machine of a subdir has, as archspec names it.
_BASELINES = {
    "linux-64": "x86_64",
    "linux-aarch64": "aarch64",
    "osx-64": "x86_64",
    "osx-arm64": "m1",
    "win-64": "x86_64",
}
#: What pixi's ``[system-requirements]`` call the virtual packages.
_PROMISED = {"cuda": "__cuda", "glibc": "__glibc", "linux": "__linux", "macos": "__osx", "archspec": "__archspec"}
_ANY_DRIVER: Numbers = (999_999,)


def virtual_packages(
    target: Target, matrix: Matrix, system: Sequence[SystemRequirement] = ()
) -> tuple[VirtualPackage, ...]:
    """Those of *target*, by name.

    *system* is what the file promises of the machine: it raises what would be assumed, and stays behind what the target
    itself says.
    """
    found = {"__archspec": _BASELINES[target.subdir]}
    if target.is_linux:
        found |= {"__unix": "0", "__linux": DEFAULT_LINUX, "__glibc": dotted(target.glibc or DEFAULT_GLIBC)}
    elif target.subdir.startswith("osx-"):
        found |= {"__unix": "0", "__osx": dotted(DEFAULT_MACOS)}
    else:
        found |= {"__win": DEFAULT_WINDOWS}
    if (cuda := find_cuda(target, matrix)) is not None:
        found["__cuda"] = dotted(cuda)
    for item in system:
        _raise(found, item, target)
    # The version of __archspec is always 1, and its build says what it is.
    return tuple(
        VirtualPackage(name, "1", value) if name == "__archspec" else VirtualPackage(name, value)
        for name, value in sorted(found.items())
    )


def find_cuda(target: Target, matrix: Matrix) -> Numbers | None:
    """The newest CUDA that the driver of *target* runs; None where nothing says that there is a GPU."""
    if target.gpu == () or target.subdir.startswith("osx-"):
        return None
    if target.cuda is not None:
        return target.cuda
    system = "linux" if target.is_linux else "windows"
    if target.driver is not None:
        return matrix.newest_cuda(target.driver, system)
    return _newest_for(target.gpu, matrix, system) if target.gpu else None


def _newest_for(gpu: Numbers, matrix: Matrix, system: str) -> Numbers | None:
    """The newest CUDA, of which there are programs for *gpu*: the driver of CUDA 13 runs on older GPUs, its programs do not."""
    newest = matrix.newest_cuda(_ANY_DRIVER, system) or matrix.newest_cuda(_ANY_DRIVER, "linux")
    if newest is None:
        return None
    for cuda in ((major, minor) for major in range(newest[0], 9, -1) for minor in range(9, -1, -1)):
        span = matrix.toolkit_architectures(cuda) if cuda <= newest else None
        if span is not None and span[0] <= gpu <= span[1]:
            return cuda
    return newest


def _raise(found: dict[str, str], item: SystemRequirement, target: Target) -> None:
    """Take in what a file promises, where the target leaves it open and the package is one of its system."""
    name = _PROMISED.get(item.name)
    if name is None:
        return
    if name == "__archspec":
        found[name] = item.version
        return
    if (name == "__cuda" and (target.gpu == () or "__cuda" in found)) or (name != "__cuda" and name not in found):
        return
    if name == "__glibc" and _states(target, "glibc"):
        return
    try:
        higher = name not in found or parse_conda_version(item.version) > parse_conda_version(found[name])
    except InvalidVersion:
        return  # the reader of the file tells it
    if higher and (name != "__cuda" or not target.subdir.startswith("osx-")):
        found[name] = item.version


def states_machine(target: Target, name: str) -> bool:
    """Whether *target* says itself what its virtual package *name* is, or that it has none."""
    if name == "__cuda":
        return target.gpu is not None or target.driver is not None or target.cuda is not None
    return name == "__glibc" and _states(target, "glibc")


def _states(target: Target, key: str) -> bool:
    """Whether the target was given with *key*, or looked at, rather than filled in."""
    return target.text.startswith("host") or any(
        part.partition("=")[0].strip() == key for part in target.text.split(",")
    )


def assumed_sentence(
    target: Target, virtual: Sequence[VirtualPackage], system: Sequence[SystemRequirement] = ()
) -> str:
    """Which of *virtual* neither the target nor the file states, for the notes of a lock: a sentence without a full stop."""
    by_name = {package.name: package for package in virtual}
    promised = {_PROMISED.get(item.name): item.version for item in system}
    shown = []
    for name, key in (("__glibc", "glibc"), ("__linux", ""), ("__osx", ""), ("__win", "")):
        package = by_name.get(name)
        if package is not None and not (key and _states(target, key)) and promised.get(name) != package.version:
            shown.append(f"`{name}` {package.version}")
    archspec = by_name.get("__archspec")
    if archspec is not None and promised.get("__archspec") != archspec.build:
        shown.append("the oldest `__archspec`")  # in the same words for all platforms, so that it is told once
    if not target.subdir.startswith("osx-"):
        shown.append(_cuda_words(target, by_name, promised))
    return f"assumed for the conda part: {', '.join(shown)}"


def _cuda_words(target: Target, by_name: dict[str, VirtualPackage], promised: dict[str | None, str]) -> str:
    cuda = by_name.get("__cuda")
    if cuda is None:
        if target.gpu == ():
            return "no `__cuda`, since the target has no GPU"
        if target.driver is not None:
            return f"no `__cuda`, since no CUDA is known that driver {dotted(target.driver)} runs"
        return "no `__cuda`, since the target names no GPU, driver or CUDA"
    if target.cuda is not None:
        return f"`__cuda` {cuda.version} as the target says"
    if target.driver is not None:
        return f"`__cuda` {cuda.version}, the newest that driver {dotted(target.driver)} runs"
    if promised.get("__cuda") == cuda.version and not target.gpu:
        return f"`__cuda` {cuda.version} as the file promises"
    return f"`__cuda` {cuda.version}, the newest known that has programs for the target's GPU"
