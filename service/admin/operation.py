"""How quickly the service answers, and what goes wrong, since it started."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass

from recsys.quantiles import quantile
from service.context import Context
from service.metrics import EDGES, Requests
from service.troubles import Trouble, Troubles

_SHARES = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class Route:
    """The requests to one route; `times` are the seconds within which half, 95% and 99% were done."""

    method: str
    route: str
    number: int
    refused: int  # 4xx
    failed: int  # 5xx
    times: tuple[float | None, ...]


@dataclass(frozen=True)
class Operation:
    """What the panel shows; `statuses` counts (route, status) from 400 on, the most frequent first."""

    routes: list[Route]
    statuses: list[tuple[str, str, int, int]]
    troubles: list[Trouble]
    of_one_worker: bool  # whether there are others, whose troubles aren't known here


def operation(context: Context, troubles: Troubles) -> Operation:
    """The figures of all workers, and the troubles of this one."""
    requests = context.metrics.requests_by_route()
    wrong = [
        (row.method, row.route, row.status, int(row.within[-1])) for row in requests if row.status >= 400
    ]
    return Operation(
        routes(requests),
        sorted(wrong, key=lambda row: (-row[3], row)),
        troubles.last(),
        "PROMETHEUS_MULTIPROC_DIR" in os.environ,
    )


def routes(requests: list[Requests]) -> list[Route]:
    """Each route's figures over all of its statuses, the most used first."""
    grouped: dict[tuple[str, str], list[Requests]] = defaultdict(list)
    for row in requests:
        grouped[row.method, row.route].append(row)
    found = [_route(*key, rows) for key, rows in grouped.items()]
    return sorted(found, key=lambda row: (-row.number, row.route, row.method))


def _route(method: str, route: str, rows: list[Requests]) -> Route:
    within = [sum(counts) for counts in zip(*(row.within for row in rows), strict=True)]
    return Route(
        method,
        route,
        int(within[-1]),
        int(sum(row.within[-1] for row in rows if 400 <= row.status < 500)),
        int(sum(row.within[-1] for row in rows if row.status >= 500)),
        tuple(quantile(EDGES, within, share) for share in _SHARES),
    )
