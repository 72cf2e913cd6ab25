"""The tools that `lock_speed.py` compares, and how each is asked for the same: Python 3.11 on two architectures."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

PYTHON = "3.11"
ARCHITECTURES = ("x86_64", "aarch64")
Command = list[str]
Commands = Callable[[Command, "Job"], list[Command]]


class Job(NamedTuple):
    """One lock to make: *requirements* against *index*, with *cache* and an empty *folder* for what is written."""

    requirements: Path
    index_url: str
    cache: Path
    folder: Path


class Locker(NamedTuple):
    """A tool: how it is called here, and its commands for a job. ``targets`` is how many it locks by them."""

    name: str
    program: Command
    commands: Commands
    targets: int = 2
    slow: bool = False

    @property
    def found(self) -> bool:
        return shutil.which(self.program[0]) is not None

    def version(self) -> str:
        """What ``--version`` says, or "" where that fails."""
        done = subprocess.run([*self.program, "--version"], capture_output=True, text=True, check=False)
        return "" if done.returncode else " ".join(done.stdout.split("\n", 1)[0].split())


def compat(program: Command, job: Job) -> list[Command]:
    """`compat lock`: both targets in one process."""
    targets = [f"--target=linux-{name},python={PYTHON}" for name in ("64", "aarch64")]
    places = ["--output", str(job.folder), "--index-url", job.index_url, "--cache-dir", str(job.cache)]
    return [[*program, "lock", str(job.requirements), *targets, "--format", "pylock", *places]]


def uv(program: Command, job: Job, *options: str, name: str = "requirements.{}.txt") -> list[Command]:
    """`uv pip compile`, once per target."""
    common = [
        "--default-index",
        job.index_url,
        "--cache-dir",
        str(job.cache),
        "--python-version",
        PYTHON,
        "-q",
        *options,
    ]
    compile_ = [*program, "pip", "compile", str(job.requirements), *common]
    return [
        [*compile_, "--python-platform", f"{machine}-manylinux_2_28", "-o", str(job.folder / name.format(machine))]
        for machine in ARCHITECTURES
    ]


def uv_pylock(program: Command, job: Job) -> list[Command]:
    """The same, writing PEP 751 with files and hashes, as `compat lock` does."""
    return uv(program, job, "--format", "pylock.toml", name="pylock.{}.toml")


def nab(program: Command, job: Job) -> list[Command]:
    """`nab lock`, which reads a project and not a requirements file: both targets in one process."""
    lines = [line.partition("#")[0].strip() for line in job.requirements.read_text().splitlines()]
    (job.folder / "pyproject.toml").write_text(NAB.format(list(filter(None, lines)), job.index_url, PYTHON))
    options = ["--cache-dir", str(job.cache), "--no-progress", "--output", "pylock.toml"]
    return [[*program, "lock", "pyproject.toml", *options]]


def pip_compile(program: Command, job: Job) -> list[Command]:
    """`pip-compile`, for the Python and the machine that run it: it knows no other targets.

    pip keeps what it reads by plain HTTP only where the host is trusted.
    """
    caches = ["--cache-dir", str(job.cache / "tools"), "--pip-args", f"--cache-dir {job.cache / 'pip'}"]
    caches += ["--trusted-host", urlsplit(job.index_url).hostname or ""]
    options = ["-q", "--strip-extras", "--allow-unsafe", "--index-url", job.index_url, *caches]
    return [[*program, *options, "-o", str(job.folder / "requirements.txt"), str(job.requirements)]]


#: TOML writes a list of strings as Python does, where no string holds a quote.
NAB = """\
[project]
name = "speed"
version = "0"
requires-python = "=={2}.*"
dependencies = {0}

[tool.nab]
mode = "universal"

[tool.nab.matrix]
python = "=={2}.*"
platforms = [
  {{ id = "linux_x86_64", runs-on-libc = "2.28" }},
  {{ id = "linux_aarch64", runs-on-libc = "2.28" }},
]

[[tool.nab.indexes]]
name = "replay"
url = "{1}"
"""

#: The option that says how a tool is called, and how it is called by default.
PROGRAMS = {
    "compat": f"{shlex.quote(sys.executable)} -m compat",
    "uv": "uv",
    "nab": "nab",
    "pip-compile": "pip-compile",
}


def known_lockers(programs: Mapping[str, str | None]) -> list[Locker]:
    """Every tool, called as *programs* says or by default."""
    calls = {name: shlex.split(programs.get(name) or default) for name, default in PROGRAMS.items()}
    return [
        Locker("compat", calls["compat"], compat),
        Locker("uv", calls["uv"], uv),
        Locker("uv pylock", calls["uv"], uv_pylock),
        Locker("nab", calls["nab"], nab),
        Locker("pip-compile", calls["pip-compile"], pip_compile, targets=1, slow=True),
    ]
