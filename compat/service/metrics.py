"""Counters for Prometheus, of one service: two in one process do not share them."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Labels are few and from the code: routes as templates, never as asked for."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "compat_requests", "Requests by route and status.", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "compat_request_seconds",
            "Time to the end of the answer.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = 0
        self.watch("compat_requests_in_flight", "Requests that are being answered.", lambda: self.in_flight)
        self._replaced = Counter(
            "compat_workers_replaced", "Workers replaced, by why.", ["why"], registry=self.registry
        )
        self.jobs = Counter("compat_lock_jobs", "Lock jobs by how they ended.", ["state"], registry=self.registry)
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def watch(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """A gauge whose *value* is looked up when it is asked for."""
        Gauge(name, help_text, registry=self.registry).set_function(value)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        key = (method, route, status)
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = self._requests.labels(*map(str, key)), self._seconds.labels(route)
        found[0].inc()
        found[1].observe(seconds)

    def replaced(self, why: str) -> None:
        self._replaced.labels(why).inc()

    def render(self) -> bytes:
        """The text format. Source: https://prometheus.io/docs/instrumenting/exposition_formats/ ."""
        return generate_latest(self.registry)
