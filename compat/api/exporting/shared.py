"""What one image asks of its targets, and what makes a folder something to install."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

from compat.model.errors import UsageError
from compat.model.targets import Target


def refuse_shared(targets: Sequence[Target]) -> None:
    """Raises: UsageError where an image could not tell two targets apart, or there is none."""
    if not targets:
        raise UsageError("no target is Linux, which images are for", hint="add `--target linux-64`")
    seen: dict[str, Target] = {}
    for target in targets:
        other = seen.setdefault(target.subdir, target)
        if other is not target:
            texts = f"`{other.text}` and `{target.text}`"
            raise UsageError(
                f"{texts} are both {target.subdir}, and an image has one environment for it",
                hint=f"choose one with `--target '{target.text}'`",
            )


def one_python(targets: Sequence[Target]) -> tuple[int, int]:
    """The Python of all *targets*. Raises: UsageError where they have several."""
    pythons = sorted({target.python or sys.version_info[:2] for target in targets})
    if len(pythons) > 1:
        names = " and ".join(f"{major}.{minor}" for major, minor in pythons)
        raise UsageError(f"the targets have Python {names}, and an image has one", hint="choose with `--target`")
    return pythons[0]


def is_package(folder: str) -> bool:
    """Whether the project in *folder* is built and installed, as uv decides it: where it names what builds it.

    Source: https://docs.astral.sh/uv/concepts/projects/config/#project-packaging
    """
    try:
        with open(os.path.join(folder, "pyproject.toml"), encoding="utf-8") as file:
            return re.search(r"(?m)^\[build-system\]", file.read()) is not None
    except (OSError, UnicodeDecodeError):
        return os.path.isfile(os.path.join(folder, "setup.py"))
