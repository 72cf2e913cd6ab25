"""A workflow for Argo that checks the lock of an environment on every architecture, builds its image and tries it there.

Made through ``hera``, Argo's SDK for Python, of which the values are used that are generated from Argo's own schema: a
field that Argo does not have is a type error here.
Source: https://argo-workflows.readthedocs.io/en/latest/fields/
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hera.workflows import models as argo

from compat.export.argo_comments import comments
from compat.export.argo_templates import Machine, templates
from compat.export.dockerfile import USER
from compat.text.yaml_commented import to_commented_yaml

#: A day, and a week for what has to be looked into.
_KEEP_SECONDS = 24 * 60 * 60
_KEEP_FAILED_SECONDS = 7 * _KEEP_SECONDS
#: Of the whole workflow. An image with CUDA is several gigabytes to load, to build and to push.
_DEADLINE_SECONDS = 6 * 60 * 60
#: Pods at a time, however long the list of repositories is.
_PARALLELISM = 8


class Repository(NamedTuple):
    """Where an environment is: *file* in the repository at *url*.

    *image* is pulled, or pushed to and gets the architecture behind its tag. *module* is what its check imports.
    """

    url: str
    revision: str
    file: str
    image: str
    module: str


class WorkflowOptions(NamedTuple):
    """What the caller chose. ``builds`` is False where the image is there already.

    ``locked`` says that a lock beside the input is to be compared with it; ``gpus`` is for each smoke test.
    """

    name: str
    version: str
    template: bool = False
    builds: bool = True
    locked: bool = True
    gpus: int = 1


def to_workflow(machines: Sequence[Machine], repositories: Sequence[Repository], options: WorkflowOptions) -> str:
    """The YAML of a Workflow, or of a WorkflowTemplate. The same arguments give the same bytes.

    Without *repositories* their parameter has no value, and Argo asks for one when the workflow is submitted.
    """
    document = _ordered(_manifest(machines, repositories, options).model_dump(exclude_none=True, by_alias=True))
    known = bool(repositories)
    return to_commented_yaml(
        document, comments(document, builds=options.builds, known=known), _head(options, known=known)
    )


def _manifest(
    machines: Sequence[Machine], repositories: Sequence[Repository], options: WorkflowOptions
) -> argo.Workflow | argo.WorkflowTemplate:
    parts = templates(machines, builds=options.builds, locked=options.locked, gpus=options.gpus)
    spec = argo.WorkflowSpec(
        entrypoint="main",
        on_exit="report",
        arguments=argo.Arguments(parameters=_parameters(machines, repositories, options)),
        parallelism=_PARALLELISM,
        active_deadline_seconds=_DEADLINE_SECONDS,
        ttl_strategy=argo.TTLStrategy(
            seconds_after_completion=_KEEP_SECONDS, seconds_after_failure=_KEEP_FAILED_SECONDS
        ),
        pod_gc=argo.PodGC(strategy="OnPodSuccess"),
        security_context=argo.PodSecurityContext(
            run_as_non_root=True,
            run_as_user=USER,
            run_as_group=USER,
            fs_group=USER,
            seccomp_profile=argo.SeccompProfile(type="RuntimeDefault"),
        ),
        image_pull_secrets=[argo.LocalObjectReference(name="registry")],
        templates=list(parts),
    )
    labels = {"app.kubernetes.io/name": options.name, "app.kubernetes.io/managed-by": "compat"}
    if options.template:
        metadata = argo.ObjectMeta(name=f"{options.name}-environment", labels=labels)
        return argo.WorkflowTemplate(
            api_version="argoproj.io/v1alpha1", kind="WorkflowTemplate", metadata=metadata, spec=spec
        )
    metadata = argo.ObjectMeta(generate_name=f"{options.name}-environment-", labels=labels)
    return argo.Workflow(api_version="argoproj.io/v1alpha1", kind="Workflow", metadata=metadata, spec=spec)


def _parameters(
    machines: Sequence[Machine], repositories: Sequence[Repository], options: WorkflowOptions
) -> list[argo.Parameter]:
    return [
        argo.Parameter(name="repositories", value=_to_list(each._asdict() for each in repositories)),
        argo.Parameter(name="machines", value=_to_list(each._asdict() for each in machines)),
        argo.Parameter(name="compat", value=f"compat-matrix=={options.version}"),
    ]


def _to_list(items: Any) -> str | None:  # noqa: ANN401 -- an iterable of what JSON holds
    """JSON with one item a line; None without any."""
    lines = [json.dumps(item, ensure_ascii=False) for item in items]
    return "[\n  " + ",\n  ".join(lines) + "\n]\n" if lines else None


#: What a reader looks for first; the rest follows as Argo's schema has it.
_FIRST = (
    "apiVersion", "kind", "metadata", "name", "generateName", "labels", "spec", "entrypoint", "onExit",
    "template", "depends", "when", "withParam", "arguments", "inputs", "parameters", "value", "path", "artifacts", "failFast",
    "tasks", "parallelism", "activeDeadlineSeconds", "ttlStrategy", "podGC", "retryStrategy", "limit", "retryPolicy",
    "nodeSelector", "tolerations", "key", "operator", "volumes", "secretName", "image", "command", "args", "source", "env",
    "envFrom", "resources", "requests", "limits", "runAsNonRoot", "runAsUser", "runAsGroup",
)  # fmt: skip
_LAST = ("securityContext", "volumeMounts", "container", "script", "dag", "imagePullSecrets", "templates")


def _ordered(value: Any) -> Any:  # noqa: ANN401 -- any part of the document
    if isinstance(value, Mapping):
        keys = sorted(value, key=_rank)
        return {key: _ordered(value[key]) for key in keys}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _rank(key: str) -> tuple[int, int]:
    """Sorting is stable, so that keys of one rank stay as they are."""
    if key in _FIRST:
        return 0, _FIRST.index(key)
    return (2, _LAST.index(key)) if key in _LAST else (1, 0)


def _head(options: WorkflowOptions, *, known: bool) -> str:
    """The first lines: what this is and how it is started."""
    ask = "" if known else " -p repositories='[...]'"
    start = [f"argo submit --watch FILE{ask}"]
    if options.template:
        start = [
            "argo template create FILE",
            f"argo submit --watch --from workflowtemplate/{options.name}-environment{ask}",
        ]
    return "Written by `compat export argo`. Start it with:\n" + "\n".join(f"  {line}" for line in start)
