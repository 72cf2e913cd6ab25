"""ABI003: a wheel given by URL or path that does not fit the target, or the torch beside it."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Evidence, Severity
from compat.model.knowledge import Build, evidence_of
from compat.model.requirements import PipEntry
from compat.model.solutions import Pick
from compat.model.targets import PYTHON_MINORS
from compat.model.wheel_urls import WheelFile, parse_wheel_url
from compat.model.words import dotted, listed
from compat.rules.base import Rule, Subject, worst
from compat.rules.builds import TORCH, default_evidence, taken
from compat.rules.picks import asked, roots_of
from compat.rules.wheel_labels import Label, parse_label
from compat.rules.wording import minors_words, python_related, python_words, relate

#: What the wheel is built for, what the torch beside it is, and the evidence.
Defect = tuple[str, str, list[Evidence]]


class WheelFileMismatch(Rule):
    """A wheel file whose name says that it is for something else.

    What it finds:
        A wheel by URL or path, whose tags exclude the Python, the platform or the glibc of the target, or whose label
        (``cu118torch2.2cxx11abiTRUE``, ``pt26cu124``) names another torch release, CUDA major or C++ ABI than the
        torch that is installed beside it.

    Why it matters:
        ``is not a supported wheel on this platform``, or ``undefined symbol`` when the extension is imported: it was
        compiled against another libtorch.

    Example:
        torch==2.2.0
        https://example.org/flash_attn-2.5.5+cu121torch2.2cxx11abiTRUE-cp310-cp310-linux_x86_64.whl

    Use instead:
        torch==2.2.0
        https://example.org/flash_attn-2.5.5+cu121torch2.2cxx11abiFALSE-cp310-cp310-linux_x86_64.whl

    Source:
        https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
        and, for the C++ ABI of each build of torch, https://github.com/pytorch/pytorch/issues/152790
    """

    code, name = "ABI003", "wheel-file-mismatch"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for entry in subject.situation.pip:
            url = entry.requirement.url
            wheel = parse_wheel_url(url) if url is not None and not entry.constraint else None
            if wheel is None:
                continue
            if defect := _tags_defect(subject, wheel):
                yield self._tell_tags(subject, entry, wheel, defect)
            elif wheel.name != TORCH:
                yield from self._label(subject, entry, wheel)

    def _tell_tags(self, subject: Subject, entry: PipEntry, wheel: WheelFile, defect: str) -> Diagnostic:
        return self.found(
            Severity.ERROR,
            f"`{wheel.text}` cannot be installed: {defect}",
            entry.place,
            packages=[wheel.name],
            related=python_related(subject.situation) if "Python" in defect else (),
            hint="take the file of the same release whose tags fit",
        )

    def _label(self, subject: Subject, entry: PipEntry, wheel: WheelFile) -> Iterator[Diagnostic]:
        label, pick = parse_label(wheel.version.local), subject.situation.picks.get(TORCH)
        if (
            pick is None
            or pick.version is None
            or not pick.entries
            or (label.torch is None and label.cxx11_abi is None)
        ):
            return  # no extension of torch, or one for a torch that is installed before this file
        defects = [*_release_defect(label, pick), *_build_defects(subject, label, pick)]
        if defects:
            yield self._tell_label(subject, entry, wheel, pick, defects)

    def _tell_label(
        self, subject: Subject, entry: PipEntry, wheel: WheelFile, pick: Pick, defects: list[Defect]
    ) -> Diagnostic:
        # Only the ABI is certain: extensions of another minor release mostly, not always, miss a symbol.
        certain = pick.pinned and any("C++ ABI" in built for built, _, _ in defects)
        severity = Severity.ERROR if certain else Severity.WARNING
        roots = roots_of(subject.situation.picks, TORCH)
        evidence = [item for _, _, own in defects for item in own]
        beside = f"{asked(roots[0], pick)} gives"
        return self.found(
            worst(severity, evidence),
            f"`{wheel.text}` is built for {listed([built for built, _, _ in defects])},"
            f" but {beside} {listed([has for _, has, _ in defects])}",
            entry.place,
            packages=[wheel.name, TORCH],
            related=relate([root for root in roots[:1] if root is not entry]),
            evidence=evidence,
            hint=f"take the wheel of {wheel.name} {wheel.version.public} {_wanted(subject, wheel, pick)}",
        )


def _tags_defect(subject: Subject, wheel: WheelFile) -> str:
    """What of the target the tags exclude; "" where they fit."""
    target, situation = subject.target, subject.situation
    tags = wheel.for_subdir(target.subdir)
    if not tags:
        return f"it is not for {target.subdir}" if wheel.tags else ""
    pythons = situation.pythons
    if pythons and not any(tag.serves(python[1]) for tag in tags for python in pythons):
        serves = minors_words({m for m in PYTHON_MINORS if any(tag.serves(m[1]) for tag in tags)})
        return f"it is for {serves or 'another Python'}, not for {python_words(situation, target)}"
    needs = [tag.glibc for tag in tags]
    lowest = min((glibc for glibc in needs if glibc is not None), default=None)
    if target.glibc is not None and target.is_linux and None not in needs and lowest and lowest > target.glibc:
        return f"it needs glibc {dotted(lowest)}, the target `{target.text}` has {dotted(target.glibc)}"
    return ""


def _release_defect(label: Label, pick: Pick) -> Iterator[Defect]:
    """Extensions are good for one minor release of torch."""
    version = pick.version
    if label.torch is not None and version is not None and version.release[: len(label.torch[:2])] != label.torch[:2]:
        yield f"torch {dotted(label.torch)}", f"torch {version.public}", []


def _build_defects(subject: Subject, label: Label, pick: Pick) -> Iterator[Defect]:
    """CUDA major and C++ ABI against the build of torch that is taken."""
    found = taken(subject, TORCH)
    cuda = found.cuda if found is not None else None
    if found is not None and label.cuda is not None and cuda is not None and cuda[0] != label.cuda[0]:
        yield f"CUDA {dotted(label.cuda)}", f"CUDA {dotted(cuda)}", list(default_evidence(subject, found))
    abi = _abi_of(subject, pick)
    if label.cxx11_abi is not None and abi is not None and abi.cxx11_abi is not label.cxx11_abi and abi.abi_fact:
        has = "the new C++ ABI (cxx11abiTRUE)" if abi.cxx11_abi else "the old C++ ABI (cxx11abiFALSE)"
        other = "the old C++ ABI" if abi.cxx11_abi else "the new C++ ABI"
        claim = f"torch {pick.version} {abi.variant} is built with {has}"
        yield other, has, [evidence_of(claim, abi.abi_fact)]


def _abi_of(subject: Subject, pick: Pick) -> Build | None:
    """The build taken, or any where all of the release agree; the ABI is only known for linux-64."""
    if subject.target.subdir != "linux-64" or pick.version is None or pick.candidate.conda:
        return None
    found = taken(subject, TORCH)
    if found is not None and found.build is not None:
        return found.build if found.build.cxx11_abi is not None else None
    builds = [b for b in subject.matrix.builds(TORCH, pick.version) if b.cuda is not None]
    return builds[0] if builds and len({build.cxx11_abi for build in builds}) == 1 and builds[0].abi_fact else None


def _wanted(subject: Subject, wheel: WheelFile, pick: Pick) -> str:
    """What the name of the wheel that would fit says, in the spelling of this one where that is known."""
    version, found, abi = pick.version, taken(subject, TORCH), _abi_of(subject, pick)
    assert version is not None
    label = parse_label(wheel.version.local)
    minor = f"{version.major}.{version.minor}"
    cuda = found.cuda if found is not None else None
    known = abi.cxx11_abi if abi is not None and abi.cxx11_abi is not None else label.cxx11_abi
    if label.cxx11_abi is not None:
        return f"whose name holds `{f'cu{cuda[0]}' if cuda else ''}torch{minor}cxx11abi{str(known).upper()}`"
    return f"that is built for torch {minor}" + (f" and CUDA {dotted(cuda)}" if cuda else "")
