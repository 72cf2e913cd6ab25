"""The page as HTML, worked out in a worker. Templates escape whatever is put into them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from compat.api.choosing.choice import DIMENSIONS
from compat.api.choosing.choose import Choices, choose
from compat.api.choosing.heat import BuildFacts, find_build, map_builds
from compat.api.choosing.options import PYTHONS
from compat.model.errors import UsageError
from compat.model.targets import SUBDIRS
from compat.service.page.assets import assets_version
from compat.service.page.views import CELLS, Row, answer_view, rows_of, source_view
from compat.version import __version__

State = Mapping[str, str]

_CODE = Markup("<code>{}</code>")


def render(question: Mapping[str, Any]) -> bytes:
    """The whole page, or one part of it, for the state in its address."""
    state: State = question["state"]
    part: str = question["part"]
    template = _environment().get_template(f"{part}.html")
    return template.render(_context(part, state), locks=bool(question.get("locks"))).encode()


def _context(part: str, state: State) -> dict[str, Any]:
    """What the templates of *part* are given."""
    found: dict[str, Any] = {"state": state, "link": _linker(state), "version": __version__, "assets": assets_version()}
    if part in ("page", "choose"):
        found |= _choose_context(state)
    if part in ("page", "builds"):
        found |= _map_context(state)
    if part in ("page", "build"):
        found |= _build_context(state)
    return found


def _linker(state: State) -> Any:  # noqa: ANN401 - a function of keywords
    """Makes the address of the page with some values of *state* changed; None lets go of one."""

    def link(_anchor: str = "", **changes: str | None) -> str:
        found = {key: value for key, value in {**state, **changes}.items() if value}
        return f"./{'?' + urlencode(found) if found else ''}{_anchor}"

    return link


def _choose_context(state: State) -> dict[str, Any]:
    chosen = {key: state.get(key) for key in DIMENSIONS}
    error = None
    try:
        choices = choose(**chosen)
    except UsageError as wrong:
        error, choices = str(wrong), choose()
    return {"error": error, "choices": choices, "rows": _rows(choices), "answer": answer_view(choices)}


def _rows(choices: Choices) -> tuple[Row, ...]:
    return tuple(rows_of(dimension) for dimension in choices.dimensions)


def _map_context(state: State) -> dict[str, Any]:
    every, error = bool(state.get("map_all")), None
    try:
        found = map_builds(state.get("map"), state.get("map_python"), every=every)
    except UsageError as wrong:
        error, found = str(wrong), map_builds()
    return {"map": found, "map_error": error, "cells": CELLS, "platforms": SUBDIRS, "pythons": PYTHONS}


def _build_context(state: State) -> dict[str, Any]:
    """The cell that the address names, or None."""
    torch, slash, cuda = state.get("cell", "").partition("/")
    build: BuildFacts | None = None
    error = None
    if slash:
        try:
            build = find_build(torch, cuda, state.get("map"), state.get("map_python"))
        except UsageError as wrong:
            error = str(wrong)
    return {"build": build, "build_error": error, "cells": CELLS}


def _ticked(text: str) -> Markup:
    """*text* escaped, with what stands in backticks as code."""
    return Markup().join(_CODE.format(piece) if at % 2 else piece for at, piece in enumerate(text.split("`")))


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("compat.service.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["source"] = source_view
    found.filters["ticked"] = _ticked
    return found
