"""The virtual packages of targets, and what is said of those that are only assumed."""

from __future__ import annotations

import pytest

from compat.api.roots import load, parse_targets
from compat.model.environments import SystemRequirement
from compat.model.places import Place
from compat.resolve.conda.virtual_packages import assumed_sentence, virtual_packages

MATRIX, _ = load({})
LINUX = "__archspec=1=x86_64 __glibc=2.28=0 __linux=5.10=0 __unix=0=0"


def shown(text: str, **promises: str) -> str:
    (target,) = parse_targets([text], MATRIX)
    system = [SystemRequirement(name, version, Place("pixi.toml")) for name, version in promises.items()]
    return " ".join(map(str, virtual_packages(target, MATRIX, system)))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("linux-64", LINUX),
        ("linux-64,gpu=none", LINUX),
        ("linux-aarch64", "__archspec=1=aarch64 __glibc=2.28=0 __linux=5.10=0 __unix=0=0"),
        ("linux-64,glibc=2.35", LINUX.replace("2.28", "2.35")),
        ("linux-64,cuda=12.4", LINUX.replace(" __glibc", " __cuda=12.4=0 __glibc")),
        # CUDA 12.2 came with driver 535, and the driver goes before the GPU.
        ("linux-64,driver=535.104.05", LINUX.replace(" __glibc", " __cuda=12.2=0 __glibc")),
        ("linux-64,driver=535,gpu=h100", LINUX.replace(" __glibc", " __cuda=12.2=0 __glibc")),
        ("linux-64,cuda=11.8,driver=535", LINUX.replace(" __glibc", " __cuda=11.8=0 __glibc")),
        # No CUDA that the table knows runs on a driver of 2012.
        ("linux-64,driver=300", LINUX),
        # CUDA 13 has no programs for Pascal.
        ("linux-64,gpu=p100", LINUX.replace(" __glibc", " __cuda=12.9=0 __glibc")),
        ("osx-arm64", "__archspec=1=m1 __osx=14.0=0 __unix=0=0"),
        ("osx-64,gpu=none", "__archspec=1=x86_64 __osx=14.0=0 __unix=0=0"),
        ("win-64", "__archspec=1=x86_64 __win=10.0.17763=0"),
        ("win-64,driver=570", "__archspec=1=x86_64 __cuda=12.8=0 __win=10.0.17763=0"),
    ],
)
def test_of_targets(target: str, expected: str) -> None:
    assert shown(target) == expected


def test_a_gpu_alone_stands_for_the_newest_cuda_that_the_matrix_knows() -> None:
    newest = MATRIX.newest_cuda((999_999,), "linux")
    assert newest is not None
    assert f"__cuda={newest[0]}.{newest[1]}=0" in shown("linux-64,gpu=h100")


@pytest.mark.parametrize(
    ("target", "promises", "expected"),
    [
        ("linux-64", {"cuda": "12"}, LINUX.replace(" __glibc", " __cuda=12=0 __glibc")),
        ("linux-64", {"linux": "6.1", "glibc": "2.34"}, LINUX.replace("2.28", "2.34").replace("5.10", "6.1")),
        ("linux-64", {"glibc": "2.17", "linux": "3.10"}, LINUX),
        ("linux-64", {"archspec": "x86_64_v3"}, LINUX.replace("x86_64", "x86_64_v3")),
        # The target says it itself.
        ("linux-64,glibc=2.28", {"glibc": "2.34"}, LINUX),
        ("linux-64,gpu=none", {"cuda": "12"}, LINUX),
        ("linux-64,cuda=11.8", {"cuda": "12"}, LINUX.replace(" __glibc", " __cuda=11.8=0 __glibc")),
        # Of another system, unknown, or no version.
        ("linux-64", {"macos": "13.0", "libc": "2.40", "linux": "soon!"}, LINUX),
        ("osx-arm64", {"cuda": "12", "macos": "15.0"}, "__archspec=1=m1 __osx=15.0=0 __unix=0=0"),
    ],
)
def test_promises_of_the_file_raise_what_is_assumed(target: str, promises: dict[str, str], expected: str) -> None:
    assert shown(target, **promises) == expected


@pytest.mark.parametrize(
    ("text", "promises", "expected"),
    [
        (
            "linux-64",
            {},
            "`__glibc` 2.28, `__linux` 5.10, the oldest `__archspec`, no `__cuda`, since the target names no GPU, driver or CUDA",
        ),
        (
            "linux-64,gpu=none,glibc=2.35",
            {},
            "`__linux` 5.10, the oldest `__archspec`, no `__cuda`, since the target has no GPU",
        ),
        (
            "linux-64,driver=535,glibc=2.35",
            {"linux": "5.10"},
            "the oldest `__archspec`, `__cuda` 12.2, the newest that driver 535 runs",
        ),
        (
            "linux-64,driver=300,glibc=2.35",
            {"linux": "5.10", "archspec": "x86_64_v4"},
            "no `__cuda`, since no CUDA is known that driver 300 runs",
        ),
        (
            "linux-64,cuda=12.4,glibc=2.35",
            {"linux": "5.10", "archspec": "x86_64_v4"},
            "`__cuda` 12.4 as the target says",
        ),
        (
            "linux-64,glibc=2.35",
            {"linux": "5.10", "archspec": "x86_64_v4", "cuda": "12"},
            "`__cuda` 12 as the file promises",
        ),
        ("osx-arm64", {}, "`__osx` 14.0, the oldest `__archspec`"),
        (
            "win-64,gpu=none",
            {},
            "`__win` 10.0.17763, the oldest `__archspec`, no `__cuda`, since the target has no GPU",
        ),
    ],
)
def test_what_is_assumed_is_said(text: str, promises: dict[str, str], expected: str) -> None:
    (target,) = parse_targets([text], MATRIX)
    system = [SystemRequirement(name, version, Place("pixi.toml")) for name, version in promises.items()]
    virtual = virtual_packages(target, MATRIX, system)
    assert assumed_sentence(target, virtual, system) == f"assumed for the conda part: {expected}"


def test_the_gpu_of_a_target_is_said_to_be_why() -> None:
    (target,) = parse_targets(["linux-64,gpu=p100"], MATRIX)
    sentence = assumed_sentence(target, virtual_packages(target, MATRIX))
    assert sentence.endswith("`__cuda` 12.9, the newest known that has programs for the target's GPU")
