"""What py-rattler says when a channel cannot be read, in words of ours: why, in one line, and no credentials.

py-rattler's errors are texts: a first line, then the causes, each on a line of its own.
"""

from __future__ import annotations

import re

from compat.index.channels.names import mask

_CAUSE = "Caused by: "
_ECHO = "a coalesced request failed"
_URL = re.compile(r"\s*(?:for url |from )?[('`]?https?://[^\s)'`]+[)'`]?")
_STATUS = re.compile(r"HTTP status \w+ error \((\d+) ([^)]*)\)")
_NO_SUBDIR = re.compile(r"could not find subdir '([^']+)' in channel '([^']+)'")
_NOT_CACHED = re.compile(r"no usable repodata cache for (\S+?)/?(?:\s|$)|the shard for package '([^']+)' is not in")
_UNREADABLE = ("parse", "decode", "deserializ", "decompress")


def missing_subdir(text: str) -> tuple[str, str] | None:
    """The subdir and the address of a channel that has it not."""
    match = _NO_SUBDIR.search(text)
    return (match[1], match[2].rstrip("/")) if match else None


def is_echo(text: str) -> bool:
    """Whether *text* only says that another question, which asked the same, failed."""
    return text.startswith(_ECHO)


def reason(text: str, secrets: tuple[str, ...] = (), subdir: str = "") -> str:
    """Why a channel cannot be read, to stand after its name."""
    text = scrub(text, secrets)
    if match := _NOT_CACHED.search(text):
        what = f"the records of `{match[2]}` are" if match[2] else f"its {match[1].rpartition('/')[2]} repodata is"
        return f"cannot be read offline: {what} not in the cache"
    if match := _STATUS.search(text):
        if match[1] in {"401", "403"}:
            return f"wants credentials, or others (HTTP {match[1]})"
        return f"answers with HTTP {match[1]} {match[2]}"
    lines = [line.removeprefix(_CAUSE).strip() for line in text.splitlines() if line.strip()]
    first, last = (_URL.sub("", line).strip() for line in (lines[0], lines[-1]))
    said = first if first == last else f"{first}: {last}"
    if any(word in first for word in _UNREADABLE):
        return f"serves something for {subdir or 'a platform'} that is no repodata: {said}"
    return f"was not reached: {said}"


def scrub(text: str, secrets: tuple[str, ...] = ()) -> str:
    """*text* without credentials: those of addresses, and *secrets* wherever they stand."""
    text = mask(text)
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
