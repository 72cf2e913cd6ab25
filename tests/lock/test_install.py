"""Locks really installed: by pip and by uv, from toy wheels on a loopback index.

What is missing here (a pip that reads PEP 751, uv) skips its test. Nothing outside this machine is asked.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compat.lock import to_file_names, write_lock
from compat.model.distributions import DistFile
from compat.model.locking import Lock, LockedPackage, LockedTarget
from compat.model.names import to_pypi_name
from compat.model.targets import parse_target

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the toy lock is for Linux and for the CPU of this machine"
)

_MACHINE = os.uname().machine if sys.platform == "linux" else ""
_SUBDIR = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}.get(_MACHINE, "linux-64")
_OTHER = {"linux-64": "linux-aarch64", "linux-aarch64": "linux-64"}[_SUBDIR]
_MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"
#: pip reads ``pylock.toml`` from here on.
_PIP = (26, 1)


def make_wheel(folder: Path, name: str, version: str, requires: str = "", platform: str = "any") -> Path:
    """A wheel with one module and nothing else."""
    stem = f"{name}-{version}"
    path = folder / f"{stem}-py3-none-{platform}.whl"
    info = f"{stem}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": metadata + (f"Requires-Dist: {requires}\n" if requires else ""),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-{platform}\n",
    }
    record = "".join(f"{each},,\n" for each in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(each, text)
    return path


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name of the base class
        del format, args


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An index on loopback (PEP 503) with two releases of ``leaf`` and one of ``root``; its URL and its folder."""
    folder = tmp_path_factory.mktemp("index")
    (folder / "files").mkdir()
    make_wheel(folder / "files", "root", "1.0", "leaf>=1")
    make_wheel(folder / "files", "leaf", "1.0", platform=f"manylinux_2_17_{_MACHINE}")
    make_wheel(folder / "files", "leaf", "2.0")
    for name in ("root", "leaf"):
        (folder / "simple" / name).mkdir(parents=True)
        links = "".join(f'<a href="/files/{each.name}">{each.name}</a>' for each in folder.glob(f"files/{name}-*"))
        (folder / "simple" / name / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()
        thread.join()


@pytest.fixture
def written(index: tuple[str, Path], tmp_path: Path) -> Path:
    """A folder with the lock in all formats: leaf 1.0 here, leaf 2.0 on the other architecture."""
    address, folder = index
    targets = [parse_target(f"{subdir},glibc=2.28,python={_MINOR}", {}) for subdir in (_SUBDIR, _OTHER)]

    def package(name: str, version: str, needs: tuple[str, ...] = ()) -> LockedPackage:
        [path] = folder.glob(f"files/{name}-{version}-*")
        data = path.read_bytes()
        hashes = (("sha256", hashlib.sha256(data).hexdigest()),)
        wheel = DistFile(path.name, f"{address}/files/{path.name}", hashes, len(data), uploaded="2026-01-02T03:04:05Z")
        return LockedPackage(
            to_pypi_name(name), version, f"{address}/simple", (wheel,), dependencies=tuple(map(to_pypi_name, needs))
        )

    here, other = (
        LockedTarget(target, name, (package("root", "1.0", ("leaf",)), package("leaf", leaf)))
        for target, name, leaf in zip(targets, to_file_names(targets), ("1.0", "2.0"), strict=True)
    )
    for format_name in ("pylock", "requirements"):
        for file in write_lock(Lock((here, other), ("in.txt",)), format_name).files:
            (tmp_path / file.name).write_bytes(file.data)
    return tmp_path


Python = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def python(tmp_path: Path) -> Python:
    """Runs a command with the interpreter of a fresh environment, whose packages are those of the lock alone."""
    import venv

    folder = tmp_path / "env"
    venv.create(folder, symlinks=True)
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_", "VIRTUAL_ENV", "PYTHON"))
    }
    clean |= {
        "PIP_CONFIG_FILE": os.devnull,
        "UV_NO_CONFIG": "1",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "NO_PROXY": "*",
    }

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        place = str(folder / "bin" / "python")
        words = [place if word == "PYTHON" else word for word in command]
        return subprocess.run(words, capture_output=True, text=True, env=clean, cwd=tmp_path, check=False)

    return run


def installed(python: Python) -> str:
    done = python("PYTHON", "-c", "import leaf, root; print(leaf.version, root.version)")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _pip() -> tuple[int, ...]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return tuple(int(part) for part in version("pip").split(".")[:2] if part.isdigit())
    except PackageNotFoundError:
        return (0,)


# This Python's own pip, which installs into the other environment: making one with a pip of its own takes seconds.
PIP = (sys.executable, "-m", "pip", "--python", "PYTHON", "install", "--no-cache-dir", "--disable-pip-version-check")
needs_pip = pytest.mark.skipif(_pip() < _PIP, reason=f"pip here does not read pylock.toml, {_PIP[0]}.{_PIP[1]} does")
needs_uv = pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not installed")


@needs_pip
@pytest.mark.parametrize("name", ["pylock.toml", f"pylock.{_SUBDIR}.toml"])
def test_pip_installs_a_pylock(written: Path, python: Python, name: str) -> None:
    done = python(*PIP, "-r", str(written / name))
    assert done.returncode == 0, done.stderr
    assert installed(python) == "1.0 1.0"


@needs_pip
def test_pip_refuses_the_lock_of_another_architecture(written: Path, python: Python) -> None:
    done = python(*PIP, "-r", str(written / f"pylock.{_OTHER}.toml"))
    assert done.returncode != 0
    assert "environment" in done.stderr


@pytest.mark.skipif(_pip() < (23, 1), reason="pip here cannot install into another environment")
def test_pip_installs_requirements_with_hashes(written: Path, python: Python) -> None:
    done = python(*PIP, "--require-hashes", "-r", str(written / f"requirements.{_SUBDIR}.txt"))
    assert done.returncode == 0, done.stderr
    assert installed(python) == "1.0 1.0"


@needs_uv
@pytest.mark.parametrize("name", ["pylock.toml", f"pylock.{_SUBDIR}.toml", f"requirements.{_SUBDIR}.txt"])
def test_uv_installs(written: Path, python: Python, name: str) -> None:
    done = python("uv", "pip", "sync", "--python", "PYTHON", str(written / name))
    assert done.returncode == 0, done.stderr
    assert installed(python) == "1.0 1.0"
