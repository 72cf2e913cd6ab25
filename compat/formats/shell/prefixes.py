"""Environments by name: what a path, a program in it, or an `activate` says."""

from __future__ import annotations

import re

#: Folders whose programs belong to the system's own environment, or to whichever is active.
_SYSTEM = frozenset({"", "/usr", "/usr/local", "~/.local", "/root/.local", "$HOME/.local"})
#: Folders that installers of conda are told to use: its base environment.
_BASE = re.compile(r"(?i).*(?:conda|mamba|miniforge|mambaforge)\d*")


def to_prefix(path: str) -> str:
    """An environment of conda by its name where *path* is that of one, else *path* itself, without a slash at its end."""
    path = path.rstrip("/") or path
    folder, _, name = path.rpartition("/")
    if folder.endswith("/envs") and name:
        return name
    return "base" if "/" in path and _BASE.fullmatch(name) else path


def of_program(path: str) -> str:
    """The environment whose ``bin`` folder holds the program at *path*; "" for a bare name, and for one of the system."""
    folder, _, _ = path.rpartition("/")
    root, slash, last = folder.rpartition("/")
    if last not in ("bin", "Scripts") or not (slash or root) or root in _SYSTEM:
        return ""
    return to_prefix(root)
