"""CUD008: torch and its companions from builds of different CUDA."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from compat.model.builds import TORCH_FAMILY
from compat.model.diagnostics import Diagnostic, Evidence, Fix, Severity
from compat.model.knowledge import evidence_of
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.rules.base import Rule, Subject, worst
from compat.rules.builds import TORCH, Taken, build_words, default_evidence, labels_of, taken
from compat.rules.picks import roots_of
from compat.rules.wording import quoted, relate, version_fix

_TORCHVISION = PyPIName("torchvision")

#: Read off the function `_check_cuda_version`: it compares majors and raises RuntimeError.
_CHECKED_AT_IMPORT = Evidence(
    claim="torchvision compares its CUDA major with that of torch when it is imported, and raises RuntimeError",
    source="https://github.com/pytorch/vision/blob/main/torchvision/extension.py",
    read_on=date(2026, 11, 22),
)


class FamilyBuiltForDifferentCuda(Rule):
    """torch and torchvision or torchaudio built for different CUDA versions.

    What it finds:
        Labels or indexes that give torch a build for one CUDA and a companion a build for another, or one of them a
        CPU build. Other minors of the same major are a warning only where the labels say so.

    Why it matters:
        torchvision raises ``Detected that PyTorch and torchvision were compiled with different CUDA major versions``
        when it is imported; a CPU build beside a CUDA one lacks its operators (``torchvision::nms``).

    Example:
        --extra-index-url https://download.pytorch.org/whl/cu118
        --extra-index-url https://download.pytorch.org/whl/cu121
        torch==2.1.0+cu118
        torchvision==0.16.0+cu121

    Use instead:
        --extra-index-url https://download.pytorch.org/whl/cu118
        torch==2.1.0+cu118
        torchvision==0.16.0+cu118

    Source:
        https://github.com/pytorch/vision/blob/main/torchvision/extension.py
    """

    code, name = "CUD008", "family-built-for-different-cuda"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        torch = taken(subject, TORCH)
        for name in sorted(TORCH_FAMILY - {TORCH}) if torch is not None else ():
            other = taken(subject, name)
            if other is None or torch is None or other.variant == torch.variant or _is_pure(other):
                continue
            severity = _severity(torch, other)
            if severity is not None:
                yield self._tell(subject, torch, other, severity)

    def _tell(self, subject: Subject, torch: Taken, other: Taken, severity: Severity) -> Diagnostic:
        picks = subject.situation.picks
        entry, base = roots_of(picks, other.pick.name)[0], roots_of(picks, TORCH)[0]
        evidence = [*default_evidence(subject, torch), *default_evidence(subject, other)]
        if other.build is not None and other.build.fact.thin and not labels_of(other.pick):
            evidence.append(evidence_of(f"there is a build {build_words(other)}", other.build.fact))
        if severity is Severity.ERROR:
            evidence.append(_CHECKED_AT_IMPORT)
        return self.found(
            worst(severity, evidence),
            f"{quoted(entry)} gives {build_words(other)}, {quoted(base)} gives {build_words(torch)}",
            entry.place,
            packages=[TORCH, other.pick.name],
            related=relate([base] if base is not entry else []),
            evidence=evidence,
            fix=_fix(entry, torch, other),
            hint=f"take both from one index: `https://download.pytorch.org/whl/{torch.variant}`",
        )


def _fix(entry: object, torch: Taken, other: Taken) -> Fix | None:
    """The label of torch for the companion, where labels are written."""
    if isinstance(entry, PipEntry) and entry.name == other.pick.name and labels_of(other.pick):
        return version_fix(entry, other.pick.name, f"{other.version}+{torch.variant}")
    return None


def _is_pure(found: Taken) -> bool:
    release = found.pick.candidate.release
    return release is not None and "any" in release.wheels


def _severity(torch: Taken, other: Taken) -> Severity | None:
    """How bad the pair is; None where it works."""
    written = bool(labels_of(torch.pick) and labels_of(other.pick))
    if torch.cuda is None or other.cuda is None:
        return Severity.WARNING if other.pick.name == _TORCHVISION or written else None
    if torch.cuda[0] == other.cuda[0]:
        return Severity.WARNING if written else None
    if other.pick.name == _TORCHVISION:
        return Severity.ERROR
    return Severity.WARNING if written else None
