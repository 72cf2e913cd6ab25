"""WRK004: containers that share files and run different versions of what wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from compat.model.diagnostics import Diagnostic, Evidence, Related, Severity
from compat.model.places import Place
from compat.model.words import dotted
from compat.model.workloads import Container, Workload
from compat.rules.workload_base import READ_ON, Held, WorkloadRule, WorkloadSubject, held_by, image_word, reference_of

#: Folders that hold an environment, which one Python installs and another one cannot import from.
_ENVIRONMENT = re.compile(
    r"(?:^|/)(?:\.?venvs?|envs?|virtualenvs?|site-packages|dist-packages|\.local|(?:mini|ana)?conda3?|miniforge3?)(?:/|$)"
)
#: Pairs told of one workload: a pipeline with ten images says the same thing again and again.
MAX_PAIRS = 5

_PICKLE = Evidence(
    claim="torch.save writes pickles, and only newer torch is made to read files of older torch",
    source="https://docs.pytorch.org/docs/stable/notes/serialization.html",
    read_on=READ_ON,
)
_VENV = Evidence(
    claim="a virtual environment holds the packages of one minor release of Python, in lib/pythonX.Y/site-packages",
    source="https://docs.python.org/3/library/venv.html",
    read_on=READ_ON,
)


class _Shared(NamedTuple):
    """What two containers share: ``words`` name it, ``paths`` are where it stands in each."""

    first: Container
    second: Container
    words: str
    paths: tuple[str, ...]
    place: Place


class SharedFilesOtherVersions(WorkloadRule):
    """Containers share a volume or an artifact, and their images hold different releases.

    What it finds:
        Two containers of one workload that mount the same claim, named volume or folder of the host, or of which one
        takes an artifact that the other makes, while their images are of one repository with different tags, or are
        known to have different Python minors, torch releases or CUDA majors. A warning where they share the folder of
        an environment (``venv``, ``site-packages``, conda) and their Pythons differ; else info.

    Why it matters:
        An environment that one Python has filled is empty for another one, and a checkpoint of a newer torch may not
        load in an older one.

    Example:
        # two steps that mount the claim `work`
        image: pytorch/pytorch:2.4.1-cuda12.4-cudnn9-runtime
        image: pytorch/pytorch:1.13.1-cuda11.6-cudnn8-runtime

    Use instead:
        One tag for all steps: a parameter of the workflow, or an anchor.

    Source:
        https://docs.pytorch.org/docs/stable/notes/serialization.html
        https://docs.python.org/3/library/venv.html
    """

    code, name = "WRK004", "shared-files-other-versions"

    def judge(self, subject: WorkloadSubject) -> Iterator[Diagnostic]:
        """One finding a pair of images, a handful for each workload."""
        for workload in subject.file.workloads:
            told: set[frozenset[str]] = set()
            for shared in (*_volumes(workload), *_artifacts(workload)):
                images = [image_word(container) for container in (shared.first, shared.second)]
                pair = frozenset(word.text for word in images if word is not None)
                if len(pair) == 2 and pair not in told and len(told) < MAX_PAIRS:
                    found = self._pair(subject, shared)
                    if found is not None:
                        told.add(pair)
                        yield found

    def _pair(self, subject: WorkloadSubject, shared: _Shared) -> Diagnostic | None:
        here, there = held_by(subject, shared.first), held_by(subject, shared.second)
        first, second = image_word(shared.first), image_word(shared.second)
        differences = _differences(here, there)
        if first is None or second is None or not (differences or _same_repository(shared)):
            return None
        risky = "Python" in differences and any(_ENVIRONMENT.search(path) for path in shared.paths)
        what = f": {', '.join(differences.values())}" if differences else ""
        evidence = [held.evidence for held in (here, there) if held is not None and differences]
        return self.found(
            Severity.WARNING if risky else Severity.INFO,
            f"`{shared.first.name}` and `{shared.second.name}` share {shared.words}, but run `{first.text}` and `{second.text}`{what}",
            second.place,
            packages=["torch"] if "torch" in differences else (),
            related=[
                Related(first.place, f"`{shared.first.name}` runs this"),
                Related(shared.place, "what they share"),
            ],
            evidence=[*evidence, *([_VENV] if risky else []), *([_PICKLE] if "torch" in differences else [])],
            hint="one tag for both, or files in a format that does not depend on the release",
        )


def _differences(here: Held | None, there: Held | None) -> dict[str, str]:
    """What both images are known to have in different releases, in words."""
    if here is None or there is None:
        return {}
    first, second = here.base, there.base
    found = {}
    if first.python and second.python and first.python != second.python:
        found["Python"] = f"Python {dotted(first.python)} and {dotted(second.python)}"
    torch = [next((version for name, version in base.brings if name == "torch"), "") for base in (first, second)]
    if all(torch) and torch[0] != torch[1]:
        found["torch"] = f"torch {torch[0]} and {torch[1]}"
    if first.cuda and second.cuda and first.cuda[0] != second.cuda[0]:
        found["CUDA"] = f"CUDA {dotted(first.cuda)} and {dotted(second.cuda)}"
    return found


def _same_repository(shared: _Shared) -> bool:
    """Whether both images are of one repository, and their tags are not two flavours of one release."""
    first, second = reference_of(shared.first), reference_of(shared.second)
    if first is None or second is None or first.repository != second.repository or first.digest or second.digest:
        return False
    releases = [re.search(r"\d+(?:\.\d+)+", reference.tag) for reference in (first, second)]
    return releases[0] is not None and releases[1] is not None and releases[0][0] != releases[1][0]


def _volumes(workload: Workload) -> Iterator[_Shared]:
    """Pairs of containers that mount one thing; sources of a compose service that begin with a dot are code, not results."""
    for first, second in combinations(workload.containers[:100], 2):
        theirs = {mount.source: mount for mount in second.mounts}
        for mount in first.mounts:
            other = theirs.get(mount.source)
            if other is not None and mount.source not in {"/var/run/docker.sock", "host /var/run/docker.sock"}:
                words = f"the volume `{mount.source.removeprefix('claim ').removeprefix('host ').removeprefix('nfs ')}`"
                yield _Shared(first, second, words, (mount.path, other.path), mount.place)
                break


def _artifacts(workload: Workload) -> Iterator[_Shared]:
    """Pairs of containers of which one takes what the other makes."""
    by_template: dict[str, Container] = {}
    for container in workload.containers:
        by_template.setdefault(container.name.partition("/")[0], container)
    for handover in workload.handovers:
        first, second = by_template.get(handover.giver), by_template.get(handover.taker)
        if first is not None and second is not None and first is not second:
            yield _Shared(first, second, f"the artifact `{handover.artifact}`", (), handover.place)
