"""Clients that do not take their answer; what the connection does is played here, as it would take long over a socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from compat.service.protocol import BoundedProtocol


class Transport:
    """One whose buffer is as full as a test says."""

    def __init__(self) -> None:
        self.left = 0
        self.ended = ""

    def get_write_buffer_size(self) -> int:
        return self.left

    def abort(self) -> None:
        self.ended = "aborted"


class Timers:
    """A loop whose timers a test lets go off."""

    def __init__(self) -> None:
        self.set: list[Callable[[], None]] = []

    def call_later(self, seconds: float, work: Callable[[], None]) -> Any:  # noqa: ANN401, ARG002 - a handle
        self.set.append(work)
        return self

    def cancel(self) -> None:
        self.set.clear()


@pytest.fixture
def connection() -> tuple[BoundedProtocol, Transport, Timers]:
    found = object.__new__(BoundedProtocol)
    transport, timers = Transport(), Timers()
    found.transport, found.loop = cast("Any", transport), cast("Any", timers)
    found._watch, found._untaken = None, 0
    return found, transport, timers


def test_who_takes_nothing_more_is_let_go(connection: tuple[BoundedProtocol, Transport, Timers]) -> None:
    protocol, transport, timers = connection
    transport.left = 1_000_000
    protocol._watch_taking()
    timers.set.pop()()
    assert transport.ended == "aborted"


def test_who_takes_it_slowly_is_not(connection: tuple[BoundedProtocol, Transport, Timers]) -> None:
    protocol, transport, timers = connection
    transport.left = 1_000_000
    protocol._watch_taking()
    for left in (900_000, 500_000, 20_000, 0):
        transport.left = left
        timers.set.pop()()
    assert (transport.ended, timers.set) == ("", [])


def test_whose_answer_is_out_is_not_looked_at(connection: tuple[BoundedProtocol, Transport, Timers]) -> None:
    protocol, _, timers = connection
    protocol._watch_taking()
    assert timers.set == []
