"""How the lines of a Dockerfile are put: comments, instructions over several lines, heredocs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence

from compat.model.diagnostics import Evidence

#: Columns of a comment.
_WIDTH = 110
#: Ends a heredoc; a list of packages has no such line.
_END = "END"


def comment(text: str) -> list[str]:
    """*text* as lines that begin with ``#``; addresses are not broken."""
    return textwrap.wrap(
        text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False, break_on_hyphens=False
    )


def sources(evidence: Sequence[Evidence]) -> Iterator[str]:
    """Where facts were read, one line each."""
    for one in evidence:
        thin = ", one indirect source" if one.thin else ""
        yield from comment(f"Source: {one.source}, read on {one.read_on}{thin}")


def continued(first: str, *more: str) -> list[str]:
    """An instruction over several lines, among which comments may stand."""
    lines = [first, *(f"    {line}" for line in more)]
    return [*(line if line.startswith("    #") else f"{line} \\" for line in lines[:-1]), lines[-1]]


def heredoc(instruction: str, text: str, target: str) -> list[str]:
    """``COPY <<'END' target`` with *text*, in which nothing is replaced. hadolint asks for the empty line behind it."""
    return [f"{instruction} <<'{_END}' {target}", *text.splitlines(), _END, ""]


def copy(source: str, target: str) -> str:
    """``COPY`` of a file of the context; a path with spaces takes the form of JSON."""
    plain = source.isprintable() and not set(source) & set(" $\\'\"[]*?")
    return (
        f"COPY --link {source} {target}" if plain else f"COPY --link {json.dumps([source, target], ensure_ascii=False)}"
    )


def words(values: Sequence[str]) -> str:
    """The exec form of a command."""
    return json.dumps(list(values), ensure_ascii=False)


def pairs(values: Sequence[tuple[str, str]], keyword: str) -> list[str]:
    """``ENV`` or ``LABEL`` with several pairs."""
    (name, value), *rest = values
    return continued(f"{keyword} {name}={_value(value)}", *(f"{name}={_value(value)}" for name, value in rest))


def _value(text: str) -> str:
    plain = (
        text.replace("$PATH", "").replace("/", "").replace(":", "").replace(".", "").replace("-", "").replace("_", "")
    )
    return text if plain.isalnum() and plain.isascii() else json.dumps(text, ensure_ascii=False).replace("$", "\\$")
