"""The anchors of an HTML page: all that PEP 503 asks of a parser. Only imported where an index sends no JSON."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)


class Anchors(HTMLParser):
    """``anchors`` are the attributes of those with a target; ``version`` is that of the simple API, if stated."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.anchors: list[dict[str, str]] = []
        self.base = ""
        self.version = ""
        self._tags: set[str] = set()

    @property
    def is_page(self) -> bool:
        """Whether it is HTML at all, and no form to fill in, such as one that wants a password."""
        return bool(self._tags & {"html", "head", "body", "a"}) and (bool(self.anchors) or "input" not in self._tags)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tags.add(tag)
        if tag not in {"a", "base", "meta"}:
            return
        found = {key: value or "" for key, value in attrs}
        if tag == "a" and found.get("href"):
            self.anchors.append(found)
        elif tag == "base" and not self.base:
            self.base = found.get("href", "")
        elif tag == "meta" and found.get("name") == "pypi:repository-version":
            self.version = found.get("content", "")


def read_anchors(body: bytes, kind: str) -> Anchors:
    """What *body* holds; what is broken in it is read as a browser would. *kind* is the Content-Type."""
    match = _CHARSET.search(kind)
    try:
        text = body.decode(match[1] if match else "utf-8", errors="replace")
    except LookupError:
        text = body.decode("utf-8", errors="replace")
    found = Anchors()
    found.feed(text)
    found.close()
    return found
