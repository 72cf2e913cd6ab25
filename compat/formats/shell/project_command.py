"""`poetry`, `pipenv` and `pixi`: tools that install what a project's own file says."""

from __future__ import annotations

import re

from compat.formats.pip_line import read_line
from compat.formats.shell.arguments import Arguments, read_arguments, to_grammar
from compat.formats.shell.gathered import Gathered
from compat.formats.shell.installs import Call, arguments_of
from compat.formats.shell.pip_command import gather_pip
from compat.formats.shell.venv_command import to_python
from compat.model.containers import Install, Word
from compat.model.environments import Member

_POETRY = to_grammar(
    "with without only extras group directory project source python platform",
    "no-root no-dev sync all-extras all-groups no-interaction no-cache no-ansi no-directory compile dev",
    E="extras",
    G="group",
    C="directory",
    P="project",
    n="no-interaction",
    q="quiet",
    v="verbose",
    D="dev",
)
_PIPENV = to_grammar(
    "requirements requirementstxt editable python pypi-mirror index extra-pip-args categories",
    "system deploy dev skip-lock ignore-pipfile keep-outdated pre site-packages clear verbose sequential",
    r="requirements",
    e="editable",
    i="index",
    d="dev",
    v="verbose",
)
_PIXI = to_grammar(
    "environment manifest-path feature platform git branch tag rev subdir channel config color expose with skip",
    "locked frozen pypi host build editable no-install no-lockfile-update all quiet verbose no-progress",
    e="environment",
    f="feature",
    p="platform",
    c="channel",
    a="all",
    q="quiet",
    v="verbose",
)
_VERBS = {
    "install": "sync",
    "sync": "sync",
    "update": "update",
    "add": "install",
    "remove": "remove",
    "uninstall": "remove",
}


def read_poetry(call: Call) -> Install | None:
    """`poetry install` takes the project of the working folder; `poetry add` names packages in its own words."""
    arguments = read_arguments(arguments_of(call), _POETRY)
    verb = _verb(arguments)
    if verb is None:
        return None
    gathered = Gathered(call)
    if verb in ("sync", "update"):
        words = [word.text for word in arguments.values("extras") if word.known]
        extras = frozenset(extra for word in words for extra in re.split(r"[\s,]+", word) if extra)
        folder = arguments.last("directory", "project") or "."
        gathered.found.members.append(Member(folder, call.place, extras, editable=True))
    else:
        # `torch@^2.0` is Poetry's own: what is no requirement is left out, but is no mistake.
        fine = [word for word in arguments.operands[1:] if _is_plain(word)]
        gathered.add_requirements(fine)
        gathered.complete = gathered.complete and len(fine) == len(arguments.operands) - 1
    return gathered.to_install("poetry", verb, arguments)


def read_pipenv(call: Call) -> Install | None:
    """`pipenv install`, which without names takes a ``Pipfile``; that format is not read."""
    arguments = read_arguments(arguments_of(call), _PIPENV)
    verb = _verb(arguments)
    if verb is None:
        return None
    gathered = Gathered(call)
    gather_pip(gathered, arguments, arguments.operands[1:])
    named = len(arguments.operands) > 1 or bool(arguments.values("requirements", "editable"))
    gathered.complete = gathered.complete and named
    verb = "install" if named and verb == "sync" else verb
    return gathered.to_install("pipenv", verb, arguments, python=to_python(arguments.last("python")))


def read_pixi(call: Call) -> Install | None:
    """`pixi install` and `pixi add`; `pixi global install` makes an environment for each program."""
    arguments = read_arguments(arguments_of(call), _PIXI)
    prefix = arguments.last("environment")
    if arguments.operands and arguments.operands[0].text == "global":
        arguments = arguments._replace(operands=arguments.operands[1:])
        names = [word.text for word in arguments.operands[1:2]]
        verb = "install" if arguments.operands and arguments.operands[0].text == "install" else None
        prefix = f"tool:{names[0]}" if names else "tool:"
    else:
        verb = _verb(arguments)
    if verb is None:
        return None
    gathered = Gathered(call)
    words: tuple[Word, ...] = arguments.operands[1:]
    if "pypi" in arguments.flags():
        gathered.add_requirements(words, arguments.doubtful)
    else:
        gathered.add_specs(words, arguments.doubtful)
    gathered.add_channels(arguments.values("channel"))
    gathered.add_cuts(call.cuts)
    return gathered.to_install("pixi", verb, arguments, prefix=prefix)


def _is_plain(word: Word) -> bool:
    """Whether *word* of `poetry add` means the same to pip."""
    line = read_line(word.text) if word.known and ("@" not in word.text or "://" in word.text) else None
    return line is not None and line.defect is None


def _verb(arguments: Arguments) -> str | None:
    return _VERBS.get(arguments.operands[0].text) if arguments.operands else None
