"""METADATA and PKG-INFO to what a solver needs of them, and that to bytes for the cache.

Source: https://packaging.python.org/en/latest/specifications/core-metadata/
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from compat.index.faults import UnreadableError
from compat.model.distributions import CoreMetadata

#: From this Metadata-Version on an sdist's PKG-INFO says which of its fields a build may change (PEP 643).
_STATIC_SINCE = (2, 2)
_BY_BUILD = frozenset({"requires-dist", "provides-extra", "requires-python"})


def parse_core_metadata(content: bytes) -> CoreMetadata:
    """What a METADATA file says. Raises: UnreadableError where it is none: it would pass for one without requirements."""
    return _reduce(_fields(content))


def parse_name_and_version(content: bytes) -> tuple[str, str]:
    """Whose METADATA *content* is. Raises: UnreadableError."""
    fields = _fields(content)
    return fields["name"][0], fields.get("version", [""])[0]


def parse_static_pkg_info(content: bytes) -> CoreMetadata | None:
    """The same of the PKG-INFO of an sdist; None where only a build will tell."""
    fields = _fields(content)
    dynamic = {value.strip().lower() for value in fields.get("dynamic", ())}
    if _version(fields["metadata-version"][0]) < _STATIC_SINCE or dynamic & _BY_BUILD:
        return None
    return _reduce(fields)


def encode(found: CoreMetadata | None) -> bytes:
    """None, for an sdist that has to be built, is kept as well."""
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")


def decode(content: bytes) -> CoreMetadata | None:
    """What `encode` was given."""
    found = json.loads(content)
    if found is None:
        return None
    requires, requires_python, extras, dynamic = found
    return CoreMetadata(tuple(requires), requires_python, tuple(extras), dynamic)


def _reduce(fields: dict[str, list[str]]) -> CoreMetadata:
    return CoreMetadata(
        requires=tuple(fields.get("requires-dist", ())),
        requires_python=fields.get("requires-python", [""])[0],
        extras=tuple(fields.get("provides-extra", ())),
    )


def _fields(content: bytes) -> dict[str, list[str]]:
    """The header fields by lower-case name. The e-mail parser of the standard library takes ten times as long."""
    found: dict[str, list[str]] = {}
    for key, value in _lines(content):
        found.setdefault(key, []).append(value)
    if not {"metadata-version", "name"} <= found.keys():
        raise UnreadableError("this is no METADATA")
    return found


def _lines(content: bytes) -> Iterator[tuple[str, str]]:
    """Key and value up to the empty line before the description; a value goes on in lines that begin with a blank."""
    key, values = "", [""]
    for line in _head(content).decode("utf-8", errors="replace").replace("\r\n", "\n").split("\n"):
        if not line:
            break
        if line[0] in " \t":
            values.append(line.strip())
            continue
        if key:
            yield key, " ".join(values).strip()
        name, _, value = line.partition(":")
        key, values = name.strip().lower(), [value.strip()]
    if key:
        yield key, " ".join(values).strip()


def _head(content: bytes) -> bytes:
    """Up to an empty line: what follows is mostly much longer."""
    ends = [end for mark in (b"\n\n", b"\n\r\n") if (end := content.find(mark)) >= 0]
    return content[: min(ends, default=len(content))]


def _version(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split("."))
    except ValueError:
        return ()
