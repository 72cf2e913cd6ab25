"""Target strings: what they mean, and the whole text of each refusal."""

from __future__ import annotations

import pytest

from compat.model.errors import UsageError
from compat.model.targets import SUBDIRS, Target, parse_target

GPUS = {"h100": (9, 0), "rtx4090": (8, 9), "gh200": (9, 0)}


@pytest.mark.parametrize(
    ("text", "subdir", "expected"),
    [
        ("linux-64", "linux-64", {}),
        ("x86_64", "linux-64", {}),
        ("aarch64,gpu=gh200", "linux-aarch64", {"gpu": (9, 0)}),
        ("linux-64,gpu=sm_90a", "linux-64", {"gpu": (9, 0)}),
        ("linux-64,gpu=12.0", "linux-64", {"gpu": (12, 0)}),
        ("linux-64,gpu=sm_120", "linux-64", {"gpu": (12, 0)}),
        ("linux-64,gpu=none", "linux-64", {"gpu": ()}),
        ("linux-64,gpu=NVIDIA GeForce RTX 4090", "linux-64", {"gpu": (8, 9)}),
        ("linux-64, driver=535.104.05 , python=3.11", "linux-64", {"driver": (535, 104, 5), "python": (3, 11)}),
        ("linux-64,python=3.11.4", "linux-64", {"python": (3, 11)}),
        ("win-64,cuda=12.4,toolkit=12.4,cudnn=8.9", "win-64", {"cuda": (12, 4), "toolkit": (12, 4), "cudnn": (8, 9)}),
        ("linux-64,glibc=2.28", "linux-64", {"glibc": (2, 28)}),
    ],
)
def test_a_target_string_means(text: str, subdir: str, expected: dict[str, object]) -> None:
    target = parse_target(text, GPUS)
    assert (target.text, target.subdir) == (text, subdir)
    keys = ("python", "gpu", "driver", "cuda", "glibc", "toolkit", "cudnn")
    assert {key: getattr(target, key) for key in keys if getattr(target, key) is not None} == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("linux64", "unknown platform `linux64` in target `linux64`\nhint: did you mean `linux-64`?"),
        ("linux-64,gpus=h100", "unknown key `gpus` in target `linux-64,gpus=h100`\nhint: did you mean `gpu`?"),
        ("linux-64,gpu=h1000", "unknown GPU `h1000` in target `linux-64,gpu=h1000`\nhint: did you mean `h100`?"),
        ("linux-64,gpu", "key `gpu` in target `linux-64,gpu` has no value\nhint: write `gpu=VALUE`"),
        (
            "linux-64,python=3",
            "`python=3` in target `linux-64,python=3` names no minor release\nhint: write `python=3.12`",
        ),
        (
            "linux-64,driver=new",
            "`driver=new` in target `linux-64,driver=new` is not a version\nhint: write `driver=1.2`, digits and dots",
        ),
        ("linux-64,cuda=12,cuda=13", "key `cuda` stands twice in target `linux-64,cuda=12,cuda=13`"),
    ],
)
def test_what_is_wrong_with_a_target_is_said_with_the_nearest_right_word(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_target(text, GPUS)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "wants"),
    [("linux-64", False), ("linux-64,gpu=none", False), ("linux-64,gpu=none,driver=535", False),
     ("linux-64,gpu=h100", True), ("linux-64,driver=535", True), ("linux-64,cuda=12.4", True)],
)  # fmt: skip
def test_a_gpu_a_driver_or_a_cuda_say_that_a_gpu_is_wanted(text: str, wants: bool) -> None:
    assert parse_target(text, GPUS).wants_gpu is wants


@pytest.mark.parametrize("subdir", SUBDIRS)
def test_the_marker_environment_names_every_variable_of_the_specification(subdir: str) -> None:
    markers = Target(text=subdir, subdir=subdir).markers((3, 12))
    assert markers.keys() == {
        "os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_release",
        "platform_system", "platform_version", "python_version", "python_full_version", "implementation_name",
        "implementation_version", "extra",
    }  # fmt: skip
    assert markers["python_version"] == "3.12"
