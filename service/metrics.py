"""What the service counts and times, for Prometheus."""

from __future__ import annotations

import os
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
EDGES = (*_BUCKETS, float("inf"))  # seconds


class Requests(NamedTuple):
    """How many requests to a route had this status and took up to each of `EDGES`."""

    method: str
    route: str
    status: int
    within: tuple[float, ...]


class Metrics:
    """The counters of one application.

    Where PROMETHEUS_MULTIPROC_DIR names a folder, the workers add up in it and any of them answers for all.
    """

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Histogram(
            "recsys_request_seconds",
            "Time to answer, by route template",
            ["method", "route", "status"],
            registry=registry,
            buckets=_BUCKETS,
        )
        self.events = Counter("recsys_events", "Events received", ["outcome"], registry=registry)
        self.slates = Counter("recsys_slates", "Slates shown", ["outcome"], registry=registry)
        self.degraded = Counter("recsys_degraded", "Answers without a part", ["part"], registry=registry)
        self.bundle = Gauge(
            "recsys_bundle_info", "1 for the live bundle", ["id"], registry=registry, multiprocess_mode="max"
        )
        self.bundle_failures = Counter(
            "recsys_bundle_failures", "Bundles that could not be served", registry=registry
        )
        self.newer_papers = Gauge(
            "recsys_newer_papers",
            "Papers that came after the bundle",
            ["state"],
            registry=registry,
            multiprocess_mode="min",
        )
        self.redis_up = Gauge(
            "recsys_redis_up", "Whether Redis is trusted", registry=registry, multiprocess_mode="min"
        )

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._of_all_workers())

    def requests_by_route(self) -> list[Requests]:
        """The requests so far by route and status, in no special order."""
        found: dict[tuple[str, str, str], dict[float, float]] = {}
        for family in self._of_all_workers().collect():
            for sample in family.samples:
                if sample.name == "recsys_request_seconds_bucket":
                    labels = sample.labels
                    key = labels["method"], labels["route"], labels["status"]
                    found.setdefault(key, {})[float(labels["le"])] = sample.value
        return [
            Requests(method, route, int(status), tuple(buckets[edge] for edge in EDGES))
            for (method, route, status), buckets in found.items()
        ]

    def _of_all_workers(self) -> CollectorRegistry:
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return self.registry
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return together
