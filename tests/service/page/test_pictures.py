"""The pictures of the page in its documentation."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"

#: Bytes that a picture may have: a clone takes all of them.
MOST = 200_000


def test_every_picture_is_there_small_and_shown() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (*DOCS.glob("*.md"), DOCS.parent / "README.md"))
    shown = set(re.findall(r"\]\((?:docs/)?images/([\w-]+\.png)\)", text))
    there = {path.name: path.stat().st_size for path in (DOCS / "images").glob("*.png")}
    assert {"page-choose.png", "page-builds.png", "page-check.png"} <= shown <= set(there)
    assert {name: size for name, size in there.items() if size > MOST} == {}
