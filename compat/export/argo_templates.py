"""The steps of the workflow as values of Argo: what runs, on which node, with which rights, and how often it is tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hera.workflows import models as argo

from compat.export.argo_parts import (
    ON_ITS_ARCHITECTURE,
    TEMPORARY,
    deadline,
    from_inputs,
    from_items,
    mount,
    proxies,
    retry,
    secret,
    temporary,
    to_arguments,
    to_inputs,
    to_resources,
    to_settings,
    tolerations,
    without_rights,
)
from compat.export.argo_scripts import BUILD, CHECK, CHECK_LOCK, REPORT, SMOKE

#: For `compat` itself and the report, both architectures: https://hub.docker.com/_/python
_PYTHON = "python:3.13-slim-trixie"
#: https://github.com/moby/buildkit/releases
_BUILDKIT = "moby/buildkit:v0.32.2-rootless"
#: Where a repository is in the list of the workflow.
_REPOSITORY = ("url", "revision", "file", "image", "module")
_MACHINE = ("arch", "target", "gpu")
_HOUR = 60 * 60


#: Programs look for a folder of their own, and the image's is read-only.
_HOME = argo.EnvVar(name="HOME", value=TEMPORARY)


class Machine(NamedTuple):
    """One architecture as nodes are labelled (``amd64``), its target as compat has it, and whether a GPU is tried there."""

    arch: str
    target: str
    gpu: bool


def templates(machines: Sequence[Machine], *, builds: bool, locked: bool, gpus: int) -> tuple[argo.Template, ...]:
    """Every template, the entry first. Those of *machines* that there are none of are left out."""
    kinds = sorted({machine.gpu for machine in machines}, reverse=True)
    return (
        _fan_out("main", "repository", "{{workflow.parameters.repositories}}", from_items(_REPOSITORY)),
        _fan_out(
            "repository",
            "machine",
            "{{workflow.parameters.machines}}",
            from_inputs(_REPOSITORY) | from_items(_MACHINE),
            inputs=_REPOSITORY,
        ),
        _machine(kinds, builds=builds),
        _check(locked=locked),
        *((_build(),) if builds else ()),
        *(_smoke(gpus if gpu else 0) for gpu in kinds),
        _report(),
    )


def _fan_out(
    name: str, template: str, items: str, values: Mapping[str, str], inputs: Sequence[str] = ()
) -> argo.Template:
    """A step that runs *template* for each of *items*, a list in JSON."""
    task = argo.DAGTask(name=template, template=template, with_param=items, arguments=to_arguments(values))
    return argo.Template(
        name=name,
        inputs=to_inputs(inputs) if inputs else None,
        dag=argo.DAGTemplate(fail_fast=False, tasks=[task]),
    )


def _machine(kinds: Sequence[bool], *, builds: bool) -> argo.Template:
    """Check, build and try, one after the other."""
    handed = from_inputs((*_REPOSITORY, *_MACHINE))
    # What was built here is for one architecture, and its tag says which.
    image = "{{inputs.parameters.image}}" + ("-{{inputs.parameters.arch}}" if builds else "")
    source = {name: handed[name] for name in ("url", "revision", "file")}
    tasks = [_task("check", "check", source | {"target": handed["target"]})]
    if builds:
        values = source | {"image": image, "arch": handed["arch"]}
        tasks.append(_task("build", "build", values, depends="check"))
    ready = tasks[-1].name
    for gpu in kinds:
        values = {"image": image, "arch": handed["arch"], "module": handed["module"]}
        task = _task(_smoke_name(gpu=gpu), _smoke_name(gpu=gpu), values, depends=ready)
        if len(kinds) > 1:
            task.when = f"'{handed['gpu']}' == '{str(gpu).lower()}'"
        tasks.append(task)
    return argo.Template(name="machine", inputs=to_inputs((*_REPOSITORY, *_MACHINE)), dag=argo.DAGTemplate(tasks=tasks))


def _smoke_name(*, gpu: bool) -> str:
    return "smoke-gpu" if gpu else "smoke-cpu"


def _task(name: str, template: str, values: Mapping[str, str], depends: str | None = None) -> argo.DAGTask:
    return argo.DAGTask(name=name, template=template, depends=depends, arguments=to_arguments(values))


def _check(*, locked: bool) -> argo.Template:
    """Judges the files; nothing of what they ask for is installed."""
    names = ("file", "target")
    return argo.Template(
        name="check",
        inputs=to_inputs(("url", "revision", *names), source=True),
        retry_strategy=retry("OnError"),
        active_deadline_seconds=deadline(_HOUR // 4),
        volumes=[temporary()],
        container=argo.Container(
            image=_PYTHON,
            command=["sh", "-euc"],
            args=[CHECK + (CHECK_LOCK if locked else "")],
            env=[*to_settings(names), argo.EnvVar(name="COMPAT", value="{{workflow.parameters.compat}}"), _HOME],
            env_from=[proxies()],
            resources=to_resources(cpu="1", memory="1Gi"),
            security_context=without_rights(),
            volume_mounts=[mount("tmp", TEMPORARY)],
        ),
    )


def _build() -> argo.Template:
    """Source of flags and rights: https://github.com/moby/buildkit/blob/master/examples/kubernetes/job.rootless.yaml."""
    names = ("file", "image", "arch")
    unconfined = "Unconfined"
    return argo.Template(
        name="build",
        inputs=to_inputs(("url", "revision", *names), source=True),
        # Registries and indexes time out.
        retry_strategy=retry("Always"),
        active_deadline_seconds=deadline(3 * _HOUR),
        node_selector=ON_ITS_ARCHITECTURE,
        tolerations=tolerations(),
        volumes=[argo.Volume(name="buildkit", empty_dir=argo.EmptyDirVolumeSource()), *_secrets()],
        container=argo.Container(
            image=_BUILDKIT,
            command=["sh", "-euc"],
            args=[BUILD],
            env=[
                *to_settings(names),
                argo.EnvVar(name="BUILDKITD_FLAGS", value="--oci-worker-no-process-sandbox"),
                argo.EnvVar(name="DOCKER_CONFIG", value="/registry"),
            ],
            env_from=[proxies()],
            resources=to_resources(cpu="2", memory="8Gi"),
            security_context=argo.SecurityContext(
                run_as_user=1000,
                run_as_group=1000,
                seccomp_profile=argo.SeccompProfile(type=unconfined),
                app_armor_profile=argo.AppArmorProfile(type=unconfined),
            ),
            volume_mounts=[
                mount("buildkit", "/home/user/.local/share/buildkit"),
                mount("registry", "/registry", read_only=True),
                mount("netrc", "/netrc", read_only=True),
            ],
        ),
    )


def _secrets() -> tuple[argo.Volume, argo.Volume]:
    """Of the registry, as BuildKit looks for them, and of mirrors of packages, which a build mounts and keeps in no layer."""
    return secret("registry", ".dockerconfigjson", "config.json"), secret("netrc", "netrc", "netrc")


def _smoke(gpus: int) -> argo.Template:
    """Imports and multiplies in the image itself, with *gpus* of the node."""
    return argo.Template(
        name=_smoke_name(gpu=gpus > 0),
        inputs=to_inputs(("image", "arch", "module")),
        retry_strategy=retry("OnError"),
        active_deadline_seconds=deadline(_HOUR),
        node_selector=ON_ITS_ARCHITECTURE,
        tolerations=tolerations(gpu=gpus > 0),
        volumes=[temporary()],
        script=argo.ScriptTemplate(
            image="{{inputs.parameters.image}}",
            command=["python"],
            source=SMOKE,
            env=[*to_settings(("module",)), argo.EnvVar(name="GPUS", value=str(gpus)), _HOME],
            resources=to_resources(cpu="1", memory="8Gi", gpus=gpus),
            security_context=without_rights(),
            volume_mounts=[mount("tmp", TEMPORARY)],
        ),
    )


def _report() -> argo.Template:
    """The exit handler."""
    values = {"STATUS": "status", "FAILURES": "failures", "SECONDS": "duration", "NAME": "name"}
    return argo.Template(
        name="report",
        retry_strategy=retry("OnError"),
        active_deadline_seconds=deadline(_HOUR // 6),
        script=argo.ScriptTemplate(
            image=_PYTHON,
            command=["python"],
            source=REPORT,
            env=[argo.EnvVar(name=name, value=f"{{{{workflow.{value}}}}}") for name, value in values.items()],
            resources=to_resources(cpu="1", memory="128Mi"),
            security_context=without_rights(),
        ),
    )
