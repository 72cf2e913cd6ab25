"""What is wrong with a requirement that pip refuses, in words, with the nearest right spelling where one is plain."""

from __future__ import annotations

import re

from packaging.markers import InvalidMarker
from packaging.requirements import InvalidRequirement

from compat.model.requirements import parse_requirement

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?"
_LOG = re.compile(
    r"(?:Collecting|Requirement already|Successfully|Using|Downloading|Downloaded|Installing|Resolved|Audited|Looking in"
    r"|WARNING|ERROR|INFO|Traceback|Defaulting|Preparing|Building|Package +Version|-{5,})(?:[ :]|$)"
)
_COMMAND = re.compile(
    r"(?:[$%>!] *)?(?:sudo +)?(?:(?:python[\d.]* +-m +)?pip[\d.]*|uv +pip|conda|mamba|poetry) +(?:install|add) +(.*)"
)
_ONE_EQUALS = re.compile(rf"({_NAME})\s*=\s*([0-9][^=<>!~,;\s]*)")
_SWAPPED = re.compile(rf"({_NAME})\s*(=>|=<|=~|=!|>==|<==|~==|!==)\s*([0-9][^=<>!~;\s]*)")
_SPACE = re.compile(rf"({_NAME})\s+v?([0-9][A-Za-z0-9.*+!_-]*)")
_NO_VERSION = re.compile(rf"({_NAME})\s*(?:={{1,3}}|[<>~!]=?)")
_CARET = re.compile(rf"({_NAME})\s*(?:==)?\s*[\^~]\s*([0-9][0-9.]*)")
_STAR = re.compile(rf"({_NAME})\s*(>=|<=|<|>|~=)\s*([0-9.]+?)\.\*")
_LOCAL = re.compile(rf"({_NAME})\s*(>=|<=|<|>|~=)\s*([0-9][A-Za-z0-9.]*)\+[A-Za-z0-9.]+")
_WORD_VERSION = re.compile(rf"({_NAME})\s*(?:===?|~=|!=|<=|>=|<|>)\s*([A-Za-z][A-Za-z0-9.+_-]*)")
_GLUED = re.compile(rf"({_NAME}\s*[=<>~!]=?\s*[0-9.]*[0-9])([A-Za-z][A-Za-z0-9._-]*\s*(?:[=<>~!]=?).*)")
_GLUED_COMMENT = re.compile(r"(.*[^\s#])#")
_TRAILING_DOT = re.compile(r"(.*[0-9])\.(?=[,;\s]|$)")
#: Longer texts are not looked at closely: some of the patterns above take time that grows with the square.
_MAX_EXPLAINED = 300
_OPERATORS = {"=>": ">=", "=<": "<=", "=~": "~=", "=!": "!=", ">==": ">=", "<==": "<=", "~==": "~=", "!==": "!="}


def explain(text: str) -> tuple[str, str | None]:
    """A message and a hint for *text*, which is no valid requirement."""
    try:
        parse_requirement(text)
    except InvalidRequirement as error:
        return (
            _explain(text, error)
            if len(text) <= _MAX_EXPLAINED
            else (f"`{_shorten(text)}` is no valid requirement", None)
        )
    return f"`{_shorten(text)}` is no valid requirement", None


def _explain(text: str, error: InvalidRequirement) -> tuple[str, str | None]:
    shown = _shorten(text)
    if command := _COMMAND.fullmatch(text):
        return f"`{shown}` is a command, not a requirement", f"write `{command[1]}`"
    if _LOG.match(text):
        return f"`{shown}` is the output of a program, not a requirement", "delete the line"
    odd = next((letter for letter in text.partition(";")[0] if ord(letter) > 126), None)
    if odd is not None:
        named = f"`{odd}` (U+{ord(odd):04X})" if odd.isprintable() else f"U+{ord(odd):04X}"
        return f"{named} cannot stand in a requirement", _to_hint(_checked(_to_ascii(text)))
    requirement, _, marker = (part.strip() for part in text.partition(";"))
    repaired = _repair(requirement)
    if repaired is not None:
        reason, spelling = repaired
        right = spelling if spelling is None or not marker or spelling.startswith("put") else f"{spelling}; {marker}"
        return f"`{shown}` is no valid requirement: {reason}", _to_hint(right)
    if marker and _is_valid(requirement):
        return explain_marker(marker, error)
    return f"`{shown}` is no valid requirement: {_reason(error)}", None


def explain_marker(text: str, error: InvalidMarker | InvalidRequirement) -> tuple[str, str | None]:
    """A message and a hint for a marker that `packaging` refused."""
    hint = None
    if re.match(r"not\b", text):
        hint = "markers have no `not`: turn each comparison round"
    elif "==" not in text and re.search(r"[\w\"' ]=[\w\"' ]", text):
        hint = "`=` is no operator: write `==`"
    elif unquoted := re.fullmatch(r"(\w+)\s*([<>=!~]+)\s*([\w.]+)", text):
        hint = f'write `{unquoted[1]} {unquoted[2]} "{unquoted[3]}"`'
    return f"`{_shorten(text)}` is no valid marker: {_reason(error)}", hint


def _repair(text: str) -> tuple[str, str | None] | None:
    """What is wrong, and the right spelling of the requirement if there is one."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return "quotes are not part of one", _checked(text[1:-1])
    if match := _ONE_EQUALS.fullmatch(text):
        return "`=` is no operator", _checked(f"{match[1]}=={match[2]}")
    if match := _SWAPPED.fullmatch(text):
        return f"`{match[2]}` is no operator", _checked(f"{match[1]}{_OPERATORS[match[2]]}{match[3]}")
    if match := _SPACE.fullmatch(text):
        return "the version has no operator", _checked(f"{match[1]}=={match[2]}")
    if match := _NO_VERSION.fullmatch(text):
        return "the version is missing", _checked(match[1])
    if match := _CARET.fullmatch(text):
        return "`^` and `~` are Poetry's operators", _checked(
            f"{match[1]}~={match[2]}" if "." in match[2] else f"{match[1]}>={match[2]}"
        )
    if match := _STAR.fullmatch(text):
        return "`.*` goes with `==` and `!=` only", _checked(f"{match[1]}{match[2]}{match[3]}")
    if match := _LOCAL.fullmatch(text):
        return "a local version goes with `==` and `!=` only", _checked(f"{match[1]}{match[2]}{match[3]}")
    if match := _WORD_VERSION.fullmatch(text):
        return f"`{match[2]}` is no version", None
    return _repair_run_together(text)


def _repair_run_together(text: str) -> tuple[str, str | None] | None:
    """Things that stand on one line and should not."""
    words = text.split()
    if len(words) > 1 and all(map(_is_valid, words)) and any(re.search("[=<>~!]", word) for word in words):
        return "it is more than one", f"put `{'`, `'.join(words[:4])}` on lines of their own"
    if (match := _GLUED.fullmatch(text)) and _is_valid(match[1]) and _is_valid(match[2]):
        return f"a line end is missing after `{match[1]}`", f"put `{match[2]}` on a line of its own"
    if (match := _GLUED_COMMENT.match(text)) and _is_valid(match[1]):
        return "a comment needs a space before `#`", f"{match[1]} {text[match.end(1) :]}"
    if _TRAILING_DOT.search(text):
        return "a version ends in a dot", _checked(_TRAILING_DOT.sub(r"\1", text))
    return None


def _checked(text: str) -> str | None:
    """*text* if it is a valid requirement: no hint is better than a second error."""
    return text if _is_valid(text) else None


def _is_valid(text: str) -> bool:
    try:
        parse_requirement(text)
    except InvalidRequirement:
        return False
    return True


def _to_hint(spelling: str | None) -> str | None:
    return spelling if spelling is None or spelling.startswith("put `") else f"write `{spelling}`"


def _to_ascii(text: str) -> str:
    quotes = {
        0x2018: "'",
        0x2019: "'",
        0x201C: '"',
        0x201D: '"',
        0x2013: "-",
        0x2014: "-",
        0xA0: " ",
        0xFF1D: "=",
        0x200B: "",
    }
    return text.translate(quotes)


def _reason(error: Exception) -> str:
    """The first line of `packaging`'s message, without its drawing."""
    reason = str(error).partition("\n")[0].rstrip(":.")
    return reason[:1].lower() + reason[1:]


def _shorten(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."  # a line of a terminal
