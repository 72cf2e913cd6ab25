"""Git repositories that a requirement names: which commit a name means, and single files of it.

Nothing is asked of the user (no prompt for passwords), no hook runs, no submodule is fetched, and everything has a time
limit. Configuration of the user's git counts, so that credentials and mirrors work as for ``pip install``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import unquote

from compat.index.addresses import shown_url
from compat.model.distributions import UnreachedError

#: Seconds to tell the commits, and to fetch one without its history.
ASK_SECONDS = 60.0
FETCH_SECONDS = 300.0

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
#: What git may be given; ``ext::`` and the like run commands.
_SCHEMES = ("https://", "http://", "ssh://", "git://", "file://")
_SETTINGS = ("-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never", "-c", "advice.detachedHead=false")


class GitUrl(NamedTuple):
    """``git+REPOSITORY@REF#subdirectory=...``; without REF it is the default branch."""

    repository: str
    ref: str
    subdirectory: str = ""

    @property
    def is_commit(self) -> bool:
        return _COMMIT.fullmatch(self.ref.lower()) is not None

    def at(self, commit: str) -> str:
        """The same, pinned."""
        where = f"#subdirectory={self.subdirectory}" if self.subdirectory else ""
        return f"git+{self.repository}@{commit}{where}"


def parse_git_url(url: str) -> GitUrl | None:
    """The parts of *url*; None for what git is not asked about."""
    bare, _, fragment = url.partition("#")
    if not bare.startswith("git+") or not bare.removeprefix("git+").startswith(_SCHEMES):
        return None
    scheme, _, rest = bare.removeprefix("git+").partition("://")
    host, slash, path = rest.partition("/")
    path, _, ref = path.rpartition("@") if "@" in path else (path, "", "")
    if ref.startswith("-") or host.startswith("-") or any(character.isspace() for character in bare):
        return None
    pairs = dict(part.split("=", 1) for part in fragment.split("&") if "=" in part)
    folder = unquote(pairs.get("subdirectory", "")).strip("/")
    return GitUrl(f"{scheme}://{host}{slash}{path}", ref, "" if ".." in folder.split("/") else folder)


def has_git() -> bool:
    """Whether there is a git to ask."""
    return shutil.which("git") is not None


def find_commit(url: GitUrl) -> str | None:
    """The commit that the branch or tag of *url* stands for now; None where there is none. Raises: UnreachedError."""
    if url.is_commit:
        return url.ref.lower()
    if url.ref:
        names = [f"refs/heads/{url.ref}", f"refs/tags/{url.ref}^{{}}", f"refs/tags/{url.ref}", url.ref]
    else:
        names = ["HEAD"]
    lines = _git(url, "ls-remote", "--", url.repository, *names, seconds=ASK_SECONDS).decode(errors="replace")
    found = {name: commit for commit, _, name in (line.partition("\t") for line in lines.splitlines())}
    return next((found[name] for name in names if _COMMIT.fullmatch(found.get(name, ""))), None)


class Tree:
    """One commit of a repository, in a folder that is gone afterwards."""

    def __init__(self, url: GitUrl, commit: str, folder: str) -> None:
        self._url = url
        self._commit = commit
        self._folder = folder

    def read(self, name: str) -> bytes | None:
        """The file *name* of the project, or None where it has none."""
        path = f"{self._url.subdirectory}/{name}" if self._url.subdirectory else name
        result = _run(self._folder, "show", f"{self._commit}:{path}", seconds=ASK_SECONDS)
        return result.stdout if result.returncode == 0 else None

    def check_out(self) -> str:
        """The folder of the project, with all its files. Raises: UnreachedError."""
        _git(self._url, "checkout", "-q", "--detach", self._commit, folder=self._folder, seconds=FETCH_SECONDS)
        return os.path.join(self._folder, self._url.subdirectory)


@contextmanager
def fetch_tree(url: GitUrl, commit: str) -> Iterator[Tree]:
    """The tree of *commit*, without history. Raises: UnreachedError."""
    with tempfile.TemporaryDirectory(prefix="compat-git-") as folder:
        _git(url, "init", "-q", folder, seconds=ASK_SECONDS)
        fetch = ("fetch", "-q", "--depth", "1", "--no-tags", "--no-recurse-submodules", "--", url.repository)
        try:
            _git(url, *fetch, commit, folder=folder, seconds=FETCH_SECONDS)
        except UnreachedError:
            # Not every server gives a commit by its hash alone; by the name that led to it, all do.
            if url.is_commit or not url.ref:
                raise
            _git(url, *fetch, url.ref, folder=folder, seconds=FETCH_SECONDS)
        yield Tree(url, commit, folder)


def _git(url: GitUrl, *arguments: str, seconds: float, folder: str | None = None) -> bytes:
    try:
        result = _run(folder, *arguments, seconds=seconds)
    except subprocess.TimeoutExpired as error:
        raise UnreachedError(f"{shown_url(url.repository)}: git did not end within {seconds:g} s") from error
    except OSError as error:
        raise UnreachedError(f"{shown_url(url.repository)}: git cannot be run") from error
    if result.returncode != 0:
        words = result.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        # Git repeats the address, which may hold what the user's configuration adds to it.
        why = re.sub(r"(://)[^/@\s]*@", r"\1", words[-1])
        raise UnreachedError(f"{shown_url(url.repository)}: git {arguments[0]}: {why}")
    return result.stdout


def _run(folder: str | None, *arguments: str, seconds: float) -> subprocess.CompletedProcess[bytes]:
    environment = {key: value for key, value in os.environ.items() if key not in {"GIT_DIR", "GIT_WORK_TREE"}}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C"}
    environment.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    where = ("-C", folder) if folder is not None else ()
    return subprocess.run(
        ["git", *_SETTINGS, *where, *arguments],  # noqa: S607 - the user's own git
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        check=False,
        env=environment,
    )
