"""WRK006: requests for GPUs and memory that are refused, or that do not hold what the container needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Evidence, Related, Severity
from compat.model.workloads import Container, GpuRequest, Workload
from compat.rules.workload_base import READ_ON, WorkloadRule, WorkloadSubject, asks_for_torch, image_word, installs_in

_GPU_GUIDE = "https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/"
_EQUAL = Evidence("GPUs in both `requests` and `limits` must be equal", _GPU_GUIDE, READ_ON)
_LIMITS = Evidence("GPU `requests` cannot be specified without `limits`", _GPU_GUIDE, READ_ON)
_CAPABILITIES = Evidence(
    claim="`capabilities` must be set in a reservation of devices, or the deployment of the service fails",
    source="https://docs.docker.com/compose/how-tos/gpu-support/",
    read_on=READ_ON,
)
_EXCLUSIVE = Evidence(
    claim="`count` and `device_ids` are exclusive: Compose returns an error if both are specified",
    source="https://docs.docker.com/reference/compose-file/deploy/#devices",
    read_on=READ_ON,
)
_SHARED = Evidence(
    claim="torch's data loaders share data through /dev/shm, and the default size of a container's is not enough",
    source="https://github.com/pytorch/pytorch#using-pre-built-images",
    read_on=READ_ON,
)
_TMPFS = Evidence(
    claim="what is written to an `emptyDir` in memory counts against the memory limit of the container",
    source="https://kubernetes.io/docs/concepts/storage/volumes/#emptydir",
    read_on=READ_ON,
)
#: Images whose programs are torch with worker processes.
_TORCH_IMAGE = re.compile(r"(?:^|/)(?:pytorch(?:/pytorch)?|transformers-pytorch[\w-]*)$")
_WORKERS = re.compile(r"--(?:num|dataloader)[-_](?:num[-_])?workers(?:=[1-9]\d*)?|--workers(?:=[1-9]\d*)?")
_LAUNCHERS = frozenset({"torchrun", "accelerate", "deepspeed"})


class LimitsIncomplete(WorkloadRule):
    """Limits of a container that are refused as they stand, or are too small for what it does.

    What it finds:
        ``nvidia.com/gpu`` with other numbers in ``requests`` and ``limits`` (an error), or in ``requests`` alone (a
        warning); a reservation of compose without ``capabilities``, or with ``count`` and ``device_ids`` (errors).
        As info: torch on a GPU with the default ``/dev/shm`` of 64 MB, and a ``/dev/shm`` that is larger than the memory limit.

    Why it matters:
        The API server or Compose refuses the file; or training ends hours later with ``Bus error``, or is killed for memory.

    Example:
        resources:
          requests: {nvidia.com/gpu: 1}
          limits: {nvidia.com/gpu: 2}

    Use instead:
        resources:
          limits: {nvidia.com/gpu: 2}

    Source:
        https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/
        https://docs.docker.com/compose/how-tos/gpu-support/
        https://github.com/pytorch/pytorch#using-pre-built-images
        https://kubernetes.io/docs/concepts/storage/volumes/#emptydir
    """

    code, name = "WRK006", "limits-incomplete"

    def judge(self, subject: WorkloadSubject) -> Iterator[Diagnostic]:
        """The findings of each container: its requests, then its memory."""
        for workload, container in subject.containers():
            # A patch names what it changes and no more, and what it leaves out stands elsewhere.
            if container.image is None and container.build is None:
                continue
            for request in container.gpus:
                yield from self._request(workload, container, request)
            yield from self._memory(container)
            yield from self._shared_memory(subject, container)

    def _request(self, workload: Workload, container: Container, request: GpuRequest) -> Iterator[Diagnostic]:
        """What the API server or Compose refuses."""
        if workload.kind == "compose":
            yield from self._reservation(container, request)
            return
        requested, limit = request.requested, request.limit
        if requested is None or not requested.known or container.patched:
            return
        if limit is None:
            message = f"`{container.name}` has `{request.resource}` in `requests` and not in `limits`"
            hint = "write it in `limits`: the request is then the same"
            yield self.found(Severity.WARNING, message, request.place, packages=(), evidence=[_LIMITS], hint=hint)
        elif limit.known and limit.text != requested.text:
            message = (
                f"`{container.name}` requests {requested.text} `{request.resource}` and limits them to {limit.text}"
            )
            related = [Related(limit.place, "the limit")]
            yield self.found(Severity.ERROR, message, requested.place, packages=(), related=related, evidence=[_EQUAL])

    def _reservation(self, container: Container, request: GpuRequest) -> Iterator[Diagnostic]:
        if request.capabilities is None:
            message = f"the device that `{container.name}` reserves has no `capabilities`"
            yield self.found(
                Severity.ERROR,
                message,
                request.place,
                packages=(),
                evidence=[_CAPABILITIES],
                hint="write `capabilities: [gpu]`",
            )
        if request.by_id and request.limit is not None:
            message = f"`{container.name}` reserves devices by `count` and by `device_ids`"
            yield self.found(Severity.ERROR, message, request.place, packages=(), evidence=[_EXCLUSIVE])

    def _memory(self, container: Container) -> Iterator[Diagnostic]:
        memory, shm = container.memory, container.shm
        if memory is None or shm is None or memory.size is None or shm.size is None or shm.size <= memory.size:
            return
        yield self.found(
            Severity.INFO,
            f"`{container.name}` has {shm.word.text} of `/dev/shm` and a memory limit of {memory.word.text}, which both count against",
            shm.word.place,
            packages=(),
            related=[Related(memory.word.place, "the limit")],
            evidence=[_TMPFS],
        )

    def _shared_memory(self, subject: WorkloadSubject, container: Container) -> Iterator[Diagnostic]:
        if (
            not container.wants_gpu
            or container.shared_memory
            or container.patched
            or not _runs_torch(subject, container)
        ):
            return
        yield self.found(
            Severity.INFO,
            f"`{container.name}` runs torch with the default `/dev/shm` of 64 MB, too small for data loaders with workers",
            container.image.place if container.image is not None else container.place,
            packages=["torch"],
            evidence=[_SHARED],
            hint="`shm_size: 8gb` in compose, an `emptyDir` with `medium: Memory` at `/dev/shm` in a pod",
        )


def _runs_torch(subject: WorkloadSubject, container: Container) -> bool:
    """Whether the image is torch's, the commands install torch, or they start it with workers."""
    word = image_word(container)
    if word is not None and _TORCH_IMAGE.search(word.text.partition("@")[0].rsplit(":", 1)[0]):
        return True
    if any(asks_for_torch(install) for install in installs_in(subject, container)):
        return True
    words = [word.text for command in container.commands for word in command.words]
    return any(text in _LAUNCHERS or _WORKERS.fullmatch(text) for text in words)
