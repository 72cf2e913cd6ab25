"""Conda channels that remember what they were asked: parts of the same lines come up again and again in an explanation."""

from __future__ import annotations

from collections.abc import Sequence

from compat.model.conda_records import CondaAnswer, CondaChannels, CondaRecord, CondaRequest
from compat.model.names import CondaName


class RememberingChannels:
    """`CondaChannels` that solve each request once; ``solves`` counts those."""

    def __init__(self, channels: CondaChannels) -> None:
        self._channels = channels
        self._known: dict[CondaRequest, CondaAnswer] = {}
        self.solves = 0

    @property
    def urls(self) -> tuple[str, ...]:
        return self._channels.urls

    def solve(self, requests: Sequence[CondaRequest]) -> tuple[CondaAnswer, ...]:
        new = [request for request in dict.fromkeys(requests) if request not in self._known]
        self.solves += len(new)
        self._known.update(zip(new, self._channels.solve(new) if new else (), strict=True))
        return tuple(self._known[request] for request in requests)

    def records(self, name: CondaName, subdir: str) -> tuple[CondaRecord, ...]:
        return self._channels.records(name, subdir)
