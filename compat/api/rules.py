"""The manual page of one rule."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from compat.model.errors import UsageError
from compat.rules import all_rules
from compat.rules.base import HEADINGS, Rule


def explain(code: str) -> str:
    """The page of a rule, by code or name, as Markdown. Raises: UsageError with the nearest code."""
    wanted = code.strip()
    for rule in all_rules():
        if wanted.upper() == rule.code or wanted.lower() == rule.name:
            return page_of(type(rule))
    known = [word for rule in all_rules() for word in (rule.code, rule.name)]
    import difflib

    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.4)
    raise UsageError(f"there is no rule `{code}`", hint=f"did you mean `{near[0]}`?" if near else None)


def page_of(rule: type[Rule]) -> str:
    """The docstring of *rule* as a Markdown page: its sections as headings, the examples as code."""
    page = [f"# {rule.code}: {rule.name}"]
    for block in _sections(inspect.cleandoc(rule.__doc__ or "")):
        heading, text = block
        if heading:
            page.append(f"## {heading}")
        page.append(f"```\n{text}\n```" if _is_code(heading, text) else text.replace("``", "`"))
    return "\n\n".join(page) + "\n"


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """The summary under "", then each section with its text, unindented."""
    heading, lines = "", list[str]()
    for line in text.splitlines():
        if line.endswith(":") and line[:-1] in HEADINGS:
            yield heading, "\n".join(lines).strip("\n")
            heading, lines = line[:-1], []
        else:
            lines.append(line.removeprefix("    ") if heading else line)
    yield heading, "\n".join(lines).strip("\n")


def _is_code(heading: str, text: str) -> bool:
    """Whether a section shows a file; what to use instead may also be a sentence."""
    return heading == "Example" or (heading == "Use instead" and not text.endswith("."))
