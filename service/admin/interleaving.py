"""The bundle that is tried against the live one: how it does, beginning and ending it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from recsys.bundle import BundleError, current_id
from recsys.challenge import Challenge, current_challenge, end_challenge, set_challenge
from recsys.events import now_ms
from recsys.interleave import POLICY, Contest, contests
from recsys.rewards import NEWEST, days_ago
from service.context import Context
from service.problems import Problem

log = logging.getLogger(__name__)

DAYS = 90
SHARES = (0.1, 0.2, 0.5, 1.0)  # of lists, to choose from


@dataclass(frozen=True)
class Interleaving:
    """What the panel shows: the challenge that is on, and how all of the last weeks did."""

    challenge: Challenge | None
    contests: list[Contest]


def interleaving(context: Context) -> Interleaving:
    """The results so far.

    Raises:
        recsys.store.StoreError: the record can't answer.
    """
    judged = context.store.reports.judged(days_ago(now_ms(), DAYS), NEWEST, POLICY)
    return Interleaving(current_challenge(context.live.root), contests(judged))


def begin(context: Context, id: str, share: str | None, by: str) -> None:
    """Try a bundle against the live one, in a share of the lists; workers begin within a second or two.

    Raises:
        Problem: 422, the share is none of `SHARES`; 409, the bundle is the live one, or can't be served.
    """
    found = next((known for known in SHARES if str(known) == share), None)
    if found is None:
        offered = ", ".join(map(str, SHARES))
        raise Problem(422, "invalid-request", f"share: choose one of {offered}", field="share")
    root = context.live.root
    if id == current_id(root):
        raise Problem(409, "bundle-unusable", f"bundle {id} is live: try another against it")
    try:
        set_challenge(root, Challenge(id, found))
    except BundleError as error:
        raise Problem(409, "bundle-unusable", str(error)) from None
    log.info("%s tries bundle %s in %.0f%% of the lists", by, id, 100 * found)


def end(context: Context, by: str) -> None:
    """Let the live bundle rank all lists again."""
    end_challenge(context.live.root)
    log.info("%s ended the challenge", by)
