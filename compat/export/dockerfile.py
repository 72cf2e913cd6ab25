"""A Dockerfile for an environment: packages in layers by how often they change, a small image, no root, no secrets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from compat.export import conda_stages, pip_stages
from compat.export.bases import MICROMAMBA, UV, Bases
from compat.export.lists import HEADER, group_names
from compat.export.plan import ExportPlan
from compat.export.settings import ImageSettings
from compat.export.words import comment, continued, pairs, sources, words
from compat.model.diagnostics import Evidence
from compat.model.words import dotted, listed

#: The user of the image, by number, so that a cluster sees that it is not root.
USER = 10001
#: Where the image has the project's files.
APP = "/app"


class DockerfileWriter:
    """One Dockerfile. *driver* is what is known of the driver that the CUDA of the packages needs."""

    def __init__(self, plan: ExportPlan, bases: Bases, settings: ImageSettings, driver: Evidence | None = None) -> None:
        self._plan = plan
        self._bases = bases
        self._settings = settings
        self._driver = driver
        self._names = group_names(plan)
        self._conda = plan.kind == "conda"

    def write(self) -> str:
        """The file. The same plan gives the same text."""
        parts = [self._head(), self._tools(), self._base(), *self._stages(), self._image()]
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"

    def _head(self) -> list[str]:
        plan = self._plan
        made = listed([_shown(path, plan.folder) for path in plan.locks or plan.inputs])
        targets = listed([each.target.text for each in plan.targets])
        tag = plan.name
        return [
            "# syntax=docker/dockerfile:1",
            *comment(f"{HEADER[2:]} from {made}, for {targets}."),
            *comment(f"Build: docker buildx build --platform {','.join(plan.platforms)} --tag {tag} ."),
            *comment(
                "Tags are pinned, digests are yours to add: `docker buildx imagetools inspect IMAGE` prints them."
            ),
            *comment("Behind a proxy: --build-arg HTTPS_PROXY=..., which BuildKit passes on and keeps in no layer."),
            *comment("Credentials of mirrors: --secret id=netrc,src=$HOME/.netrc, which is in no layer either."),
        ]

    def _tools(self) -> list[str]:
        """The installers, each a stage that files are taken from and nothing else."""
        lines = []
        if not self._conda or conda_stages.has_pip(self._plan):
            why = "uv takes hashes and pip's own lists, downloads in parallel, and stays out of the image, where pip would not"
            lines += [*comment(f"{why}."), f"FROM {UV} AS uv"]
        return [*lines, f"FROM {MICROMAMBA} AS micromamba"] if self._conda else lines

    def _base(self) -> list[str]:
        base = self._bases.runtime
        lines = [*comment(f"{base.image}: {base.why}."), *sources(base.evidence), f"FROM {base.image} AS base"]
        prefix = conda_stages.PREFIX if self._conda else pip_stages.VENV
        path = [("PATH", f"{prefix}/bin:$PATH"), ("PYTHONUNBUFFERED", "1")]
        if self._conda:
            return [*lines, *pairs([*path, ("CONDA_PREFIX", prefix)], "ENV")]
        return [*lines, *pairs(path, "ENV")]

    def _stages(self) -> Iterator[list[str]]:
        yield from self._conda_stages() if self._conda else self._pip_stages()

    def _pip_stages(self) -> Iterator[list[str]]:
        plan, settings = self._plan, self._settings
        yield list(pip_stages.builder(plan, self._bases))
        if not plan.is_locked:
            yield list(self._unlocked_pip())
        below = [name for name in self._names if name != "extension"]
        for name in below:
            yield list(pip_stages.group_stage(name, plan, settings))
        if "extension" in self._names:
            folder = pip_stages.site_packages(plan)
            copies = [(name, folder, folder) for name in below]
            yield list(pip_stages.extension_stage(plan, self._bases, settings, copies))
        if self._has_project:
            yield list(pip_stages.project_stage(plan))

    def _unlocked_pip(self) -> Iterator[str]:
        root, *more = (_shown(path, self._plan.folder) for path in self._plan.inputs)
        return pip_stages.unlocked_stage(self._plan, root, (root, *more))

    def _conda_stages(self) -> Iterator[list[str]]:
        plan, settings = self._plan, self._settings
        yield list(conda_stages.builder(plan))
        if not plan.is_locked:
            files = tuple(_shown(path, plan.folder) for path in plan.inputs)
            yield list(conda_stages.unlocked_stage(plan, files[0], files))
            return
        for name in self._names:
            if name.startswith("conda-"):
                yield list(conda_stages.group_stage(name, plan, settings))
        if conda_stages.has_pip(plan):
            yield list(conda_stages.pip_builder())
        for name in self._names:
            if not name.startswith("conda-") and name != "extension":
                yield list(pip_stages.group_stage(name, plan, settings, options=conda_stages.PIP_OPTIONS))
        if "extension" in self._names:
            copies = [(name, *self._places(name)) for name in self._names if name != "extension"]
            yield list(pip_stages.extension_stage(plan, self._bases, settings, copies, conda_stages.PREFIX))
        if self._has_project:
            yield list(pip_stages.project_stage(plan, options=conda_stages.PIP_OPTIONS))

    @property
    def _has_project(self) -> bool:
        return bool(self._plan.members) and self._settings.with_sources

    # -- the image itself ----------------------------------------------------------------------------------------

    def _image(self) -> list[str]:
        settings = self._settings
        lines = ["FROM base AS runtime", *pairs(self._labels(), "LABEL")]
        if settings.system:
            lines += pip_stages.system_packages(settings.system)
        lines += comment("No root. torch and others look the user up by name, so that it needs an entry.")
        lines += [f"RUN useradd --uid {USER} --create-home --no-log-init app"]
        lines += self._copies()
        lines += self._gpu()
        if self._conda:
            lines += conda_stages.entrypoint()
        lines.append(f"WORKDIR {APP}")
        if settings.with_sources and not self._has_project:
            lines += comment("The project's files, which change most; .dockerignore says what is not among them.")
            lines.append(f"COPY --link --chown={USER}:{USER} . {APP}")
        lines.append(f"USER {USER}:{USER}")
        return [*lines, *self._runs()]

    def _labels(self) -> Sequence[tuple[str, str]]:
        cuda = f", CUDA {dotted(self._plan.cuda)}" if self._plan.cuda is not None else ""
        return (
            ("org.opencontainers.image.title", self._plan.name),
            ("org.opencontainers.image.description", f"Python {dotted(self._plan.python)}{cuda}"),
            ("org.opencontainers.image.base.name", f"docker.io/{_official(self._bases.runtime.image)}"),
        )

    def _copies(self) -> Iterator[str]:
        """The layers, the one that changes least first. With --link none of them depends on those before it."""
        plan = self._plan
        if not plan.is_locked:
            prefix = conda_stages.PREFIX if self._conda else pip_stages.VENV
            yield f"COPY --link --from=packages {prefix} {prefix}"
        if self._bases.own_python:
            yield "COPY --link --from=builder /opt/python /opt/python"
        for name in [*self._names, *(["project"] if self._has_project else [])]:
            yield self._copy(name)

    def _copy(self, name: str) -> str:
        source, target = self._places(name)
        return f"COPY --link --from={name} {source} {target}"

    def _places(self, name: str) -> tuple[str, str]:
        """The folder of a group in its stage, and in the image."""
        prefix = conda_stages.PREFIX if self._conda else pip_stages.VENV
        if name == "extension":
            return pip_stages.EXTENSION, pip_stages.site_packages(self._plan, prefix)
        is_on_top = self._conda and not name.startswith("conda-")
        return (conda_stages.ON_TOP if is_on_top else prefix), prefix

    def _gpu(self) -> Iterator[str]:
        """What makes NVIDIA's runtime put the driver into the container."""
        if not self._plan.needs_gpu:
            return
        needs = self._driver
        yield from comment(
            "The driver and its GPUs are the machine's." + (f" {needs.claim}." if needs is not None else "")
        )
        yield from sources([needs] if needs is not None else [])
        yield from pairs([("NVIDIA_VISIBLE_DEVICES", "all"), ("NVIDIA_DRIVER_CAPABILITIES", "compute,utility")], "ENV")

    def _runs(self) -> Iterator[str]:
        settings = self._settings
        if settings.port is not None:
            yield f"EXPOSE {settings.port}"
            address = f"http://127.0.0.1:{settings.port}{settings.health_path}"
            code = f"import urllib.request as r; r.urlopen('{address}', timeout=3)"
            yield from continued(
                "HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3",
                f"CMD {words(['python', '-c', code])}",
            )
        elif code := self._import():
            yield from comment("Is the environment whole? No service, so that nothing else can be asked.")
            yield from continued(
                "HEALTHCHECK --interval=5m --timeout=60s --start-period=60s --retries=3",
                f"CMD {words(['python', '-c', code])}",
            )
        yield f"CMD {words(settings.command)}"

    def _import(self) -> str:
        """Python that fails where the main package is not there; of most projects nobody here knows what they import as."""
        plan = self._plan
        if plan.module:
            return f"import {plan.module}"
        return f"from importlib.metadata import version; version('{plan.main}')" if plan.main else ""


def _official(image: str) -> str:
    return image if "/" in image else f"library/{image}"


def _shown(path: str, folder: str) -> str:
    """*path* from the folder of the context."""
    return os.path.relpath(path, folder).replace(os.sep, "/")
