"""Which commands install something, and who reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from compat.model.containers import Install, Word
from compat.model.places import Place

#: A part that is not known, as in `python${VERSION}`, does not hide the program.
_PYTHON = re.compile(r"(?:python|pypy)(?:[0-9.]|\$\{?\w+\}?)*|py|\$\{?\w*PYTHON\w*\}?", re.IGNORECASE)
_PIP = re.compile(r"pip(?:[0-9.]|\$\{?\w+\}?)*|\$\{?PIP\w*\}?", re.IGNORECASE)
_CONDA = re.compile(r"\$\{?((?:MICRO)?MAMBA|CONDA)(?:_EXE|_BIN|_CMD)?\}?", re.IGNORECASE)
#: Options of Python that take the next word.
_PYTHON_VALUED = frozenset({"-W", "-X"})


class Cut(NamedTuple):
    """A requirement without quotes, of which the shell takes a part for a redirection: ``torch>=2``."""

    text: str
    operator: str
    place: Place


class Call(NamedTuple):
    """A command to be understood.

    ``more`` says that `xargs` puts further words behind it: those of the file ``fed``, if that is known.
    """

    words: tuple[Word, ...]
    place: Place
    environment: Mapping[str, str] = {}
    cuts: tuple[Cut, ...] = ()
    more: bool = False
    fed: Word | None = None


def find_install(call: Call) -> Install | None:
    """What *call* installs, removes or configures; None where it does nothing of the kind."""
    program = _name(call.words[0])
    if _PYTHON.fullmatch(program):
        module = _module(call.words)
        return _read(call, module) if module else None
    return _read(call, program)


def _name(word: Word) -> str:
    name = word.text.replace("\\", "/").rpartition("/")[2]
    return name.removesuffix(".exe").removesuffix(".bat")


def _module(words: tuple[Word, ...]) -> str:
    """The module of ``python -m MODULE``; "" where Python runs something else."""
    at = module_position(words)
    return words[at].text if at else ""


def module_position(words: tuple[Word, ...]) -> int:
    """The number of the word behind ``-m``; 0 where there is none."""
    at = 1
    while at < len(words) and words[at].text.startswith("-"):
        if re.fullmatch(r"-[A-Za-z]*m", words[at].text):
            return at + 1 if at + 1 < len(words) else 0
        at += 2 if words[at].text in _PYTHON_VALUED else 1
    return 0


def arguments_of(call: Call) -> tuple[Word, ...]:
    """The words behind the program, or behind the module that Python runs."""
    if _PYTHON.fullmatch(_name(call.words[0])):
        return call.words[module_position(call.words) + 1 :]
    return call.words[1:]


def _read(call: Call, program: str) -> Install | None:
    # Each reader is imported for its own commands: most files use one or two of them.
    if _PIP.fullmatch(program) or program in ("pip-sync", "pipx"):
        from compat.formats.shell.pip_command import read_pip, read_pip_sync, read_pipx

        return {"pip-sync": read_pip_sync, "pipx": read_pipx}.get(program, read_pip)(call)
    if program == "uv":
        from compat.formats.shell.uv_command import read_uv

        return read_uv(call)
    if variable := _CONDA.fullmatch(program):
        program = variable[1].lower()
    if program in ("conda", "mamba", "micromamba", "conda-lock"):
        from compat.formats.shell.conda_command import read_conda, read_conda_lock

        return read_conda_lock(call) if program == "conda-lock" else read_conda(call, program)
    if program in ("venv", "virtualenv"):
        from compat.formats.shell.venv_command import read_venv

        return read_venv(call)
    if program in ("poetry", "pipenv", "pixi"):
        from compat.formats.shell import project_command as project

        return {"poetry": project.read_poetry, "pipenv": project.read_pipenv, "pixi": project.read_pixi}[program](call)
    from compat.formats.shell.system_command import read_system

    return read_system(call, program)
