"""Files before and after as one unified diff, which ``git apply`` and ``patch -p1`` take.

Works on bytes, not on the text that the readers know: a diff applies only where its lines are those of the file, byte
order mark, line ends and odd encodings included.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff
from typing import NamedTuple

from compat.report.screen import to_printable
from compat.report.style import Style
from compat.text.source import mask_credentials

#: Lines of context before and after a change, as everywhere.
_CONTEXT = 3
#: Where both tools look for the end of the file. Source: POSIX, "Diff Default Output Format"
_NO_LINE_END = "\\ No newline at end of file\n"
#: Encodings in which a line end is no LF byte. UTF-32's mark comes before UTF-16's, which is its prefix.
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


class Rewrite(NamedTuple):
    """A file and what becomes of it; *name* is its path for the diff, with ``/``, relative to where it is applied."""

    name: str
    old: bytes
    new: bytes


class Diff(NamedTuple):
    """*text* is UTF-8 whose odd bytes are surrogate escapes; *notes* say, in sentences, where it does not apply."""

    text: str
    notes: tuple[str, ...]


def render_diff(rewrites: Iterable[Rewrite], style: Style, *, screen: bool) -> Diff:
    """One diff over the files that change.

    Credentials in URLs are masked. Context is kept clear of them where that is possible, so that the diff applies.
    Args: screen writes out what a terminal would not show; leave it off for what a tool reads.
    """
    pieces: list[str] = []
    notes: list[str] = []
    for rewrite in rewrites:
        if rewrite.old == rewrite.new:
            continue
        lines, masked = _diff(rewrite)
        pieces += [_render_line(number, line, style, screen=screen) for number, line in enumerate(lines)]
        if masked:
            notes.append(_does_not_apply(rewrite.name, "the credentials of a URL are masked in it"))
        elif _wide_encoding(rewrite.old):
            notes.append(_does_not_apply(rewrite.name, "it shows the text of a file in UTF-16 or UTF-32"))
    return Diff("".join(pieces), tuple(notes))


def _does_not_apply(name: str, why: str) -> str:
    return f"the diff of `{name}` is for reading and does not apply: {why}; `--write` edits the file"


def _diff(rewrite: Rewrite) -> tuple[list[str], bool]:
    """The lines of the diff of one file, each with its line end, and whether credentials had to be masked."""
    old, new = _split(rewrite.old), _split(rewrite.new)
    widest: list[str] = []
    for size in range(_CONTEXT, 0, -1):
        lines = _with_context(rewrite.name, old, new, size)
        masked = [mask_credentials(line) for line in lines]
        if lines == masked:
            return lines, False
        widest = widest or masked
    return widest, True


def _with_context(name: str, old: Sequence[str], new: Sequence[str], size: int) -> list[str]:
    found = unified_diff(old, new, _quote(f"a/{name}"), _quote(f"b/{name}"), n=size)
    return [line if line.endswith("\n") else f"{line}\n{_NO_LINE_END}" for line in found]


def _split(data: bytes) -> list[str]:
    """Lines with their ends; they end in LF only, as both tools count them."""
    encoding = _wide_encoding(data)
    text = data.decode(encoding) if encoding else data.decode("utf-8", "surrogateescape")
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines


def _wide_encoding(data: bytes) -> str | None:
    return next((encoding for mark, encoding in _WIDE if data.startswith(mark)), None)


def _quote(name: str) -> str:
    """*name* for a header line as git writes it: in quotes where it must be, and with a tab where it holds a space."""
    if any(character in '"\\' or character < " " or character == "\x7f" for character in name):
        escaped = (_ESCAPES.get(c, f"\\{ord(c):03o}" if c < " " or c == "\x7f" else c) for c in name)
        return f'"{"".join(escaped)}"'
    return f"{name}\t" if " " in name else name


def _render_line(number: int, line: str, style: Style, *, screen: bool) -> str:
    """Line *number* of the diff of a file, from 0: the first two are its header."""
    role = "bold" if number < 2 else {"-": "removed", "+": "added", "@": "gutter"}.get(line[0])
    shown = "\n".join(_on_screen(line)) if screen else line
    if role is None:
        return shown
    return "".join(f"{style.paint(role, part)}\n" for part in shown.split("\n")[:-1])


def _on_screen(line: str) -> Iterator[str]:
    """The parts of *line* as a terminal may show them: tabs stay, and a carriage return at the end is not shown."""
    for part in line.split("\n"):
        yield "\t".join(map(to_printable, part.removesuffix("\r").split("\t")))
