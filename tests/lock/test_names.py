"""NAMEs of files, target texts, and markers that tell targets apart."""

from __future__ import annotations

import pytest
from packaging.markers import Marker

from compat.lock import to_file_names, to_target_text
from compat.lock.markers import environment_of, holds, tell_apart
from compat.lock.urls import same_source, without_credentials
from compat.model.targets import SUBDIRS, Target, parse_target

GPUS = {"h100": (9, 0), "a100": (8, 0)}


def target(text: str) -> Target:
    return parse_target(text, GPUS)


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        (["linux-64,python=3.11", "linux-aarch64,python=3.12"], ["linux-64", "linux-aarch64"]),
        (["linux-64,python=3.11", "linux-64,python=3.12,glibc=2.28"], ["linux-64-py311", "linux-64-py312-glibc228"]),
        (["linux-64,gpu=h100,glibc=2.28", "linux-64,gpu=none,glibc=2.28"], ["linux-64-h100", "linux-64-nogpu"]),
        (["linux-64,gpu=sm_90", "linux-64,gpu=9.0"], ["linux-64-sm90", "linux-64-90"]),
        (["linux-64", "linux-64,gpu=h100"], ["linux-64", "linux-64-h100"]),
        (["linux-64,cuda=12.4", "linux-64,cuda=1.24"], ["linux-64-cuda124", "linux-64-cuda124-2"]),
        (["linux-64,driver=535.104.05", "linux-64,driver=580"], ["linux-64-driver5351045", "linux-64-driver580"]),
    ],
)
def test_file_names(targets: list[str], names: list[str]) -> None:
    assert to_file_names([target(text) for text in targets]) == tuple(names)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("x86_64, python=3.11 ,glibc=2.28", "linux-64,glibc=2.28,python=3.11"),
        ("linux-64,gpu=H100,driver=580", "linux-64,driver=580,gpu=h100"),
        ("osx-arm64,gpu=none", "osx-arm64,gpu=none"),
    ],
)
def test_target_texts_are_targets(given: str, text: str) -> None:
    assert to_target_text(target(given)) == text
    assert to_target_text(target(text)) == text


def test_a_gpu_with_an_odd_name_goes_by_its_capability() -> None:
    assert (
        to_target_text(target("linux-64")._replace(gpu=(8, 9), gpu_text="NVIDIA L40S, 48 GB")) == "linux-64,gpu=sm_89"
    )


ALL = [target(f"{subdir},python=3.{minor}") for subdir in SUBDIRS for minor in (10, 11, 12)]


@pytest.mark.parametrize(
    ("wanted", "marker"),
    [
        (ALL, None),
        ([each for each in ALL if each.subdir == "win-64"], "sys_platform == 'win32'"),
        ([each for each in ALL if each.python == (3, 12)], "python_version == '3.12'"),
        (
            [each for each in ALL if each.is_linux and each.python == (3, 11)],
            "(sys_platform == 'linux' and python_version == '3.11')",
        ),
        (
            [each for each in ALL if each.subdir.startswith("osx")],
            "sys_platform == 'darwin'",
        ),
        (
            [each for each in ALL if each.subdir in ("osx-64", "linux-aarch64")],
            (
                "(sys_platform == 'darwin' and platform_machine == 'x86_64') or"
                " (sys_platform == 'linux' and platform_machine == 'aarch64')"
            ),
        ),
    ],
)
def test_the_shortest_marker_that_holds_there_and_nowhere_else(wanted: list[Target], marker: str | None) -> None:
    found = tell_apart([environment_of(each) for each in wanted], [environment_of(each) for each in ALL])
    assert found == (marker if marker is None or " or " in marker else marker.strip("()"))
    parsed = None if found is None else Marker(found)
    assert [each for each in ALL if holds(parsed, each)] == wanted


@pytest.mark.parametrize(
    ("marker", "extras", "expected"),
    [
        ("extra == 'gpu'", (), False),
        ("extra == 'gpu'", ("gpu",), True),
        ("'gpu' in extras", ("gpu",), True),
        ("'gpu' in extras", (), False),
        ("platform_release ~= '5'", (), True),
    ],
)
def test_extras(marker: str, extras: tuple[str, ...], expected: bool) -> None:
    assert holds(Marker(marker), target("linux-64,python=3.11"), frozenset(extras)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://me:secret@x.example/simple", "https://x.example/simple"),
        ("https://me:se@cret@x.example/simple", "https://x.example/simple"),
        ("a @ git+https://token@x.example/a@v1", "a @ git+https://x.example/a@v1"),
        ("git+ssh://git@x.example/a@v1", "git+ssh://git@x.example/a@v1"),
        ("git+ssh://git:pw@x.example/a@v1", "git+ssh://git@x.example/a@v1"),
        ("https://x.example/@scope/a", "https://x.example/@scope/a"),
        ("me@x.example", "me@x.example"),
    ],
)
def test_credentials(text: str, expected: str) -> None:
    assert without_credentials(text) == expected


def test_same_source() -> None:
    assert same_source("git+https://x.example/a.git@main", "git+https://me@x.example/a@0123#subdirectory=b")
    assert same_source("https://x.example/a.whl#sha256=0", "https://x.example/a.whl")
    assert not same_source("https://x.example/a.whl", "https://x.example/b.whl")
