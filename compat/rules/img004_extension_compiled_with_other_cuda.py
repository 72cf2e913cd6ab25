"""IMG004: an extension of torch is compiled in the image, where no compiler of torch's CUDA is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from packaging.version import Version

from compat.model.containers import Command, settings_of
from compat.model.diagnostics import Diagnostic, Evidence, Severity
from compat.model.knowledge import BaseImage, evidence_of
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.requirements import PipEntry
from compat.model.words import dotted
from compat.rules.base import Rule, Subject, worst
from compat.rules.builds import TORCH, Taken, build_words, taken
from compat.rules.image_base import (
    base_image,
    base_related,
    from_base,
    image_evidence,
    installs_compiler,
    own_installs,
    same_major,
)
from compat.rules.image_words import READ_ON
from compat.rules.picks import roots_of
from compat.rules.wording import quoted, relate

_FLASH = PyPIName("flash-attn")

#: Projects whose ``setup.py`` compiles CUDA code against the torch that is installed, unless a wheel is found elsewhere.
_EXTENSIONS = frozenset(
    PyPIName(name)
    for name in ("flash-attn", "apex", "mamba-ssm", "causal-conv1d", "pytorch3d", "detectron2", "tiny-cuda-nn")
)

#: From here on the project publishes no wheels for CUDA 11, so that pip compiles for it.
#: Source: https://github.com/Dao-AILab/flash-attention/releases
_WITHOUT_CUDA_11 = Version("2.8")

_MISMATCH = Evidence(
    claim="torch.utils.cpp_extension raises where the majors of nvcc's and torch's CUDA differ, and warns where only the minors do",
    source="https://github.com/pytorch/pytorch/blob/main/torch/utils/cpp_extension.py",
    read_on=READ_ON,
)
_NO_NVCC = Evidence(
    claim="setup.py of flash-attn calls nvcc before it looks for a wheel among its releases",
    source="pkg:pypi/flash-attn@2.8.3 setup.py",
    read_on=READ_ON,
)


class _Compiled(NamedTuple):
    """What is compiled: in words, where, and the requirement where it is one."""

    words: str
    place: Place
    entry: PipEntry | None


class ExtensionCompiledWithOtherCuda(Rule):
    """An extension of torch that is compiled in an image with another CUDA than torch's, or with no compiler at all.

    What it finds:
        ``flash-attn``, ``apex`` and others that compile CUDA code while they are installed, ``python setup.py install`` and pip with
        ``--no-build-isolation``, in an image of CUDA whose major is not that of the torch wheel, or whose tag is ``base`` or
        ``runtime``, which have no ``nvcc``. To run a wheel no CUDA of the image is needed; to compile for it is another matter.

    Why it matters:
        ``The detected CUDA version (12.8) mismatches the version that was used to compile PyTorch (11.8)``, or ``nvcc was not found``.

    Example:
        FROM nvidia/cuda:12.8.0-devel-ubuntu22.04
        RUN pip install torch==2.3.1 --index-url https://download.pytorch.org/whl/cu118
        RUN pip install flash-attn --no-build-isolation

    Use instead:
        FROM nvidia/cuda:11.8.0-devel-ubuntu22.04
        RUN pip install torch==2.3.1 --index-url https://download.pytorch.org/whl/cu118
        RUN pip install flash-attn --no-build-isolation

    Source:
        https://github.com/pytorch/pytorch/blob/main/torch/utils/cpp_extension.py;
        https://github.com/Dao-AILab/flash-attention/issues/1264
    """

    code, name = "IMG004", "extension-compiled-with-other-cuda"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding: one base image mends them all."""
        image = base_image(subject)
        if image is None or image.cuda is None or image.has_compiler is None or image.fact.thin:
            return
        skipped = settings_of(subject.environment.stages).get("FLASH_ATTENTION_SKIP_CUDA_BUILD")
        if skipped or installs_compiler(subject):
            return
        entry = self._extension(subject)
        if not image.has_compiler:
            if entry is not None:
                yield self._without_compiler(subject, image, entry)
            return
        found = taken(subject, TORCH)
        if found is None or found.cuda is None or same_major(found.cuda, image.cuda):
            return
        command = _compiling_command(subject) if entry is None else None
        if entry is not None:
            yield self._mismatch(subject, image, found, _Compiled(quoted(entry), entry.place, entry))
        elif command is not None:
            yield self._mismatch(subject, image, found, _Compiled(f"`{_shown(command)}`", command.place, None))

    def _extension(self, subject: Subject) -> PipEntry | None:
        """The first requirement that is compiled here."""
        for entry in subject.situation.pip:
            if entry.name in _EXTENSIONS and not entry.constraint and not _is_wheel(entry):
                pick = subject.situation.picks.get(entry.name)
                if entry.name != _FLASH or pick is None or pick.candidate.sdist_only or pick.version is None:
                    return entry
        return None

    def _mismatch(self, subject: Subject, image: BaseImage, found: Taken, what: _Compiled) -> Diagnostic:
        certain = what.entry is not None and what.entry.name == _FLASH and _compiles_flash(subject, found)
        cuda, own = image.cuda or (), found.cuda or ()
        evidence = [_MISMATCH, image_evidence(image)]
        if found.build is not None:
            evidence.append(evidence_of(build_words(found), found.build.fact))
        roots = [root for root in roots_of(subject.situation.picks, TORCH) if not from_base(subject, root)]
        return self.found(
            worst(Severity.ERROR if certain else Severity.WARNING, evidence),
            f"{what.words} is compiled with the CUDA {dotted(cuda)} of `{image.reference}`, but for {build_words(found)}",
            what.place,
            packages=[*([what.entry.name] if what.entry is not None else []), TORCH],
            related=[base_related(subject, image), *relate(roots[:1])],
            evidence=evidence,
            hint=f"take a `devel` image with CUDA {own[0]}, or a torch for CUDA {cuda[0]}",
        )

    def _without_compiler(self, subject: Subject, image: BaseImage, entry: PipEntry) -> Diagnostic:
        flash = entry.name == _FLASH and image.kind == "cuda"
        pick = subject.situation.picks.get(entry.name)
        known = pick is not None and pick.version is not None and pick.candidate.sdist_only
        return self.found(
            Severity.ERROR if flash and known else Severity.WARNING,
            f"{quoted(entry)} is compiled when it is installed, but `{image.reference}` has no `nvcc`",
            entry.place,
            packages=[entry.name, TORCH],
            related=[base_related(subject, image)],
            evidence=[_NO_NVCC] if entry.name == _FLASH else [],
            hint=f"build in `{_devel(image)}`, and copy what was built; or name a wheel of the project's releases by URL",
        )


def _compiles_flash(subject: Subject, found: Taken) -> bool:
    """Whether the release of flash-attn has no wheel for the CUDA of torch, so that it is compiled."""
    pick = subject.situation.picks.get(_FLASH)
    version = pick.version if pick is not None else None
    return version is not None and version >= _WITHOUT_CUDA_11 and found.cuda is not None and found.cuda[0] == 11


def _compiling_command(subject: Subject) -> Command | None:
    """``python setup.py install``, or pip without build isolation on a local folder."""
    for stage in subject.environment.stages:
        for instruction in stage.instructions:
            for command in instruction.commands:
                texts = [word.text for word in command.words]
                if "setup.py" in texts and {"install", "develop", "build_ext"} & set(texts):
                    return command
    for _, command, install in own_installs(subject):
        if install.members and "no-build-isolation" in install.flags:
            return command
    return None


def _shown(command: Command) -> str:
    return " ".join(word.text for word in command.words)[:60]


def _is_wheel(entry: PipEntry) -> bool:
    return entry.requirement.url is not None and entry.requirement.url.partition("#")[0].endswith(".whl")


def _devel(image: BaseImage) -> str:
    return f"{image.repository}:{image.tag.replace('-runtime', '-devel').replace('-base', '-devel')}"
