"""IMG013: pip installs into a Python that the distribution keeps for itself."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.containers import Command, Install, settings_of
from compat.model.diagnostics import Diagnostic, Evidence, Severity
from compat.model.knowledge import BaseImage, evidence_of
from compat.rules.base import Rule, Subject
from compat.rules.image_base import base_image, base_stage, own_installs
from compat.rules.image_words import READ_ON

#: Options under which pip, or uv, does not look.
_ALLOWED = frozenset({"break-system-packages", "target", "prefix", "root", "dry-run", "python"})
_VARIABLES = ("PIP_BREAK_SYSTEM_PACKAGES", "PIP_TARGET", "PIP_PREFIX", "UV_BREAK_SYSTEM_PACKAGES")

#: Words of commands that bring another Python or pip, or take the mark away.
_OTHERS = (
    "EXTERNALLY-MANAGED",
    "get-pip.py",
    "conda",
    "mamba",
    "pyenv",
    "venv",
    "virtualenv",
    "Python-3",
    "deadsnakes",
    "break-system-packages",
)

#: What is copied out of the image of uv, which holds no Python.
_UV_PROGRAMS = ("/uv", "/uvx")

_UV = Evidence(
    claim="uv 0.13.9 pip install --system in Debian 12 ends with `The interpreter at /usr is externally managed`",
    source="https://docs.astral.sh/uv/pip/environments/",
    read_on=READ_ON,
)
_EVIDENCE = Evidence(
    claim="pip refuses to install into a Python that is marked as externally managed; Debian from 12 and Ubuntu from 23.04 on mark theirs",
    source="https://packaging.python.org/en/latest/specifications/externally-managed-environments/",
    read_on=READ_ON,
)


class ExternallyManagedPython(Rule):
    """``pip install`` into the Python of Debian 12 or Ubuntu 24.04, or of an image based on them.

    What it finds:
        pip on the Python of the distribution (``apt install python3-pip``, or the image of PyTorch 2.12, whose Python is no
        longer conda's), without a virtual environment and without ``--break-system-packages``; ``uv pip install --system`` there.

    Why it matters:
        The build stops with ``error: externally-managed-environment``.

    Example:
        FROM nvidia/cuda:12.8.0-runtime-ubuntu24.04
        RUN apt-get update && apt-get install -y python3-pip
        RUN pip install torch

    Use instead:
        FROM nvidia/cuda:12.8.0-runtime-ubuntu24.04
        RUN apt-get update && apt-get install -y python3-venv && python3 -m venv /opt/venv
        ENV PATH=/opt/venv/bin:$PATH
        RUN pip install torch

    Source:
        https://packaging.python.org/en/latest/specifications/externally-managed-environments/ and
        https://github.com/DIAGNijmegen/rse-grand-challenge/issues/4765
    """

    code, name = "IMG013", "externally-managed-python"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding, at the first such command."""
        image = base_image(subject)
        if image is None or not image.managed or image.kind not in {"cuda", "system", "framework"} or image.fact.thin:
            return
        settings = settings_of(subject.environment.stages)
        if any(name in settings for name in _VARIABLES) or _has_other_python(subject):
            return
        names = ["python3-pip"] if image.kind == "framework" else []  # it came with the framework
        for _, command, install in own_installs(subject):
            names += [word.text for word in install.system]
            # pip is one of the distribution's packages; uv comes from anywhere, and looks for the distribution's Python.
            needed = "python3-pip" if install.tool == "pip" else "python3"
            if any(name.startswith(needed) for name in names) and _is_refused(command, install):
                yield self.found(
                    Severity.WARNING if command.guarded else Severity.ERROR,
                    _words(image, install.tool),
                    command.place,
                    packages=[install.tool],
                    evidence=[_EVIDENCE if install.tool == "pip" else _UV, *_of_framework(image)],
                    hint="make a virtual environment (`python3 -m venv /opt/venv`, `ENV PATH=/opt/venv/bin:$PATH`), or pass"
                    f" `--break-system-packages`; the base is `{base_stage(subject).base}`",
                )
                return


def _words(image: BaseImage, tool: str) -> str:
    says = "`externally-managed-environment`" if tool == "pip" else "`The interpreter at /usr is externally managed`"
    return f"`{image.reference}` keeps {tool} from its Python: the build stops with {says}"


def _of_framework(image: BaseImage) -> tuple[Evidence, ...]:
    """What says that the framework's image has the Python of a distribution, which its tag does not."""
    if image.kind != "framework":
        return ()
    return (evidence_of(f"`{image.reference}` has the Python of {image.distribution}, with its mark", image.fact),)


def _is_refused(command: Command, install: Install) -> bool:
    """Whether pip, or uv that is told so, installs into the Python that is first on the path."""
    told = install.tool == "pip" or (install.tool == "uv" and "system" in install.flags)
    if not told or install.verb != "install" or install.prefix or install.flags & _ALLOWED:
        return False
    return not any(name in dict(command.settings) for name in _VARIABLES)


def _has_other_python(subject: Subject) -> bool:
    """Whether something in the image may bring another Python, or takes the mark away."""
    for stage in subject.environment.stages:
        for instruction in stage.instructions:
            if instruction.keyword in {"COPY", "ADD"} and (instruction.flag("from") or instruction.keyword == "ADD"):
                if not all(word.text.endswith(_UV_PROGRAMS) for word in instruction.words[:-1]):
                    return True
                continue
            if any(word.text.startswith(("PATH", "VIRTUAL_ENV")) for word in instruction.words[::2]):
                return True
            if any(word.text.endswith("pip.conf") for word in instruction.words):
                return True
            for command in instruction.commands:
                texts = [word.text for word in command.words]
                if command.program == "uv" and "python" in texts[1:2]:
                    return True  # `uv python install`
                plain = command.install is not None and command.install.tool == "pip" and "config" not in texts
                if not plain and any(other in text for text in texts for other in _OTHERS):
                    return True
    return False
