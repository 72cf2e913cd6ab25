"""What runs images, as values: compose services, Argo workflows, Kubernetes jobs, and the jobs of a GitHub workflow.

Sources: https://github.com/compose-spec/compose-spec/blob/main/spec.md,
https://argo-workflows.readthedocs.io/en/latest/fields/, https://kubernetes.io/docs/reference/kubernetes-api/,
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import re
from typing import NamedTuple

from compat.model.containers import Command, ImageBuild, Stage, Word
from compat.model.environments import Document
from compat.model.places import Place

#: The resource names under which GPU plugins of Kubernetes announce what they have: ``nvidia.com/gpu``, ``nvidia.com/mig-1g.5gb``.
_GPU_RESOURCE = re.compile(r"(?:nvidia\.com/(?:gpu|mig-).*|amd\.com/gpu|gpu\.intel\.com/.*)")


class Size(NamedTuple):
    """An amount of memory as written, and its bytes, None where it is filled in elsewhere."""

    word: Word
    size: int | None = None


class GpuRequest(NamedTuple):
    """A request for GPUs: ``resource`` is Kubernetes' name for them, "" in a compose file.

    ``requested`` and ``limit`` are the numbers under ``requests`` and ``limits`` (Kubernetes) or ``count`` (compose, in ``limit``).
    ``capabilities`` are those of a compose reservation, None where it names none; ``by_id`` says that it names devices.
    """

    place: Place
    resource: str = ""
    requested: Word | None = None
    limit: Word | None = None
    capabilities: tuple[str, ...] | None = ("gpu",)
    by_id: bool = False

    @property
    def is_none(self) -> bool:
        """Whether the request is for no GPU: ``nvidia.com/gpu: 0``."""
        word = self.limit or self.requested
        return word is not None and word.text.strip() == "0"


class Mount(NamedTuple):
    """A folder that others see, too: ``source`` names the claim, the volume or the folder of the host; ``path`` is inside."""

    source: str
    path: str
    place: Place


class Build(NamedTuple):
    """How compose builds an image. ``dockerfile`` is relative to ``context``, which is relative to the compose file."""

    place: Place
    context: Word | None
    dockerfile: Word | None = None
    inline: bool = False
    arguments: tuple[tuple[Word, Word | None], ...] = ()
    target: Word | None = None
    platforms: tuple[Word, ...] = ()


class Container(NamedTuple):
    """One container that a workload starts.

    ``architectures`` are those of the nodes that it may run on (``arm64``), empty where nothing is claimed; ``platform`` is compose's.
    ``shm`` is the size of ``/dev/shm`` where it is set, ``shared_memory`` says that something else than the default stands there.
    ``patched`` says that a patch of text is applied to the pod later, so that what is not written here may be there all the same.
    ``checks_health`` says that it has a check of its own, or none on purpose, whatever the image says.
    """

    name: str
    place: Place
    image: Word | None = None
    build: Build | None = None
    platform: Word | None = None
    architectures: tuple[Word, ...] = ()
    gpus: tuple[GpuRequest, ...] = ()
    memory: Size | None = None
    shm: Size | None = None
    shared_memory: bool = False
    mounts: tuple[Mount, ...] = ()
    commands: tuple[Command, ...] = ()
    settings: tuple[tuple[str, Word], ...] = ()
    runtime: str = ""
    patched: bool = False
    checks_health: bool = False

    @property
    def wants_gpu(self) -> bool:
        """Whether it asks for a GPU, by a request or by the runtime that gives one."""
        return any(not gpu.is_none for gpu in self.gpus) or self.runtime.startswith("nvidia")


class Handover(NamedTuple):
    """An artifact that one template makes and another one takes."""

    artifact: str
    giver: str
    taker: str
    place: Place


class Workload(NamedTuple):
    """One document of a file, or one compose file.

    ``kind`` is Kubernetes' kind, or ``compose``. ``bounds`` are the keys that bound its time and its failures, as far as they are set.
    ``runs`` is False for templates without an entrypoint, and for what another document completes.
    """

    kind: str
    name: str
    place: Place
    containers: tuple[Container, ...] = ()
    handovers: tuple[Handover, ...] = ()
    bounds: frozenset[str] = frozenset()
    runs: bool = True


class Combination(NamedTuple):
    """One run of a job: its Python as written (None: not chosen there) and the label of its runner."""

    python: Word | None
    runner: str


class Step(NamedTuple):
    """The commands of one ``run:``, in ``folder`` relative to the repository (None: only known while it runs).

    ``conditional`` marks a step that some runs of the job leave out, or that may fail without harm.
    """

    place: Place
    commands: tuple[Command, ...]
    folder: str | None = ""
    conditional: bool = False


class Job(NamedTuple):
    """One job of a GitHub workflow; ``environments`` are the environment files that an action installs."""

    name: str
    place: Place
    combinations: tuple[Combination, ...] = ()
    steps: tuple[Step, ...] = ()
    environments: tuple[Word, ...] = ()
    conditional: bool = False


class BuiltImage(NamedTuple):
    """The Dockerfile that a compose service is built from; ``image`` is None where there is none at ``path``, or it does not parse.

    ``stages`` are the chain that makes the target, empty where the target is no stage. ``missing`` says that there is no such file.
    """

    container: Container
    path: str
    image: ImageBuild | None = None
    stages: tuple[Stage, ...] = ()
    missing: bool = False


class LockUse(NamedTuple):
    """A lock of the repository that a container installs from, and the subdirs that it is for."""

    container: Container
    path: str
    place: Place
    subdirs: tuple[str, ...]


class WorkloadFile(NamedTuple):
    """One file: its `Document` (path, kind, text, ignore comments), and what it runs.

    ``numbers`` are Python versions that YAML reads as a number of another value: ``3.10`` without quotes is 3.1.
    ``template`` is what makes YAML of it first (``Helm``): then nothing else of it is read.
    """

    document: Document
    workloads: tuple[Workload, ...] = ()
    jobs: tuple[Job, ...] = ()
    numbers: tuple[Word, ...] = ()
    template: str = ""


def is_gpu_resource(name: str) -> bool:
    """Whether Kubernetes counts GPUs under *name*."""
    return _GPU_RESOURCE.fullmatch(name) is not None
