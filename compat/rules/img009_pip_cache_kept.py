"""IMG009: the cache of pip or uv stays in a layer of the image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from compat.model.containers import Command, Instruction, Word
from compat.model.diagnostics import Diagnostic, Evidence, Fix, Safety, Severity
from compat.rules.base import Rule, Subject
from compat.rules.image_caches import (
    SAME_RUN,
    Kept,
    Manager,
    cleans_by_script,
    cleared_later,
    kept_in,
    related_to,
    removes,
)
from compat.rules.image_script import Script
from compat.rules.image_words import READ_ON, Run, has_plain_base, is_final, lines_words, mount_target, mounts_of

_VERBS = {"pip": ("install",), "uv": ("install", "sync")}
_SPELLED = {"pip": ("install",), "uv": ("install", "sync", "add")}
_OPTION = {"pip": "--no-cache-dir", "uv": "--no-cache"}
_VARIABLE = {"pip": "PIP_NO_CACHE_DIR", "uv": "UV_NO_CACHE"}
_FOLDER_VARIABLES = {"pip": ("PIP_CACHE_DIR", "XDG_CACHE_HOME"), "uv": ("UV_CACHE_DIR", "XDG_CACHE_HOME")}
#: ``~/.cache``, ``/root/.cache/pip``, ``$HOME/.cache/*``: what holds the cache of the tool that is asked for.
_FOLDER = {tool: re.compile(rf"/\.cache(?:/\*|/{tool}(?:/.*)?)?$") for tool in _VERBS}

_SETTINGS = frozenset({"pip.conf", "pip.ini", ".pip", "uv.toml"})

_EVIDENCE = {
    "pip": Evidence(
        claim="pip keeps what it downloads and builds in `~/.cache/pip`, unless `--no-cache-dir` is given",
        source="https://pip.pypa.io/en/stable/topics/caching/",
        read_on=READ_ON,
    ),
    "uv": Evidence(
        claim="without a cache mount, `--no-cache` or `UV_NO_CACHE` makes the image smaller",
        source="https://docs.astral.sh/uv/guides/integration/docker/#caching",
        read_on=READ_ON,
    ),
}


class PipCacheKept(Rule):
    """Wheels are installed by pip or uv, and their cache stays in the layer.

    What it finds:
        ``pip install``, ``uv pip install`` or ``uv sync`` in a RUN of the final image without ``--no-cache-dir``
        (``--no-cache`` for uv), ``PIP_NO_CACHE_DIR`` (``UV_NO_CACHE``), a cache mount or a command that empties the
        cache. Only where the base image is known not to set those variables. One finding an image and tool;
        ``ignore`` at any of its lines holds for all.

    Why it matters:
        The image holds each wheel beside what was unpacked from it: with CUDA, gigabytes. pip counts any value of
        ``PIP_NO_CACHE_DIR`` as a yes, also ``off`` and ``0``.

    Example:
        RUN pip install -r requirements.txt

    Use instead:
        RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt

    Source:
        https://pip.pypa.io/en/stable/topics/caching/
        https://github.com/pypa/pip/blob/main/src/pip/_internal/cli/cmdoptions.py (``_handle_no_cache_dir``)
        https://docs.astral.sh/uv/guides/integration/docker/#caching
    """

    code, name = "IMG009", "pip-cache-kept"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding an image and tool, at the first command that leaves its cache."""
        stages = subject.environment.stages
        if not is_final(subject) or not has_plain_base(stages) or _is_configured(subject):
            return
        script = Script(subject)
        for tool, manager in _MANAGERS.items():
            found = [kept for kept in kept_in(stages, manager) if not script.is_template(kept.run.instruction)]
            if found:
                later = cleared_later(stages, manager, found[0])
                yield self.found(
                    Severity.INFO,
                    f"{tool} leaves its cache in the image{lines_words(len(found))}: "
                    f"neither `{_OPTION[tool]}` nor a cache mount",
                    found[0].place,
                    packages=(),
                    related=related_to(found, later, "emptying it"),
                    evidence=(_EVIDENCE[tool], SAME_RUN),
                    fix=_fix(script, found, tool),
                    hint=f"or mount a cache: `RUN --mount=type=cache,target=/root/.cache/{tool} ...`",
                )


def _is_configured(subject: Subject) -> bool:
    """Whether something else may turn the cache off: a settings file that comes into the image, or ``pip config``."""
    return any(
        word.text.rpartition("/")[2] in _SETTINGS
        if instruction.keyword in {"COPY", "ADD"}
        else "no-cache-dir" in word.text
        for stage in subject.environment.stages
        for instruction in stage.instructions
        for word in _words(instruction)
    )


def _words(instruction: Instruction) -> Iterator[Word]:
    """The words of a COPY, or of those commands of a RUN that install nothing."""
    if instruction.keyword in {"COPY", "ADD"}:
        yield from instruction.words
    for command in instruction.commands:
        if command.install is None or command.install.verb == "other":
            yield from command.words


def _manager(tool: str) -> Manager:
    """What is asked of *tool*."""

    def keeps(command: Command, run: Run) -> bool:
        install = command.install
        if install is None or install.tool != tool or install.verb not in _VERBS[tool]:
            return False
        if install.flags & {"dry-run", "no-index", "help", "version"} or _has_option(command, tool):
            return False
        if not (install.pip or install.includes) and (
            install.python or (install.members and "no-deps" in install.flags)
        ):
            return False  # ``uv python install``, which keeps none; a folder of this repository alone
        variables = {**run.variables, **dict(command.settings)}
        return not variables.get(_VARIABLE[tool]) and not _is_mounted(run, variables, tool)

    def clears(command: Command, _run: Run) -> bool:
        words = [word.text for word in command.words]
        if tool in words[0] or f"-m {tool} " in " ".join(words):
            after = words[words.index("cache") + 1 :] if "cache" in words else []
            if after[:1] in (["purge"], ["clean"]):
                return True
        return removes(command, _FOLDER[tool]) or cleans_by_script(command)

    return Manager(keeps=keeps, clears=clears)


def _has_option(command: Command, tool: str) -> bool:
    """``--no-cache-dir``, in front of ``install`` or behind it, or what pip takes for short of it; ``-n`` of uv."""
    words = [word.text for word in command.words]
    known = command.install is not None and "no-cache-dir" in command.install.flags
    return known or any(word.startswith("--no-cache") for word in words) or (tool == "uv" and "-n" in words)


def _is_mounted(run: Run, variables: dict[str, str], tool: str) -> bool:
    """Whether the cache's folder, or one above it, is a mount."""
    folders = {variables[name].rstrip("/") for name in _FOLDER_VARIABLES[tool] if variables.get(name)}
    targets = [mount_target(mount) for mount in mounts_of(run.instruction)]
    return any(
        _FOLDER[tool].search(target) or any(f"{folder}/".startswith(f"{target}/") for folder in folders)
        for target in targets
    )


_MANAGERS = {tool: _manager(tool) for tool in _VERBS}


def _fix(script: Script, found: Sequence[Kept], tool: str) -> Fix:
    """The option behind every ``install`` or ``sync``; shown only where one of them is not spelled so."""
    title = f"Add `{_OPTION[tool]}`"
    edits = []
    for kept in found:
        for command in kept.commands:
            verb = next((word.text for word in command.words if word.text in _SPELLED[tool]), "")
            edits.append(script.word_added(kept.run.instruction, command, verb, _OPTION[tool]))
    if any(edit is None for edit in edits):
        return Fix(title=title, safety=Safety.SHOWN)
    return Fix(title=title, safety=Safety.SAFE, edits=tuple(dict.fromkeys(edit for edit in edits if edit is not None)))
