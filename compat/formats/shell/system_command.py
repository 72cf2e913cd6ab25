"""Package managers of the system: `apt-get`, `apk`, `dnf` and their kin."""

from __future__ import annotations

from compat.formats.shell.arguments import Grammar, read_arguments
from compat.formats.shell.gathered import Gathered
from compat.formats.shell.installs import Call
from compat.model.containers import Install

_APT = Grammar(
    frozenset({"option", "target-release", "default-release", "config-file"}),
    letters={"o": "option", "t": "target-release", "c": "config-file", "y": "yes", "q": "quiet", "f": "fix-broken"},
)
_APK = Grammar(
    frozenset({"virtual", "repository", "root", "keys-dir", "repositories-file", "cache-dir", "wait", "arch"}),
    letters={"t": "virtual", "X": "repository", "p": "root", "U": "update-cache", "u": "upgrade", "q": "quiet"},
)
_DNF = Grammar(
    frozenset(
        {
            "enablerepo",
            "disablerepo",
            "repo",
            "exclude",
            "installroot",
            "releasever",
            "setopt",
            "config",
            "rpmverbosity",
        }
    ),
    letters={"y": "yes", "q": "quiet", "x": "exclude", "c": "config"},
)
#: Program to the name of its family and the grammar of its options.
_PROGRAMS = {
    "apt-get": ("apt", _APT),
    "apt": ("apt", _APT),
    "aptitude": ("apt", _APT),
    "apk": ("apk", _APK),
    "dnf": ("dnf", _DNF),
    "yum": ("dnf", _DNF),
    "microdnf": ("dnf", _DNF),
    "tdnf": ("dnf", _DNF),
}
_VERBS = {
    "install": "install",
    "add": "install",
    "localinstall": "install",
    "groupinstall": "install",
    "upgrade": "update",
    "dist-upgrade": "update",
    "full-upgrade": "update",
    "remove": "remove",
    "purge": "remove",
    "autoremove": "remove",
    "erase": "remove",
    "del": "remove",
    "clean": "clean",
    "autoclean": "clean",
}


def read_system(call: Call, program: str) -> Install | None:
    """What a package manager installs or removes; fetching its lists (`apt-get update`) is neither."""
    if program not in _PROGRAMS:
        return None
    tool, grammar = _PROGRAMS[program]
    arguments = read_arguments(call.words[1:], grammar)
    if not arguments.operands:
        return None
    name, *operands = arguments.operands
    if name.text == "clean":
        operands = []  # `dnf clean all` names no package
    verb = "update" if tool == "dnf" and name.text == "update" else _VERBS.get(name.text)
    if verb is None:
        return None
    gathered = Gathered(call)
    gathered.complete = gathered.complete and all(word.known for word in operands)
    return gathered.to_install(tool, verb, arguments, system=tuple(word for word in operands if word.known))
