"""Which kind of file a path is, by its name and, where that is not enough, by what it holds."""

from __future__ import annotations

import codecs
import re

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
# Patterns are plain strings here: most names are exact, and then none of these need be compiled.
_NAMES = (
    ("pylock", r"pylock(\.[^.]+)?\.toml"),
    ("conda-lock", r"(.*[-_.])?conda-lock([-_.].*)?\.ya?ml"),
    ("explicit", r"(.*[-_.])?conda-(linux|osx|win)-[\w-]+\.lock"),
    ("compose", r"(docker-)?compose([-_.].*)?\.ya?ml"),
    ("dockerfile", r"(.*[-_. ])?(docker|container)file([-_. \d].*)?"),
)
#: What is named after a Dockerfile and is none: notes, programs that read them, templates that make them, leftovers.
_ABOUT = (
    r".*\.(dockerignore|md|rst|txt|html?|svg|png|json|ya?ml|toml|lock|xml|py|ipynb|sh|bash|go|rs|js|ts|rb|java|vim|css"
    r"|j2|jinja2?|tmpl|tpl|template|erb|mustache|m4|orig|rej|bak|swp|log)"
)
_IMAGE = (
    r"(?:[ \t]*(?:#[^\n]*)?\r?\n|ARG[ \t][^\n]*\n)*"
    r"FROM[ \t]+(?:--platform=\S+[ \t]+)?[a-z0-9$][^\s]*(?:[ \t]+(?:AS|as)[ \t]+\S+)?[ \t]*(?:\r?\n|$)"
)
#: Endings of files that may be Dockerfiles, as their text says.
_IMAGE_NAMES = (
    *(".docker", ".image", ".cpu", ".gpu", ".cuda", ".rocm"),
    *(".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template"),
)
_ENVIRONMENT = r"(.*[-_.])?(conda|env|environment)s?([-_.].*)?\.ya?ml"
_REQUIREMENTS = r".*(requirement|constraint|reqs)s?.*\.(txt|in|pip)|(.*[-_.])?req([-_.].*)?\.(txt|in)"
_IN_REQUIREMENTS = r"(^|/)(requirements?|constraints|reqs)/[^/]+\.(txt|in|pip)$"

#: Enough to see every top-level key and plenty of lines.
_LOOKED_AT = 256 * 1024
_KEY = r"""(?m)^["']?([A-Za-z_][\w-]*)["']?[ \t]*:(?=\s|$)"""
_LIST = r"""(?m)^["']?dependencies["']?[ \t]*:[ \t]*(?:#[^\n]*)?(?:\r?\n[ \t]*(?:#[^\n]*)?)*(?:-[ \t]+(?!(?:name|role|src)[ \t]*:)|\[)"""
_EXPLICIT = r"(?m)^@EXPLICIT[ \t]*\r?$"
_ARGO = r"(?m)^apiVersion:[ \t]*[\"']?argoproj\.io/"
#: Kinds of a cluster that start pods, Kubernetes' own and those of Kubeflow's trainers; and lists of such.
_CLUSTER = (
    r"(?m)^kind:[ \t]*[\"']?(?:Pod|Job|CronJob|Deployment|StatefulSet|DaemonSet|ReplicaSet|List"
    r"|PyTorchJob|TFJob|MPIJob|JAXJob|XGBoostJob|PaddleJob)[\"']?[ \t]*(?:#.*)?\r?$"
)
_PIXI = r"(?m)^\[(?:workspace|project)\][^\[]*^channels[ \t]*="
_PINNED = (
    r"[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?[ \t]*(?:===?|~=|!=|<=|>=|<|>)[ \t]*v?\d[^ =]*[ \t]*(?:[;#,\\ ].*)?"
    r"|[A-Za-z0-9_][\w.-]*=[^=<>!~\s]+=[^=<>!~\s]+"
    r"|(?:-r|-c|-e|-i|-f|--requirement|--constraint|--editable|--index-url|--extra-index-url|--find-links|--hash)[ =]\S.*"
    r"|(?:[A-Za-z0-9][\w.-]*[ \t]*@[ \t]*)?git\+\w+:.*"
)
_BARE = r"[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?[ \t]*(?:[;#].*)?"


def detect(path: str, data: bytes | None = None) -> str | None:
    """The kind of the file at *path*, or None where it is none that anything here reads or will read.

    With *data* the content decides where the name is no standard one. Never raises.
    """
    name = path.replace("\\", "/").rpartition("/")[2].lower()
    if exact := _EXACT.get(name):
        return exact
    text = _to_text(data) if data is not None else None
    for kind, pattern in _NAMES:
        if re.fullmatch(pattern, name) and not (kind == "dockerfile" and re.fullmatch(_ABOUT, name)):
            return kind
    if text is not None and ("." not in name or name.endswith(_IMAGE_NAMES)) and re.match(_IMAGE, text):
        return "dockerfile"
    if name.endswith((".yml", ".yaml")):
        return _detect_yaml(path, name, text)
    if name.endswith((".txt", ".in", ".pip", ".lock")) or "." not in name:
        return _detect_lines(path, name, text)
    if name.endswith(".toml") and text is not None and re.search(_PIXI, text):
        return "pixi"
    return None


def _detect_yaml(path: str, name: str, text: str | None) -> str | None:
    if re.search(r"(^|/)\.github/workflows/[^/]+$", path.replace("\\", "/")):
        return "workflow"
    if text is None:
        return "environment" if re.fullmatch(_ENVIRONMENT, name) else None
    keys = frozenset(re.findall(_KEY, text))
    if re.search(_ARGO, text):
        return "argo"
    if {"version", "metadata", "package"} <= keys:
        return "conda-lock"
    if "services" in keys:
        return "compose"
    if {"on", "jobs"} <= keys:
        return "workflow"
    if "apiVersion" in keys or "galaxy_info" in keys:
        return "kubernetes" if "apiVersion" in keys and re.search(_CLUSTER, text) else None
    return (
        "environment"
        if re.search(_LIST, text) or ("dependencies" in keys and re.fullmatch(_ENVIRONMENT, name))
        else None
    )


def _detect_lines(path: str, name: str, text: str | None) -> str | None:
    if text is not None and re.search(_EXPLICIT, text):
        return "explicit"
    named = re.fullmatch(_REQUIREMENTS, name) or re.search(_IN_REQUIREMENTS, path.replace("\\", "/").lower())
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
            if re.fullmatch(_PINNED, line):
                sure += 1
            elif re.fullmatch(_BARE, line):
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
