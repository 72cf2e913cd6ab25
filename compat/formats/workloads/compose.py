"""Compose files: services, what they are built from, and the devices that they reserve.

Source: https://github.com/compose-spec/compose-spec/blob/main/spec.md
"""

from __future__ import annotations

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from compat.formats.workloads.filling import fill_compose
from compat.formats.workloads.nodes import Nodes
from compat.formats.workloads.sizes import compose_size
from compat.model.containers import Command, Word
from compat.model.errors import FileProblem
from compat.model.workloads import Build, Container, GpuRequest, Mount, Workload
from compat.text.source import Source
from compat.text.yaml import compose, kind_of

#: ``extends`` of services of one file, one after the other.
MAX_EXTENDS = 10


def read_compose(source: Source) -> tuple[Workload, ...]:
    """The one workload of *source*, with its services as containers. Raises: FileProblem."""
    root = compose(source)
    if not isinstance(root, MappingNode):
        what = "empty" if root is None else f"a {kind_of(root)}"
        raise FileProblem(source.path, f"no compose file: the file is {what}, not a mapping")
    nodes = Nodes(source, fill_compose)
    services = nodes.get(root, "services")
    reader = _Reader(nodes, services)
    containers = tuple(
        reader.service(key, service) for key, service in nodes.pairs(services) if isinstance(service, MappingNode)
    )
    place = nodes.place(nodes.key(root, "services") or root)
    return (Workload("compose", nodes.text(root, "name"), place, containers),)


class _Reader:
    """The services of one file."""

    def __init__(self, nodes: Nodes, services: Node | None) -> None:
        self._nodes = nodes
        self._services = services

    def service(self, key: ScalarNode, node: Node) -> Container:
        nodes = self._nodes
        chain = self._chain(node)
        settings = self._settings(self._first(chain, "environment"))
        shm = compose_size(nodes.word(self._first(chain, "shm_size")))
        memory = self._first(chain, "deploy", "resources", "limits", "memory") or self._first(chain, "mem_limit")
        return Container(
            name=key.value,
            place=nodes.place(key),
            image=nodes.word(self._first(chain, "image")),
            build=self._build(self._first(chain, "build")),
            platform=nodes.word(self._first(chain, "platform")),
            gpus=tuple(gpu for each in chain for gpu in self._gpus(each)),
            memory=compose_size(nodes.word(memory)),
            shm=shm,
            shared_memory=shm is not None or self._has_memory(chain),
            mounts=tuple(mount for each in chain for mount in self._mounts(nodes.get(each, "volumes"))),
            commands=tuple(
                command
                for key in ("entrypoint", "command")
                for command in self._commands(self._first(chain, key), settings)
            ),
            settings=settings,
            runtime=nodes.text(self._first(chain, "runtime")),
            checks_health=self._first(chain, "healthcheck") is not None,
        )

    def _chain(self, node: Node) -> list[Node]:
        """A service and those of this file that it extends, itself first."""
        chain = [node]
        while len(chain) < MAX_EXTENDS:
            extends = self._nodes.get(chain[-1], "extends")
            if self._nodes.get(extends, "file") is not None:
                break
            name = self._nodes.text(extends) or self._nodes.text(extends, "service")
            base = self._nodes.get(self._services, name) if name else None
            if not isinstance(base, MappingNode) or any(base is each for each in chain):
                break
            chain.append(base)
        return chain

    def _first(self, chain: list[Node], *path: str) -> Node | None:
        return next((found for node in chain if (found := self._nodes.get(node, *path)) is not None), None)

    def _build(self, node: Node | None) -> Build | None:
        nodes = self._nodes
        if isinstance(node, ScalarNode):
            return Build(nodes.place(node), nodes.word(node))
        if not isinstance(node, MappingNode):
            return None
        return Build(
            nodes.place(node),
            nodes.word(nodes.get(node, "context")),
            nodes.word(nodes.get(node, "dockerfile")),
            inline=nodes.get(node, "dockerfile_inline") is not None,
            arguments=self._arguments(nodes.get(node, "args")),
            target=nodes.word(nodes.get(node, "target")),
            platforms=nodes.words(nodes.get(node, "platforms")),
        )

    def _arguments(self, node: Node | None) -> tuple[tuple[Word, Word | None], ...]:
        """``NAME: value`` and ``- NAME=value``; a name alone takes the value that the shell has."""
        nodes = self._nodes
        found: list[tuple[Word, Word | None]] = []
        for key, value in nodes.pairs(node):
            found.append((Word(key.value, nodes.place(key)), nodes.word(value)))
        for item in nodes.items(node):
            word = nodes.word(item)
            if word is None:
                continue
            name, equals, text = word.text.partition("=")
            place = word.place._replace(end_column=(word.place.column or 1) + len(name), end_line=word.place.line)
            found.append(
                (word._replace(text=name, place=place, known=True), word._replace(text=text) if equals else None)
            )
        return tuple(found)

    def _gpus(self, service: Node) -> list[GpuRequest]:
        """``gpus: all``, and reservations of devices."""
        nodes = self._nodes
        found = []
        short = nodes.get(service, "gpus")
        if isinstance(short, ScalarNode):
            found.append(GpuRequest(nodes.place(short), limit=nodes.word(short)))
        handed = nodes.words(nodes.get(service, "devices"))
        found += [GpuRequest(word.place) for word in handed if word.text.startswith(("/dev/nvidia", "nvidia.com/gpu"))]
        listed = nodes.items(short)
        found += [
            self._device(node)._replace(capabilities=("gpu",)) for node in listed if isinstance(node, MappingNode)
        ]
        for node in nodes.items(nodes.get(service, "deploy", "resources", "reservations", "devices")):
            if isinstance(node, MappingNode):
                request = self._device(node)
                if request.capabilities is None or "gpu" in request.capabilities:
                    found.append(request)
        return found

    def _device(self, node: Node) -> GpuRequest:
        nodes = self._nodes
        named = nodes.get(node, "capabilities")
        return GpuRequest(
            nodes.place(node),
            limit=nodes.word(nodes.get(node, "count")),
            capabilities=None if named is None else self._capabilities(named),
            by_id=nodes.get(node, "device_ids") is not None,
        )

    def _capabilities(self, node: Node) -> tuple[str, ...]:
        """The names of a list; older files have lists in it."""
        inner = [each for item in self._nodes.items(node) for each in self._nodes.words(item)]
        return tuple(word.text for word in inner)

    def _mounts(self, node: Node | None) -> list[Mount]:
        """Named volumes and folders of the host, in the short and the long form."""
        nodes = self._nodes
        found = []
        for item in nodes.items(node):
            if isinstance(item, MappingNode):
                source, path = nodes.text(item, "source"), nodes.text(item, "target")
            else:
                source, _, rest = nodes.text(item).partition(":")
                path = rest.split(":")[0]
            if source and path:
                found.append(Mount(source, path, nodes.place(item)))
        return found

    def _has_memory(self, chain: list[Node]) -> bool:
        """Whether something else than the default stands at ``/dev/shm``."""
        nodes = self._nodes
        if any(nodes.text(self._first(chain, key)) not in {"", "private"} for key in ("ipc",)):
            return True
        tmpfs = nodes.words(self._first(chain, "tmpfs"))
        volumes = [mount.path for each in chain for mount in self._mounts(nodes.get(each, "volumes"))]
        return any(path.startswith("/dev/shm") for path in (*(word.text for word in tmpfs), *volumes))  # noqa: S108

    def _commands(self, node: Node | None, settings: tuple[tuple[str, Word], ...]) -> tuple[Command, ...]:
        """Compose has filled ``$NAME`` in before a shell sees the line; ``$$`` is what a shell sees as ``$``."""
        variables = {name: word.text for name, word in settings}
        if isinstance(node, SequenceNode):
            return self._nodes.command(self._nodes.items(node), variables)
        return self._nodes.script(node, variables)

    def _settings(self, node: Node | None) -> tuple[tuple[str, Word], ...]:
        pairs = self._arguments(node)
        return tuple((name.text, value) for name, value in pairs if value is not None)
