"""CUD015: TensorFlow beside another CUDA or cuDNN than it was built and tested with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from packaging.version import Version

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import CondaEntry
from compat.model.knowledge import Numbers, TestedBuild, evidence_of
from compat.model.names import PyPIName
from compat.model.solutions import Pick
from compat.model.words import dotted
from compat.rules.base import Rule, Subject
from compat.rules.conda_torch import entries_named, major_of, minor_of
from compat.rules.picks import asked, roots_of
from compat.rules.wording import quoted, relate

#: Extras with which TensorFlow brings CUDA itself: nothing else counts then.
_BRINGS_CUDA = "and-cuda"


class _Other(NamedTuple):
    """A CUDA or cuDNN that is there: its kind, its version as far as it is fixed, and the entry that says so."""

    kind: str
    version: Numbers
    words: str
    entry: CondaEntry | None


class TensorflowCudaNotTested(Rule):
    """TensorFlow with a CUDA or cuDNN of another version than its table of tested builds names.

    What it finds:
        pip's TensorFlow, without its extra ``and-cuda``, beside ``cudatoolkit``, ``cuda-version`` or ``cudnn`` of the
        conda part, or on a target with ``toolkit=`` or ``cudnn=``, whose version is not the tested one. Another major,
        or a cuDNN that is older than the tested one, is a warning; another minor of CUDA a remark.

    Why it matters:
        TensorFlow opens the CUDA libraries by their major version. Those of another major are not found: it says
        ``Could not load dynamic library`` and works on the CPU.

    Example:
        - cudatoolkit=10.1
        - pip:
            - tensorflow==2.9.1

    Use instead:
        - cudatoolkit=11.2
        - cudnn=8.1
        - pip:
            - tensorflow==2.9.1

    Source:
        https://www.tensorflow.org/install/source#gpu
    """

    code, name = "CUD015", "tensorflow-cuda-not-tested"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for project in ("tensorflow", "tensorflow-gpu"):
            pick = subject.situation.picks.get(PyPIName(project))
            tested = _tested(subject, pick) if pick is not None else None
            if pick is not None and tested is not None:
                for other in _others(subject):
                    yield from self._compare(subject, pick, tested, other)

    def _compare(self, subject: Subject, pick: Pick, tested: TestedBuild, other: _Other) -> Iterator[Diagnostic]:
        wanted = tested.cuda if other.kind == "CUDA" else tested.cudnn
        if wanted is None or _serves(other, wanted):
            return
        roots = roots_of(subject.situation.picks, pick.name)
        entry = roots[0] if roots else other.entry
        if entry is None:
            return
        # Before CUDA 11 each minor was a world of its own; from 11 on libraries of one major stand for each other.
        severe = other.kind == "cuDNN" or wanted[0] != other.version[0] or wanted[0] < 11
        claim = f"TensorFlow {tested.version} was tested with Python {_span(tested)}, CUDA {dotted(tested.cuda or ())}, cuDNN {dotted(tested.cudnn or ())}"
        yield self.found(
            Severity.WARNING if severe else Severity.INFO,
            f"{asked(entry, pick)} was built for {other.kind} {dotted(wanted)}, but {other.words} is {other.kind} {dotted(other.version)}",
            entry.place,
            packages=[pick.name, *([other.entry.name] if other.entry is not None else [])],
            related=relate([other.entry]) if other.entry is not None else (),
            evidence=[evidence_of(claim, tested.fact)],
            hint=f"take {other.kind} {dotted(wanted)}"
            + (f", or `{pick.name}[and-cuda]`" if _has_extra(subject, pick) else ""),
        )


def _tested(subject: Subject, pick: Pick) -> TestedBuild | None:
    """The row for a TensorFlow that takes its CUDA from outside; a patch release is tested as its minor is."""
    extras = {extra for demand in pick.demands for extra in demand.requirement.extras}
    target = subject.target
    if pick.candidate.conda or pick.candidate.sdist_only:
        return None  # the last tensorflow-gpu is a source archive without a build, which is another finding
    if pick.version is None or target.gpu == () or target.subdir not in ("linux-64", "win-64"):
        return None
    if _BRINGS_CUDA in extras or any(entry.name.startswith("nvidia-cu") for entry in subject.situation.pip):
        return None
    system = "windows" if target.subdir == "win-64" else "linux"
    rows = [row for row in subject.matrix.tested_builds(pick.name) if row.system == system and row.cuda is not None]
    return next((row for row in rows if Version(row.version).release[:2] == pick.version.release[:2]), None)


def _others(subject: Subject) -> Iterator[_Other]:
    """The CUDA and cuDNN of the conda part; of each kind that it lacks, that of the target."""
    seen: set[str] = set()
    for entry in entries_named(subject, "cudatoolkit", "cuda-version", "cuda-toolkit", "cudnn"):
        kind = "cuDNN" if entry.name == "cudnn" else "CUDA"
        version = minor_of(entry) or ((major,) if (major := major_of(entry)) is not None else None)
        if version is not None and kind not in seen:
            yield _Other(kind, version, quoted(entry), entry)
        seen.add(kind)
    target = subject.target
    for kind, numbers in (("CUDA", target.toolkit), ("cuDNN", target.cudnn)):
        if numbers and kind not in seen:
            yield _Other(kind, numbers[:2], _owner(subject), None)


def _owner(subject: Subject) -> str:
    """Who says which CUDA there is beside the conda part: the target, or the base of an image."""
    stages = subject.environment.stages
    return f"that of `{stages[0].base}`" if stages else f"what the target `{subject.target.text}` has"


def _serves(other: _Other, wanted: Numbers) -> bool:
    """Whether *other* is the tested version as far as both say, or a later minor of cuDNN, which TensorFlow accepts."""
    length = min(len(wanted), len(other.version))
    if other.kind == "cuDNN" and wanted[0] == other.version[0]:
        return other.version[:length] >= wanted[:length]
    return wanted[:length] == other.version[:length]


def _span(tested: TestedBuild) -> str:
    first, last = dotted(tested.pythons[0]), dotted(tested.pythons[-1])
    return first if first == last else f"{first}-{last}"


def _has_extra(subject: Subject, pick: Pick) -> bool:
    """Whether the release of *pick* has the extra that brings CUDA."""
    release = pick.candidate.release
    return release is not None and any(
        r.marker is not None and _BRINGS_CUDA in str(r.marker) for r in release.requires_for(subject.target.subdir)
    )
