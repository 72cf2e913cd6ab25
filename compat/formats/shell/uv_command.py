"""`uv`: `uv pip`, projects, tools, environments and Pythons.

Source: https://docs.astral.sh/uv/reference/cli/
"""

from __future__ import annotations

from compat.formats.shell.arguments import Arguments, read_arguments, to_grammar
from compat.formats.shell.gathered import Gathered, is_on
from compat.formats.shell.installs import Call, arguments_of
from compat.formats.shell.pip_command import gather_pip, of_tool
from compat.formats.shell.prefixes import of_program, to_prefix
from compat.formats.shell.venv_command import to_python
from compat.model.containers import Install, Word
from compat.model.environments import Member

_VALUED = (
    "requirement requirements editable constraint constraints override overrides excludes build-constraint"
    " build-constraints extra no-extra group no-group only-group index default-index index-url extra-index-url find-links"
    " index-strategy keyring-provider upgrade-package upgrade-group resolution prerelease fork-strategy config-setting"
    " config-settings config-settings-package no-build-isolation-package exclude-newer exclude-newer-package link-mode"
    " cache-dir refresh-package no-build-package no-binary-package no-binary only-binary python-version python-platform"
    " python target prefix torch-backend color project directory config-file allow-insecure-host trusted-host"
    " reinstall-package python-preference env-file package no-install-package no-sources-package with with-editable"
    " with-requirements optional rev tag branch marker bounds script prompt output-format install-dir mirror pypy-mirror"
    " exclude-dependency malware-check"
)
_BARE = (
    "all-extras no-dev dev only-dev no-default-groups all-groups no-editable inexact exact active no-install-project"
    " no-install-workspace no-install-local locked frozen dry-run all-packages check no-sources reinstall force-reinstall"
    " compile-bytecode no-compile-bytecode no-build no-build-isolation build-isolation no-index upgrade pre refresh no-cache"
    " no-cache-dir managed-python no-managed-python no-python-downloads quiet verbose native-tls system-certs offline no-progress"
    " no-config help version system no-system break-system-packages no-break-system-packages require-hashes"
    " no-require-hashes verify-hashes no-verify-hashes strict no-strict no-deps only-deps allow-empty-requirements user"
    " no-user raw no-sync seed clear allow-existing relocatable system-site-packages force default preview workspace"
    " no-workspace editable-package all install-python"
)
_LETTERS = {
    "r": "requirements",
    "c": "constraints",
    "e": "editable",
    "b": "build-constraints",
    "i": "index-url",
    "f": "find-links",
    "C": "config-settings",
    "P": "upgrade-package",
    "p": "python",
    "t": "target",
    "m": "marker",
    "w": "with",
    "U": "upgrade",
    "n": "no-cache",
    "q": "quiet",
    "v": "verbose",
    "y": "yes",
}
_GRAMMAR = to_grammar(_VALUED, _BARE, **_LETTERS)
_PIP_VERBS = {"install": "install", "uninstall": "remove", "sync": "sync"}
#: https://docs.astral.sh/uv/reference/environment/
_INDEX_VARIABLES = {
    "UV_INDEX_URL": "index",
    "UV_DEFAULT_INDEX": "index",
    "UV_EXTRA_INDEX_URL": "extra",
    "UV_INDEX": "extra",
    "UV_FIND_LINKS": "find-links",
}
_FLAG_VARIABLES = {
    "UV_NO_CACHE": "no-cache-dir",
    "UV_SYSTEM_PYTHON": "system",
    "UV_BREAK_SYSTEM_PACKAGES": "break-system-packages",
    "UV_FROZEN": "frozen",
    "UV_LOCKED": "locked",
    "UV_NO_DEV": "no-dev",
    "UV_NO_BUILD_ISOLATION": "no-build-isolation",
}


def read_uv(call: Call) -> Install | None:
    """What a command of uv installs. `uv lock`, `uv export`, `uv build` and the like change no environment."""
    arguments = read_arguments(arguments_of(call), _GRAMMAR)
    names = [word.text for word in arguments.operands[:2]]
    if not names:
        return None
    if names[0] == "pip":
        return _read_pip(call, arguments) if names[1:] and names[1] in _PIP_VERBS else None
    if names[0] in ("add", "remove"):
        return _read_project(call, arguments, names[0])
    if names[0] == "sync":
        return _read_sync(call, arguments)
    if names[0] == "cache":
        return Gathered(call).to_install("uv", "other", arguments)
    if names[0] == "venv":
        folder = names[1] if names[1:] else ".venv"
        python = to_python(arguments.last("python"))
        return Gathered(call).to_install("uv", "create", arguments, prefix=to_prefix(folder), python=python)
    if names[1:] != ["install"] or names[0] not in ("tool", "python"):
        return None
    return _read_tool(call, arguments) if names[0] == "tool" else _read_python(call, arguments)


def _read_pip(call: Call, arguments: Arguments) -> Install:
    gathered = Gathered(call)
    verb = _PIP_VERBS[arguments.operands[1].text]
    operands = arguments.operands[2:]
    if verb == "sync":
        gathered.add_includes(operands)
        operands = ()
    gather_pip(gathered, arguments, operands)
    return _finish(gathered, verb, arguments, prefix=_prefix(arguments))


def _read_project(call: Call, arguments: Arguments, verb: str) -> Install:
    gathered = Gathered(call)
    gather_pip(gathered, arguments, arguments.operands[1:])
    return _finish(gathered, "install" if verb == "add" else verb, arguments)


def _read_sync(call: Call, arguments: Arguments) -> Install:
    """`uv sync` installs what the project of the working folder, or of ``--project``, asks for, with its extras."""
    gathered = Gathered(call)
    folder = arguments.last("project", "directory") or "."
    extras = frozenset(word.text for word in arguments.values("extra") if word.known)
    gathered.found.members.append(Member(folder, call.place, extras, editable="no-editable" not in arguments.flags()))
    return _finish(gathered, "sync", arguments, python=to_python(arguments.last("python")))


def _read_tool(call: Call, arguments: Arguments) -> Install:
    gathered = Gathered(call)
    gathered.add_requirements(arguments.operands[2:], arguments.doubtful)
    python = to_python(arguments.last("python"))
    return _finish(gathered, "install", arguments, prefix=of_tool(gathered), python=python)


def _read_python(call: Call, arguments: Arguments) -> Install:
    wanted = arguments.operands[2:]
    python = to_python(wanted[0].text) if len(wanted) == 1 and wanted[0].known else None
    return Gathered(call).to_install("uv", "install", arguments, python=python)


def _finish(gathered: Gathered, verb: str, arguments: Arguments, **more: object) -> Install:
    """The install, with uv's own options for indexes, and those that variables of the environment set."""
    call = gathered.call
    gathered.add_indexes("extra", arguments.values("index"))
    gathered.add_indexes("index", arguments.values("default-index"))
    if verb != "remove":
        gathered.add_environment(_INDEX_VARIABLES, call.place)
    install = gathered.to_install("uv", verb, arguments, **more)
    flags = {flag for name, flag in _FLAG_VARIABLES.items() if is_on(call.environment.get(name, ""))}
    if backend := arguments.last("torch-backend") or call.environment.get("UV_TORCH_BACKEND", ""):
        flags |= {"torch-backend", f"torch-backend={backend}"}
    if arguments.last("prerelease") == "allow":
        flags.add("pre")
    return install._replace(flags=install.flags | flags)


def _prefix(arguments: Arguments) -> str:
    for name in ("target", "prefix"):
        if folder := arguments.last(name):
            return to_prefix(folder)
    python: Word | None = next(iter(arguments.values("python")), None)
    if python is None or "/" not in python.text:
        return ""
    folder, _, last = python.text.rpartition("/")
    return of_program(python.text) if last.startswith("python") and folder.endswith("bin") else to_prefix(python.text)
