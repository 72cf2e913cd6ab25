"""What is claimed about this machine, from what a stand-in for it says."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterator
from typing import NoReturn

import pytest

from compat import host
from compat.model.errors import UsageError

NO_GPUS: dict[str, tuple[int, int]] = {}


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """The machine is looked at once in a process; here, once a test."""
    host._nvidia_smi.cache_clear()
    yield
    host._nvidia_smi.cache_clear()


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Linux server with glibc 2.31 whose nvidia-smi knows two GPUs."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.31"))
    answer = subprocess.CompletedProcess((), 0, "550.54.15, 9.0\n550.54.15, 8.0\n", "")
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_options: answer)


@pytest.mark.usefixtures("linux")
def test_the_weakest_gpu_counts() -> None:
    """All of them must run the code."""
    target = host.host_target("host", NO_GPUS)
    assert (target.text, target.subdir) == ("host", "linux-64")
    assert (target.gpu, target.driver, target.glibc) == ((8, 0), (550, 54, 15), (2, 31))
    assert target.python == sys.version_info[:2]


@pytest.mark.usefixtures("linux")
def test_a_given_key_goes_before_what_is_seen() -> None:
    target = host.host_target("host,gpu=none,python=3.9", NO_GPUS)
    assert (target.text, target.gpu, target.python) == ("host,gpu=none,python=3.9", (), (3, 9))


@pytest.mark.usefixtures("linux")
def test_only_the_platform_is_claimed_where_no_target_is_given() -> None:
    target = host.host_target("host", NO_GPUS, platform_only=True)
    assert target.text == "linux-64"
    assert (target.python, target.gpu, target.driver, target.glibc) == (None, None, None, None)


@pytest.mark.parametrize(
    "said",
    ["", "No devices were found\n", "NVIDIA-SMI has failed\n", "[N/A], [N/A]\n"],
    ids=["silent", "no-devices", "failed", "not-available"],
)
def test_no_driver_claims_nothing(said: str) -> None:
    assert host.probe_gpu(lambda: said) == {}


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError("nvidia-smi"),
        subprocess.CalledProcessError(9, "nvidia-smi"),
        subprocess.TimeoutExpired("n", 5),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_machine_without_nvidia_smi_claims_nothing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def run(*_arguments: object, **_options: object) -> NoReturn:
        raise error

    monkeypatch.setattr(subprocess, "run", run)
    assert host.probe_gpu() == {}


def test_another_libc_claims_no_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("musl", "1.2"))
    assert host._libc() == {}


@pytest.mark.parametrize(
    ("system", "machine", "subdir"),
    [
        ("linux", "aarch64", "linux-aarch64"),
        ("darwin", "arm64", "osx-arm64"),
        ("darwin", "x86_64", "osx-64"),
        ("win32", "AMD64", "win-64"),
    ],
)
def test_subdirs(monkeypatch: pytest.MonkeyPatch, system: str, machine: str, subdir: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert host.host_subdir() == subdir


def test_a_platform_that_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "freebsd14")
    monkeypatch.setattr(platform, "machine", lambda: "amd64")
    with pytest.raises(UsageError) as caught:
        host.host_subdir()
    assert str(caught.value) == (
        "this machine (freebsd14, amd64) is not a platform that compat judges\nhint: give --target"
    )
