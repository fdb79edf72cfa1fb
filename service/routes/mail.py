"""/mail/…: links about the mail itself. A GET asks and changes nothing, because scanners follow links."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Response

from service.mail.tokens import Recipient
from service.pages import page
from service.parameters import ContextDep
from service.problems import Problem

router = APIRouter(prefix="/mail", include_in_schema=False)


@router.api_route("/confirm/{token}", methods=["GET", "HEAD"])
def ask_confirm(context: ContextDep, token: str) -> Response:
    """Ask whether to mail to the address."""
    return _for_people(
        lambda: context.mail_links.read("confirm", token),
        lambda to: page(
            "question",
            title="Get new papers by mail?",
            text=f"Once a day, to {to.address}.",
            button="Yes, send them",
        ),
    )


@router.post("/confirm/{token}")
def confirm(context: ContextDep, token: str) -> Response:
    """The address is the reader's: mail to it from now on."""

    def answer(to: Recipient) -> Response:
        if not context.store.subscriptions.confirm(to.user, to.address):
            raise Problem(410, "expired-link", "another address, or none, is subscribed now: subscribe again")
        return page(
            "told", title="Confirmed", text=f"Your papers go to {to.address}. You can close this page."
        )

    return _for_people(lambda: context.mail_links.read("confirm", token), answer)


@router.api_route("/unsubscribe/{token}", methods=["GET", "HEAD"])
def ask_unsubscribe(context: ContextDep, token: str) -> Response:
    """Ask whether to stop."""
    return _for_people(
        lambda: context.mail_links.read("unsubscribe", token),
        lambda to: page(
            "question",
            title="Stop the daily mail?",
            text=f"Nothing more is sent to {to.address}.",
            button="Unsubscribe",
        ),
    )


@router.post("/unsubscribe/{token}")
def unsubscribe(context: ContextDep, token: str) -> Response:
    """Stop: by the page's button, or by a mail program's one click (RFC 8058)."""

    def answer(to: Recipient) -> Response:
        context.store.subscriptions.switch_off(to.user, to.address)
        return page("told", title="Unsubscribed", text=f"Nothing more is sent to {to.address}.")

    return _for_people(lambda: context.mail_links.read("unsubscribe", token), answer)


def _for_people(read: Callable[[], Recipient], answer: Callable[[Recipient], Response]) -> Response:
    """The answer, or what is wrong with the link as a page."""
    try:
        return answer(read())
    except Problem as problem:
        document = problem.document
        return page("problem", problem.status, title=document["title"], detail=document["detail"])
