"""IMG006: conda chooses builds while an image is built, where there is no ``__cuda``."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from compat.model.containers import Command, Install, Instruction
from compat.model.diagnostics import Diagnostic, Evidence, Fix, Safety, Severity
from compat.model.environments import CondaEntry
from compat.model.knowledge import BaseImage
from compat.model.places import Edit, Place
from compat.model.words import dotted
from compat.rules.base import Rule, Subject
from compat.rules.image_base import base_image, base_related, base_stage
from compat.rules.image_words import READ_ON, runs_of
from compat.rules.wording import quoted

_VARIABLE = "CONDA_OVERRIDE_CUDA"
_TOOLS = frozenset({"conda", "mamba", "micromamba"})

#: conda-forge packages that have builds with and without CUDA, between which ``__cuda`` decides; to PyPI's name.
_DECIDED = {
    "pytorch": "torch", "pytorch-gpu": "torch", "torchvision": "torchvision", "torchaudio": "torchaudio", "libtorch": "torch",
    "tensorflow": "tensorflow", "tensorflow-gpu": "tensorflow", "jaxlib": "jaxlib", "jax": "jax",
}  # fmt: skip

#: Images whose conda asks conda-forge where nothing else is said.
_CONDA_FORGE = ("mambaorg/micromamba", "mamba-org/micromamba", "condaforge/")

#: The first release of the images of micromamba that set the variable in their CUDA tags.
_SETS_IT = Version("2.2.0")
_EVIDENCE = Evidence(
    claim="images of micromamba with CUDA set CONDA_OVERRIDE_CUDA from 2.2.0 on, those before do not",
    source="https://github.com/mamba-org/micromamba-docker/blob/main/CHANGELOG.md",
    read_on=READ_ON,
)
_VIRTUAL = Evidence(
    claim="conda finds __cuda by the driver, which is not there while an image is built; CONDA_OVERRIDE_CUDA says it",
    source="https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-virtual.html",
    read_on=READ_ON,
)


class NoVirtualCudaInBuild(Rule):
    """A package with CUDA and CPU builds that conda installs in ``docker build`` without being told of CUDA.

    What it finds:
        ``pytorch``, ``tensorflow`` or ``jaxlib`` of conda-forge in an image with CUDA, or for a target with a GPU, where
        nothing sets ``CONDA_OVERRIDE_CUDA`` before the command.

    Why it matters:
        There is no driver while an image is built, so that conda sees no ``__cuda`` and takes the build for CPUs; the program then
        does not see the GPU. A MatchSpec that names a CUDA build cannot be solved at all.

    Example:
        FROM mambaorg/micromamba:1.5.8-cuda-12.1.1
        RUN micromamba install -y -n base python pytorch

    Use instead:
        FROM mambaorg/micromamba:1.5.8-cuda-12.1.1
        ENV CONDA_OVERRIDE_CUDA=12.1
        RUN micromamba install -y -n base python pytorch

    Source:
        https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-virtual.html;
        https://github.com/mamba-org/micromamba-docker/issues/620
    """

    code, name = "IMG006", "no-virtual-cuda-in-build"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding: one variable mends them all."""
        image, target = base_image(subject), subject.target
        if not subject.environment.stages or target.gpu == () or not target.subdir.startswith("linux-"):
            return
        has_cuda = image is not None and (image.cuda is not None or image.flavour == "cuda")
        if not (has_cuda or target.wants_gpu) or (image is not None and _sets_variable(image)):
            return
        for run in runs_of(subject.environment.stages):
            for command in run.commands:
                install = command.install
                if install is None or _VARIABLE in run.variables or _VARIABLE in dict(command.settings):
                    continue
                entry = self._decided(subject, image, install)
                if entry is not None:
                    yield self._tell(subject, image, run.instruction, command, entry)
                    return

    def _decided(self, subject: Subject, image: BaseImage | None, install: Install) -> CondaEntry | None:
        """The first entry of this command whose build ``__cuda`` decides; those of included files count with their command."""
        if install.tool not in _TOOLS or install.verb not in {"install", "create", "update"}:
            return None
        own = list(install.conda)
        if install.includes:
            paths = {document.path for document in subject.environment.documents[1:] if document.kind == "environment"}
            own += [entry for entry in subject.environment.conda if entry.place.path in paths]
        return next(
            (entry for entry in own if entry.name in _DECIDED and self._is_open(subject, image, install, entry)), None
        )

    def _is_open(self, subject: Subject, image: BaseImage | None, install: Install, entry: CondaEntry) -> bool:
        """Whether *entry* comes from conda-forge and does not ask for the CPU."""
        if "cpu" in (entry.spec.build or "") or any(
            e.name in {"cpuonly", "pytorch-cpu"} for e in subject.environment.conda
        ):
            return False
        channels = (
            [entry.spec.channel]
            if entry.spec.channel
            else [c.name for c in (*install.channels, *subject.environment.channels)]
        )
        if any(channel in {"pytorch", "nvidia", "pytorch-nightly"} for channel in channels):
            return False  # the builds of PyTorch's own channel do not ask for __cuda
        if any("conda-forge" in channel for channel in channels):
            return True
        return not channels and image is not None and image.repository.startswith(_CONDA_FORGE)

    def _tell(
        self, subject: Subject, image: BaseImage | None, run: Instruction, command: Command, entry: CondaEntry
    ) -> Diagnostic:
        cuda = image.cuda if image is not None and image.cuda else subject.target.cuda
        version = dotted((cuda or (12, 6))[:2])
        rolling = image is not None and image.flavour == "cuda" and not image.release
        forced = "cuda" in (entry.spec.build or "") or entry.name.endswith("-gpu")
        effect = "cannot be solved" if forced else "takes the build for CPUs"
        luck = "; only what the tag means from micromamba 2.2.0 on sets it" if rolling else ""
        return self.found(
            Severity.WARNING,
            f"{quoted(entry)} is installed while the image is built, where there is no `__cuda`, and {effect}:"
            f" `{_VARIABLE}` is not set{luck}",
            entry.place if entry.place.path == run.place.path else command.place,
            packages=[_DECIDED[entry.name]],
            related=[base_related(subject, image)] if image is not None else [],
            evidence=[_VIRTUAL, *([_EVIDENCE] if rolling else [])],
            fix=_fix(run, version),
            hint=f"`ENV {_VARIABLE}={version}` before this line, or `{_VARIABLE}={version} {command.program} ...` in it;"
            f" the base is `{base_stage(subject).base}`",
        )


def _sets_variable(image: BaseImage) -> bool:
    """Whether the image is one of micromamba that sets the variable itself."""
    try:
        return image.flavour == "cuda" and bool(image.release) and Version(image.release) >= _SETS_IT
    except InvalidVersion:
        return False


def _fix(run: Instruction, version: str) -> Fix:
    """An ENV on a line of its own before the RUN."""
    title = f"Set `{_VARIABLE}={version}` before conda solves"
    place = run.place
    if place.line is None or place.column != 1:
        return Fix(title=title, safety=Safety.SHOWN)
    start = Place(place.path, place.line, 1, place.line, 1)
    return Fix(title=title, safety=Safety.UNSAFE, edits=(Edit(start, f"ENV {_VARIABLE}={version}\n"),))
