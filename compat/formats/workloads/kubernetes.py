"""Documents of a cluster: Kubernetes' own kinds that start pods, those of Kubeflow's trainers, and Argo's.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/
"""

from __future__ import annotations

from yaml.nodes import MappingNode, Node

from compat.formats.workloads.filling import plain
from compat.formats.workloads.nodes import Nodes
from compat.formats.workloads.pods import read_container, read_pod
from compat.model.workloads import Workload
from compat.text.source import Source
from compat.text.yaml import compose_all

#: Where the spec of the pod stands in each kind.
_PODS: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "Job": ("spec", "template", "spec"),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "Rollout": ("spec", "template", "spec"),
}
_JOBS = {"Job": ("spec",), "CronJob": ("spec", "jobTemplate", "spec")}
_BOUNDS = frozenset({"activeDeadlineSeconds", "ttlSecondsAfterFinished", "backoffLimit"})


def read_cluster(source: Source) -> tuple[Workload, ...]:
    """The workloads of all documents in *source*; kinds that run nothing give none. Raises: FileProblem."""
    nodes = Nodes(source, plain)
    return tuple(workload for root in compose_all(source) for workload in _read(nodes, root))


def _read(nodes: Nodes, root: Node) -> list[Workload]:
    kind, version = nodes.text(root, "kind"), nodes.text(root, "apiVersion")
    if kind == "List":
        items = [item for item in nodes.items(nodes.get(root, "items")) if nodes.text(item, "kind") != "List"]
        return [workload for item in items for workload in _read(nodes, item)]
    if version.startswith("argoproj.io/") and kind != "Rollout":
        from compat.formats.workloads.argo import read_argo

        return [workload] if (workload := read_argo(nodes, root, kind)) is not None else []
    specs = [nodes.get(root, *_PODS[kind])] if kind in _PODS else _replicas(nodes, root)
    specs = [spec for spec in specs if isinstance(spec, MappingNode)]
    return [_workload(nodes, root, kind, specs)] if specs else []


def _workload(nodes: Nodes, root: Node, kind: str, specs: list[Node | None]) -> Workload:
    claims = tuple(
        nodes.text(c, "metadata", "name") for c in nodes.items(nodes.get(root, "spec", "volumeClaimTemplates"))
    )
    containers = []
    for spec in specs:
        pod = read_pod(nodes, spec, claims=tuple(filter(None, claims)))
        found = (*nodes.items(nodes.get(spec, "initContainers")), *nodes.items(nodes.get(spec, "containers")))
        containers += [read_container(nodes, node, pod) for node in found if isinstance(node, MappingNode)]
    label = nodes.get(root, "metadata", "name")
    job = nodes.get(root, *_JOBS[kind]) if kind in _JOBS else None
    pod_keys = {key.value for key, _ in nodes.pairs(specs[0])} & {"activeDeadlineSeconds"}
    return Workload(
        kind,
        nodes.text(label),
        nodes.place(nodes.key(root, "kind") or root),
        tuple(containers),
        bounds=frozenset({key.value for key, _ in nodes.pairs(job)} & _BOUNDS | pod_keys),
        # A patch of Kustomize names what it changes and no more.
        runs=all(container.image is not None for container in containers),
    )


def _replicas(nodes: Nodes, root: Node) -> list[Node | None]:
    """The pods of PyTorchJob, TFJob, MPIJob and their like, by the role of each replica.

    Source: https://www.kubeflow.org/docs/components/trainer/legacy-v1/user-guides/pytorch/
    """
    return [
        nodes.get(replica, "template", "spec")
        for key, roles in nodes.pairs(nodes.get(root, "spec"))
        if key.value.endswith("ReplicaSpecs")
        for _, replica in nodes.pairs(roles)
    ]
