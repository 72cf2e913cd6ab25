"""One line of pip's requirements format: what it asks for, its options, or what is wrong with it.

pip lists of environment.yml follow the same grammar, because conda hands them to pip as a requirements file.
Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement

from compat.formats.markers import parse_marker
from compat.formats.pip_options import InvalidOption, Option, parse_options
from compat.formats.pip_urls import (
    ARCHIVE_ENDS,
    Folder,
    is_archive,
    is_path,
    is_url,
    is_vcs,
    is_wheel_name,
    split_extras,
    to_folder,
    to_url_requirement,
    with_file_version,
)
from compat.model.requirements import Requirement, parse_requirement, to_plain_requirement

#: A requirement with at most plain versions, and a comment: what most lines are.
_PLAIN = re.compile(
    r"[ \t]*+(([A-Za-z0-9][A-Za-z0-9._-]*+(?<![._-]))"
    r"(?>((?:[=!<>]=|[<>])[0-9][0-9.]*+(?>(?:,(?:[=!<>]=|[<>])[0-9][0-9.]*+)*))?))(?:[ \t]*+(?<=[ \t])#.*|[ \t]*+)"
)
#: What bounds the time for a line; the longest real ones are URLs with a query and stay under 1,000.
_MAX_REQUIREMENT = 4000
#: The same with options: a joined line with 1,000 hashes has 85,000.
_MAX_LINE = 200_000
_SPECIFIER = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*\(?\s*((?:===|==|~=|!=|<=|>=|<|>)[^;)]*[^;)\s,])"
)
#: Hashes as pip-compile, uv, Poetry and people write them; quoted and abbreviated ones are not looked for.
_HASHES = re.compile(r"(?:\s+--hash(?:=|\s+)sha(?:256|384|512):[0-9A-Za-z]+)+")
_TEMPLATE = re.compile(r"\{\{|\{%|\$\{[A-Z0-9_]+\}")
_CONDA_LIST = r"([A-Za-z0-9_][A-Za-z0-9_.-]*)=([^=<>!~\s]+)=([^=<>!~\s]+)"
#: Options that say where releases come from or which count, and that pip passes over on the line of a requirement.
_SOURCES = frozenset(
    {
        "index-url",
        "extra-index-url",
        "find-links",
        "no-index",
        "pre",
        "only-binary",
        "no-binary",
        "requirement",
        "constraint",
    }
)

Span = tuple[int, int]


class Defect(NamedTuple):
    """Why a line, or a part of it, cannot be taken; ``kind`` as for `compat.model.environments.Problem`.

    An empty ``message`` stands for a requirement that `packaging` refuses: `compat.formats.repairs.explain` words it.
    """

    kind: str
    message: str
    hint: str | None
    span: Span


class Line(NamedTuple):
    """What one line says. Spans are offsets in the line as given, comment and leading space included.

    ``conda_list`` marks ``name=version=build``, which is one mistake of the file rather than of each line.
    ``hashes`` runs from the end of what stands before the first ``--hash`` to the end of the last, where nothing else is between.
    ``folder`` is a local project, and ``marker`` its condition where there is no requirement to hold it.
    """

    requirement: Requirement | None = None
    span: Span = (0, 0)
    version: Span | None = None
    options: tuple[Option, ...] = ()
    editable: bool = False
    hashed: bool = False
    defect: Defect | None = None
    conda_list: bool = False
    hashes: Span | None = None
    folder: Folder | None = None
    marker: Marker | None = None


@lru_cache(maxsize=65536)
def read_line(raw: str) -> Line | None:
    """The meaning of a line without its line end, or None for one that is blank or a comment. Never raises."""
    if plain := _PLAIN.fullmatch(raw):
        text, name, specifier = plain.groups()
        if specifier or not name.endswith(ARCHIVE_ENDS):
            try:
                requirement = to_plain_requirement(name, specifier or "", text)
            except ValueError:
                pass  # such as `==1..0`: read again below, to say so
            else:
                return Line(requirement, plain.span(1), plain.span(3) if specifier else None)
    body = raw[: _comment_start(raw)].rstrip()
    start = len(body) - len(body.lstrip())
    if start == len(body):
        return None
    return _read_conda_list(body, start) or _read_body(body, start)


def _comment_start(raw: str) -> int:
    """The offset of the comment, which begins the line or follows a space."""
    position = raw.find("#")
    while position > 0 and not raw[position - 1].isspace():
        position = raw.find("#", position + 1)
    return position if position >= 0 else len(raw)


def _read_conda_list(body: str, start: int) -> Line | None:
    conda = re.fullmatch(_CONDA_LIST, body[start:])
    if conda is None:
        return None
    span = (start, len(body))
    hint = f"write `{conda[1]}=={conda[2]}`, or install the file with `conda create --file`"
    message = "conda's list format (`name=version=build`), which pip cannot install"
    return Line(span=span, conda_list=True, defect=Defect("invalid", message, hint, span))


def _read_body(body: str, start: int) -> Line:
    """A line without comment: a requirement, then options."""
    if len(body) > _MAX_LINE:
        return Line(span=(start, start), defect=Defect("invalid", "too long for a line", None, (start, start)))
    dash = start if body[start] == "-" else body.find(" -", start) + 1 or len(body)
    end = len(body[:dash].rstrip()) if dash > start else start
    line = _read_requirement(body, start, end) if end > start else Line(span=(start, len(body)))
    try:
        options = tuple(parse_options(body, dash))
    except InvalidOption as error:
        return line._replace(defect=Defect("invalid", error.message, error.hint, (error.start, len(body))))
    if end == start:
        return _read_option_line(options)
    if any(option.name == "editable" for option in options):
        message = "a requirement and `-e` stand on one line"
        return Line(
            span=(start, end), defect=Defect("invalid", message, "put `-e` on a line of its own", (start, len(body)))
        )
    hashes = _find_hashes(body, options) if options else None
    hashed = hashes is not None or any(option.name == "hash" for option in options)
    ignored = next((option for option in options if option.name in _SOURCES), None)
    if ignored is None or line.defect is not None:
        return line._replace(hashed=hashed, hashes=hashes) if hashed else line
    message = f"pip ignores `--{ignored.name}` on the line of a requirement"
    hint = f"put `--{ignored.name}` on a line of its own"
    return line._replace(hashed=hashed, hashes=hashes, defect=Defect("odd", message, hint, (dash, len(body))))


def _find_hashes(body: str, options: tuple[Option, ...]) -> Span | None:
    """The span of all ``--hash`` options and the space before them; None where there are none, or others in between."""
    numbers = [number for number, option in enumerate(options) if option.name == "hash"]
    if not numbers or numbers[-1] - numbers[0] >= len(numbers):
        return None
    start = max(body.rfind(" --", 0, options[numbers[0]].start), 0)
    end = options[numbers[-1]].end
    before = body[:start].rstrip()
    # Words that belong to no option are passed over behind a hash, but not behind a requirement.
    follows = body[end:].lstrip()[:1] in ("", "-") and not before.endswith("\\")
    return (len(before), end) if follows and _HASHES.fullmatch(body, start, end) else None


def _read_option_line(options: tuple[Option, ...]) -> Line:
    """A line of options only; of several ``-e`` pip takes the first."""
    editable = next((option for option in options if option.name == "editable"), None)
    if editable is None:
        return Line(options=options)
    span = (editable.start, editable.end)
    if not is_url(editable.value):
        return _read_named(editable.value, span)
    requirement = to_url_requirement(editable.value)
    if requirement is None and is_vcs(editable.value):
        message = "`-e` with a URL that names no project, and pip asks for one"
        return Line(span=span, defect=Defect("invalid", message, "add `#egg=NAME` to the URL", span))
    return Line(requirement, span, editable=True, folder=to_folder(editable.value))


def _read_named(text: str, span: Span) -> Line:
    """``-e "NAME @ URL"``, or a local path."""
    if " @ " in text:
        try:
            requirement = with_file_version(parse_requirement(text))
        except InvalidRequirement:
            return Line(span=span)
        return Line(requirement, span, editable=True, folder=to_folder(requirement.url or ""))
    return Line(span=span, editable=True, folder=to_folder(text))


def _read_requirement(body: str, start: int, end: int) -> Line:
    text = body[start:end].rstrip("; \t")
    span = (start, start + len(text))
    if _TEMPLATE.search(text) and not is_url(text):
        message = f"`{text}` is filled in elsewhere: not judged"
        return Line(span=span, defect=Defect("odd", message, None, span))
    if len(text) > _MAX_REQUIREMENT:
        return Line(span=span, defect=Defect("invalid", "too long for a requirement", None, span))
    if is_url(text) or ("@" not in text and is_archive(text.partition(";")[0].rstrip())):
        return _read_file(text, span)
    try:
        requirement = _parse(text)
    except InvalidRequirement:
        path, _, condition = text.partition(";")
        if is_path(path.rstrip()):
            return Line(span=span, folder=to_folder(path.rstrip()), marker=_condition(condition))
        return Line(span=span, defect=Defect("invalid", "", None, span))
    if requirement.url is not None:
        requirement = with_file_version(requirement)
        return Line(requirement, span, folder=to_folder(requirement.url or ""))
    return Line(requirement, span, find_specifier(body, start, start + len(text)))


def _condition(text: str) -> Marker | None:
    """The marker behind a path; what is none counts for nothing."""
    try:
        return parse_marker(text) if text.strip() else None
    except InvalidMarker:
        return None


def _parse(text: str) -> Requirement:
    """`parse_requirement`, but a marker may follow a URL without a space, because pip cuts at the semicolon first."""
    if "@" in text and ";" in text:
        target, _, condition = text.partition(";")
        return parse_requirement(f"{target.rstrip()} ; {condition}")
    return parse_requirement(text)


def _read_file(text: str, span: Span) -> Line:
    """A URL, or the path of an archive; a marker follows a semicolon with a space on one side."""
    cut = min((at for at in (text.find("; "), text.find(" ;")) if at >= 0), default=len(text))
    target, condition = text[:cut].rstrip(), text[cut:].strip("; ")
    marker: Marker | None = None
    if condition:
        try:
            marker = parse_marker(condition)
        except InvalidMarker as error:
            from compat.formats.repairs import explain_marker

            message, hint = explain_marker(condition, error)
            return Line(span=span, defect=Defect("invalid", message, hint, span))
    url, extras = split_extras(target)
    if not is_wheel_name(url):
        message = f"`{url.rpartition('/')[2][:80]}` is no valid name of a wheel"
        return Line(span=span, defect=Defect("invalid", message, None, span))
    folder = to_folder(target)
    return Line(to_url_requirement(url, marker, extras), span, folder=folder, marker=marker)


def find_specifier(text: str, start: int = 0, end: int | None = None) -> Span | None:
    """The span of the version specifier in a requirement that `packaging` accepts, or None where it has none."""
    match = _SPECIFIER.match(text, start, len(text) if end is None else end)
    return match.span(1) if match else None
