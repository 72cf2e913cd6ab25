"""The repository that a file is in, as a cluster would clone it. Reads ``.git`` and asks nobody."""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import NamedTuple

from compat.lock.urls import without_credentials


class Clone(NamedTuple):
    """*url* without credentials and *revision*, "" where nothing says it; *file* is relative to the top, with ``/``."""

    url: str
    revision: str
    file: str


def find_clone(path: str) -> Clone:
    """Where the file at *path* comes from: ``origin`` and the branch that is checked out.

    Only https is taken: an address of ssh needs a key that the cluster may not have.
    """
    file = Path(path).resolve()
    top = next((folder for folder in file.parents if (folder / ".git").exists()), None)
    if top is None:
        return Clone("", "", file.name)
    relative = file.relative_to(top).as_posix()
    return Clone(_origin(top / ".git"), _branch(top / ".git"), relative)


def _origin(git: Path) -> str:
    # git allows what the ini format does not: keys without values, the same section twice.
    config = configparser.ConfigParser(allow_no_value=True, strict=False, interpolation=None)
    try:
        config.read_string((git / "config").read_text(encoding="utf-8"))
        url = config.get('remote "origin"', "url", fallback="") or ""
    except (OSError, UnicodeDecodeError, configparser.Error):  # a worktree, a submodule, what only git reads
        return ""
    return without_credentials(url) if url.startswith("https://") else ""


def _branch(git: Path) -> str:
    try:
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else ""
