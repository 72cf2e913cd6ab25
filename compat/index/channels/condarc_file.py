"""One ``.condarc``: the keys that matter for channels, with the variables in their values filled in.

Source: https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/use-condarc.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from compat.model.errors import FileProblem, UsageError

if TYPE_CHECKING:
    from yaml.nodes import Node

    from compat.text.source import Source

TEXTS = (
    "channel_alias",
    "channel_priority",
    "ssl_verify",
    "offline",
    "add_anaconda_token",
    "remote_max_retries",
)
LISTS = ("channels", "default_channels")
LIST_MAPS = ("custom_multichannels", "mirrored_channels")
TEXT_MAPS = ("custom_channels", "proxy_servers")
_ALIASES = {"channel": "channels", "verify_ssl": "ssl_verify"}

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


class Values(NamedTuple):
    """The known keys of one place, by kind. ``place`` names it in errors; texts are as written, with variables filled in."""

    place: str
    texts: dict[str, str]
    lists: dict[str, tuple[str, ...]]
    maps: dict[str, dict[str, tuple[str, ...]]]


def expand(text: str, environment: Mapping[str, str]) -> str:
    """*text* with its variables filled in; one that is not set stays, as in conda, for whoever uses the value to refuse."""
    return _VARIABLE.sub(lambda match: environment.get(match[1] or match[2], match[0]), text) if "$" in text else text


def unset_variable(text: str) -> str:
    """The name of a variable that `expand` has left in *text*, or ""."""
    match = _VARIABLE.search(text)
    return (match[1] or match[2]) if match else ""


def read_condarc(path: str, environment: Mapping[str, str]) -> Values:
    """What one file says. Raises: UsageError, with the place, for what cannot be read."""
    from compat.text.source import decode

    try:
        with open(path, "rb") as file:
            return _parse(decode(path, file.read()), environment)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be read'}") from error
    except FileProblem as error:
        raise UsageError(str(error)) from error


def _parse(source: Source, environment: Mapping[str, str]) -> Values:
    from yaml.nodes import MappingNode

    from compat.text.yaml import compose, items, kind_of

    found = Values(source.path, {}, {}, {})
    root = compose(source)
    if root is None or kind_of(root) == "null":
        return found
    if not isinstance(root, MappingNode):
        raise source.problem("a configuration of conda is a mapping", root.start_mark.index)
    for key, node in items(source, root):
        name = _ALIASES.get(key.value, key.value)
        if kind_of(node) == "null":
            continue
        if name in TEXTS:
            found.texts[name] = _text(source, name, node, environment)
        elif name in LISTS:
            found.lists[name] = _texts(source, name, node, environment)
        elif name in (*LIST_MAPS, *TEXT_MAPS):
            found.maps[name] = _map(source, name, node, environment)
    return found


def _text(source: Source, key: str, node: Node, environment: Mapping[str, str]) -> str:
    from yaml.nodes import ScalarNode

    if not isinstance(node, ScalarNode):
        raise source.problem(f"`{key}` wants a text", node.start_mark.index)
    return expand(node.value, environment)


def _texts(source: Source, key: str, node: Node, environment: Mapping[str, str]) -> tuple[str, ...]:
    """A list of texts, or one text, which conda takes too."""
    from yaml.nodes import ScalarNode, SequenceNode

    if isinstance(node, ScalarNode):
        return (_text(source, key, node, environment),)
    if not isinstance(node, SequenceNode):
        raise source.problem(f"`{key}` wants a list", node.start_mark.index)
    return tuple(_text(source, key, item, environment) for item in node.value)


def _map(source: Source, key: str, node: Node, environment: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    from yaml.nodes import MappingNode

    from compat.text.yaml import items, kind_of

    if not isinstance(node, MappingNode):
        raise source.problem(f"`{key}` wants a mapping", node.start_mark.index)
    read = _texts if key in LIST_MAPS else lambda *about: (_text(*about),)
    return {
        name.value: read(source, f"{key}: {name.value}", value, environment)
        for name, value in items(source, node)
        if kind_of(value) != "null"
    }
