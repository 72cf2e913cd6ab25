"""Values that stand for others: ``${TAG:-latest}`` of compose, ``{{inputs.parameters.image}}`` of Argo, ``${{ matrix.os }}`` of GitHub."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

#: ``$$``, ``$NAME``, ``${NAME}``, ``${NAME:-default}``; one default within another is left alone.
#: Source: https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
_COMPOSE = re.compile(r"\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])([^{}]*))?\})")
_ARGO = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_GITHUB = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")

Values = Mapping[str, str]


def fill_compose(text: str) -> tuple[str, bool]:
    """*text* with the defaults that it names, and whether it names one for each variable.

    Nothing else is asked: what an ``.env`` file or the environment says is so on one machine, and seldom in the repository.
    """
    known = True

    def value(match: re.Match[str]) -> str:
        nonlocal known
        escaped, _, _, operator, default = match.groups()
        if escaped:
            return "$"
        if operator in {":-", "-"} and "$" not in default:
            return str(default)
        known = False
        return match[0]

    filled = _COMPOSE.sub(value, text) if "$" in text else text
    return filled, known and "${" not in filled


def fill_argo(values: Values) -> Callable[[str], tuple[str, bool]]:
    """What fills parameters in, by their dotted names (``inputs.parameters.image``)."""

    def fill(text: str) -> tuple[str, bool]:
        if "{{" not in text:
            return text, True
        filled = _ARGO.sub(lambda match: values.get(match[1], match[0]), text)
        return filled, "{{" not in filled

    return fill


def fill_github(text: str) -> tuple[str, bool]:
    """Expressions stay as they are; they are only known while the job runs."""
    return text, "${{" not in text


def plain(text: str) -> tuple[str, bool]:
    """A file of Kubernetes: nothing in it stands for anything else, but for what tools fill in before (``$TAG``, ``${TAG}``)."""
    return text, "$" not in text


def github_expression(text: str) -> str:
    """``matrix.os`` of ``${{ matrix.os }}``, "" where the text is not one expression."""
    match = _GITHUB.fullmatch(text.strip())
    return match[1] if match is not None else ""
