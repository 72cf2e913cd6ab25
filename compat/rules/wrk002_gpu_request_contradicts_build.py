"""WRK002: a GPU is asked for and the build has no CUDA, or the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Evidence, Related, Severity
from compat.model.places import Place
from compat.model.workloads import Container, Workload
from compat.rules.workload_base import (
    READ_ON,
    WorkloadRule,
    WorkloadSubject,
    asks_for_torch,
    cpu_build,
    held_by,
    image_word,
    installs_in,
    reference_of,
    says_cpu,
)

_COMPOSE = Evidence(
    claim="a service sees the GPUs of the host only where a reservation, `gpus:` or the runtime gives them",
    source="https://docs.docker.com/compose/how-tos/gpu-support/",
    read_on=READ_ON,
)
_CLUSTER = Evidence(
    claim="a container gets a GPU by a limit such as `nvidia.com/gpu: 1`",
    source="https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/",
    read_on=READ_ON,
)
#: What asks for GPUs past the schedulers, where NVIDIA's runtime is the default one.
_VISIBLE = "NVIDIA_VISIBLE_DEVICES"


class GpuRequestContradictsBuild(WorkloadRule):
    """A container that asks for a GPU runs a build without CUDA, or has a CUDA image and asks for no GPU.

    What it finds:
        A GPU request (``nvidia.com/gpu``, ``gpus:``, a device reservation, ``runtime: nvidia``) together with an image
        whose tag says CPU, TensorFlow's image without ``-gpu``, or commands that install a CPU build: ``torch==...+cpu``,
        PyTorch's index of CPU builds, ``tensorflow-cpu``, ``cpuonly``. The reverse, an image with CUDA and no request
        in a workload where nothing asks for a GPU, is info.

    Why it matters:
        The program runs on the CPU and a GPU stands reserved beside it, or it finds no GPU where it was built for one.

    Example:
        image: tensorflow/tensorflow:2.17.0
        resources:
          limits:
            nvidia.com/gpu: 1

    Use instead:
        image: tensorflow/tensorflow:2.17.0-gpu

    Source:
        https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/
        https://docs.docker.com/compose/how-tos/gpu-support/
    """

    code, name = "WRK002", "gpu-request-contradicts-build"

    def judge(self, subject: WorkloadSubject) -> Iterator[Diagnostic]:
        """One finding a container; CUDA without a request once for each image."""
        told: set[str] = set()
        for workload, container in subject.containers():
            if container.wants_gpu:
                yield from self._without_cuda(subject, workload, container)
            elif not any(other.wants_gpu for other in workload.containers):
                yield from self._without_gpu(subject, workload, container, told)

    def _without_cuda(self, subject: WorkloadSubject, workload: Workload, container: Container) -> Iterator[Diagnostic]:
        found = _cpu(subject, container)
        request = next((gpu for gpu in container.gpus if not gpu.is_none), None)
        if found is None:
            return
        words, place, evidence = found
        yield self.found(
            Severity.WARNING,
            f"`{container.name}` asks for a GPU, but {words}",
            place,
            packages=(),
            related=[Related(request.place if request else container.place, "the GPU is asked for here")],
            evidence=[*evidence, _evidence(workload)],
            hint="take the CUDA build, or drop the request so that the GPU serves others",
        )

    def _without_gpu(
        self, subject: WorkloadSubject, workload: Workload, container: Container, told: set[str]
    ) -> Iterator[Diagnostic]:
        word, held = image_word(container), held_by(subject, container)
        asked = container.patched or any(name == _VISIBLE for name, _ in container.settings)
        if word is None or held is None or held.base.cuda is None or asked or word.text in told:
            return
        told.add(word.text)
        yield self.found(
            Severity.INFO,
            f"{held.words} brings CUDA, and nothing in this file asks for a GPU for `{container.name}`",
            word.place,
            packages=(),
            evidence=[held.evidence, _evidence(workload)],
            hint="ask for a GPU, or take a smaller image without CUDA",
        )


def _evidence(workload: Workload) -> Evidence:
    return _COMPOSE if workload.kind == "compose" else _CLUSTER


def _cpu(subject: WorkloadSubject, container: Container) -> tuple[str, Place, tuple[Evidence, ...]] | None:
    """What says that the build has no CUDA: the last install of torch, else the image."""
    installs = installs_in(subject, container)
    torch = [install for install in installs if asks_for_torch(install) or cpu_build(install) is not None]
    if torch:
        found = cpu_build(torch[-1])
        return (f"{found[0]} has no CUDA", found[1], ()) if found is not None and torch[-1].complete else None
    word, reference = image_word(container), reference_of(container)
    held = held_by(subject, container)
    if (
        held is not None
        and held.base.kind == "framework"
        and held.base.cuda is None
        and held.base.flavour in {"", "cpu"}
    ):
        if "tensorflow" in held.base.repository or held.base.flavour == "cpu":
            return f"{held.words} is a CPU build", held.place, (held.evidence,)
        return None
    if word is not None and reference is not None and says_cpu(reference):
        return f"the tag of `{word.text}` says CPU", word.place, ()
    return None
