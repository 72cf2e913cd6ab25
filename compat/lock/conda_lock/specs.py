"""Requirements in conda-lock's terms: what its reader of environment.yml makes of each line.

Only the content hash needs them. They differ from what this package reads, for conda-lock has grammars of its own:
https://conda.github.io/conda-lock/src_environment_yml/, with conda's MatchSpec and `packaging`'s requirements below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

from compat.lock.problems import UnwritableError

#: One requirement, as the JSON that is hashed has it.
Spec = dict[str, Any]

#: Comments of conda-build that keep a line for some platforms only, by platform.
_SELECTORS = {
    "linux-64": ("linux64", "unix", "linux"),
    "linux-aarch64": ("aarch64", "unix", "linux"),
    "linux-ppc64le": ("ppc64le", "unix", "linux"),
    "osx-64": ("osx64", "osx", "unix"),
    "osx-arm64": ("arm64", "osx", "unix"),
    "win-64": ("win", "win64"),
}
_SELECTOR = re.compile(r".+?\s*#.*\[([^\[\]]+)\][^()]*")

_EXTENSIONS = (".conda", ".tar.bz2")
_OPTION = re.compile(r"""([A-Za-z0-9_-]+)=(["']?)([^'"]*?)\2(?:[, ]|$)""")
_NAME = re.compile(r"([^ =<>!~]+)([><!=~ ].+)?")
_VERSION_AND_BUILD = re.compile(r"(.+?[^><!,|]?)(?:(?<![=!|,<>~])[ =]([^-=,|<>~]+?))?")
_SUBDIR = re.compile(r"(?:noarch|linux-\w+|osx-\w+|win-\w+)")
#: Where conda has its channels unless somebody configures another alias, and what it calls ``defaults``.
_ALIAS = "https://conda.anaconda.org/"
_DEFAULTS = ("pkgs/main", "pkgs/r", "pkgs/msys2")
_DEFAULTS_HOST = "https://repo.anaconda.com/"


class Unlike(UnwritableError):
    """conda-lock does not take this; ``why`` is a clause with the words of the file."""


def lines_for(text: str, platform: str) -> str:
    """*text* without the lines whose selector is for other platforms."""
    kept = []
    for line in text.splitlines():
        chosen = None if line.lstrip().startswith("#") else _SELECTOR.fullmatch(line)
        if line.lstrip().startswith("#") or (chosen and chosen[1] not in _SELECTORS.get(platform, ())):
            continue
        kept.append(line)
    return "\n".join(kept)


def specs_of(dependencies: object, platform: str, category: str) -> Iterator[Spec]:
    """The requirements of a ``dependencies`` list, those of conda first, in the order of the file.

    Raises: Unlike.
    """
    if not isinstance(dependencies, list):
        raise Unlike("conda-lock takes no file without a list of dependencies")
    yield from (conda_spec(entry, category) for entry in dependencies if isinstance(entry, str))
    for section in dependencies:
        if isinstance(section, str):
            continue
        if not isinstance(section, Mapping):
            raise Unlike(f"conda-lock does not read the entry `{section}`")
        pip = section.get("pip")
        if pip is None:
            continue
        if not isinstance(pip, list):
            raise Unlike("conda-lock takes a list of pip requirements only")
        for entry in pip:
            yield from _pip_specs(entry, platform, category)
        # conda-lock asks for pip itself, whatever the file says of it.
        yield _versioned("pip", "conda", "main", "*")


def conda_spec(text: str, category: str = "main") -> Spec:
    """A MatchSpec taken apart as conda does it. Raises: Unlike."""
    body = text.partition("#")[0].partition(" if ")[0]
    if body.endswith(_EXTENSIONS):
        return _package_file(body, category)
    if body.endswith("@"):
        raise Unlike(f"conda-lock does not read `{text}`")
    body, options = _take_options(body)
    channel, _, rest = body.rpartition(":")
    match = _NAME.match(rest)
    if match is None:
        raise Unlike(f"conda-lock does not read `{text}`")
    version, build = _version_and_build((match[2] or "").strip())
    scope = options.get("channel") or channel.removesuffix(":")
    version, build = options.get("version", version), options.get("build", build)
    return _versioned(
        match[1].lower(),
        "conda",
        category,
        _normal_version(version),
        build=build,
        conda_channel=canonical_channel(scope) if scope else None,
    )


def _take_options(text: str) -> tuple[str, dict[str, str]]:
    """*text* without its brackets and parentheses, and what stands in the brackets."""
    options: dict[str, str] = {}
    start, end = text.find("["), text.rfind("]")
    if 0 <= start < end:
        options = {match[1]: match[3] for match in _OPTION.finditer(text[start + 1 : end])}
        text = text[:start] + text[end + 1 :]
    start, end = text.find("("), text.rfind(")")
    return (text[:start] + text[end + 1 :] if 0 <= start < end else text), options


def _version_and_build(words: str) -> tuple[str, str | None]:
    """``=1.26`` is ``1.26*``; beside a build, or with ``==``, the signs in front only separate."""
    if not words or words == "=":
        return "", None
    match = _VERSION_AND_BUILD.fullmatch(words)
    version, build = (match[1].replace(" ", ""), match[2]) if match else (words, None)
    build = build.strip() if build else build
    if version.startswith("==") and build is None and len(version) > 2:
        return version[2:], None
    bare = version[1:]
    if version.startswith("=") and bare and not any(sign in bare for sign in "=,|"):
        return (bare if build is not None or bare.endswith("*") else f"{bare}*"), build
    return version, build


def _normal_version(text: str) -> str:
    """``1.26*`` as ``1.26.*``, in each part of a compound, whose parentheses are dropped."""
    parts = re.split(r"([,|])", re.sub(r"[()]", "", text)) if re.search(r"[,|()]", text) else [text]
    return "".join(_normal_part(part.strip()) for part in parts)


def _normal_part(part: str) -> str:
    if part[:1] in ("", "=", "<", ">", "!", "~", "^") or part == "*" or not part.endswith("*") or part.endswith(".*"):
        return part
    return part if "*" in part.rstrip("*") else f"{part[:-1]}.*"


def canonical_channel(text: str) -> str:
    """The name that conda gives a channel, where nobody has configured channels: without subdir, alias and credentials."""
    name, _, last = text.rstrip("/").rpartition("/")
    if not _SUBDIR.fullmatch(last):
        name = text.rstrip("/")
    name = re.sub(r"(?<=://)[^/]*@|/t/[^/]+(?=/)", "", name)
    for address in (_ALIAS, _DEFAULTS_HOST):
        name = name.removeprefix(address)
    return "defaults" if name in _DEFAULTS else name


def _package_file(url: str, category: str) -> Spec:
    folder, _, name = url.rpartition("/")
    parts = unquote(name).removesuffix(".conda").removesuffix(".tar.bz2").rsplit("-", 2)
    if "://" not in url or len(parts) != 3 or not _SUBDIR.fullmatch(folder.rpartition("/")[2]):
        raise Unlike(f"conda-lock does not read `{url}`")
    return _versioned(
        parts[0].lower(), "conda", category, parts[1], build=parts[2], conda_channel=canonical_channel(folder)
    )


def _pip_specs(entry: object, platform: str, category: str) -> Iterator[Spec]:
    """One entry of a pip list: none where its marker is for another platform, or it is editable."""
    if not isinstance(entry, str):
        raise Unlike(f"conda-lock does not read `{entry}`")
    if re.match(r"-e ", entry):
        return
    spec = pip_spec(entry, category)
    marker = spec.get("markers")
    if marker is None:
        del spec["markers"]
        yield spec
        return
    from compat.lock.conda_lock.markers import counts  # few have one

    if counts(marker, platform):
        yield spec


def pip_spec(text: str, category: str = "main") -> Spec:
    """A requirement as conda-lock takes it from a pip list, with ``markers`` even where it is None. Raises: Unlike."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    body, semicolon, condition = text.rpartition(";")
    body = body.strip() if semicolon else text
    markers = condition.strip() if semicolon else None
    if body.startswith(("git+", "https://", "ssh://")):
        name = body.split("/")[-1].split("@")[0]
        body = f"{name.removesuffix('.git')} @ {body}"
    words = body.split(" --hash=")
    body, hashed = (words[0], words[1]) if len(words) == 2 else (body, None)
    try:
        requirement = Requirement(body)
    except InvalidRequirement:
        raise Unlike(f"conda-lock does not read `{text}`") from None
    name = canonicalize_name(requirement.name)
    extras = sorted(requirement.extras)
    if requirement.url:
        return _direct_spec(requirement.url, {"name": name, "category": category, "extras": extras}, markers)
    version = ",".join(sorted(str(requirement.specifier).replace(" ", "").replace("===", "==").split(",")))
    spec = _versioned(name, "pip", category, version or "*", extras=extras, hashed=hashed)
    return {**spec, "markers": markers}


def _direct_spec(url: str, start: Spec, markers: str | None) -> Spec:
    spec = {**start, "manager": "pip", "markers": markers}
    if url.startswith("git+"):
        source, revision, subdirectory = _repository(url)
        spec |= {"extras": [], "source": source, "vcs": "git", "rev": revision}
        return spec | ({"subdirectory": subdirectory} if subdirectory is not None else {})
    if url.startswith(("https://", "ssh://")):
        address, fragment = urldefrag(url)
        return spec | {"url": address, "hashes": [fragment.replace("=", ":")]}
    if not urlsplit(url).scheme or url.startswith("file://"):
        raise Unlike(f"what conda-lock makes of the path `{url}` depends on the machine")
    raise Unlike(f"conda-lock does not read `{url}`")


def _repository(url: str) -> tuple[str, str | None, str | None]:
    """Address, revision and subdirectory; the last ``@`` begins the revision, unless it is the only one of an ssh address."""
    address = url.removesuffix(".git").removeprefix("git+")
    parts = address.split("@")
    if len(parts) > 3:
        raise Unlike(f"conda-lock does not read `{url}`")
    if len(parts) == 1:
        return address, None, None
    revision, found, subdirectory = parts[-1].partition("#subdirectory=")
    return "@".join(parts[:-1]), revision, subdirectory if found else None


def _versioned(
    name: str,
    manager: str,
    category: str,
    version: str,
    *,
    build: str | None = None,
    conda_channel: str | None = None,
    extras: list[str] | None = None,
    hashed: str | None = None,
) -> Spec:
    return {
        "name": name,
        "manager": manager,
        "category": category,
        "extras": extras or [],
        "version": version,
        "build": build,
        "conda_channel": conda_channel,
        "hash": hashed,
    }
