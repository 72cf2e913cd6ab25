"""What a source tree requires, by building its metadata: only for projects that the user allows by name.

The build runs in a process of its own with a time limit, and in an environment of its own, through PyPA's ``build``.
Source: https://build.pypa.io/en/stable/api.html#build.util.project_wheel_metadata
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from compat.index.faults import UnreadableError
from compat.index.files.declared import parse_core_metadata, parse_name_and_version
from compat.model.distributions import CoreMetadata
from compat.model.errors import UsageError

#: A build of METADATA alone installs a backend and asks it; torch's own takes minutes, most take seconds.
SECONDS = 300.0
#: Characters of the output that an error shows.
_SHOWN = 2000

#: Run by the same Python; the metadata goes to a file, because builds print what they like.
_CHILD = """
import sys
from build.util import project_wheel_metadata
from pyproject_hooks import default_subprocess_runner
metadata = project_wheel_metadata(sys.argv[1], isolated=True, runner=default_subprocess_runner)
with open(sys.argv[2], "wb") as file:
    file.write(bytes(metadata))
"""


class Built(NamedTuple):
    """What a build says of a source tree."""

    name: str
    version: str
    metadata: CoreMetadata


def build_metadata(folder: str, *, shown: str = "", seconds: float = SECONDS) -> Built:
    """The metadata of the source tree in *folder*, which messages call *shown*. Raises: UsageError."""
    if find_spec("build") is None:
        raise UsageError("building metadata needs PyPA's build", hint="pip install 'compat-matrix[build]'")
    shown = shown or folder
    with tempfile.TemporaryDirectory(prefix="compat-build-") as place:
        path = Path(place) / "METADATA"
        output = _run([sys.executable, "-c", _CHILD, folder, str(path)], shown, seconds)
        try:
            content = path.read_bytes()
            return Built(*parse_name_and_version(content), parse_core_metadata(content))
        except (OSError, UnreadableError) as error:
            raise UsageError(f"the build of {shown} gave no metadata", hint=_end(output)) from error


def _run(command: list[str], shown: str, seconds: float) -> str:
    """Run *command* to its end; it and what it has started are ended when the time is over."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"the build of {shown} took longer than {seconds:g} seconds") from error
    finally:
        _end_group(process)
    if process.returncode != 0:
        raise UsageError(f"the metadata of {shown} could not be built", hint=_end(output))
    return output


def _end_group(process: subprocess.Popen[str]) -> None:
    """End *process* and what it has started, which may outlive it."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.communicate()


def _end(output: str) -> str:
    """The end of *output*, where the error stands."""
    return output.strip()[-_SHOWN:] or "it printed nothing"
