"""/l/{token}: what a reader does by following a signed link. Decision 12 says what counts as an act."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from recsys.events import Event, Kind, Reason
from recsys.papers import Paper
from service.context import Context
from service.forms import FormDep, first
from service.links import Act, Link
from service.pages import page
from service.parameters import ContextDep
from service.problems import Problem, unknown_paper
from service.recording import record

router = APIRouter(include_in_schema=False)

_NONCE = re.compile(r"[0-9a-f]{32}")
_MACHINES = re.compile(r"bot\b|crawl|spider|preview|scan|prefetch|monitor|facebookexternalhit", re.IGNORECASE)
_KIND = {
    Act.OPEN: Kind.CLICK,
    Act.LIKE: Kind.LIKE,
    Act.DISLIKE: Kind.DISLIKE,
    Act.SAVE: Kind.SAVE,
    Act.MUTE: Kind.HIDE,
}
_WORDS = {  # question, button, done
    Act.LIKE: ("Would you like to see more like this?", "More like this", "You will see more like this"),
    Act.DISLIKE: ("Would you like to see less like this?", "Less like this", "You will see less like this"),
    Act.SAVE: ("Save this paper?", "Save", "Saved"),
    Act.MUTE: (
        "Hide all papers on “{topic}”?",
        "Not this topic",
        "Papers on “{topic}” are hidden from now on",
    ),
}


@router.api_route("/l/{token}", methods=["GET", "HEAD"])
def follow(context: ContextDep, request: Request, token: str) -> Response:
    """Open the paper and record the click; or ask, and record nothing, where the link is feedback."""

    def answer(link: Link, paper: Paper) -> Response:
        if link.act is not Act.OPEN:
            question, button, _ = _words(link, paper)
            return page("confirm", question=question, button=button, paper=paper, nonce=uuid4().hex)
        if is_a_person(request):
            record(context, [_event(f"click-{link.digest}", link, paper)])
        # Only ever the catalogue's own address of the paper: nothing in the link can name another.
        return RedirectResponse(paper.address, 302) if paper.address else page("linked_paper", paper=paper)

    return _for_people(context, token, answer)


@router.post("/l/{token}")
def confirm(context: ContextDep, token: str, form: FormDep) -> Response:
    """Record what the link's page asked for; the same page sent twice counts once."""
    nonce = first(form, "nonce") or ""

    def answer(link: Link, paper: Paper) -> Response:
        id = f"link-{link.digest}" + (f"-{nonce}" if _NONCE.fullmatch(nonce) else "")
        record(context, [_event(id, link, paper)])
        if link.act is Act.OPEN:
            return page("linked_paper", paper=paper)
        return page("done", done=_words(link, paper)[2], paper=paper)

    return _for_people(context, token, answer)


def is_a_person(request: Request) -> bool:
    """Whether a GET looks like somebody's following the link, not like a program's looking at it."""
    headers = request.headers
    purposes = (headers.get(name, "") for name in ("sec-purpose", "purpose", "x-purpose", "x-moz"))
    return (
        request.method == "GET"
        and not any(purposes)  # sent for prefetch, prerender and preview only
        and headers.get("sec-fetch-dest", "document") == "document"
        and headers.get("sec-fetch-mode", "navigate") == "navigate"
        and not _MACHINES.search(headers.get("user-agent", "bot"))
    )


def _for_people(context: Context, token: str, answer: Callable[[Link, Paper], Response]) -> Response:
    """The answer, or what went wrong as a page."""
    try:
        link = context.links.read(token)
        paper = context.papers([link.paper]).get(link.paper)
        if paper is None:
            raise unknown_paper(link.paper)
        return answer(link, paper)
    except Problem as problem:
        document = problem.document
        return page("problem", problem.status, title=document["title"], detail=document["detail"])


def _event(id: str, link: Link, paper: Paper) -> Event:
    refused = link.act is Act.MUTE
    return Event(
        id=id,
        user=link.user,
        kind=_KIND[link.act],
        item=paper.id,
        reason=Reason.TOPIC if refused else None,
        topic=_topic(paper) if refused else None,
        slate=link.slate,
        position=link.position,
    )


def _words(link: Link, paper: Paper) -> tuple[str, ...]:
    topic = _topic(paper) if link.act is Act.MUTE else ""
    return tuple(words.format(topic=topic) for words in _WORDS[link.act])


def _topic(paper: Paper) -> str:
    if not paper.topics:
        raise Problem(404, "no-topic", "the catalogue knows no topic of this paper, so none can be hidden")
    return paper.topics[0]
