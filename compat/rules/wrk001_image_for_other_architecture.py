"""WRK001: an image or a lock that is not made for the architecture of the nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from compat.model.containers import Word
from compat.model.diagnostics import Diagnostic, Evidence, Related, Severity
from compat.model.places import Place
from compat.model.words import listed
from compat.model.workloads import Container
from compat.rules.base import worst
from compat.rules.workload_base import (
    READ_ON,
    Held,
    WorkloadRule,
    WorkloadSubject,
    held_by,
    image_word,
    reference_of,
)

#: The spellings of Kubernetes, of platforms and of people, as the subdirs that they mean.
_SUBDIRS = {
    "amd64": "linux-64",
    "x86_64": "linux-64",
    "x86-64": "linux-64",
    "arm64": "linux-aarch64",
    "aarch64": "linux-aarch64",
    "arm64v8": "linux-aarch64",
}
_TAG = re.compile(r"(?:^|[-_.])(amd64|x86_64|x86-64|arm64|aarch64)(?:$|[-_.])")
#: Two architectures in one tag name both that it holds, or where it was made and where it runs.
_NAMESPACE = re.compile(r"^(?:[\w.-]+/)?(amd64|arm64v8)/")

_OFFICIAL = Evidence(
    claim="the images below `amd64/` and `arm64v8/` are each built for that architecture alone",
    source="https://github.com/docker-library/official-images#architectures-other-than-amd64",
    read_on=READ_ON,
)
_CONSTANT = Evidence(
    claim="a constant `--platform` in FROM builds the image for that platform only, whatever is asked for",
    source="https://docs.docker.com/reference/build-checks/from-platform-flag-const-disallowed/",
    read_on=READ_ON,
)
_NODES = Evidence(
    claim="a pod runs only on nodes whose labels its node selector names",
    source="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/",
    read_on=READ_ON,
)


#: The last release of torch whose images were looked at: later ones may have both architectures.
_TORCH_SEEN = (2, 13)
_TORCH_IMAGES = Evidence(
    claim="the CUDA images of pytorch/pytorch are published for amd64 only; 2.13.0 has no arm64 manifest",
    source="https://github.com/pytorch/pytorch/issues/145716",
    read_on=READ_ON,
)


class _Made(NamedTuple):
    """The subdirs that an image is made for, in words; ``certain`` where no tag can be meant otherwise."""

    subdirs: frozenset[str]
    words: str
    place: Place
    certain: bool
    evidence: tuple[Evidence, ...] = ()


class ImageForOtherArchitecture(WorkloadRule):
    """An image or a lock that has nothing for the architecture it is to run on.

    What it finds:
        ``nodeSelector`` or node affinity with ``kubernetes.io/arch``, or ``platform`` of a compose service, together
        with an image whose repository or tag is of another architecture (also those of ``pytorch/pytorch``, on arm64), a Dockerfile whose FROM is fixed to another
        ``--platform``, or a lock that the commands install from and that is for other platforms. An error where the
        repository holds one architecture only (``arm64v8/python``); a warning where only a tag says so.

    Why it matters:
        The container does not start: ``exec format error``, or ``no match for platform in manifest``.

    Example:
        nodeSelector:
          kubernetes.io/arch: arm64
        containers:
          - image: quay.io/example/train:2.1-amd64

    Use instead:
        An image whose manifest has both architectures, or the nodes that the image is made for.

    Source:
        https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch
        https://github.com/docker-library/official-images#architectures-other-than-amd64
        https://github.com/pytorch/pytorch/issues/145716
        https://docs.docker.com/reference/build-checks/from-platform-flag-const-disallowed/
    """

    code, name = "WRK001", "image-for-other-architecture"

    def judge(self, subject: WorkloadSubject) -> Iterator[Diagnostic]:
        """One finding a container for its image, and one for each lock."""
        for _, container in subject.containers():
            wanted = _wanted(container)
            subdirs = frozenset(found for word in wanted if (found := _subdir(word.text)))
            if not subdirs or any(not word.known or not _subdir(word.text) for word in wanted):
                continue
            made = _made(subject, container)
            if made is not None and not made.subdirs & subdirs:
                yield self._tell(container, wanted[0], made)
            yield from self._locks(subject, container, wanted[0], subdirs)

    def _tell(self, container: Container, wanted: Word, made: _Made) -> Diagnostic:
        return self.found(
            worst(Severity.ERROR if made.certain else Severity.WARNING, made.evidence),
            f"`{container.name}` is to run on {wanted.text}, but {made.words}",
            made.place,
            packages=(),
            related=[Related(wanted.place, f"{wanted.text} is asked for here")],
            evidence=[*made.evidence, *([_NODES] if container.architectures else [])],
            hint="take an image that is made for this architecture, or nodes of the other one",
        )

    def _locks(
        self, subject: WorkloadSubject, container: Container, wanted: Word, subdirs: frozenset[str]
    ) -> Iterator[Diagnostic]:
        for use in subject.locks:
            if use.container is container and use.subdirs and not subdirs & frozenset(use.subdirs):
                yield self.found(
                    Severity.WARNING,
                    f"`{container.name}` is to run on {wanted.text}, but {use.path} is locked for {listed(list(use.subdirs))}",
                    use.place,
                    packages=(),
                    related=[
                        Related(wanted.place, f"{wanted.text} is asked for here"),
                        Related(Place(use.path, 1), "the lock"),
                    ],
                    evidence=[Evidence(f"{use.path} has packages for {listed(list(use.subdirs))}", use.path, None)],
                    hint=f"lock again with `--target {min(subdirs)}`",
                )


def _wanted(container: Container) -> tuple[Word, ...]:
    """What is asked for: the nodes, else the platform."""
    return container.architectures or ((container.platform,) if container.platform is not None else ())


def _subdir(text: str) -> str:
    """``arm64``, ``linux/arm64`` and ``linux/arm64/v8`` as the subdir; "" for others."""
    system, slash, rest = text.strip().lower().partition("/")
    if slash and system != "linux":
        return ""
    return _SUBDIRS.get((rest if slash else system).partition("/")[0], "")


def _made(subject: WorkloadSubject, container: Container) -> _Made | None:
    built = subject.build_of(container)
    if built is not None:
        stage = next((stage for stage in reversed(built.stages) if stage.platform), None)
        if stage is not None and (subdir := _subdir(stage.platform)):
            words = f"its Dockerfile is fixed to `--platform={stage.platform}`"
            return _Made(frozenset({subdir}), words, stage.place, certain=False, evidence=(_CONSTANT,))
        return _published(held_by(subject, container))
    return _pulled(subject, container)


def _published(held: Held | None) -> _Made | None:
    """What is known of all images of a repository."""
    if held is None:
        return None
    if held.base.platforms:
        words = f"{held.words} is made for {listed(sorted(held.base.platforms))}"
        return _Made(held.base.platforms, words, held.place, certain=True, evidence=(held.evidence,))
    if "ghcr.io/" in held.words:
        return None  # what is built every night there has both: https://github.com/orgs/pytorch/packages/container/package/pytorch
    torch = next((version for name, version in held.base.brings if name == "torch"), "")
    numbers = tuple(int(number) for number in torch.split(".")[:2] if number.isdigit())
    if held.base.repository == "pytorch/pytorch" and held.base.cuda and len(numbers) == 2 and numbers <= _TORCH_SEEN:
        words = f"{held.words} is published for amd64 only"
        return _Made(frozenset({"linux-64"}), words, held.place, certain=False, evidence=(_TORCH_IMAGES,))
    return None


def _pulled(subject: WorkloadSubject, container: Container) -> _Made | None:
    """What the name of an image says; a digest without a tag says nothing."""
    word, reference = image_word(container), reference_of(container)
    if word is None or reference is None:
        return None
    if match := _NAMESPACE.match(f"{reference.repository}/"):
        words = f"`{word.text}` is an image for {match[1]} alone"
        return _Made(frozenset({_SUBDIRS[match[1]]}), words, word.place, certain=True, evidence=(_OFFICIAL,))
    published = _published(held_by(subject, container))
    if published is not None:
        return published
    named = set(_TAG.findall(reference.tag.lower()))
    if len(named) == 1:
        spelled = named.pop()
        words = f"the tag of `{word.text}` says {spelled}"
        return _Made(frozenset({_SUBDIRS[spelled]}), words, word.place, certain=False)
    return None
