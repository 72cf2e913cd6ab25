"""`pip`, `pip-sync` and `pipx`.

Source: https://pip.pypa.io/en/stable/cli/
"""

from __future__ import annotations

from compat.formats.shell.arguments import Arguments, read_arguments, to_grammar
from compat.formats.shell.gathered import Gathered, is_on
from compat.formats.shell.installs import Call, arguments_of
from compat.formats.shell.prefixes import of_program, to_prefix
from compat.model.containers import Install, Word

_VALUED = (
    "requirement constraint build-constraint requirements-from-script editable target platform python-version"
    " implementation abi root prefix src build upgrade-strategy config-settings config-setting global-option"
    " install-option build-option no-binary only-binary progress-bar root-user-action report group index-url pypi-url"
    " extra-index-url find-links log log-file proxy retries resume-retries timeout default-timeout exists-action"
    " trusted-host cert client-cert cache-dir use-feature use-deprecated keyring-provider python dest download"
    " download-cache wheel-dir uploaded-prior-to all-releases only-final no-build-isolation-package format path hash"
)
_BARE = (
    "upgrade user no-deps no-dependencies pre force-reinstall ignore-installed ignore-requires-python"
    " no-build-isolation use-pep517 no-use-pep517 compile no-compile no-warn-script-location no-warn-conflicts"
    " break-system-packages prefer-binary require-hashes no-clean no-index dry-run quiet verbose isolated"
    " require-virtualenv no-input no-cache-dir no-cache disable-pip-version-check no-color no-python-version-warning"
    " debug help version yes egg process-dependency-links check-build-dependencies use-wheel use-mirrors allow-all-external"
    " sync ask force include-deps system-site-packages"
)
_LETTERS = {
    "r": "requirement",
    "c": "constraint",
    "e": "editable",
    "t": "target",
    "b": "build",
    "i": "index-url",
    "f": "find-links",
    "C": "config-settings",
    "d": "dest",
    "w": "wheel-dir",
    "U": "upgrade",
    "I": "ignore-installed",
    "q": "quiet",
    "v": "verbose",
    "y": "yes",
    "V": "version",
    "h": "help",
}
GRAMMAR = to_grammar(_VALUED, _BARE, **_LETTERS)
_VERBS = {"install": "install", "uninstall": "remove", "download": "other", "wheel": "other", "cache": "other"}
_ROLES = {"index-url": "index", "pypi-url": "index", "extra-index-url": "extra", "find-links": "find-links"}
#: pip reads an option from the variable of its name: https://pip.pypa.io/en/stable/topics/configuration/
_INDEX_VARIABLES = {"PIP_INDEX_URL": "index", "PIP_EXTRA_INDEX_URL": "extra", "PIP_FIND_LINKS": "find-links"}
_FLAG_VARIABLES = {
    "PIP_BREAK_SYSTEM_PACKAGES": "break-system-packages",
    "PIP_PRE": "pre",
    "PIP_NO_DEPS": "no-deps",
    "PIP_USER": "user",
    "PIP_NO_INDEX": "no-index",
}


def read_pip(call: Call) -> Install | None:
    """`pip install` and the rest of what changes packages; `pip config set` for the indexes that it sets."""
    arguments = read_arguments(arguments_of(call), GRAMMAR)
    if not arguments.operands:
        return None
    verb, *operands = arguments.operands
    if verb.text == "config":
        return _read_config(call, arguments)
    if verb.text not in _VERBS:
        return None
    gathered = Gathered(call)
    if verb.text != "cache":
        gather_pip(gathered, arguments, tuple(operands))
    if verb.text == "install":
        gathered.add_environment(_INDEX_VARIABLES, call.place)
        gathered.add_includes(_from_environment(call, "PIP_CONSTRAINT"), constraint=True)
    install = gathered.to_install("pip", _VERBS[verb.text], arguments, prefix=_prefix(call, arguments))
    return install._replace(flags=install.flags | _environment_flags(call))


def gather_pip(gathered: Gathered, arguments: Arguments, operands: tuple[Word, ...]) -> None:
    """Take what pip and uv spell alike."""
    gathered.add_requirements(operands, arguments.doubtful)
    gathered.add_editables(arguments.values("editable"))
    gathered.add_includes(arguments.values("requirement", "requirements"))
    gathered.add_includes(arguments.values("constraint", "constraints"), constraint=True)
    for option in arguments.options:
        if option.name in _ROLES:
            gathered.add_indexes(_ROLES[option.name], [option.value])
        elif option.name == "no-index":
            gathered.add_indexes("none", [option.value])
        elif option.name in {"group", "requirements-from-script"}:
            gathered.complete = False
    gathered.add_cuts(gathered.call.cuts)


def read_pip_sync(call: Call) -> Install | None:
    """`pip-sync FILE...`, without operands ``requirements.txt``."""
    arguments = read_arguments(call.words[1:], GRAMMAR)
    gathered = Gathered(call)
    gathered.add_includes(arguments.operands or (Word("requirements.txt", call.place),))
    return gathered.to_install("pip", "sync", arguments, prefix=of_program(call.words[0].text))


def read_pipx(call: Call) -> Install | None:
    """`pipx install`, which makes an environment for each program."""
    arguments = read_arguments(arguments_of(call), GRAMMAR)
    if not arguments.operands or arguments.operands[0].text != "install":
        return None
    gathered = Gathered(call)
    gathered.add_requirements(arguments.operands[1:], arguments.doubtful)
    return gathered.to_install("pip", "install", arguments, prefix=of_tool(gathered))


def of_tool(gathered: Gathered) -> str:
    """The name of the environment that a program gets for itself."""
    return f"tool:{gathered.found.pip[0].name}" if gathered.found.pip else "tool:"


def _prefix(call: Call, arguments: Arguments) -> str:
    for name in ("target", "prefix", "root"):
        if folder := arguments.last(name):
            return to_prefix(folder)
    if (python := arguments.last("python")) and "/" in python:
        return of_program(python) or to_prefix(python)
    return of_program(call.words[0].text)


def _read_config(call: Call, arguments: Arguments) -> Install | None:
    """`pip config set global.index-url URL`."""
    words = arguments.operands
    if len(words) < 4 or words[1].text != "set":
        return None
    role = _ROLES.get(words[2].text.rpartition(".")[2])
    if role is None:
        return None
    gathered = Gathered(call)
    gathered.add_indexes(role, [Word(url, words[3].place, words[3].known) for url in words[3].text.split()])
    return gathered.to_install("pip", "other", arguments, prefix=of_program(call.words[0].text))


def _from_environment(call: Call, name: str) -> list[Word]:
    return [Word(path, call.place) for path in call.environment.get(name, "").split()]


def _environment_flags(call: Call) -> frozenset[str]:
    """What variables switch on. PIP_NO_CACHE_DIR does so with any value, even ``off``.

    Source: https://github.com/pypa/pip/blob/26.3/src/pip/_internal/cli/cmdoptions.py (_handle_no_cache_dir)
    """
    found = {flag for name, flag in _FLAG_VARIABLES.items() if is_on(call.environment.get(name, ""))}
    return frozenset(found | ({"no-cache-dir"} if call.environment.get("PIP_NO_CACHE_DIR") else set()))
