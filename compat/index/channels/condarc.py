"""What a conda user has configured: the ``.condarc`` files, where conda looks for them, and the variables ``CONDA_*``.

A later file of the search path goes before an earlier one, and a variable before all files. As in conda, lists of
several files are joined, the ones that go before in front, and mappings are merged key by key; the flags ``#!final``,
``#!top`` and ``#!bottom`` are not heeded. Variables in values (``$NAME``, ``${NAME}``) are filled in.

Sources: https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/use-condarc.html
https://docs.conda.io/projects/conda/en/stable/configuration.html
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from compat.index.channels.condarc_file import LISTS, TEXTS, Values, read_condarc
from compat.model.errors import UsageError

STRICT, FLEXIBLE, DISABLED = "strict", "flexible", "disabled"
PRIORITIES = (STRICT, FLEXIBLE, DISABLED)

_PLATFORM: str = sys.platform
_SYSTEM = ("C:/ProgramData/conda",) if _PLATFORM == "win32" else ("/etc/conda", "/var/lib/conda")
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


class Condarc(NamedTuple):
    """The settings that matter for channels, "" and None where nobody says. Addresses may hold credentials.

    ``ssl_verify`` is the path of a CA bundle, ``false``, ``truststore`` or "".
    """

    channels: tuple[str, ...] = ()
    default_channels: tuple[str, ...] = ()
    channel_alias: str = ""
    custom_channels: Mapping[str, str] = {}
    custom_multichannels: Mapping[str, tuple[str, ...]] = {}
    mirrored_channels: Mapping[str, tuple[str, ...]] = {}
    channel_priority: str = ""
    proxy_servers: Mapping[str, str] = {}
    ssl_verify: str = ""
    offline: bool = False
    add_anaconda_token: bool = True
    remote_max_retries: int | None = None

    def __repr__(self) -> str:
        return f"Condarc({len(self.channels)} channels, {self.channel_priority or FLEXIBLE})"


def find_condarc(environment: Mapping[str, str] | None = None) -> Condarc:
    """The settings of this user on this machine. Raises: UsageError, with the place, for a file that cannot be read."""
    environment = os.environ if environment is None else environment
    files = [path for path in reversed(condarc_files(environment)) if os.path.isfile(path)]
    levels = [_from_variables(environment), *(read_condarc(path, environment) for path in files)]
    custom, proxies = _merged(levels, "custom_channels"), _merged(levels, "proxy_servers")
    return Condarc(
        channels=_joined(levels, "channels"),
        default_channels=_joined(levels, "default_channels"),
        channel_alias=_first(levels, "channel_alias")[0],
        custom_channels={name: values[0] for name, values in custom.items()},
        custom_multichannels=_merged(levels, "custom_multichannels"),
        mirrored_channels=_merged(levels, "mirrored_channels"),
        channel_priority=_priority(*_first(levels, "channel_priority")),
        proxy_servers={name: values[0] for name, values in proxies.items()},
        ssl_verify=_ssl_verify(_first(levels, "ssl_verify")[0], environment),
        offline=_truth("offline", *_first(levels, "offline"), default=False),
        add_anaconda_token=_truth("add_anaconda_token", *_first(levels, "add_anaconda_token"), default=True),
        remote_max_retries=_whole("remote_max_retries", *_first(levels, "remote_max_retries")),
    )


def condarc_files(environment: Mapping[str, str]) -> list[str]:
    """Where conda looks, whether there is something or not; what comes later goes before."""
    home = environment.get("HOME") or os.path.expanduser("~")
    folders = [*_SYSTEM, _root(environment), *_below(environment.get("XDG_CONFIG_HOME"), "conda")]
    folders += [os.path.join(home, ".config", "conda"), os.path.join(home, ".conda")]
    files = [path for folder in folders if folder for path in _in_folder(folder)]
    files.append(os.path.join(home, ".condarc"))
    if prefix := environment.get("CONDA_PREFIX"):
        files += _in_folder(prefix)
    if own := environment.get("CONDARC"):
        files.append(os.path.expanduser(own))
    return list(dict.fromkeys(files))


# -- places ----------------------------------------------------------------------------------------------------------


def _root(environment: Mapping[str, str]) -> str:
    """The base installation: where CONDA_ROOT says, else the one that CONDA_EXE belongs to."""
    if root := environment.get("CONDA_ROOT"):
        return root
    program = environment.get("CONDA_EXE")
    return os.path.dirname(os.path.dirname(program)) if program else ""


def _below(folder: str | None, name: str) -> list[str]:
    return [os.path.join(folder, name)] if folder else []


def _in_folder(folder: str) -> list[str]:
    more = os.path.join(folder, "condarc.d")
    try:
        names = sorted(name for name in os.listdir(more) if name.endswith((".yml", ".yaml")))
    except OSError:
        names = []
    own = [os.path.join(folder, ".condarc"), os.path.join(folder, "condarc")]
    return [*own, *(os.path.join(more, name) for name in names)]


def _from_variables(environment: Mapping[str, str]) -> Values:
    texts, lists = {}, {}
    for key in TEXTS:
        if value := environment.get(f"CONDA_{key.upper()}"):
            texts[key] = value
    for key in LISTS:
        words = environment.get(f"CONDA_{key.upper()}", "").split(",")
        if found := tuple(word.strip() for word in words if word.strip()):
            lists[key] = found
    return Values("CONDA_* of the environment", texts, lists, {})


# -- all places ------------------------------------------------------------------------------------------------------


def _joined(levels: Iterable[Values], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for level in levels for item in level.lists.get(key, ())))


def _merged(levels: Iterable[Values], key: str) -> dict[str, tuple[str, ...]]:
    merged: dict[str, tuple[str, ...]] = {}
    for level in levels:
        merged = {**level.maps.get(key, {}), **merged}
    return merged


def _first(levels: Sequence[Values], key: str) -> tuple[str, str]:
    """The value that goes before the others, and who says it."""
    return next(((level.texts[key], level.place) for level in levels if level.texts.get(key)), ("", ""))


def _priority(text: str, place: str) -> str:
    """Old files say ``true`` for flexible and ``false`` for disabled."""
    word = text.lower()
    found = {"true": FLEXIBLE, "false": DISABLED}.get(word, word)
    if found and found not in PRIORITIES:
        raise UsageError(f"{place}: `channel_priority: {text}` is unknown", hint=f"one of {', '.join(PRIORITIES)}")
    return found


def _ssl_verify(text: str, environment: Mapping[str, str]) -> str:
    """A bundle that the environment names counts where .condarc says nothing of its own, as in requests."""
    word = text.strip()
    if word.lower() in _FALSE:
        return "false"
    if word.lower() in {"", "<true>", *_TRUE}:
        return environment.get("REQUESTS_CA_BUNDLE") or environment.get("CURL_CA_BUNDLE") or ""
    return word if word.lower() == "truststore" else os.path.expanduser(word)


def _truth(key: str, text: str, place: str, *, default: bool) -> bool:
    word = text.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    if word:
        raise UsageError(f"{place}: `{key}: {text}` is neither true nor false")
    return default


def _whole(key: str, text: str, place: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 3:
        raise UsageError(f"{place}: `{key}: {text}` is no number of times")
    return int(text)
