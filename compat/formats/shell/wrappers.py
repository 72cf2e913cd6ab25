"""Programs that only start another one, and what they say about it: `sudo`, `env`, `bash -c`, `conda run`, `xargs`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from compat.formats.shell.fields import Field
from compat.formats.shell.prefixes import to_prefix

_SETTING = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
#: Programs that read a script of this language.
SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
CONDAS = frozenset({"conda", "mamba", "micromamba"})
#: Programs to those of their options that take a value.
_STARTERS: dict[str, frozenset[str]] = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-r", "-t", "-T", "-U", "--user", "--group"}),
    "env": frozenset({"-u", "--unset", "-C", "--chdir"}),
    "exec": frozenset({"-a"}),
    "time": frozenset({"-f", "-o"}),
    "nice": frozenset({"-n"}),
    "ionice": frozenset({"-c", "-n"}),
    "timeout": frozenset({"-k", "-s", "--kill-after", "--signal"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "xargs": frozenset({"-n", "-L", "-P", "-I", "-d", "-a", "-s", "-E", "--max-args", "--max-procs", "--delimiter"}),
    "nohup": frozenset(),
    "command": frozenset(),
    "builtin": frozenset(),
    "eatmydata": frozenset(),
    "travis_retry": frozenset(),
    "gosu": frozenset(),
    "su-exec": frozenset(),
    "xvfb-run": frozenset({"-n", "-s", "--server-args"}),
}
#: Those whose first word is no command: a time, a user.
_ONE_WORD = frozenset({"timeout", "gosu", "su-exec"})
#: Tools whose `run` starts a program in an environment, to the options in front of it that take a value.
_RUNNERS: dict[str, frozenset[str]] = {
    **dict.fromkeys(CONDAS, frozenset({"-n", "--name", "-p", "--prefix", "-r", "--root-prefix", "--cwd", "-a", "-e"})),
    "uv": frozenset(
        {
            "--with",
            "--with-editable",
            "--with-requirements",
            "--extra",
            "--group",
            "--only-group",
            "--no-group",
            "--package",
            "--env-file",
            "--project",
            "--directory",
            "--index",
            "--index-url",
            "--extra-index-url",
            "--cache-dir",
            "-p",
            "--python",
        }
    ),
    "pixi": frozenset({"-e", "--environment", "--manifest-path"}),
    **dict.fromkeys(("poetry", "pipenv", "pdm", "rye", "hatch"), frozenset({"-p", "--project", "-C", "--directory"})),
}
#: How many starters may follow each other.
_MAX_WRAPPED = 20


class Unwrapped(NamedTuple):
    """The command that is started in the end; ``script`` is a shell script that stands in its place.

    ``prefix`` is the environment that ``conda run`` names; ``more`` says that `xargs` puts further words behind it.
    """

    fields: tuple[Field, ...]
    settings: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    more: bool = False
    script: Field | None = None


def unwrap(fields: Sequence[Field]) -> Unwrapped:
    """What *fields* start. A starter that starts nothing stays as it is."""
    # An engine's template in front of a command holds flags of the instruction, or a starter of its own.
    front = next((n for n, field in enumerate(fields) if field.known or not field.text.startswith("{{")), 0)
    found = Unwrapped(tuple(fields[front:]))
    for _ in range(_MAX_WRAPPED):
        inner = _unwrap_once(found)
        if inner is None:
            break
        found = inner
    return found


def _unwrap_once(outer: Unwrapped) -> Unwrapped | None:
    """*outer* without its first starter; None where it has none."""
    fields = outer.fields
    if not fields or outer.script is not None:
        return None
    program = fields[0].text.rpartition("/")[2]
    if program in SHELLS or program == "su":
        script = _find_script(fields[1:])
        return outer._replace(script=script) if script is not None else None
    if program == "eval" and len(fields) > 1:
        return outer._replace(script=_join(fields[1:]))
    if program in _RUNNERS:
        return _unwrap_run(program, outer)
    if program not in _STARTERS:
        return None
    at = skip_options(fields, 1, _STARTERS[program])
    if program == "command" and at > 1:
        return None  # `command -v` only looks
    at += program in _ONE_WORD
    settings = list(outer.settings)
    while at < len(fields) and program in ("sudo", "env") and (match := _SETTING.fullmatch(fields[at].text)):
        if fields[at].known:
            settings.append((match[1], match[2]))
        at += 1
    if at >= len(fields):
        return None
    return outer._replace(fields=fields[at:], settings=tuple(settings), more=outer.more or program == "xargs")


def skip_options(fields: Sequence[Field], at: int, valued: frozenset[str]) -> int:
    """The number of the first of *fields* from *at* on that is no option, nor the value of one."""
    while at < len(fields) and fields[at].text.startswith("-") and fields[at].text != "-":
        text = fields[at].text
        at += 1
        if text == "--":
            break
        at += text in valued
    return at


def _unwrap_run(program: str, outer: Unwrapped) -> Unwrapped | None:
    fields = outer.fields
    start = skip_options(fields, 1, _RUNNERS[program])
    if start >= len(fields) or fields[start].text != "run":
        return None
    at = skip_options(fields, start + 1, _RUNNERS[program])
    if at >= len(fields):
        return None
    prefix = outer.prefix
    if program in CONDAS:
        for option, value in pairwise(fields[1:at]):
            if option.text in ("-n", "--name", "-p", "--prefix"):
                prefix = to_prefix(value.text)
        for option in fields[1:at]:
            if option.text.startswith(("--name=", "--prefix=")):
                prefix = to_prefix(option.text.partition("=")[2])
    return outer._replace(fields=fields[at:], prefix=prefix)


def _find_script(fields: Sequence[Field]) -> Field | None:
    """The script behind ``-c``, which may stand among other letters: ``-lc``, ``-euxo pipefail -c``."""
    wanted = False
    at = 0
    while at < len(fields):
        text = fields[at].text
        if not re.match(r"[-+][A-Za-z-]", text):
            if wanted:
                return fields[at]
            if not re.fullmatch(r"-|[a-z_][a-z0-9_-]*", text):  # the user that `su` becomes
                return None
            at += 1
            continue
        letters = "" if text.startswith("--") else text[1:]
        wanted = wanted or "c" in letters or text == "--command"
        at += 2 if letters.endswith(("o", "O")) or text in ("--rcfile", "--init-file") else 1
    return None


def _join(fields: Sequence[Field]) -> Field:
    """*fields* with blanks between them, as `eval` reads them."""
    segments: list[tuple[int, int, int]] = []
    length = 0
    for field in fields:
        own = field.segments or ((0, field.start, field.end),)
        segments += [(length + at, start, end) for at, start, end in own]
        length += len(field.text)
        segments.append((length, field.end, field.end))
        length += 1
    text = " ".join(field.text for field in fields)
    known = all(field.known for field in fields)
    return Field(text, known, fields[0].start, fields[-1].end, tuple(segments))
