"""Bearer keys. The service holds their SHA-256 only: who reads its files or its memory learns no key.

A key is long and random, so that a fast hash does: there is nothing to guess.
Source: https://www.rfc-editor.org/rfc/rfc6750
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from compat.model.errors import UsageError

_LINE = re.compile(r"([A-Za-z0-9][\w.@-]{0,63})[:\s]\s*([0-9a-fA-F]{64})")


def read_keys(text: str, shown: str) -> Mapping[bytes, str]:
    """Hash to owner, from lines or comma-separated pairs of ``OWNER:SHA256``; ``#`` starts a comment.

    Raises: UsageError, which names *shown* and the line, never its text.
    """
    found: dict[bytes, str] = {}
    for number, line in enumerate(text.replace(",", "\n").splitlines(), start=1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        match = _LINE.fullmatch(content)
        if match is None:
            raise UsageError(
                f"{shown}:{number}: no `OWNER:SHA256`", hint='printf %s "$KEY" | sha256sum gives the second part'
            )
        found[bytes.fromhex(match[2])] = match[1]
    return found


def find_owner(keys: Mapping[bytes, str], authorization: str | None) -> str | None:
    """Whose key the header *authorization* holds, or None. Takes as long for any wrong key."""
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    digest = hashlib.sha256(key.strip().encode("utf-8", "surrogateescape")).digest()
    owner: str | None = None
    for known, name in keys.items():
        if hmac.compare_digest(known, digest):
            owner = name
    return owner
