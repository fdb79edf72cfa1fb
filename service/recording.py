"""Events that the service makes of what readers do: kept, counted, and in the next answer."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.events import Event, now_ms, stored
from recsys.store import Outcome, StoreError
from service.context import Context


def record(context: Context, events: Sequence[Event], after: int = 0) -> list[Outcome]:
    """Keep the events, each counted once by its id, and compute their readers' states anew.

    Args:
        context: the parts.
        events: one without a time happens now, but later than `after`.
        after: ms since the epoch; the time of what the events are to have the last word on, as the clock of
            the client that sent it may run ahead of ours.

    Raises:
        recsys.store.StoreError: the record can't be written; none of them was kept.
    """
    received = now_ms()
    timeless = {event.id for event in events if event.time is None}
    outcomes = context.store.events.add(
        [stored(event, max(received, after + 1)) for event in events], received, timeless=timeless
    )
    for outcome in outcomes:
        kept = outcome in (Outcome.ACCEPTED, Outcome.REPEATED)
        context.metrics.events.labels(outcome.value if kept else "refused").inc()
    for user in sorted({event.user for event in events}):
        try:
            context.states.refresh(user)
        except StoreError:  # the events are kept, and the next look at the record shows them
            continue
    return outcomes
