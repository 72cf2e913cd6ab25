"""``lock --validate``: whether the tools that a lock is for read what was written, as far as they are installed."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from compat.lock import LockFile
from compat.model.errors import FileProblem

#: conda-lock takes one to two seconds for a large file; what takes this long hangs.
_TIMEOUT = 120
#: How much of what a tool says is repeated.
_SAID = 300


class Validation(NamedTuple):
    """What was found: sentences on files that a tool does not read, and on those that no tool here could be asked about."""

    problems: tuple[str, ...]
    unchecked: tuple[str, ...]


class _Missing(Exception):
    """The tool that a file is for is not installed; its name."""


def validate_files(files: Sequence[LockFile]) -> Validation:
    """Let conda-lock, py-rattler and `packaging` read *files*, which need not be on disk yet."""
    problems: list[str] = []
    unchecked: list[str] = []
    with tempfile.TemporaryDirectory(prefix="compat-validate-") as folder:
        for file in files:
            check = _CHECKS.get(file.format)
            if check is None:
                continue
            path = Path(folder, file.name)
            path.write_bytes(file.data)
            try:
                problems += [f"{file.name}: {problem}" for problem in check(path, file.data)]
            except _Missing as error:
                unchecked.append(f"{file.name} is not validated: {error} is not installed")
            except FileProblem as error:
                problems.append(str(error))
    return Validation(tuple(problems), tuple(unchecked))


def _conda_lock(path: Path, data: bytes) -> Iterator[str]:
    """conda-lock parses it, and renders for each platform exactly the conda files that are in it."""
    from compat.lock import read_conda_lock

    lock = read_conda_lock(path.name, data)
    options = [word for subdir in lock.subdirs for word in ("-p", subdir)]
    template = str(path.parent / "rendered-{platform}.lock")
    run = _run(
        [*_conda_lock_command(), "render", "-k", "explicit", *options, "--filename-template", template, str(path)]
    )
    if run:
        yield f"conda-lock does not read it: {run}"
        return
    for subdir in lock.subdirs:
        rendered = Path(template.format(platform=subdir)).read_text("utf-8").splitlines()
        lines = {line.strip() for line in rendered if not line.startswith(("#", "@"))} - {""}
        wanted = {f"{each.record.url}#{each.record.md5}" for each in lock.conda if each.subdir == subdir}
        for line in sorted(lines ^ wanted):
            yield f"conda-lock renders {'too little' if line in wanted else 'more'} for {subdir}: {line}"


def _conda_lock_command() -> list[str]:
    """Of this Python, else the one on the path, which may be in an environment of its own."""
    from shutil import which

    if find_spec("conda_lock") is not None:
        return [sys.executable, "-W", "ignore", "-m", "conda_lock"]
    found = which("conda-lock")
    if found is None:
        raise _Missing("conda-lock")
    return [found]


def _run(command: Sequence[str]) -> str:
    """What *command* says where it fails, on one line; else nothing."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return " ".join(str(error).split())[:_SAID]
    said = re.sub(r"\s+", " ", (run.stderr or run.stdout).strip())
    return (said[-_SAID:] or f"exit {run.returncode}") if run.returncode else ""


def _explicit(path: Path, data: bytes) -> Iterator[str]:
    from compat.lock import read_explicit

    rattler = _rattler()
    try:
        spec = rattler.PyExplicitEnvironmentSpec.from_path(path)
    except Exception as error:  # noqa: BLE001 -- the errors of py-rattler have no common base
        yield f"py-rattler does not read it: {error}"
        return
    wanted = read_explicit(path.name, data)
    if len(spec.packages()) != len(wanted.conda) or (spec.platform().name,) != wanted.subdirs:
        yield f"py-rattler reads {len(spec.packages())} packages for {spec.platform().name}"


def _pixi(path: Path, data: bytes) -> Iterator[str]:
    del data
    if path.suffix != ".lock":
        return
    rattler = _rattler()
    try:
        rattler.PyLockFile.from_path(path)
    except Exception as error:  # noqa: BLE001 -- as above
        yield f"py-rattler does not read it: {error}"


def _rattler() -> Any:  # noqa: ANN401 -- the module of py-rattler in Rust, whose readers only some have a public class
    if find_spec("rattler") is None:
        raise _Missing("py-rattler")
    return import_module("rattler.rattler")


def _pylock(path: Path, data: bytes) -> Iterator[str]:
    """As an installer reads it; an archive by a path is looked for beside it, and not here."""
    import tomllib

    from packaging.pylock import Pylock, PylockValidationError, is_valid_pylock_path

    if not is_valid_pylock_path(path):
        yield "installers do not take the name for a pylock.toml"
    try:
        Pylock.from_dict(tomllib.loads(data.decode())).validate()
    except (PylockValidationError, ValueError) as error:
        yield f"no valid pylock.toml: {error}"


def _environment(path: Path, data: bytes) -> Iterator[str]:
    from compat.formats import read

    yield from (
        f"line {problem.place.line}: {problem.message}" for problem in read(path.name, data, "environment").problems
    )


_CHECKS: MappingProxyType[str, Callable[[Path, bytes], Iterator[str]]] = MappingProxyType(
    {
        "conda-lock": _conda_lock,
        "explicit": _explicit,
        "pixi": _pixi,
        "pylock": _pylock,
        "environment": _environment,
    }
)
