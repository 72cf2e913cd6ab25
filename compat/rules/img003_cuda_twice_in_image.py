"""IMG003: the base image has CUDA's libraries, and so have the wheels."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.containers import settings_of
from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import CondaEntry
from compat.model.knowledge import BaseImage, Numbers
from compat.model.names import PyPIName
from compat.model.solutions import Entry
from compat.model.words import dotted, listed
from compat.rules.base import Rule, Subject
from compat.rules.builds import TORCH, build_words, taken
from compat.rules.image_base import (
    base_image,
    base_related,
    base_stage,
    compiling,
    from_base,
    image_evidence,
    installs_compiler,
    same_major,
)
from compat.rules.image_words import is_final
from compat.rules.picks import asked, roots_of

#: Projects that take CUDA from the system, so that the image's is not there in vain.
_USERS = frozenset(
    PyPIName(name)
    for name in (  # noqa: SIM905  # a list of forty strings reads worse
        "tensorflow tensorflow-gpu cupy cupy-cuda11x cupy-cuda12x cupy-cuda13x onnxruntime-gpu faster-whisper ctranslate2 paddlepaddle-gpu"
        " deepspeed flash-attn xformers mmcv mmcv-full detectron2 apex nvidia-dali tensorrt numba jax jaxlib bitsandbytes llama-cpp-python"
        " mxnet dgl faiss-gpu auto-gptq causal-conv1d mamba-ssm spconv torch-scatter torch-sparse pytorch3d horovod vllm transformer-engine"
        " sglang sglang-kernel sgl-kernel flashinfer-python tilelang exllamav2 gptqmodel gsplat torch-tensorrt tensorrt-llm lmdeploy"
    ).split()
)

#: Variables by which programs find the toolkit of the image: somebody sets them for one that does.
_NAMED = frozenset({"CUDA_HOME", "CUDA_PATH", "CUDACXX", "CUDA_TOOLKIT_ROOT_DIR"})

#: conda packages that bring CUDA's libraries.
_CONDA = frozenset(
    {"cudatoolkit", "cuda-toolkit", "cuda-runtime", "cuda", "pytorch-cuda", "cuda-libraries", "cuda-cudart"}
)


class CudaTwiceInImage(Rule):
    """The libraries of CUDA twice in one image: in its base, and in the wheels that are installed into it.

    What it finds:
        A ``runtime`` or ``devel`` image of CUDA in the final stage, a torch wheel that brings the same libraries, and nothing that
        would use those of the image: no extension is compiled, no project is installed that loads CUDA from the system, and no
        ``CUDA_HOME`` is set. The same for CUDA of conda beside such a wheel.

    Why it matters:
        cuBLAS, cuDNN and the others take two to eight gigabytes, which are pulled and stored twice; torch loads its own.

    Example:
        FROM nvidia/cuda:12.8.0-cudnn-runtime-ubuntu22.04
        RUN pip install torch==2.8.0

    Use instead:
        FROM nvidia/cuda:12.8.0-base-ubuntu22.04
        RUN pip install torch==2.8.0

    Source:
        The ``nvidia-*`` requirements in the METADATA of torch's wheels on the package index; the tags of
        https://gitlab.com/nvidia/container-images/cuda/-/blob/master/doc/supported-tags.md
    """

    code, name = "IMG003", "cuda-twice-in-image"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        stages = subject.environment.stages
        found = taken(subject, TORCH) if stages and is_final(subject) else None
        if found is None or found.cuda is None or _has_user(subject):
            return
        roots = [entry for entry in roots_of(subject.situation.picks, TORCH) if not from_base(subject, entry)]
        if not roots or compiling(stages) or installs_compiler(subject) or _NAMED & settings_of(stages).keys():
            return
        words = f"{asked(roots[0], found.pick)} brings CUDA {dotted(found.cuda)} itself"
        image = base_image(subject)
        if image is not None and image.kind == "cuda" and image.flavour in {"runtime", "devel"} and image.cuda:
            if same_major(image.cuda, found.cuda):  # IMG002 tells of another major
                yield self._base(subject, image, words, roots[0], image.cuda)
        elif conda := [entry for entry in subject.situation.conda if entry.name in _CONDA]:
            yield self._conda(words, roots[0], conda, build_words(found))

    def _base(self, subject: Subject, image: BaseImage, words: str, entry: Entry, cuda: Numbers) -> Diagnostic:
        smaller = _smaller(base_stage(subject).base)
        return self.found(
            Severity.INFO,
            f"{words}, so that the CUDA {dotted(cuda)} libraries of `{image.reference}` are in the image a second time, unused",
            entry.place,
            packages=[TORCH],
            related=[base_related(subject, image)],
            evidence=[image_evidence(image)],
            hint=f"`{smaller}`, or an image without CUDA such as `python:3.12-slim`, is enough to run torch",
        )

    def _conda(self, words: str, entry: Entry, conda: list[CondaEntry], build: str) -> Diagnostic:
        names = listed([f"`{item.spec.text}`" for item in conda])
        return self.found(
            Severity.INFO,
            f"{words}, and conda installs CUDA, too: {names} is not used by {build}",
            entry.place,
            packages=[TORCH, *(item.name for item in conda)],
            hint="leave the CUDA packages of conda out, or take torch from conda",
        )


def _has_user(subject: Subject) -> bool:
    """Whether a project is asked for, or brought by one that the matrix knows, that takes CUDA from the system."""
    asked_for = {entry.name for entry in subject.environment.pip}
    return bool(_USERS & (asked_for | subject.situation.picks.keys()))


def _smaller(reference: str) -> str:
    """The same image with nothing but the CUDA run-time."""
    for part in ("-cudnn", "-devel", "-runtime"):
        head, found, tail = reference.partition(part)
        if found:
            tail = tail.lstrip("0123456789") if part == "-cudnn" else f"-base{tail}"
            reference = head + tail
    return reference
