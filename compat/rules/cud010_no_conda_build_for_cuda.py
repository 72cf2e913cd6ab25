"""CUD010: the torch family asked of the channel pytorch was never built for the CUDA asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat.model.diagnostics import Diagnostic, Evidence, Fix, Severity
from compat.model.environments import CondaEntry
from compat.model.knowledge import Numbers, evidence_of
from compat.model.names import to_pypi_name
from compat.model.words import dotted, listed
from compat.rules.base import Rule, Subject, worst
from compat.rules.conda_builds import build_of
from compat.rules.conda_pairs import broken_pairs
from compat.rules.conda_torch import (
    Built,
    admits_cuda,
    built_for,
    entries_named,
    family_of,
    forces_cpu,
    forces_cuda,
    minor_of,
    project_names,
)
from compat.rules.wording import quoted, relate, version_fix

#: The coupling of the matrix that reports such a case.
COUPLINGS = ("pytorch-1.9-cudatoolkit-11.3",)


class NoCondaBuildForCuda(Rule):
    """``pytorch-cuda`` or ``cudatoolkit`` of a CUDA that the release was never built for.

    What it finds:
        pytorch, torchvision or torchaudio from the channel ``pytorch``, and a ``pytorch-cuda`` (from 1.13 on) or
        ``cudatoolkit`` (before) for which that channel has no build of the release. Where the release is left open,
        the newest that the file admits is what counts.

    Why it matters:
        ``pytorch-cuda`` only chooses among builds. If there is none for it, conda takes the CPU build without a word,
        or finds no solution where something else insists on CUDA.

    Example:
        - pytorch-cuda=12.1
        - torchaudio=2.0.2

    Use instead:
        - pytorch-cuda=11.8
        - torchaudio=2.0.2

    Source:
        https://pytorch.org/get-started/previous-versions/
    """

    code, name = "CUD010", "no-conda-build-for-cuda"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        selectors = [e for e in entries_named(subject, "pytorch-cuda", "cudatoolkit") if minor_of(e)]
        family = [entry for entry in family_of(subject) if build_of(entry).cuda is None] if selectors else []
        if not family or forces_cpu(subject) is not None or subject.target.subdir not in ("linux-64", "win-64"):
            return
        for selector in selectors:
            built = list(built_for(subject, selector.name, family))
            # Releases from 1.13 on take no build by cudatoolkit at all: CUD011 tells that.
            if built and (selector.name == "pytorch-cuda" or built[0].cuda) and not _has(built[0], selector):
                yield from self._tell(subject, selector, family, built)

    def _tell(
        self, subject: Subject, selector: CondaEntry, family: Sequence[CondaEntry], built: Sequence[Built]
    ) -> Iterator[Diagnostic]:
        newest = built[0]
        older = next((release for release in built if _has(release, selector)), None)
        forced = forces_cuda(subject)
        if older is not None and forced is not None:
            return  # the solver goes back to the release that has such a build
        pinned = [entry for entry in family if entry.spec.version is not None] or list(family)
        made = listed([dotted(cuda) for cuda in sorted(newest.cuda)]) if newest.cuda else ""
        had = f"only for CUDA {made}" if made else f"for no {selector.name}"
        known = [pair.coupling for pair in broken_pairs(subject, *COUPLINGS) if pair.second is selector]
        evidence = [
            _evidence(newest, selector, had),
            *(evidence_of(coupling.effect, coupling.fact) for coupling in known),
        ]
        severity = Severity.WARNING if forced is None else Severity.ERROR
        outcome = f", and {quoted(forced)} admits no CPU build" if forced else ": conda may take the CPU build"
        yield self.found(
            worst(severity, evidence),
            f"{listed([quoted(e) for e in pinned])} (torch {newest.torch}) was built {had}, not for {quoted(selector)}{outcome}",
            selector.place,
            packages=[*project_names(subject, pinned), selector.name],
            related=relate([*pinned, *([forced] if forced is not None and forced not in pinned else [])]),
            evidence=evidence,
            fix=_fix(selector, family, newest, older),
        )


def _has(built: Built, selector: CondaEntry) -> bool:
    return any(admits_cuda(selector, cuda) for cuda in built.cuda)


def _evidence(built: Built, selector: CondaEntry, had: str) -> Evidence:
    claim = f"torch {built.torch} was built {had} in the pytorch channel"
    # For cudatoolkit the lists are what was seen, and what was not seen may exist.
    proven = selector.name == "pytorch-cuda" and built.complete
    return evidence_of(claim, built.fact if proven else built.fact._replace(thin=True))


def _fix(selector: CondaEntry, family: Sequence[CondaEntry], newest: Built, older: Built | None) -> Fix | None:
    """The release that has such a build, if the file leaves the release open; else the nearest CUDA that it has."""
    torch = next((entry for entry in family if entry.name == "pytorch"), None)
    if older is not None and torch is not None:
        return version_fix(torch, to_pypi_name(torch.name), str(older.torch))
    wanted = minor_of(selector)
    if not newest.cuda or wanted is None:
        return None
    best = max(newest.cuda, key=lambda cuda: _nearness(cuda, wanted))
    return version_fix(selector, to_pypi_name(selector.name), dotted(best))


def _nearness(cuda: Numbers, wanted: Numbers) -> tuple[bool, bool, Numbers]:
    """Higher is nearer: the same major, not newer than the one asked for (drivers), then the newest."""
    return cuda[0] == wanted[0], cuda <= wanted, cuda
