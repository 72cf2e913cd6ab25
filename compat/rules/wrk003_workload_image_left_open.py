"""WRK003: a workload runs whatever image is newest."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.containers import Word
from compat.model.diagnostics import Diagnostic, Evidence, Fix, Related, Safety, Severity
from compat.rules.workload_base import READ_ON, WorkloadRule, WorkloadSubject, image_word, reference_of

_KUBERNETES = Evidence(
    claim="`latest` makes it hard to tell which version runs and to go back to another one",
    source="https://kubernetes.io/docs/concepts/containers/images/#image-names",
    read_on=READ_ON,
)
#: First words of tags that name whatever release is newest.
_MOVING = frozenset({"latest", "nightly", "edge", "main", "master"})


class WorkloadImageLeftOpen(WorkloadRule):
    """A container runs an image without a tag, or with one that moves.

    What it finds:
        ``image:`` without a tag or digest, or with ``latest``, ``nightly``, ``edge`` or ``main``. Not the image of a
        compose service that is built from a Dockerfile, not a tag that is filled in elsewhere, and not beside a
        ``kustomization.yaml``, which sets tags. Each image is told once a file.

    Why it matters:
        Python, CUDA and the packages of the image change from one run to the next, and two steps of one workflow may
        run different ones.

    Example:
        image: pytorch/pytorch:latest

    Use instead:
        image: pytorch/pytorch:2.4.1-cuda12.4-cudnn9-runtime

    Source:
        https://kubernetes.io/docs/concepts/containers/images/#image-names
    """

    code, name = "WRK003", "workload-image-left-open"

    def judge(self, subject: WorkloadSubject) -> Iterator[Diagnostic]:
        """One finding for each image, at its first place."""
        found: dict[str, list[Word]] = {}
        if subject.completed:
            return
        for _, container in subject.containers():
            word, reference = image_word(container), reference_of(container)
            if word is not None and reference is not None and not reference.digest and _is_open(reference.tag):
                places = found.setdefault(word.text.strip(), [])
                if word not in places:
                    places.append(word)
        for text, words in found.items():
            tag = text.rpartition("/")[2].partition(":")[2]
            yield self.found(
                Severity.INFO,
                f"`{text}` {'is whatever was pushed last' if tag else 'has no tag, which means `latest`'}",
                words[0].place,
                packages=(),
                related=[Related(word.place, "and here") for word in words[1:]],
                evidence=[_KUBERNETES],
                fix=Fix("Write the tag of a release, or a digest", Safety.SHOWN),
            )


def _is_open(tag: str) -> bool:
    return not tag or tag.partition("-")[0] in _MOVING or tag.endswith("-latest")
