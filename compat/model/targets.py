"""A target: the machine that an environment is for, described in one line and never looked at.

Grammar: ``SUBDIR[,key=value]...``, see docs. A key that is not given claims nothing, so no error may rest on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from compat.model.errors import UsageError

#: Python minors that a matrix of 2026 can speak about, newest first.
PYTHON_MINORS: tuple[tuple[int, int], ...] = tuple((3, minor) for minor in range(15, 4, -1))

SUBDIRS: tuple[str, ...] = ("linux-64", "linux-aarch64", "osx-arm64", "osx-64", "win-64")
_ALIASES = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}
_KEYS = ("gpu", "driver", "cuda", "glibc", "python", "toolkit", "cudnn")

#: sys_platform, platform_system, platform_machine, os_name of each subdir (PEP 508 environment markers).
_MARKERS = {
    "linux-64": ("linux", "Linux", "x86_64", "posix"),
    "linux-aarch64": ("linux", "Linux", "aarch64", "posix"),
    "osx-arm64": ("darwin", "Darwin", "arm64", "posix"),
    "osx-64": ("darwin", "Darwin", "x86_64", "posix"),
    "win-64": ("win32", "Windows", "AMD64", "nt"),
}

Version = tuple[int, ...]


class Target(NamedTuple):
    """One machine. ``gpu`` is its compute capability (9, 0), or () for a machine without GPU, or None: not claimed."""

    text: str
    subdir: str
    python: tuple[int, int] | None = None
    gpu: tuple[int, ...] | None = None
    gpu_text: str = ""
    driver: Version | None = None
    cuda: Version | None = None
    glibc: Version | None = None
    toolkit: Version | None = None
    cudnn: Version | None = None

    @property
    def wants_gpu(self) -> bool:
        """Whether the target claims a GPU that CUDA code is meant to run on."""
        return bool(self.gpu) or (self.gpu is None and (self.driver is not None or self.cuda is not None))

    @property
    def is_linux(self) -> bool:
        return self.subdir.startswith("linux-")

    def markers(self, python: tuple[int, int]) -> dict[str, str]:
        """The marker environment for *python* here; ``extra`` is empty.

        Source: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
        """
        sys_platform, system, machine, os_name = _MARKERS[self.subdir]
        version = f"{python[0]}.{python[1]}"
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{version}.0",
            "os_name": os_name,
            "platform_machine": machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": system,
            "platform_version": "",
            "python_full_version": f"{version}.0",
            "python_version": version,
            "sys_platform": sys_platform,
            "extra": "",
        }


def parse_target(text: str, gpus: Mapping[str, tuple[int, int]]) -> Target:
    """Parse a target string; *gpus* maps lower-case GPU names (``h100``) to compute capabilities.

    Raises: UsageError for an unknown subdir, key or GPU name, with the nearest right one.
    """
    subdir, *pairs = (part.strip() for part in text.split(","))
    subdir = _ALIASES.get(subdir, subdir)
    if subdir not in SUBDIRS:
        raise UsageError(f"unknown platform `{subdir}` in target `{text}`", hint=_nearest(subdir, SUBDIRS))
    values: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if key not in _KEYS:
            raise UsageError(f"unknown key `{key}` in target `{text}`", hint=_nearest(key, _KEYS))
        if not equals or not value:
            raise UsageError(f"key `{key}` in target `{text}` has no value", hint=f"write `{key}=VALUE`")
        if key in values:
            raise UsageError(f"key `{key}` stands twice in target `{text}`")
        values[key] = value
    gpu = values.pop("gpu", None)
    numbers = {key: _numbers(key, value, text) for key, value in values.items()}
    python = numbers.pop("python", None)
    return Target(
        text=text,
        subdir=subdir,
        python=None if python is None else _python_minor(python, text),
        gpu=None if gpu is None else _compute_capability(gpu, gpus, text),
        gpu_text=gpu or "",
        **numbers,
    )


def _numbers(key: str, value: str, text: str) -> Version:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9}){0,9}", value):
        raise UsageError(
            f"`{key}={value}` in target `{text}` is not a version", hint=f"write `{key}=1.2`, digits and dots"
        )
    return tuple(int(number) for number in value.split("."))


def _python_minor(python: Version, text: str) -> tuple[int, int]:
    if len(python) < 2:
        raise UsageError(f"`python={python[0]}` in target `{text}` names no minor release", hint="write `python=3.12`")
    return python[0], python[1]


def gpu_key(model: str) -> str:
    """The name that a GPU is looked up by: ``NVIDIA GeForce RTX 4090`` is ``rtx4090``."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"nvidia|geforce|tesla|quadro", "", model.lower()))


def _compute_capability(gpu: str, gpus: Mapping[str, tuple[int, int]], text: str) -> tuple[int, ...]:
    """`sm_90`, `sm_90a`, `9.0` or a model name to (9, 0); `none` to ()."""
    name = gpu.lower()
    if name == "none":
        return ()
    if match := re.fullmatch(r"(?:sm_?|compute_?)(\d{1,2})(\d)[af]?", name):
        return int(match[1]), int(match[2])
    if match := re.fullmatch(r"(\d{1,2})\.(\d)", name):
        return int(match[1]), int(match[2])
    key = gpu_key(name)
    found = gpus.get(key)
    if found is None:
        near = _nearest(key, gpus) or "`gpu=sm_90`, `gpu=h100` and `gpu=none` are understood"
        raise UsageError(f"unknown GPU `{gpu}` in target `{text}`", hint=near)
    return found


def _nearest(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str | None:
    import difflib  # only a wrong word needs it

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else (f"one of {', '.join(known)}" if len(known) < 10 else None)
