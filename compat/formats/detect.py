"""Which kind of file a path is, by its name and, where that is not enough, by what it holds."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_EXACT = {
    "pyproject.toml": "pyproject",
    "pixi.toml": "pixi",
    "mojoproject.toml": "pixi",
    "pixi.lock": "pixi-lock",
    "uv.lock": "uv-lock",
    "poetry.lock": "poetry-lock",
    "environment.yml": "environment",
    "environment.yaml": "environment",
}
_NAMES = (
    ("pylock", re.compile(r"pylock(\.[^.]+)?\.toml")),
    ("conda-lock", re.compile(r"(.*[-_.])?conda-lock([-_.].*)?\.ya?ml")),
    ("compose", re.compile(r"(docker-)?compose([-_.].*)?\.ya?ml")),
    (
        "dockerfile",
        re.compile(
            r"(.*[-_. ])?(docker|container)file([-_. \d].*)?(?<!\.dockerignore)(?<!\.md)(?<!\.py)(?<!\.sh)(?<!\.txt)"
        ),
    ),
)
_ENVIRONMENT = re.compile(r"(.*[-_.])?(conda|env|environment)s?([-_.].*)?\.ya?ml")
_REQUIREMENTS = re.compile(r".*(requirement|constraint|reqs)s?.*\.(txt|in|pip)|(.*[-_.])?req([-_.].*)?\.(txt|in)")
_IN_REQUIREMENTS = re.compile(r"(^|/)(requirements?|constraints|reqs)/[^/]+\.(txt|in|pip)$")

#: Enough to see every top-level key and plenty of lines.
_LOOKED_AT = 256 * 1024
_KEY = re.compile(r"""^["']?([A-Za-z_][\w-]*)["']?[ \t]*:(?=\s|$)""", re.MULTILINE)
_LIST = re.compile(
    r"""^["']?dependencies["']?[ \t]*:[ \t]*(?:#[^\n]*)?(?:\r?\n[ \t]*(?:#[^\n]*)?)*(?:-[ \t]+(?!(?:name|role|src)[ \t]*:)|\[)""",
    re.MULTILINE,
)
_EXPLICIT = re.compile(r"^@EXPLICIT[ \t]*\r?$", re.MULTILINE)
_ARGO = re.compile(r"^apiVersion:[ \t]*[\"']?argoproj\.io/", re.MULTILINE)
_PIXI = re.compile(r"^\[(?:workspace|project)\][^\[]*^channels[ \t]*=", re.MULTILINE)
_PINNED = re.compile(
    r"[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?[ \t]*(?:===?|~=|!=|<=|>=|<|>)[ \t]*v?\d[^ =]*[ \t]*(?:[;#,\\ ].*)?"
    r"|[A-Za-z0-9_][\w.-]*=[^=<>!~\s]+=[^=<>!~\s]+"
    r"|(?:-r|-c|-e|-i|-f|--requirement|--constraint|--editable|--index-url|--extra-index-url|--find-links|--hash)[ =]\S.*"
    r"|(?:[A-Za-z0-9][\w.-]*[ \t]*@[ \t]*)?git\+\w+:.*"
)
_BARE = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?[ \t]*(?:[;#].*)?")


class _Yaml(NamedTuple):
    keys: frozenset[str]
    text: str


def detect(path: str, data: bytes | None = None) -> str | None:
    """The kind of the file at *path*, or None where it is none that anything here reads or will read.

    With *data* the content decides where the name is no standard one. Never raises.
    """
    name = path.replace("\\", "/").rpartition("/")[2].lower()
    if exact := _EXACT.get(name):
        return exact
    text = _to_text(data) if data is not None else None
    for kind, pattern in _NAMES:
        if pattern.fullmatch(name):
            return kind
    if name.endswith((".yml", ".yaml")):
        return _detect_yaml(path, name, text)
    if name.endswith((".txt", ".in", ".pip", ".lock")) or "." not in name:
        return _detect_lines(path, name, text)
    if name.endswith(".toml") and text is not None and _PIXI.search(text):
        return "pixi"
    return None


def _detect_yaml(path: str, name: str, text: str | None) -> str | None:
    if re.search(r"(^|/)\.github/workflows/[^/]+$", path.replace("\\", "/")):
        return "workflow"
    if text is None:
        return "environment" if _ENVIRONMENT.fullmatch(name) else None
    keys = frozenset(_KEY.findall(text))
    if _ARGO.search(text):
        return "argo"
    if {"version", "metadata", "package"} <= keys:
        return "conda-lock"
    if "services" in keys:
        return "compose"
    if {"on", "jobs"} <= keys:
        return "workflow"
    if "apiVersion" in keys or "galaxy_info" in keys:
        return None
    return "environment" if _LIST.search(text) or ("dependencies" in keys and _ENVIRONMENT.fullmatch(name)) else None


def _detect_lines(path: str, name: str, text: str | None) -> str | None:
    if text is not None and _EXPLICIT.search(text):
        return "explicit"
    named = _REQUIREMENTS.fullmatch(name) or _IN_REQUIREMENTS.search(path.replace("\\", "/").lower())
    if named and not name.endswith(".lock"):
        return "requirements"
    if text is None or name == "manifest.in" or "." not in name:
        return None
    return "requirements" if _looks_like_requirements(text) else None


def _looks_like_requirements(text: str) -> bool:
    """Whether at least one line can be nothing else, and four of five can be one."""
    sure = possible = other = 0
    continued = False
    for raw in text.splitlines()[:2000]:
        line = raw.strip()
        if line and not line.startswith("#") and not continued:
            if _PINNED.fullmatch(line):
                sure += 1
            elif _BARE.fullmatch(line):
                possible += 1
            else:
                other += 1
        continued = line.endswith("\\")
    return sure > 0 and other * 4 <= sure + possible


def _to_text(data: bytes) -> str:
    """The start of a file as text, good enough to recognise it."""
    start = data[:_LOOKED_AT]
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return start[: len(start) // 2 * 2].decode("utf-16", errors="replace")
    return start.decode("utf-8-sig", errors="replace")
