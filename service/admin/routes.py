"""/admin: the pages of those who run the service, for the role admin only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from recsys.store.sources import NEVER
from service.admin.bundles import bundle_of, bundles, put_in_service
from service.admin.data import data
from service.admin.drift import DAYS, WEEKS, drift
from service.admin.interleaving import SHARES, begin, end, interleaving
from service.admin.operation import operation
from service.admin.overview import overview
from service.admin.rewards import rewards
from service.context import Context
from service.forms import FormDep, first
from service.parameters import ContextDep
from service.site.access import Admin
from service.site.guard import guarded
from service.site.views import view

router = APIRouter(prefix="/admin", include_in_schema=False, dependencies=[Depends(guarded)])

V = TypeVar("V")


@router.get("")
def first_page(context: ContextDep, request: Request, me: Admin, did: str = "") -> Response:
    """All of it at a glance, and the bundles."""
    return view(
        request,
        "admin_bundles",
        me,
        glance=_kept(context, "overview", lambda: overview(context)),
        panel=bundles(context),
        tried=interleaving(context),
        done=did == "published",
    )


@router.get("/bundles/{id}/publish")
def ask(context: ContextDep, request: Request, me: Admin, id: str) -> Response:
    """Ask whether to put a bundle in service."""
    live = next((night for night in bundles(context).nights if night.live), None)
    return view(request, "admin_publish", me, bundle=bundle_of(context, id), live=live, shares=SHARES)


@router.post("/bundles/{id}/publish")
def publish(context: ContextDep, me: Admin, id: str, form: FormDep) -> Response:
    """Put a bundle in service, back or forward."""
    put_in_service(context, bundle_of(context, id).id, first(form, "instead-of") or "", by=me.user)
    return RedirectResponse("/admin?did=published", 303)


@router.post("/bundles/{id}/challenge")
def challenge(context: ContextDep, me: Admin, id: str, form: FormDep) -> Response:
    """Try a bundle against the live one."""
    begin(context, bundle_of(context, id).id, first(form, "share"), by=me.user)
    return RedirectResponse("/admin#tried", 303)


@router.post("/challenge/end")
def end_of_challenge(context: ContextDep, me: Admin) -> Response:
    """Let the live bundle rank all lists again."""
    end(context, by=me.user)
    return RedirectResponse("/admin#tried", 303)


@router.get("/data")
def data_page(context: ContextDep, request: Request, me: Admin) -> Response:
    """What is in the record, and at which rate it comes."""
    return view(request, "admin_data", me, panel=_kept(context, "data", lambda: data(context)), never=NEVER)


@router.get("/drift")
def drift_page(context: ContextDep, request: Request, me: Admin) -> Response:
    """What changes by itself."""
    panel = _kept(context, "drift", lambda: drift(context))
    return view(request, "admin_drift", me, panel=panel, days=DAYS, weeks=WEEKS)


@router.get("/rewards")
def rewards_page(context: ContextDep, request: Request, me: Admin) -> Response:
    """What shown papers earned."""
    return view(request, "admin_rewards", me, panel=_kept(context, "rewards", lambda: rewards(context)))


@router.get("/operation")
def operation_page(context: ContextDep, request: Request, me: Admin) -> Response:
    """Latency and errors."""
    return view(request, "admin_operation", me, panel=operation(context, request.app.state.troubles))


def _kept(context: Context, name: str, add_up: Callable[[], V]) -> V:
    """A panel that is added up anew after a while only, however often it is looked at."""
    kept: V = context.reports.get(name, add_up)
    return kept
