"""What an answer is, out of how it was sent.

Source: https://www.rfc-editor.org/rfc/rfc9110#name-content-codings
"""

from __future__ import annotations

import zlib

from compat.index.faults import UnreadableError

#: What is asked for: what the standard library can unpack without holding up other threads.
CODINGS = "gzip, deflate"

_GZIP = frozenset({"gzip", "x-gzip"})
_NONE = frozenset({"", "identity"})


def unpack(body: bytes, codings: str, most: int) -> bytes:
    """*body*, sent with the Content-Encoding *codings*, if it is at most *most* bytes long. Raises: UnreadableError."""
    for coding in reversed([one.strip().lower() for one in codings.split(",")]):
        if coding not in _NONE:
            body = _unpack(body, coding, most)
    if len(body) > most:
        raise UnreadableError(f"the answer is longer than {most:,} bytes")
    return body


def _unpack(body: bytes, coding: str, most: int) -> bytes:
    if coding in _GZIP:
        forms = [zlib.MAX_WBITS | 16]
    elif coding == "deflate":
        forms = [zlib.MAX_WBITS, -zlib.MAX_WBITS]  # some servers leave out the frame
    else:
        raise UnreadableError(f"the answer is compressed in a way that was not asked for: `{coding}`")
    for form in forms:
        unpacker = zlib.decompressobj(form)
        try:
            content = unpacker.decompress(body, most + 1)
        except zlib.error:
            continue
        if unpacker.eof or len(content) > most:
            return content
    raise UnreadableError("the answer is not compressed as it says")
