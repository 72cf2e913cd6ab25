"""``compat.lock()`` for Python callers, over an index of toys on loopback."""

from __future__ import annotations

import inspect
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import compat
from compat.api.locking.run import LockOptions
from compat.model.errors import UsageError
from tests.toy_index import Toys, serve

TARGETS = ["linux-64,python=3.11", "linux-aarch64,python=3.11"]


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toys]:
    """The index, and a working folder with one requirements file."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_text("app\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path / "cache"))
    with serve() as found:
        yield found


def test_the_answer_holds_the_lock_and_its_files_and_writes_nothing(toys: Toys) -> None:
    result = compat.lock(["requirements.txt"], targets=TARGETS, index_url=toys.url)
    assert isinstance(result, compat.LockResult)
    assert result.lock is not None
    found = [[f"{package.name} {package.version}" for package in locked.packages] for locked in result.lock.targets]
    assert found == [["app 2.0", "leaf 2.0"], ["app 2.0", "leaf 1.5"]]
    assert [file.name for file in result.files] == ["pylock.toml", "pylock.linux-64.toml", "pylock.linux-aarch64.toml"]
    assert (result.report.verdict, result.unreached) == ("ok", None)
    assert not Path("pylock.toml").exists()


def test_requirements_name_an_index_that_the_call_chose_and_not_one_that_is_configured(
    toys: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever installs the lock has the configuration of that machine, and not the options of this call."""
    line = f"--index-url {toys.url}".encode()
    stated = compat.lock(["requirements.txt"], targets=TARGETS[:1], formats=["requirements"], index_url=toys.url)
    assert line in stated.files[0].data
    monkeypatch.setenv("PIP_INDEX_URL", toys.url)
    configured = compat.lock(["requirements.txt"], targets=TARGETS[:1], formats=["requirements"])
    assert line not in configured.files[0].data


def test_without_a_lock_the_report_or_the_index_says_why(toys: Toys) -> None:
    Path("requirements.txt").write_text("app==9\n")
    result = compat.lock(["requirements.txt"], targets=TARGETS, index_url=toys.url)
    assert (result.lock, result.files, result.unreached) == (None, (), None)
    assert [(found.code, found.targets) for found in result.report.diagnostics] == [("REQ007", tuple(TARGETS))]
    toys.broken = True
    result = compat.lock(["requirements.txt"], targets=TARGETS, index_url=toys.url, no_cache=True)
    assert result.lock is None
    assert str(result.unreached).startswith(toys.url)


def test_what_the_matrix_does_not_know_serves_no_python_in_a_hint(toys: Toys) -> None:
    toys.stock({f"old-1.0-cp{minor}-cp{minor}-manylinux_2_17_x86_64.whl": () for minor in ("39", "310")})
    Path("requirements.txt").write_text("old==1.0\n")
    (found,) = compat.lock(["requirements.txt"], targets=TARGETS[:1], index_url=toys.url).report.diagnostics
    assert found.code == "PYV001"
    assert found.hint is None


def test_what_is_wrong_in_the_call_is_raised(toys: Toys) -> None:
    with pytest.raises(UsageError, match="no extra `x`"):
        compat.lock(["requirements.txt"], extras=["x"], index_url=toys.url)


@pytest.mark.parametrize(
    ("moment", "version"),
    [
        ("2026-01-02", "2.0"),
        ("2026-01-02T03:05:00Z", "2.0"),
        ("2026-01-02T05:05:00+02:00", "2.0"),
        ("2026-01-01", None),
    ],
)
def test_exclude_newer_takes_a_day_or_a_moment_with_its_zone(toys: Toys, moment: str, version: str | None) -> None:
    """All toys are of 2026-01-02T03:04:05Z."""
    result = compat.lock(["requirements.txt"], targets=TARGETS[:1], index_url=toys.url, exclude_newer=moment)
    assert (result.lock.targets[0].packages[0].version if result.lock is not None else None) == version


def test_every_option_has_its_keyword() -> None:
    keywords = {name for name, one in inspect.signature(compat.lock).parameters.items() if one.kind is one.KEYWORD_ONLY}
    assert keywords == {*LockOptions._fields, "progress"}


def test_the_package_of_the_formats_does_not_hide_the_function() -> None:
    """Both are called `compat.lock`."""
    code = (
        "import compat.lock, compat; from compat.lock import FORMATS; print(compat.lock.__name__, 'pylock' in FORMATS)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "lock True\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_an_interrupt_is_exit_130_and_leaves_the_old_lock(toys: Toys) -> None:
    Path("pylock.toml").write_text("old")
    toys.pause = 30
    command = [sys.executable, "-m", "compat", "lock", "requirements.txt", "--index-url", toys.url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    threading.Thread(target=_interrupt, args=(toys, process), daemon=True).start()
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.strip()) == (130, "", "")
    assert Path("pylock.toml").read_text() == "old"
    assert [path.name for path in Path().glob("*pylock*")] == ["pylock.toml"]


def _interrupt(toys: Toys, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 15
    while not toys.asked and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
