"""What the service counts and times, for Prometheus."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


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
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
