"""Small parts that several steps of the workflow share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hera.workflows import models as argo

_SOURCE = "/source"
#: Of the container; a volume of its own, as the rest is read-only.
TEMPORARY = "/tmp"  # noqa: S108 -- nothing of this machine
#: https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch
ON_ITS_ARCHITECTURE = {"kubernetes.io/arch": "{{inputs.parameters.arch}}"}


def to_inputs(names: Sequence[str], *, source: bool = False) -> argo.Inputs:
    """Parameters without defaults; with *source* the repository that they name, as Argo clones it before the step runs."""
    return argo.Inputs(
        parameters=[argo.Parameter(name=name) for name in names], artifacts=[_source()] if source else None
    )


def _source() -> argo.Artifact:
    """Whole: of a shallow clone Argo finds no tag and no commit but the newest of each branch."""
    git = argo.GitArtifact(
        repo="{{inputs.parameters.url}}", revision="{{inputs.parameters.revision}}", disable_submodules=True
    )
    return argo.Artifact(name="source", path=_SOURCE, git=git)


def to_arguments(values: Mapping[str, str]) -> argo.Arguments:
    """What a template is called with."""
    return argo.Arguments(parameters=[argo.Parameter(name=name, value=value) for name, value in values.items()])


def from_items(names: Sequence[str]) -> dict[str, str]:
    """Each of *names* from the item that a step was fanned out for."""
    return {name: f"{{{{item.{name}}}}}" for name in names}


def from_inputs(names: Sequence[str]) -> dict[str, str]:
    """Each of *names* from the inputs of the template itself."""
    return {name: f"{{{{inputs.parameters.{name}}}}}" for name in names}


def to_settings(names: Sequence[str]) -> list[argo.EnvVar]:
    """Inputs as environment variables: in the text of a script, a quote in one would be code."""
    return [argo.EnvVar(name=name.upper(), value=value) for name, value in from_inputs(names).items()]


def retry(policy: str) -> argo.RetryStrategy:
    """Twice more, after half a minute and a minute. ``OnError`` leaves out what the program itself says no to."""
    return argo.RetryStrategy(
        limit=argo.IntOrString(root="2"),
        retry_policy=policy,
        backoff=argo.Backoff(duration="30s", factor=argo.IntOrString(root="2")),
    )


def deadline(seconds: int) -> argo.IntOrString:
    """As a text, which is what Argo's schema has for it."""
    return argo.IntOrString(root=str(seconds))


def to_resources(*, cpu: str, memory: str, gpus: int = 0) -> argo.ResourceRequirements:
    """*memory* is asked for and not exceeded; of the CPU more may be used where it is free."""
    quantity = argo.Quantity
    limits = {"memory": quantity(root=memory)}
    if gpus:
        limits["nvidia.com/gpu"] = quantity(root=str(gpus))
    return argo.ResourceRequirements(
        requests={"cpu": quantity(root=cpu), "memory": quantity(root=memory)}, limits=limits
    )


def tolerations(*, gpu: bool = False) -> list[argo.Toleration]:
    """Of the taints that clusters put on arm64 and on GPU nodes."""
    keys = ("kubernetes.io/arch", *(("nvidia.com/gpu",) if gpu else ()))
    return [argo.Toleration(key=key, operator="Exists", effect="NoSchedule") for key in keys]


def without_rights() -> argo.SecurityContext:
    """For programs that need none: Kubernetes' restricted standard, and an image that cannot be written to."""
    return argo.SecurityContext(
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        capabilities=argo.Capabilities(drop=["ALL"]),
    )


def temporary() -> argo.Volume:
    """For what programs write although the image is read-only."""
    return argo.Volume(name="tmp", empty_dir=argo.EmptyDirVolumeSource())


def mount(name: str, path: str, *, read_only: bool = False) -> argo.VolumeMount:
    """The volume *name* at *path* of the container."""
    return argo.VolumeMount(name=name, mount_path=path, read_only=read_only or None)


def secret(name: str, key: str, path: str) -> argo.Volume:
    """The *key* of a secret as a file; an empty folder where there is no such secret."""
    item = argo.KeyToPath(key=key, path=path)
    return argo.Volume(name=name, secret=argo.SecretVolumeSource(secret_name=name, items=[item], optional=True))


def proxies() -> argo.EnvFromSource:
    """A ConfigMap that need not be there."""
    return argo.EnvFromSource(config_map_ref=argo.ConfigMapEnvSource(name="compat-settings", optional=True))
