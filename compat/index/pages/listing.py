"""The page of a project as an index sends it, to files: JSON (PEP 691) and HTML (PEP 503).

Source: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from compat.index.addresses import absolute_url, file_name
from compat.index.faults import UnreadableError
from compat.model.distributions import DistFile

#: JSON before HTML of the simple API before any HTML; quality values, because some servers take the first otherwise.
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

_MAJOR = "1"
_NO_REASON = "no reason given"
_HASH = re.compile(r"(md5|sha1|sha224|sha256|sha384|sha512)=([0-9a-fA-F]+)", re.ASCII)
_UPLOADED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_SECONDS = len("2026-01-31T23:59:59")


class Row(NamedTuple):
    """A file as the page has it, in the words of PEP 691, not looked at yet: most of a page's files never are."""

    name: Any
    url: Any
    hashes: Any
    size: Any = None
    requires_python: Any = None
    yanked: Any = None
    uploaded: Any = None
    metadata: Any = None


def parse_page(body: bytes, kind: str) -> tuple[Sequence[Row], str]:
    """What stands on a page, in its order, and its own base for relative addresses, or ""; *kind* is its Content-Type.

    Raises: UnreadableError where it is no such page.
    """
    media = kind.partition(";")[0].strip().lower()
    if media.endswith("json"):
        return _parse_json(body), ""
    if media.endswith("html"):
        return _parse_html(body, kind)
    raise UnreadableError(f"the answer is no file list, but `{media or 'nothing in particular'}`")


# -- JSON ------------------------------------------------------------------------------------------------------------


def _parse_json(body: bytes) -> Sequence[Row]:
    try:
        page = json.loads(body)
        _check_version(str((page.get("meta") or {}).get("api-version", "1.0")))
        return [
            Row(
                entry["filename"],
                entry["url"],
                entry["hashes"],
                entry.get("size"),
                entry.get("requires-python"),
                entry.get("yanked"),
                entry.get("upload-time"),
                entry["core-metadata"] if "core-metadata" in entry else entry.get("dist-info-metadata"),
            )
            for entry in page["files"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableError("the answer is no file list in JSON (PEP 691), or not all of it") from error


def _check_version(text: str) -> None:
    """Refuse another major version: what its pages mean is not known. Raises: UnreadableError."""
    if text.partition(".")[0] != _MAJOR:
        raise UnreadableError(f"the answer follows version {text} of the simple API; 1 is known")


# -- HTML ------------------------------------------------------------------------------------------------------------


def _parse_html(body: bytes, kind: str) -> tuple[Sequence[Row], str]:
    from compat.index.pages.anchors import read_anchors

    found = read_anchors(body, kind)
    if found.version:
        _check_version(found.version)
    if not found.is_page:
        raise UnreadableError("the answer is no file list in HTML (PEP 503)")
    return list(_from_anchors(found.anchors)), found.base


def _from_anchors(anchors: Iterable[Mapping[str, str]]) -> Iterator[Row]:
    for anchor in anchors:
        try:
            yield _from_anchor(anchor)
        except ValueError:  # ``http://[`` and its like
            continue


def _from_anchor(anchor: Mapping[str, str]) -> Row:
    url, _, fragment = anchor["href"].strip().partition("#")
    match = _HASH.match(fragment)
    metadata = anchor.get("data-core-metadata", anchor.get("data-dist-info-metadata"))
    yanked = anchor.get("data-yanked")
    return Row(
        name=file_name(url),
        url=url,
        hashes={match[1]: match[2]} if match else {},
        requires_python=anchor.get("data-requires-python"),
        yanked=None if yanked is None else yanked or True,
        metadata=None if metadata is None else _from_attribute(metadata),
    )


def _from_attribute(value: str) -> object:
    match = _HASH.fullmatch(value)
    return {match[1]: match[2]} if match else value != "false"


# -- files -----------------------------------------------------------------------------------------------------------


def to_file(row: Row | Sequence[Any], base: str) -> DistFile | None:
    """The file, its address as it is meant on the page *base*; None where an index has written nonsense."""
    name, url, hashes, size, requires_python, yanked, uploaded, metadata = row
    if not isinstance(url, str) or not url:
        return None
    try:
        return DistFile(
            name,
            absolute_url(base, url),
            _hashes(hashes),
            size if isinstance(size, int) else None,
            requires_python if isinstance(requires_python, str) else "",
            _yanked(yanked) if yanked else None,
            to_moment(uploaded),
            _announced(metadata),
        )
    except (TypeError, ValueError, AttributeError):
        return None


def _hashes(found: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if len(found) == 1:  # as nearly always, and sorting takes longer than all else here
        ((key, digest),) = found.items()
        return ((key, digest.lower()),)
    return tuple(sorted((key, digest.lower()) for key, digest in found.items()))


def _yanked(value: object) -> str:
    return value if isinstance(value, str) else _NO_REASON


def _announced(value: object) -> str | None:
    """``sha256=...``, the only hash that counts, or "" where the METADATA is announced without it."""
    if isinstance(value, dict):
        digest = value.get("sha256")
        return f"sha256={digest.lower()}" if isinstance(digest, str) else ""
    return "" if value else None


def to_moment(value: object) -> str:
    """UTC to the second; "" for what is no time."""
    if not isinstance(value, str):
        return ""
    if _UPLOADED.fullmatch(value):
        return f"{value[:_SECONDS]}Z"
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return ""
