"""The part of a pod that Kubernetes and Argo have in common: containers, resources, volumes, and where they may run.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from yaml.nodes import MappingNode, Node, ScalarNode

from compat.formats.workloads.nodes import Nodes
from compat.formats.workloads.sizes import cluster_size
from compat.model.containers import Command, Word
from compat.model.workloads import Container, GpuRequest, Mount, Size, is_gpu_resource

Values = Mapping[str, str]
_NONE: Values = MappingProxyType({})

_ARCHITECTURE_KEYS = ("kubernetes.io/arch", "beta.kubernetes.io/arch")
_RULES = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")


class Pod(NamedTuple):
    """What holds for every container of a pod."""

    architectures: tuple[Word, ...] = ()
    volumes: tuple[tuple[str, str], ...] = ()
    """Volumes that others can mount, too: name here, and what it is (``claim data``, ``host /data``)."""
    memory_volumes: tuple[tuple[str, Size | None], ...] = ()
    host_memory: bool = False
    runtime: str = ""
    patched: bool = False


def read_pod(nodes: Nodes, *specs: Node | None, claims: tuple[str, ...] = ()) -> Pod:
    """What *specs* say of the pod, the first one that says a thing first; *claims* are volumes made for the workload."""
    volumes = [volume for spec in specs for volume in nodes.items(nodes.get(spec, "volumes"))]
    architectures = (found for spec in specs if (found := _architectures(nodes, spec)))
    return Pod(
        architectures=next(architectures, ()),
        volumes=(*((name, f"claim {name}") for name in claims), *(s for v in volumes if (s := _shared(nodes, v)))),
        memory_volumes=tuple(
            (nodes.text(volume, "name"), cluster_size(nodes.word(nodes.get(volume, "emptyDir", "sizeLimit"))))
            for volume in volumes
            if nodes.text(volume, "emptyDir", "medium") == "Memory"
        ),
        host_memory=any(nodes.text(spec, "hostIPC") == "true" for spec in specs),
        runtime=next((text for spec in specs if (text := nodes.text(spec, "runtimeClassName"))), ""),
        patched=any(nodes.get(spec, "podSpecPatch") is not None for spec in specs),
    )


def read_container(nodes: Nodes, node: Node, pod: Pod, name: str = "", values: Values = _NONE) -> Container:
    """The container that *node* describes, in *pod*; *name* stands for the one that it does not have; *values* fill in its script."""
    label = nodes.get(node, "name")
    mounts = [mount for mount in nodes.items(nodes.get(node, "volumeMounts")) if isinstance(mount, MappingNode)]
    memory = dict(pod.memory_volumes)
    shm = next((mount for mount in mounts if nodes.text(mount, "mountPath").rstrip("/") == "/dev/shm"), None)  # noqa: S108
    return Container(
        name=nodes.text(label) or name,
        place=nodes.place(label or node),
        image=nodes.word(nodes.get(node, "image")),
        architectures=pod.architectures,
        gpus=_gpus(nodes, nodes.get(node, "resources")),
        memory=cluster_size(nodes.word(nodes.get(node, "resources", "limits", "memory"))),
        shm=memory.get(nodes.text(shm, "name")) if shm is not None else None,
        shared_memory=pod.host_memory or shm is not None,
        mounts=_mounts(nodes, mounts, dict(pod.volumes)),
        commands=_commands(nodes, node, values),
        settings=_settings(nodes, node),
        runtime=pod.runtime,
        patched=pod.patched,
    )


def _commands(nodes: Nodes, node: Node, values: Values) -> tuple[Command, ...]:
    """What ``command`` and ``args`` run together, or ``source``, if a shell reads it (``image`` scripts of Argo)."""
    words = [*nodes.items(nodes.get(node, "command")), *nodes.items(nodes.get(node, "args"))]
    source = nodes.get(node, "source")
    variables = {**{name: word.text for name, word in _settings(nodes, node)}, **values}
    if source is None:
        return nodes.command(words, variables)
    program = words[0].value.rpartition("/")[2] if words and isinstance(words[0], ScalarNode) else ""
    return nodes.script(source, variables) if program in {"sh", "bash", "dash", "ash"} else ()


def _gpus(nodes: Nodes, resources: Node | None) -> tuple[GpuRequest, ...]:
    """Requests and limits for GPUs, one for each name of a resource."""
    found: dict[str, GpuRequest] = {}
    for part in ("requests", "limits"):
        for key, value in nodes.pairs(nodes.get(resources, part)):
            if is_gpu_resource(key.value):
                word = nodes.word(value)
                known = found.get(key.value) or GpuRequest(nodes.place(key), key.value)
                found[key.value] = known._replace(limit=word) if part == "limits" else known._replace(requested=word)
    return tuple(found.values())


def _settings(nodes: Nodes, node: Node) -> tuple[tuple[str, Word], ...]:
    """The variables of the container that have a value here."""
    entries = nodes.items(nodes.get(node, "env"))
    pairs = ((nodes.text(entry, "name"), nodes.word(nodes.get(entry, "value"))) for entry in entries)
    return tuple((name, value) for name, value in pairs if name and value is not None)


def _mounts(nodes: Nodes, mounts: list[MappingNode], volumes: dict[str, str]) -> tuple[Mount, ...]:
    found = []
    for mount in mounts:
        source = volumes.get(nodes.text(mount, "name"))
        key = nodes.get(mount, "mountPath")
        if source is not None and key is not None:
            below = nodes.text(mount, "subPath")
            found.append(Mount(f"{source}/{below}" if below else source, nodes.text(key), nodes.place(key)))
    return tuple(found)


def _shared(nodes: Nodes, volume: Node) -> tuple[str, str] | None:
    """The name of a volume that outlives one pod, and what it is."""
    name = nodes.text(volume, "name")
    if claim := nodes.text(volume, "persistentVolumeClaim", "claimName"):
        return name, f"claim {claim}"
    if folder := nodes.text(volume, "hostPath", "path"):
        return name, f"host {folder}"
    if server := nodes.text(volume, "nfs", "path"):
        return name, f"nfs {server}"
    return None


def _architectures(nodes: Nodes, spec: Node | None) -> tuple[Word, ...]:
    """The architectures of the nodes that a pod may run on; nothing where one of several alternatives names none."""
    for key, value in nodes.pairs(nodes.get(spec, "nodeSelector")):
        if key.value in _ARCHITECTURE_KEYS:
            return nodes.words(value)
    found: list[Word] = []
    for term in nodes.items(nodes.get(spec, *_RULES)):
        words = _term(nodes, term)
        if not words:
            return ()
        found += words
    return tuple(found)


def _term(nodes: Nodes, term: Node) -> tuple[Word, ...]:
    for rule in nodes.items(nodes.get(term, "matchExpressions")):
        if nodes.text(rule, "key") in _ARCHITECTURE_KEYS and nodes.text(rule, "operator") == "In":
            return nodes.words(nodes.get(rule, "values"))
    return ()
