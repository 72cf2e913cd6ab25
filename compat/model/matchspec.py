"""Conda's requirements, as environment files spell them: ``conda-forge::pytorch=2.1=*cuda*``.

Source: https://conda.org/learn/ceps/cep-0029. Two spellings look alike and are not: ``pytorch=2.1`` is 2.1.*, while
``pytorch 2.1``, and ``pytorch=2.1=*cuda*`` because it names a build, are exactly 2.1.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from compat.model.conda_order import SpanError
from compat.model.conda_version import InvalidVersionSpec, VersionSpec, parse_version_spec
from compat.model.names import CondaName, to_conda_name
from compat.model.patterns import is_regex, matches_text, refuse_regex

#: Names of platforms, which tell ``conda-forge/linux-64`` from a channel that has a slash in its name.
_SUBDIR = (
    r"noarch|linux-(?:32|64|aarch64|armv[67]l|loongarch64|ppc64(?:le)?|riscv(?:32|64)|s390x)|osx-(?:64|arm64)"
    r"|win-(?:32|64|arm64)|(?:emscripten|wasi)-wasm32|freebsd-64|zos-z"
)
_EXTENSIONS = (".conda", ".tar.bz2")
_MAX_LENGTH = 1024

# Patterns are compiled on first use: a check of pip files needs none of them.
_NAME = r"\s*([0-9A-Za-z_][0-9A-Za-z_.-]*)(?=[=<>!~(\s]|$)\s*"
# A build is the last word, after a space or a single `=`, and holds nothing that an operator or a list could hold.
_BUILD = r"(?s)(.*?[^\s=!|,<>~])(?:\s*=\s*|\s+)([^-=,|<>~()]+)"
_OPTION = r"""([0-9A-Za-z_-]+)\s*=\s*("[^"]*"|'[^']*'|[^,\s]*)"""
_SECRETS = r"(?<=://)[^/]*@|/t/[^/]+"


#: Keys of the brackets to value and its offset.
_Options = dict[str, tuple[str, int]]


class InvalidMatchSpec(SpanError):
    """A text that is no conda requirement."""


class MatchSpec(NamedTuple):
    """One conda requirement. Make it with `parse_matchspec`; identical texts give the identical value."""

    name: CondaName
    version: VersionSpec | None = None
    build: str | None = None
    """An exact build string, or a glob or regular expression over it."""
    channel: str | None = None
    """As written, without credentials."""
    subdir: str | None = None
    build_number: str | None = None
    """As written, such as ``>=2``; `matches` does not judge it."""
    text: str = ""
    version_span: tuple[int, int] | None = None
    """Code points of ``text`` that hold operator, version and build; in brackets the value of ``version``."""
    exact_build: bool = False

    def __str__(self) -> str:
        return self.text

    def matches(self, version: str, build: str | None = None) -> bool:
        """Whether a package of this name would do; without *build* only the version is judged.

        Raises: InvalidVersion for a *version* that is none.
        """
        if self.version is not None and not self.version.matches(version):
            return False
        return build is None or self.build is None or matches_text(self.build, build)


@lru_cache(maxsize=65536)
def parse_matchspec(text: str) -> MatchSpec:
    """Parse an entry of ``dependencies``: a requirement, or the URL or path of a package file.

    Raises: InvalidMatchSpec, with the span of the defect.
    """
    if len(text) > _MAX_LENGTH:
        raise InvalidMatchSpec(text, f"requirement longer than {_MAX_LENGTH} characters")
    body = _without_comment(text)
    if body.rstrip().endswith(_EXTENSIONS):
        return _parse_file_name(text, body.strip())
    body, options = _take_options(text, body)
    scope, colon, _ = body.rpartition(":")
    start = len(scope) + len(colon)
    match = re.match(_NAME, body[start:])
    if match is None:
        raise InvalidMatchSpec(text, "no package name", *_trim(text, start, len(body)))
    version, build, span = _read_version(text, *_trim(body, start + match.end(), len(body)))
    if "version" in options:
        value, start = options["version"]
        version, span = _parse_version(text, value, start, build=None), (start, start + len(value))
    channel, subdir = _split_channel(_value(options, "channel") or scope.rpartition(":")[0].strip())
    build = _value(options, "build") or build
    if build is not None and build.startswith("^") and (reason := refuse_regex(build)):
        raise InvalidMatchSpec(text, reason)
    return MatchSpec(
        name=to_conda_name(match[1]),
        version=version,
        build=build,
        channel=channel,
        subdir=_value(options, "subdir") or subdir,
        build_number=_value(options, "build_number"),
        text=text,
        version_span=span,
        exact_build=build is not None and "*" not in build and not is_regex(build),
    )


def find_matchspec(text: str) -> MatchSpec | None:
    """The same; None for what is none, as records of old packages have it."""
    try:
        return parse_matchspec(text)
    except InvalidMatchSpec:
        return None


def without_credentials(channel: str) -> str:
    """A channel's name or URL without user, password and token."""
    return re.sub(_SECRETS, "", channel) if "://" in channel else channel


def _without_comment(text: str) -> str:
    """*text* up to a ``#``, unless that stands in brackets."""
    body, _, _ = text.partition("#")
    return text if "[" in body and "]" not in body else body


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without space at its ends."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _take_options(text: str, body: str) -> tuple[str, _Options]:
    """*body* with blanks for its brackets, and what stands in them.

    Brackets without a key, as in ``imageio[ffmpeg]``, mean nothing, as they do to conda.
    """
    start, end = body.find("["), body.rfind("]")
    if start < 0 and end < 0:
        return body, {}
    if start < 0 or end < start:
        raise InvalidMatchSpec(text, "unbalanced brackets", max(start, end), max(start, end) + 1)
    options: _Options = {}
    for match in re.finditer(_OPTION, body[start + 1 : end]):
        value, offset = match[2], start + 1 + match.start(2)
        if value[:1] in ("'", '"'):
            value, offset = value[1:-1], offset + 1
        if not value:
            span = start + 1 + match.start(), start + 1 + match.end()
            raise InvalidMatchSpec(text, f"key `{match[1]}` without a value", *span)
        options[match[1]] = value, offset
    return body[:start] + " " * (end + 1 - start) + body[end + 1 :], options


def _value(options: _Options, key: str) -> str | None:
    return options[key][0] if key in options else None


def _split_channel(text: str) -> tuple[str | None, str | None]:
    """Channel and subdir of what stands before ``::``; ``*`` is any channel."""
    channel, _, last = text.rpartition("/")
    if not re.fullmatch(_SUBDIR, last):
        channel, last = text, ""
    return without_credentials(channel) if channel not in ("", "*") else None, last or None


def _read_version(text: str, start: int, end: int) -> tuple[VersionSpec | None, str | None, tuple[int, int] | None]:
    """Version, build and their span, where a name is followed by the code points *start* to *end*."""
    words = text[start:end]
    if words in ("", "="):  # conda takes `name=` for the bare name
        return None, None, (start, end) if words else None
    build = None
    if match := re.fullmatch(_BUILD, words):
        words, build = match[1], match[2].strip().strip("'\"")
        if not build or " " in build:
            raise InvalidMatchSpec(text, "more than a name, a version and a build", start, end)
    elif words[-1] == "=" and words[:1] == "=" and words.strip("="):
        words = words.rstrip("=")
    return _parse_version(text, words, start, build=build), build, (start, end)


def _parse_version(text: str, words: str, start: int, *, build: str | None) -> VersionSpec:
    """The constraint that *words* at *start* spell beside *build*.

    ``=`` before a version is conda's separator as well as its operator: beside a build, and where there are several,
    those in front only separate, so that ``=2.1=py3_0`` and ``==2.1`` are 2.1, and ``==2.1.*`` is 2.1.*.
    """
    bare = words.lstrip("=")
    separators = len(words) - len(bare)
    several = any(sign in bare for sign in "=,|")
    if separators and bare and (separators > 1 if build is None else not several):
        words, start = bare, start + separators
    elif separators == 1 and not several and bare.startswith((">", "<")):
        # `=>3.8` is `>3.8*` to conda, which admits 3.8
        words = words[1::-1] + words[2:] if bare[0] == ">" else bare
    try:
        return parse_version_spec(words)
    except InvalidVersionSpec as error:
        raise InvalidMatchSpec(text, error.message, start + error.start, start + error.end) from error


def _parse_file_name(text: str, path: str) -> MatchSpec:
    """The package of a file name, a URL or a path: exactly its name, version and build."""
    folder, _, file_name = path.replace("\\", "/").rpartition("/")
    if "%" in file_name:
        from urllib.parse import unquote  # only such names need it

        file_name = unquote(file_name)
    parts = file_name.removesuffix(".conda").removesuffix(".tar.bz2").rsplit("-", 2)
    if len(parts) != 3 or not re.fullmatch(_NAME, parts[0]):
        raise InvalidMatchSpec(text, "no package file: its name is not name-version-build")
    name, version, build = parts
    try:
        spec = parse_version_spec(f"=={version}")
    except InvalidVersionSpec as error:
        raise InvalidMatchSpec(text, error.message) from error
    channel, subdir = _split_channel(folder)
    return MatchSpec(
        name=to_conda_name(name),
        version=spec,
        build=build,
        channel=channel if "://" in folder else None,
        subdir=subdir,
        text=text,
        exact_build=True,
    )
