"""Argo: Workflow, WorkflowTemplate, ClusterWorkflowTemplate and CronWorkflow.

A template is read once for each set of parameters that a step of the file calls it with, so that an image which a caller
chooses is that caller's. Source: https://argo-workflows.readthedocs.io/en/latest/fields/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from yaml.nodes import MappingNode, Node

from compat.formats.workloads.filling import fill_argo
from compat.formats.workloads.nodes import Nodes
from compat.formats.workloads.pods import read_container, read_pod
from compat.model.containers import Word
from compat.model.workloads import Container, Handover, Workload

_SPECS: Mapping[str, tuple[str, ...]] = {
    "Workflow": ("spec",),
    "WorkflowTemplate": ("spec",),
    "ClusterWorkflowTemplate": ("spec",),
    "CronWorkflow": ("spec", "workflowSpec"),
}
_BOUNDS = frozenset({"retryStrategy", "activeDeadlineSeconds", "ttlStrategy"})

#: Calls of one template with different parameters that are read: a fan-out over a hundred images repeats itself.
MAX_CALLS = 20
#: Templates within templates, by ``inline``.
MAX_INLINE = 4

Values = Mapping[str, str]


class _Call(NamedTuple):
    """A step or a task: what it is called, the template that it runs, and what it hands over."""

    name: str
    template: str
    values: Values
    inline: Node | None
    node: Node


def read_argo(nodes: Nodes, root: Node, kind: str) -> Workload | None:
    """The workflow that *root* describes, or None for another kind (``Application`` of Argo CD)."""
    spec = nodes.get(root, *_SPECS[kind]) if kind in _SPECS else None
    if not isinstance(spec, MappingNode):
        return None
    return _Reader(nodes, spec).workload(root, kind)


class _Reader:
    """One spec of a workflow."""

    def __init__(self, nodes: Nodes, spec: Node) -> None:
        self._spec = spec
        self._globals = _parameters(nodes, nodes.get(spec, "arguments"), "workflow.parameters")
        self._nodes = nodes.filling(fill_argo(self._globals))
        templates = [node for node in nodes.items(nodes.get(spec, "templates")) if isinstance(node, MappingNode)]
        self._templates = [*templates, *self._inlined(templates)]
        self._calls = [call for template in self._templates for call in self._calls_of(template)]
        self._bindings: dict[str, list[dict[str, str]]] = {}
        for call in self._calls:
            self._bindings.setdefault(call.template, []).append(dict(call.values))

    def workload(self, root: Node, kind: str) -> Workload:
        nodes = self._nodes
        label = nodes.get(root, "metadata", "name") or nodes.get(root, "metadata", "generateName")
        containers = [container for node in self._templates for container in self._containers(node)]
        named = any(nodes.get(self._spec, key) is not None for key in ("entrypoint", "templates"))
        return Workload(
            kind,
            nodes.text(label),
            nodes.place(nodes.key(root, "kind") or root),
            tuple(dict.fromkeys(containers)),
            handovers=tuple(self._handovers()),
            bounds=self._bounds(),
            runs=named and nodes.get(self._spec, "entrypoint") is not None,
        )

    def _bounds(self) -> frozenset[str]:
        """The bounds of the workflow, and those that any template has."""
        nodes = self._nodes
        owners = [self._spec, nodes.get(self._spec, "templateDefaults"), *self._templates]
        return frozenset(key.value for owner in owners for key, _ in nodes.pairs(owner)) & _BOUNDS

    def _containers(self, template: Node) -> Iterator[Container]:
        """The containers of a template, for each set of values that it is called with."""
        name = self._nodes.text(template, "name")
        defaults = _parameters(self._nodes, self._nodes.get(template, "inputs"), "inputs.parameters")
        bindings = _distinct(self._bindings.get(name, [])) if name else []
        for values in bindings[:MAX_CALLS] or [{}]:
            filled = {**self._globals, **defaults, **values}
            nodes = self._nodes.filling(fill_argo(filled))
            pod = read_pod(
                nodes, template, nodes.get(self._spec, "templateDefaults"), self._spec, claims=self._claims()
            )
            for node in self._container_nodes(template):
                read = read_container(nodes, node, pod, name, filled)
                yield read._replace(name=f"{name}/{read.name}" if read.name != name and name else read.name)

    def _container_nodes(self, template: Node) -> list[Node]:
        nodes = self._nodes
        found: list[Node | None] = [*nodes.items(nodes.get(template, "initContainers"))]
        found += [nodes.get(template, "container"), nodes.get(template, "script")]
        for part in (("containerSet", "containers"), ("sidecars",)):
            found += nodes.items(nodes.get(template, *part))
        return [node for node in found if isinstance(node, MappingNode)]

    def _claims(self) -> tuple[str, ...]:
        nodes = self._nodes
        claims = nodes.items(nodes.get(self._spec, "volumeClaimTemplates"))
        return tuple(name for claim in claims if (name := nodes.text(claim, "metadata", "name")))

    def _inlined(self, templates: list[MappingNode], depth: int = 0) -> list[MappingNode]:
        """Templates that stand in the steps which run them."""
        calls = (call for template in templates for call in self._calls_of(template))
        found = [call.inline for call in calls if isinstance(call.inline, MappingNode)]
        return [*found, *self._inlined(found, depth + 1)] if found and depth < MAX_INLINE else found

    def _calls_of(self, template: Node) -> Iterator[_Call]:
        """The steps and tasks of a template, in order; a step calls its template with constants, or those are not known."""
        nodes = self._nodes
        entries = nodes.items(nodes.get(template, "dag", "tasks"))
        for group in nodes.items(nodes.get(template, "steps")):
            entries += nodes.items(group)
        for entry in entries:
            values = _parameters(nodes, nodes.get(entry, "arguments"), "inputs.parameters")
            yield _Call(
                nodes.text(entry, "name"), nodes.text(entry, "template"), values, nodes.get(entry, "inline"), entry
            )

    def _handovers(self) -> Iterator[Handover]:
        """Artifacts that one step makes and another takes: ``from: "{{tasks.train.outputs.artifacts.model}}"``."""
        by_name = {call.name: call.template for call in self._calls}
        for call in self._calls:
            for artifact in self._nodes.items(self._nodes.get(call.node, "arguments", "artifacts")):
                word = self._nodes.word(self._nodes.get(artifact, "from"))
                parts = word.text.strip("{} ").split(".") if word is not None else []
                if word is not None and len(parts) == 5 and parts[2:4] == ["outputs", "artifacts"]:
                    giver = by_name.get(parts[1], "")
                    if giver and call.template:
                        yield Handover(parts[4], giver, call.template, word.place)


def _parameters(nodes: Nodes, owner: Node | None, prefix: str) -> dict[str, str]:
    """The parameters of ``arguments`` or ``inputs`` that have a known value, by their dotted names."""
    found = {}
    for node in nodes.items(nodes.get(owner, "parameters")):
        word: Word | None = nodes.word(nodes.get(node, "value")) or nodes.word(nodes.get(node, "default"))
        if word is not None and word.known and "{{" not in word.text:
            found[f"{prefix}.{nodes.text(node, 'name')}"] = word.text
    return found


def _distinct(bindings: list[dict[str, str]]) -> list[dict[str, str]]:
    return list({tuple(sorted(values.items())): values for values in bindings}.values())
