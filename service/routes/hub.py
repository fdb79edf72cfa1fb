"""/hub: subscribing to a feed's changes, as WebSub says."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from fastapi import APIRouter, Request, Response

from recsys.events import now_ms
from recsys.store import Subscription
from service import hub
from service.feeds.addresses import feed_at
from service.forms import Form, FormDep, first
from service.parameters import ContextDep
from service.problems import Problem
from service.routes.feeds import base_of

router = APIRouter(include_in_schema=False)

_DAY_S = 86_400
_SHORTEST_S, _USUAL_S, _LONGEST_S = 300, 10 * _DAY_S, 30 * _DAY_S
_LONGEST_URL = 2_000
_LONGEST_SECRET = 200


@router.post("/hub", status_code=202)
def subscribe(context: ContextDep, request: Request, form: FormDep) -> Response:
    """Take a request; the subscriber is asked whether it meant it before anything is kept.

    Whoever knows a feed's secret address may subscribe to it.
    """
    mode = first(form, "hub.mode")
    if mode not in ("subscribe", "unsubscribe"):
        raise _invalid("hub.mode", "send subscribe or unsubscribe")
    topic = first(form, "hub.topic") or ""
    base = base_of(request)
    token, _, feed = topic.removeprefix(f"{base}/feeds/").partition("/")
    info = context.feed_tokens.verify(token) if topic.startswith(f"{base}/feeds/") else None
    if info is None or feed_at(unquote(feed)) is None:
        raise _invalid("hub.topic", "send the address of a feed of this service, as the feed itself gives it")
    callback = _callback(form)
    if mode == "subscribe" and context.store.hub.count(info.id) >= hub.MOST_OF_A_TOKEN:
        detail = f"these addresses have {hub.MOST_OF_A_TOKEN} subscriptions: unsubscribe from some"
        raise Problem(409, "too-many", detail)
    lease = _lease(form)
    wanted = Subscription(
        info.id, feed, callback, base, _secret(form), "", now_ms() + lease * 1000, due=0, failures=0
    )
    asked: hub.Hub = request.app.state.hub
    asked.ask(hub.Request(mode, topic, lease, wanted))
    return Response(status_code=202)


def _callback(form: Form) -> str:
    callback = first(form, "hub.callback") or ""
    try:
        parts = urlsplit(callback)
        usable = parts.scheme in ("http", "https") and parts.hostname and not parts.username
        usable = usable and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or len(callback) > _LONGEST_URL or not callback.isprintable() or " " in callback:
        raise _invalid(
            "hub.callback", "send an address that starts with http:// or https://, without a password"
        )
    return callback


def _lease(form: Form) -> int:
    given = first(form, "hub.lease_seconds") or str(_USUAL_S)
    if not (given.isascii() and given.isdigit() and len(given) < 12):
        raise _invalid("hub.lease_seconds", f"send a number of seconds; at most {_LONGEST_S} are granted")
    return min(max(int(given), _SHORTEST_S), _LONGEST_S)


def _secret(form: Form) -> str | None:
    secret = first(form, "hub.secret") or None
    if secret and len(secret.encode()) >= _LONGEST_SECRET:
        raise _invalid("hub.secret", f"send fewer than {_LONGEST_SECRET} bytes")
    return secret


def _invalid(field: str, mend: str) -> Problem:
    return Problem(400, "invalid-subscription", f"{field}: {mend}", field=field)
