"""Answers out of how they were sent, at most as long as they may be."""

from __future__ import annotations

import gzip
import zlib

import pytest

from compat.index.faults import UnreadableError
from compat.index.transport.unpacking import unpack

TEXT = b"some text, " * 100
RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
DEFLATED = RAW.compress(TEXT) + RAW.flush()


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (gzip.compress(TEXT, mtime=0), "X-GZIP"),
        (zlib.compress(TEXT), "deflate"),
        (DEFLATED, "deflate"),
        (gzip.compress(zlib.compress(TEXT), mtime=0), "deflate, gzip"),
    ],
)
def test_unpack(body: bytes, codings: str) -> None:
    assert unpack(body, codings, len(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("body", "codings", "why"),
    [
        (TEXT, "gzip", "the answer is not compressed as it says"),
        (TEXT, "deflate", "the answer is not compressed as it says"),
        (b"", "gzip", "the answer is not compressed as it says"),
        (gzip.compress(TEXT, mtime=0)[:-1], "gzip", "the answer is not compressed as it says"),
        (TEXT, "br", "the answer is compressed in a way that was not asked for: `br`"),
        (TEXT * 2, "", "the answer is longer than 1,100 bytes"),
        (gzip.compress(bytes(10**8), mtime=0), "gzip", "the answer is longer than 1,100 bytes"),
    ],
)
def test_what_cannot_be_unpacked(body: bytes, codings: str, why: str) -> None:
    with pytest.raises(UnreadableError, match=f"^{why}$"):
        unpack(body, codings, len(TEXT))
