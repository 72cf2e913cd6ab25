"""The environment that a RUN line installs into where its command names none: by SHELL, PATH and a few variables.

Sources: https://docs.conda.io/projects/conda/en/stable/dev-guide/deep-dives/activation.html,
https://docs.astral.sh/uv/pip/environments/, https://micromamba-docker.readthedocs.io/en/latest/quick_start.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from posixpath import join
from typing import NamedTuple

from compat.model.containers import Command, Install, Word

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "_dockerfile_shell.sh"})
_RUNNERS = frozenset({"conda", "mamba", "micromamba"})
#: Folders that are environments by their name; others are where a command of the same image makes one there.
_ENVIRONMENT = re.compile(r"(?i)\.?[\w.-]*(?:venv|virtualenv)[\w.-]*|\.?env")
_ACTIVATE = re.compile(r"(?:conda|mamba|micromamba|source|\.)\s+(?:activate\s+)?[\"']?([^\s;&|\"']+)")
_BIN_ACTIVATE = "/bin/activate"
#: Stands in PATH for the folders of the base image.
_BASE_PATH = "$PATH"
#: ``${PATH:+:$PATH}``
_IF_SET = re.compile(r"\$\{PATH:?\+:\$(?:PATH|\{PATH\})\}")
#: What uv puts into folders of its own.
_UV_OWN = frozenset({"python", "tool", "venv", "cache", "self"})
#: Folders of PATH, and environments of one image: more than any has.
_MAX_KEPT = 100


class Active(NamedTuple):
    """``shell`` is what SHELL's ``conda run`` names; ``readable`` is False where its program is no POSIX shell.

    ``path`` are the folders of PATH in order; ``profile`` is what a line put into ``.bashrc`` activates, which counts while
    ``login`` shells run the commands; ``made`` are the environments that commands made: folder, and name as they spell it.
    """

    shell: str = ""
    readable: bool = True
    login: bool = False
    path: tuple[str, ...] = (_BASE_PATH,)
    profile: str = ""
    made: tuple[tuple[str, str], ...] = ()

    def with_shell(self, words: Sequence[Word]) -> Active:
        """After ``SHELL [...]``."""
        texts = [word.text for word in words]
        programs = [text.rpartition("/")[2] for text in texts]
        runs = len(texts) > 1 and programs[0] in _RUNNERS and "run" in texts
        login = any(text in {"--login", "--interactive"} or re.fullmatch(r"-\w*[li]\w*", text) for text in texts[1:])
        return self._replace(
            shell=_run_prefix(texts) if runs else "",
            readable=runs or not _SHELLS.isdisjoint(programs),
            login=login,
        )

    def with_path(self, value: Word) -> Active:
        """After ``ENV PATH=...``, in which the old value may stand unfilled."""
        folders: list[str] = []
        for part in _IF_SET.sub(f":{_BASE_PATH}", value.text).split(":"):
            folders += self.path if part in {"$PATH", "${PATH}"} else [part]
        return self._replace(path=tuple(dict.fromkeys(folders))[:_MAX_KEPT])

    def with_commands(self, commands: Sequence[Command], folder: str) -> Active:
        """After a RUN of *commands* in *folder*."""
        made = [
            (join(folder, command.install.prefix), command.install.prefix)
            for command in commands
            if command.install is not None and command.install.verb == "create" and command.install.prefix
        ]
        written = [_activated(command) for command in commands if command.program in {"echo", "printf"}]
        return self._replace(
            made=(*self.made, *made)[:_MAX_KEPT],
            profile=next((name for name in reversed(written) if name), self.profile),
        )

    def place(self, commands: Sequence[Command], variables: Mapping[str, str], folder: str = "") -> tuple[Command, ...]:
        """*commands*, with the environment of each install that names none. *folder* is WORKDIR."""
        active = _Environments(self, variables, folder)
        return tuple(active.place(command) for command in commands)


class _Environments:
    """Where the tools of one RUN install."""

    def __init__(self, active: Active, variables: Mapping[str, str], folder: str) -> None:
        self._active = active
        self._variables = variables
        self._folder = folder
        self._made = dict(active.made)

    def place(self, command: Command) -> Command:
        install = command.install
        if install is None or install.prefix or "/" in command.words[0].text:
            return command
        prefix = self._find(install, command)
        return command._replace(install=install._replace(prefix=prefix)) if prefix else command

    def _find(self, install: Install, command: Command) -> str:
        second = command.words[1].text if len(command.words) > 1 else ""
        if install.tool in {"conda", "mamba", "micromamba"}:
            return self._of_conda() if install.verb in {"install", "update", "remove"} and second != "env" else ""
        if install.tool == "uv" and second in _UV_OWN:
            return ""
        if install.tool == "uv" and second in {"sync", "add", "remove"}:
            return self._named("UV_PROJECT_ENVIRONMENT") or ".venv"
        if install.tool == "uv" and "system" not in install.flags:
            return self._named("VIRTUAL_ENV") or self._of_shell() or self._named("CONDA_PREFIX") or self._of_uv()
        if install.tool in {"poetry", "pipenv"}:
            return self._named("VIRTUAL_ENV")
        return self._of_shell() or self._of_path() if install.tool in {"pip", "uv"} else ""

    def _of_conda(self) -> str:
        """What conda has active: it asks no PATH."""
        return self._of_shell() or self._named("CONDA_PREFIX") or self._named("CONDA_DEFAULT_ENV")

    def _of_uv(self) -> str:
        """The ``.venv`` of the working folder; else what PATH has, where uv may refuse to install."""
        return self._made.get(join(self._folder, ".venv"), "") or self._of_path()

    def _of_shell(self) -> str:
        """What the shell that runs the line has activated."""
        if self._active.shell:
            return self._active.shell
        if self._active.profile and (self._active.login or "BASH_ENV" in self._variables):
            return self._active.profile
        if self._variables.get("MAMBA_DOCKERFILE_ACTIVATE") == "1":
            return self._variables.get("ENV_NAME", "")
        return ""

    def _of_path(self) -> str:
        return next((prefix for prefix in map(self._of_folder, self._active.path) if prefix is not None), "")

    def _of_folder(self, folder: str) -> str | None:
        """The environment whose programs *folder* of PATH holds, "" for the image's own, None where it holds no Python."""
        from compat.formats.shell.prefixes import to_prefix

        if folder == _BASE_PATH:
            return ""
        root, _, last = folder.rstrip("/").rpartition("/")
        if last != "bin":
            return None
        if root in self._made:
            return self._made[root]
        prefix = to_prefix(root)
        if prefix == "base":
            return ""
        named = prefix != root or _ENVIRONMENT.fullmatch(root.rpartition("/")[2])
        return prefix if named or root == self._variables.get("VIRTUAL_ENV", "").rstrip("/") else None

    def _named(self, variable: str) -> str:
        """The environment whose folder, or name, a variable holds; "" for conda's base."""
        from compat.formats.shell.prefixes import to_prefix

        value = self._variables.get(variable, "").rstrip("/")
        prefix = self._made.get(value) or (to_prefix(value) if value else "")
        return "" if prefix in {"base", "root"} else prefix


def _run_prefix(texts: Sequence[str]) -> str:
    """The environment that ``conda run -n NAME`` names in SHELL."""
    from compat.formats.shell.prefixes import to_prefix

    for option, value in pairwise(texts):
        if option in {"-n", "--name", "-p", "--prefix"}:
            return to_prefix(value)
        if option.startswith(("--name=", "--prefix=")):
            return to_prefix(option.partition("=")[2])
    return ""


def _activated(command: Command) -> str:
    """The environment that a line written by *command* (``echo "conda activate NAME" >> ~/.bashrc``) activates."""
    from compat.formats.shell.prefixes import to_prefix

    text = " ".join(word.text for word in command.words[1:])
    if "activate" not in text or not all(word.known for word in command.words):
        return ""
    match = _ACTIVATE.search(text)
    if match is None:
        return ""
    if match[1].endswith(_BIN_ACTIVATE):
        return to_prefix(match[1].removesuffix(_BIN_ACTIVATE))
    return to_prefix(match[1]) if "activate " in match[0] else ""
