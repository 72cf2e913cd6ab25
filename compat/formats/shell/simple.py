"""One simple command: its assignments, what it really starts, and what it does to the variables of the script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from compat.formats.found import ToPlace
from compat.formats.pip_urls import strip_credentials
from compat.formats.shell.fields import Field, read_field, read_items, to_fields
from compat.formats.shell.installs import Call, Cut, find_install
from compat.formats.shell.lexer import Token
from compat.formats.shell.pieces import ASSIGNED
from compat.formats.shell.prefixes import to_prefix
from compat.formats.shell.scope import Scope
from compat.formats.shell.wrappers import CONDAS, SHELLS, Unwrapped, unwrap
from compat.model.containers import Command, Word
from compat.model.places import Place

_DECLARING = frozenset({"export", "declare", "typeset", "readonly", "local"})
#: Redirections of one command that are looked at.
_MAX_CUTS = 50
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Simple(NamedTuple):
    """The tokens of a simple command; a redirection stands with its target, a here-document without."""

    words: tuple[Token, ...]
    redirections: tuple[tuple[Token, Token | None], ...]
    guarded: bool


class Reading(Protocol):
    """The script around a command (`compat.formats.shell.script.Script`)."""

    text: str
    to_place: ToPlace
    scope: Scope
    found: list[Command]
    feeding: Word | None

    def read_inner(self, text: str, to_place: ToPlace, *, guarded: bool) -> None:
        """Find the commands of a script inside this one."""
        ...


def read_simple(script: Reading, simple: Simple) -> None:
    """Add the command that *simple* starts to what *script* found, or take its assignments."""
    scope = script.scope
    number = 0
    settings: list[tuple[str, str | tuple[str, ...] | None]] = []
    while number < len(simple.words) and (setting := _read_assignment(simple.words[number], scope)):
        settings.append(setting)
        number += 1
    fields = [field for token in simple.words[number:] for field in read_field(token, scope)]
    if not fields:
        for name, value in settings:
            scope.set(name, value)
        return
    if fields[0].text in _DECLARING:
        _declare(script, simple.words[number + 1 :], fields)
        return
    known = tuple((name, value) for name, value in settings if isinstance(value, str))
    read_fields(script, fields, known, simple)


def read_fields(
    script: Reading, fields: Sequence[Field], settings: tuple[tuple[str, str], ...], simple: Simple
) -> None:
    """Add the command that *fields* start, or the commands of the script that they hold."""
    inner = unwrap(fields)
    inner = inner._replace(settings=(*settings, *inner.settings))
    if inner.script is not None:
        _read_script(script, inner, guarded=simple.guarded)
        return
    program = inner.fields[0].text.rpartition("/")[2]
    if program in SHELLS and _read_here(script, simple):
        return
    script.found.append(_to_command(script, inner, simple))
    _activate(script.scope, program, inner.fields)
    if program in ("unset", "read"):
        for field in inner.fields[1:]:
            if _NAME.fullmatch(field.text):
                script.scope.set(field.text, None) if program == "read" else script.scope.unset(field.text)


def _to_command(script: Reading, inner: Unwrapped, simple: Simple) -> Command:
    """The command with what it installs; its words and settings are shown without credentials."""
    words = tuple(Word(f.text, script.to_place(f.start, f.end), f.known) for f in inner.fields)
    place = script.to_place(inner.fields[0].start, inner.fields[-1].end)
    settings = (*script.scope.settings(), *inner.settings)
    environment = {**script.scope.outer, **dict(settings)}
    cuts = tuple(_find_cuts(script, simple))
    install = find_install(Call(words, place, environment, cuts, inner.more, script.feeding))
    prefix = inner.prefix or script.scope.prefix
    if install is not None and prefix and not install.prefix:
        install = install._replace(prefix=prefix)
    shown = tuple(word._replace(text=strip_credentials(word.text)) for word in words)
    shown_settings = tuple((name, strip_credentials(value)) for name, value in settings)
    return Command(shown, place, shown_settings, install, simple.guarded)


def _read_assignment(token: Token, scope: Scope) -> tuple[str, str | tuple[str, ...] | None] | None:
    """Name and value of ``A=b``; None for a word that is none."""
    first = token.pieces[0] if token.pieces else None
    if first is None or first.kind != "text" or first.quoted or not (front := ASSIGNED.match(first.text)):
        return None
    name, adds = front[0].rstrip("+="), front[0].endswith("+=")
    rest = token.pieces[1:]
    if rest and rest[0].kind == "array":
        items = read_items(rest[0].text, scope)
        old = scope.get(name)
        return name, (*old, *items) if adds and items is not None and isinstance(old, tuple) else items
    pieces = (first._replace(text=first.text[front.end() :], start=first.start + front.end()), *rest)
    value = to_fields(pieces, scope, split=False)[0]
    # Nobody looks for files in an assignment: only a gap leaves its value open.
    text = value.text if value.known or not _has_gap(token) else None
    if adds and text is not None:
        old = scope.get(name)
        text = old + text if isinstance(old, str) else None if scope.has(name) else text
    return name, text


def _has_gap(token: Token) -> bool:
    return any(piece.kind not in ("text", "escaped") for piece in token.pieces)


def _declare(script: Reading, tokens: tuple[Token, ...], fields: list[Field]) -> None:
    """``export A=b``, ``declare -x A``: values are not split, as in an assignment."""
    scope = script.scope
    exports = fields[0].text == "export" or any(re.fullmatch(r"-[a-z]*x[a-z]*", f.text) for f in fields[1:])
    for token in tokens:
        setting = _read_assignment(token, scope)
        if setting is not None:
            scope.set(*setting)
        name = setting[0] if setting else token.text
        if exports and _NAME.fullmatch(name):
            scope.export(name)


def _read_script(script: Reading, inner: Unwrapped, *, guarded: bool) -> None:
    """The commands of ``bash -c "..."``, where a prefix may be known and whose own assignments end with it."""
    field = inner.script
    assert field is not None  # the caller looked
    scope = script.scope
    mark = scope.mark()
    for name, value in inner.settings:
        scope.set(name, value)
        scope.export(name)
    if inner.prefix:
        scope.prefix = inner.prefix

    def to_place(start: int, end: int) -> Place:
        return script.to_place(*field.span(start, end))

    script.read_inner(field.text, to_place, guarded=guarded)
    if inner.fields[0].text != "eval":
        scope.undo(mark)


def _read_here(script: Reading, simple: Simple) -> bool:
    """Whether a here-document is what the shell runs: then its commands are added."""
    begin, end = next((token.body for token, _ in simple.redirections if token.kind == "here"), (0, 0))

    def to_place(start: int, stop: int) -> Place:
        return script.to_place(begin + start, begin + stop)

    script.read_inner(script.text[begin:end], to_place, guarded=simple.guarded)
    return end > begin


def _find_cuts(script: Reading, simple: Simple) -> list[Cut]:
    """Redirections without a blank before them, as ``torch>=2`` without quotes is one."""
    found: list[Cut] = []
    ends = {word.end: word for word in simple.words} if simple.redirections else {}
    for token, target in simple.redirections[:_MAX_CUTS]:
        before = ends.get(token.start)
        if before is None or target is None or target.start != token.end or token.text not in ("<", ">"):
            continue
        spelled = script.text[before.start : target.end]
        found.append(Cut(spelled, token.text, script.to_place(before.start, target.end)))
    return found


def _activate(scope: Scope, program: str, fields: tuple[Field, ...]) -> None:
    """Note the environment that a command of the shell itself makes the active one."""
    words = [field.text for field in fields if not field.text.startswith("--")]
    if program in ("source", ".") and len(words) > 1:
        folder, _, name = words[1].rpartition("/")
        if name == "activate" and len(words) > 2:
            scope.prefix = to_prefix(words[2])
        elif name == "activate" and folder.endswith("/bin"):
            scope.prefix = to_prefix(folder.removesuffix("/bin"))
        elif name == "activate" and folder == "bin":
            scope.prefix = "."
    elif program in CONDAS and words[1:2] == ["activate"]:
        scope.prefix = to_prefix(words[2]) if len(words) > 2 else "base"
    elif program == "deactivate" or (program in CONDAS and words[1:2] == ["deactivate"]):
        scope.prefix = ""
