"""Locks of conda and pip really installed: tiny packages, a channel and an index on loopback, py-rattler's installer, pip.

The channel's Python and pip are scripts that run those of the tests. Nothing outside this machine is asked.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import http.server
import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from compat.cli.commands import cli
from tests.channel_server import ChannelServer, serving
from tests.conda_packages import PLACEHOLDER, Package, make_channel
from tests.lock.test_install import make_wheel

pytest.importorskip("rattler")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the toy environment is for Linux on this CPU")

_MACHINE = os.uname().machine if sys.platform == "linux" else ""
_SUBDIR = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}.get(_MACHINE, "linux-64")
_MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"
_SITE = f"lib/python{_MINOR}/site-packages"

ENVIRONMENT = """\
name: demo
dependencies:
  - tool
  - wrapped
  - pip:
    - root
"""


def packages() -> tuple[tuple[Package, ...], tuple[Package, ...]]:
    """Those of the platform, in both formats of archives, and those for all."""
    run_python = f'#!/bin/sh\nPYTHONPATH="{PLACEHOLDER}/{_SITE}" exec "{sys.executable}" -S "$@"\n'
    python = Package("python", f"{_MINOR}.0", {"bin/python": run_python, f"bin/python{_MINOR}": run_python})
    tool = Package(
        "tool",
        "2.0",
        {"etc/tool.conf": f"home = {PLACEHOLDER}/etc\n", "bin/tool": "#!/bin/sh\necho tool 2.0\n"},
        suffix=".tar.bz2",
    )
    pip = Package(
        "pip", "1.0", {"bin/pip": f'#!/bin/sh\nexec "{sys.executable}" -m pip "$@" --prefix "{PLACEHOLDER}"\n'}
    )
    info = "Metadata-Version: 2.1\nName: wrapped\nVersion: 1.5\n"
    wrapped = Package(
        "wrapped",
        "1.5",
        {
            "site-packages/wrapped.py": "def main():\n    print('wrapped 1.5')\n",
            "site-packages/wrapped-1.5.dist-info/METADATA": info,
            "site-packages/wrapped-1.5.dist-info/INSTALLER": "conda\n",
        },
        ("python >=3", "tool >=1"),
        noarch="python",
        scripts=("wrapped = wrapped:main",),
    )
    return (python, pip, tool), (wrapped,)


def make_index(folder: Path, *releases: tuple[str, str, str]) -> None:
    """An index (PEP 503) of wheels: name, version and what it requires."""
    for name, version, requires in releases:
        (folder / "simple" / name).mkdir(parents=True)
        wheel = make_wheel(folder / "simple" / name, name, version, requires)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        page = f'<!DOCTYPE html><html><body><a href="{wheel.name}#sha256={digest}">{wheel.name}</a></body></html>'
        (wheel.parent / "index.html").write_text(page)


@contextmanager
def serving_files(folder: Path) -> Iterator[str]:
    """The address of the index in *folder*."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_about: object) -> None: ...

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/simple"
        server.shutdown()
        thread.join()


class Locked(NamedTuple):
    """A folder with the locks of `ENVIRONMENT` in all formats, and the commands that were printed for them, by file.

    ``address`` is the index that pip asks on the machine of the lock.
    """

    folder: Path
    address: str
    commands: dict[str, str]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    folder = tmp_path_factory.mktemp("locked")
    native, noarch = packages()
    make_channel(folder / "channels" / "toys", noarch=noarch, **{_SUBDIR.replace("-", "_"): native})
    (folder / "environment.yml").write_text(ENVIRONMENT)
    # The pip part needs what conda installs, and what only the index has.
    make_index(folder / "index", ("leaf", "2.0", ""), ("root", "1.0", "wrapped>=1\nRequires-Dist: leaf"))
    with serving(ChannelServer(folder / "channels")) as channels, serving_files(folder / "index") as address:
        words = ["lock", str(folder / "environment.yml"), "--target", f"{_SUBDIR},python={_MINOR}"]
        words += ["--channel", f"{channels.url}/toys", "--index-url", address, "--cache-dir", str(folder / "cache")]
        result = CliRunner().invoke(cli, [*words, "--format", "all", "--validate"], env={"NO_PROXY": "*"})
        assert result.exit_code == 0, result.output
        lines = (line.partition(": ") for line in result.stderr.splitlines() if line.startswith(str(folder)))
        yield Locked(folder, address, {Path(path).name: command for path, _, command in lines})


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


# -- installing ----------------------------------------------------------------------------------------------------------


def explicit_records(path: Path) -> list[Any]:
    """What py-rattler reads in an explicit file: an address and an MD5 for each package, and nothing else."""
    from rattler import BuildString, PackageRecord, RepoDataRecord
    from rattler.explicit_environment import ExplicitEnvironmentSpec

    spec = ExplicitEnvironmentSpec.from_path(path)
    assert str(spec.platform) == _SUBDIR
    records = []
    for entry in spec.packages:
        url, _, md5 = entry.url.partition("#")
        channel, subdir, file = url.rsplit("/", 2)
        name, version, build = file.removesuffix(".conda").removesuffix(".tar.bz2").rsplit("-", 2)
        noarch: Any = "python" if name == "wrapped" else None
        about = PackageRecord(name, version, BuildString(build), 0, subdir, noarch=noarch, md5=bytes.fromhex(md5))
        records.append(RepoDataRecord(about, file, url, channel))
    return records


def pixi_records(path: Path) -> list[Any]:
    from rattler import LockFile

    lock = LockFile.from_path(path)
    environment = lock.default_environment()
    assert environment is not None
    [platform] = environment.platforms()
    return list(environment.conda_repodata_records_for_platform(platform) or ())


def install(records: Sequence[Any], prefix: Path, cache: Path) -> None:
    from rattler import install as install_records

    asyncio.run(install_records(list(records), prefix, cache_dir=cache, show_progress=False))


def run(*command: str | Path, index: str = "http://127.0.0.1:9") -> str:
    """What the command prints; pip and Python have none of this machine's settings, and pip asks *index*."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        env={**clean, "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index, "NO_PROXY": "*"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def installed(prefix: Path) -> list[str]:
    """The conda packages that the environment says it has."""
    metas = [json.loads(path.read_text()) for path in (prefix / "conda-meta").glob("*.json")]
    return sorted(f"{meta['name']} {meta['version']}" for meta in metas)


CONDA = ["pip 1.0", f"python {_MINOR}.0", "tool 2.0", "wrapped 1.5"]
#: Runs a command in the environment, as `conda run -n demo` does.
RUN = "conda run -n demo "


@pytest.mark.parametrize("form", ["explicit", "pixi"])
def test_py_rattler_installs_the_conda_part_and_pip_the_rest_beside_it(
    locked: Locked, tmp_path: Path, form: str
) -> None:
    prefix = tmp_path / "env"
    explicit = locked.folder / f"conda-{_SUBDIR}.lock"
    records = explicit_records(explicit) if form == "explicit" else pixi_records(locked.folder / "pixi.lock")
    install(records, prefix, tmp_path / "cache")
    assert installed(prefix) == CONDA
    assert (prefix / "etc/tool.conf").read_text() == f"home = {prefix}/etc\n"
    assert run(prefix / "bin/tool") == "tool 2.0"
    assert run(prefix / "bin/wrapped") == "wrapped 1.5"  # an entry point, made for the Python of the same lock
    command = locked.commands[f"requirements.{_SUBDIR}.txt"]
    assert command.startswith(RUN)
    program, *words = shlex.split(command.removeprefix(RUN))
    run(prefix / "bin" / program, *words, index=locked.address)
    told = "import leaf, root, wrapped; from importlib.metadata import version as v; print(v('leaf'), v('root'), v('wrapped'))"
    assert run(prefix / "bin/python", "-c", told) == "2.0 1.0 1.5"
    assert installed(prefix) == CONDA


def test_an_archive_that_was_replaced_is_not_installed(locked: Locked, tmp_path: Path) -> None:
    explicit = tmp_path / f"conda-{_SUBDIR}.lock"
    lines = (locked.folder / explicit.name).read_text().splitlines()
    explicit.write_text(
        "".join(f"{line.partition('#')[0]}#{'0' * 32}\n" if "/tool-" in line else f"{line}\n" for line in lines)
    )
    with pytest.raises(Exception, match=r"(?i)hash|mismatch"):
        install(explicit_records(explicit), tmp_path / "env", tmp_path / "cache")
    assert not (tmp_path / "env/etc/tool.conf").exists()
