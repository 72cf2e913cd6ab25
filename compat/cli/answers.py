"""Answers made of tables, as text, JSON or CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from compat.cli.output import find_width, wants_color


class TableLike(Protocol):
    """A table of short texts; *notes* stand under it."""

    @property
    def title(self) -> str: ...
    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def rows(self) -> Sequence[Sequence[str]]: ...
    @property
    def notes(self) -> Sequence[str]: ...


class AnswerLike(Protocol):
    """What the api answers to a question about the matrix."""

    @property
    def title(self) -> str: ...
    @property
    def tables(self) -> Sequence[TableLike]: ...
    def to_json(self) -> object: ...


def render_answer(answer: AnswerLike, form: str, *, install: Mapping[str, str] | None = None) -> str:
    """*form* is ``text``, ``json`` or ``csv``; *install* maps the name of a tool to its command lines, for text."""
    if form == "json":
        import json

        return json.dumps(answer.to_json(), indent=2) + "\n"
    if form == "csv":
        return _render_csv(answer)
    return "".join(f"{line}\n" for line in _render_text(answer, install or {}))


def _render_text(answer: AnswerLike, install: Mapping[str, str]) -> Iterator[str]:
    from compat.report.screen import wrap
    from compat.report.style import Style
    from compat.report.table import render_table

    style, width = Style(color=wants_color(None)), find_width(None)
    yield from (style.paint("bold", line) for line in wrap(answer.title, width))
    for table in answer.tables:
        yield ""
        if table.title:
            yield from (style.paint("label", line) for line in wrap(table.title, width))
        if table.rows:
            yield from render_table(table.columns, table.rows, style=style, width=width)
        for note in table.notes:
            yield from style.note(note, width)
    for tool, command in install.items():
        yield ""
        yield style.paint("label", f"{tool}:")
        yield from (f"  {line}" for line in command.splitlines())


def _render_csv(answer: AnswerLike) -> str:
    """One header and its rows a table, a blank line between tables."""
    import csv
    import io

    parts = []
    for table in answer.tables:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(table.rows)
        parts.append(text.getvalue())
    return "\n".join(parts)
