"""/sign-in and /sign-out, by one-time links. A GET asks, for scanners follow links; the POST uses it up."""

from __future__ import annotations

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response
from fastapi.responses import RedirectResponse

from recsys.events import now_ms
from service.context import Context
from service.forms import FormDep, first
from service.mail.addresses import mail_address
from service.mail.invitation import Invitations
from service.pages import page
from service.parameters import ContextDep, context_of
from service.problems import Problem, wants_page
from service.site.access import MaybeReader, Reader, drop_session, set_session
from service.site.guard import from_our_pages, guarded
from service.site.views import THEMES, back

router = APIRouter(include_in_schema=False)

_FOR_A_YEAR = 365 * 86_400
_LONGEST_ADDRESS = 254
_AGAIN = "`recsys users invite NAME`, where the service runs, makes a link"


def not_signed_in(request: Request) -> Response:
    """The answer to whoever asks for a page without a session."""
    if wants_page(request):
        return how_to_sign_in(context_of(request), 401)
    return Problem(401, "not-signed-in", f"this is a page for people who are signed in: {_AGAIN}").response()


def how_to_sign_in(context: Context, status: int = 200) -> Response:
    """The page that says how one signs in."""
    response = page("sign_in", status, by_mail=context.smtp is not None)
    response.headers["HX-Refresh"] = "true"  # a page that has lost its session shows this instead
    return response


@router.get("/sign-in")
def ask(context: ContextDep, me: MaybeReader) -> Response:
    """How one signs in."""
    return RedirectResponse("/", 303) if me else how_to_sign_in(context)


@router.post("/sign-in", dependencies=[Depends(from_our_pages)])
def mail_link(context: ContextDep, form: FormDep, afterwards: BackgroundTasks) -> Response:
    """Mail a link to an address, if it is known here; the answer doesn't tell whether it is."""
    if context.smtp is None:
        raise Problem(404, "no-mail", f"this service sends no mail; {_AGAIN}")
    try:
        address = mail_address((first(form, "address") or "")[:_LONGEST_ADDRESS])
    except ValueError as error:
        raise Problem(422, "invalid-request", f"address: {error}", field="address") from None
    by_mail = Invitations(context.store, context.smtp, context.address, context.secret)
    afterwards.add_task(by_mail.send_again, address)
    text = f"If {address} is known here, a link is on its way. It works once, within an hour."
    return page("told", title="Look into your mail", text=text)


@router.get("/sign-in/{token}")
def follow(context: ContextDep, token: str) -> Response:
    """Ask whether to sign in; the link stays good."""
    invite = context.store.invites.find(token)
    if invite is None or not invite.good(now_ms()):
        raise _worthless(used=invite is not None and invite.used is not None, known=invite is not None)
    return page("sign_in_as", user=invite.user, admin=invite.role == "admin")


@router.post("/sign-in/{token}", dependencies=[Depends(from_our_pages)])
def sign_in(context: ContextDep, request: Request, token: str) -> Response:
    """Sign in, and use the link up."""
    opened = context.store.sessions.sign_in(token)
    if opened is None:
        invite = context.store.invites.find(token)
        raise _worthless(used=invite is not None and invite.used is not None, known=invite is not None)
    response = RedirectResponse("/", 303)
    set_session(request, response, opened[1])
    return response


@router.post("/sign-out", dependencies=[Depends(guarded)])
def sign_out(context: ContextDep, request: Request, me: Reader, form: FormDep) -> Response:
    """End this session, or all of the reader's."""
    if first(form, "everywhere"):
        context.store.sessions.end_all(me.user)
    else:
        context.store.sessions.end(me.session, me.user)
    response = RedirectResponse("/sign-in", 303)
    drop_session(request, response)
    return response


@router.post("/theme", dependencies=[Depends(guarded)])
def theme(me: Reader, form: FormDep) -> Response:
    """Light, dark, or as the reader's system is."""
    chosen = first(form, "theme") or ""
    if chosen not in THEMES:
        raise Problem(422, "invalid-request", "theme: choose light, dark or neither", field="theme")
    response = back(first(form, "back"))
    response.set_cookie("theme", chosen, max_age=_FOR_A_YEAR, httponly=True, samesite="lax")
    return response


def _worthless(*, used: bool, known: bool) -> Problem:
    """What is wrong with a link, and how to get another."""
    if not known:
        return Problem(404, "unknown-link", f"this link is not one of ours, or was cut off; {_AGAIN}")
    if used:
        return Problem(410, "used-link", f"this link was used before, and works only once; {_AGAIN}")
    return Problem(410, "expired-link", f"this link has expired; {_AGAIN}")
