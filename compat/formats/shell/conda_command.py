"""`conda`, `mamba`, `micromamba` and `conda-lock install`.

Source: https://docs.conda.io/projects/conda/en/stable/commands/ and https://mamba.readthedocs.io/en/latest/user_guide/micromamba.html
"""

from __future__ import annotations

import re
from itertools import pairwise

from compat.formats.shell.arguments import Arguments, Grammar, read_arguments, to_grammar
from compat.formats.shell.gathered import Gathered
from compat.formats.shell.installs import Call
from compat.formats.shell.prefixes import to_prefix
from compat.model.containers import Install, Word

_VALUED = (
    "name prefix channel file clone revision solver subdir platform repodata-fn root-prefix rc-file experimental"
    " download-threads extract-threads repodata-threads cacert-path log-level category categories trusted-channels"
    " remove set get show safety-checks channel-priority"
)
_BARE = (
    "yes quiet verbose json dry-run all force prune override-channels use-local offline no-deps only-deps no-pin copy"
    " update-deps no-update-deps freeze-installed update-all update-specs force-reinstall force-remove download-only"
    " show-channel-urls strict-channel-priority no-channel-priority use-index-cache insecure no-pyc pyc mkdir dev"
    " no-default-packages satisfied-skip-solve always-copy mamba micromamba copy no-rc no-env debug allow-softlinks"
    " allow-uninstall no-allow-uninstall allow-downgrade always-softlink trash force-pkgs-dirs index-cache packages"
    " tarballs tempfiles logfiles add append prepend env system copy c"
)
_LETTERS = {
    "n": "name",
    "p": "prefix",
    "c": "channel",
    "r": "root-prefix",
    "y": "yes",
    "q": "quiet",
    "v": "verbose",
    "d": "dry-run",
    "k": "insecure",
    "C": "use-index-cache",
    "S": "satisfied-skip-solve",
    "a": "all",
}
_CHANGING = to_grammar(_VALUED, _BARE, **_LETTERS, f="force")
_WITH_FILE = to_grammar(_VALUED, _BARE, **_LETTERS, f="file")
_CLEANING = to_grammar(
    "root-prefix",
    _BARE,
    a="all",
    i="index-cache",
    p="packages",
    t="tarballs",
    f="force-pkgs-dirs",
    c="tempfiles",
    l="logfiles",
    y="yes",
    q="quiet",
    s="source-cache",
)
_VERBS = {
    "install": "install",
    "create": "create",
    "update": "update",
    "upgrade": "update",
    "remove": "remove",
    "uninstall": "remove",
}
_FILE = re.compile(r".*\.(?:ya?ml|txt|lock|json)|.*[/\\].*")


def read_conda(call: Call, tool: str) -> Install | None:
    """What a command of conda does to an environment; `conda list`, `conda info` and the like do nothing."""
    at = next((n for n, word in enumerate(call.words) if n and not _is_front(call.words, n)), 0)
    if not at:
        return None
    name, rest = call.words[at].text, call.words[1:at] + call.words[at + 1 :]
    if name == "env":
        return _read_env(call, tool, rest)
    if name in _VERBS:
        arguments = read_arguments(rest, _grammar(tool, rest))
        gathered = Gathered(call)
        gathered.add_specs(arguments.operands, arguments.doubtful)
        gathered.complete = gathered.complete and "clone" not in arguments.flags()
        return _finish(gathered, tool, _VERBS[name], arguments)
    if name == "clean":
        arguments = read_arguments(rest, _CLEANING)
        return Gathered(call).to_install(tool, "clean", arguments)
    return _read_config(call, tool, rest) if name == "config" else None


def _is_front(words: tuple[Word, ...], at: int) -> bool:
    """Whether an option, or the value of one, stands in front of the subcommand here."""
    return words[at].text.startswith("-") or words[at - 1].text in ("-r", "--root-prefix", "--rc-file", "--log-level")


def _grammar(tool: str, words: tuple[Word, ...]) -> Grammar:
    """``-f`` is a file for mamba and micromamba; for conda it was ``--force``, unless a file follows."""
    files = tool != "conda" or any(
        word.text == "-f" and _FILE.fullmatch(following.text) for word, following in pairwise(words)
    )
    return _WITH_FILE if files else _CHANGING


def _read_env(call: Call, tool: str, words: tuple[Word, ...]) -> Install | None:
    """`conda env create|update|remove`; without a file, conda takes ``environment.yml``."""
    arguments = read_arguments(words, _WITH_FILE)
    verb = arguments.operands[0].text if arguments.operands else ""
    if verb not in ("create", "update", "remove"):
        return None
    gathered = Gathered(call)
    files = tuple(word for word in arguments.operands[1:] if _FILE.fullmatch(word.text))
    gathered.add_includes(files)
    if verb != "remove" and not files and not arguments.values("file"):
        gathered.add_includes([Word("environment.yml", call.place)])
    return _finish(gathered, tool, verb, arguments)


def _finish(gathered: Gathered, tool: str, verb: str, arguments: Arguments) -> Install:
    gathered.add_includes(word for word in arguments.values("file") if not word.text.startswith("-"))
    gathered.add_channels(arguments.values("channel"))
    gathered.add_cuts(gathered.call.cuts)
    prefix = arguments.last("name", "prefix")
    return gathered.to_install(tool, verb, arguments, prefix=to_prefix(prefix) if prefix else "")


def _read_config(call: Call, tool: str, words: tuple[Word, ...]) -> Install:
    """`conda config --add channels NAME`, and `micromamba config append channels NAME`.

    The flags are ``add``, ``append``, ``prepend``, and ``set`` with what it sets: ``channel_priority=strict``.
    """
    values = [word.text for word in words]
    gathered = Gathered(call)
    flags: set[str] = set()
    for number, value in enumerate(values):
        name = value.lstrip("-")
        key, following = values[number + 1 : number + 2], words[number + 2 : number + 3]
        if name in ("add", "append", "prepend", "prepend-channels") and key == ["channels"] and following:
            flags.add(name)
            gathered.add_channels(following)
        elif name in ("set", "remove", "remove-key") and key:
            flags |= {name, f"{key[0]}={following[0].text}" if following else key[0]}
    install = gathered.to_install(tool, "other", Arguments((), ()))
    return install._replace(flags=frozenset(flags))


def read_conda_lock(call: Call) -> Install | None:
    """`conda-lock install`, which makes an environment from a lock file, ``conda-lock.yml`` unless it names another."""
    arguments = read_arguments(call.words[1:], _WITH_FILE)
    if not arguments.operands or arguments.operands[0].text != "install":
        return None
    gathered = Gathered(call)
    gathered.add_includes(arguments.operands[1:] or [Word("conda-lock.yml", call.place)])
    return _finish(gathered, "conda", "create", arguments)
