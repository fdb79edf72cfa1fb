"""`recsys.client` over HTTP, against the real service and against one that fails in every way."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args, get_origin

import httpx
import pytest
from listening import listening
from pydantic import BaseModel
from service_under_test import ATTENTION, Service
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recsys.client import (
    AsyncClient,
    Client,
    PaperRecord,
    ProblemError,
    Retries,
    UnreachableError,
    UnreadableAnswerError,
    aio,
    answers,
    event,
    reader_answers,
    sync,
)
from recsys.events import Setting
from service import answers as served
from service import reader_answers as served_of_readers

Mishap = Callable[[ASGIApp, Scope, Receive, Send], Any]
QUICK = Retries(first=0.001)

MEANT = {
    answers.Paper: served.PaperAnswer,
    answers.Reason: served.ReasonAnswer,
    answers.Recommendation: served.RecommendationAnswer,
    answers.Slate: served.SlateAnswer,
    answers.AppraisedPaper: served.AppraisedPaper,
    answers.Scores: served.ScoresAnswer,
    answers.Refusal: served.Refusal,
    answers.EventsTaken: served.EventsAnswer,
    answers.PaperOutcome: served.PaperOutcome,
    answers.PapersTaken: served.PapersTaken,
    answers.PaperPage: served.PaperPage,
    answers.ScoredPaper: served.ScoredPaper,
    answers.AppraisedPaper: served.AppraisedPaper,
    answers.Scores: served.ScoresAnswer,
    answers.Similar: served.SimilarAnswer,
    answers.FoundPaper: served.FoundPaper,
    answers.Found: served.SearchAnswer,
    answers.Trending: served.TrendingAnswer,
    reader_answers.TopicWeight: served.TopicWeight,
    reader_answers.PaperTitle: served.PaperTitle,
    reader_answers.Act: served.Act,
    reader_answers.Profile: served.ProfileAnswer,
    answers.Statement: served.StatementAnswer,
    answers.Share: served.ShareAnswer,
    answers.PaperShare: served.PaperShareAnswer,
    answers.SourceShare: served.SourceShareAnswer,
    answers.Explanation: served.ExplanationAnswer,
    reader_answers.Belief: served.BeliefAnswer,
    reader_answers.SettingState: served.SettingAnswer,
    reader_answers.Export: served_of_readers.ExportAnswer,
    reader_answers.StartPaper: served_of_readers.StartPaper,
    reader_answers.Start: served_of_readers.StartAnswer,
    reader_answers.Erased: served_of_readers.ErasedAnswer,
    reader_answers.SeededPaper: served_of_readers.SeededPaper,
    reader_answers.UnknownSeed: served_of_readers.UnknownSeed,
    reader_answers.Seeds: served_of_readers.SeedsAnswer,
    reader_answers.Digest: served.DigestAnswer,
    reader_answers.DigestDeleted: served.DigestDeleted,
}


class Hapless:
    """The service behind a line on which each request meets the next mishap, then none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.mishaps: list[Mishap] = []
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        if self.mishaps:
            await self.mishaps.pop(0)(self._app, scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def answer_is_lost(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The service does what it is asked to; the line breaks before its answer is through."""

    async def swallow(_: Message) -> None:
        return

    await app(scope, receive, swallow)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"99")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": False})


async def never_answers(_: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(1)


def answers_with(status: int, **headers: str) -> Mishap:
    async def answer(_: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        document = {"type": "urn:recsys:problem:busy", "status": status, "detail": "later"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await JSONResponse(document, status, named, "application/problem+json")(scope, receive, send)

    return answer


async def a_proxy_s_page(_: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await Response("<h1>Bad gateway</h1>", 502, media_type="text/html")(scope, receive, send)


@pytest.fixture(scope="module")
def line(shared: Service) -> Iterator[tuple[Hapless, str]]:
    app = Hapless(shared.client.app)
    with listening(app) as address:
        yield app, address


@pytest.fixture
def hapless(line: tuple[Hapless, str]) -> Hapless:
    app, _ = line
    app.mishaps, app.requests = [], 0
    return app


@pytest.fixture
def client(line: tuple[Hapless, str], shared: Service, hapless: Hapless) -> Iterator[Client]:
    with Client(line[1], shared.key, retries=QUICK) as client:
        yield client


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that clients would have made."""
    made: list[float] = []
    monkeypatch.setattr(sync.time, "sleep", made.append)
    return made


def test_every_call(client: Client) -> None:
    slate = client.recommendations("caller", limit=3, category="cs.LG")
    assert [found.position for found in slate.items] == [0, 1, 2]
    first = slate.items[0]
    assert client.send(first.event("caller", "like"))
    assert client.send(event("caller", "follow", topic="cs.LG"))
    profile = client.profile("caller")
    assert (profile.likes, profile.follows, profile.recent[0].paper.id) == (1, ("cs.LG",), first.paper.id)
    assert first.paper.id not in [found.paper.id for found in client.recommendations("caller").items]
    assert client.paper(ATTENTION).title == "Attention Is All You Need"
    assert ATTENTION not in [found.paper.id for found in client.similar(ATTENTION, user="caller").items]
    assert "keyword" in client.search("attention").items[0].matched
    trends = client.trending("24h", limit=5)
    assert trends.basis == "events"
    assert first.paper.id in [found.paper.id for found in trends.items]
    wish = client.subscribe("caller", "caller@example.org", hour=7, zone="Europe/Berlin")
    assert client.subscription("caller") == wish
    assert (wish.hour, wish.confirmed) == (7, False)
    assert (client.unsubscribe("caller"), client.unsubscribe("caller")) == (True, False)
    assert len(client.papers(limit=7, topic="astro-ph", since="2012").items) == 7


def test_the_reader_s_own_calls(client: Client, hapless: Hapless) -> None:
    sown = client.seed("owner", ids=[ATTENTION, "nothing"])
    assert (sown.seeded[0].paper.id, sown.unknown[0].given) == (ATTENTION, "nothing")
    hapless.mishaps = [answer_is_lost]
    profile = client.correct("owner", follow=[{"topic": "cs.LG"}], settings={"breadth": 2, "paused": False})
    assert profile.follows == ("cs.LG",)
    assert {belief.how for belief in profile.beliefs} >= {"stated"}
    assert next(state.value for state in profile.settings if state.name == "breadth") == 2
    explanation = client.recommendations("owner", limit=1, in_full=True).items[0].explanation
    assert explanation is not None
    assert explanation.score == pytest.approx(sum(share.share for share in explanation.shares), abs=0.01)
    assert len(client.export("owner").events) == profile.events
    hapless.mishaps = [answer_is_lost]
    assert client.reset("owner").counting < profile.counting
    assert client.erase("owner").erased["events"] == profile.events + 1  # the reset was one, and only one
    assert client.export("owner").events == ()


def test_a_newcomer_answers_what_they_are_asked(client: Client, shared: Service) -> None:
    asked = client.start("asked", limit=4)
    client.send(asked.items[2].event("asked", "like"))
    (kept,) = shared.store.events.of_user("asked")
    assert (kept.slate, kept.position, kept.item) == (asked.slate_id, 2, asked.items[2].paper.id)
    further = client.start("asked", limit=4, cursor=asked.next)
    assert not {paper.paper.id for paper in asked.items} & {paper.paper.id for paper in further.items}


def test_the_place_of_a_recommendation_goes_with_its_event(client: Client, shared: Service) -> None:
    found = client.recommendations("placed").items[4]
    client.send(found.event("placed", "save"))
    (kept,) = shared.store.events.of_user("placed")
    assert (kept.slate, kept.position, kept.item) == (found.slate_id, 4, found.paper.id)


def test_iterators_page_to_the_end(client: Client, hapless: Hapless, shared: Service) -> None:
    everything = [paper.id for paper in client.all_papers(page=25)]
    assert everything == [paper.id for paper in shared.store.papers.all()]
    listed = [found.paper.id for found in client.all_recommendations("pager", page=25)]
    assert sorted(listed) == sorted(everything)
    hapless.requests = 0
    assert next(client.all_recommendations("pager", page=5)).position == 0
    assert hapless.requests == 1  # no page is fetched before it is asked for


@pytest.mark.parametrize("id", ["x:a/b?c#d", "x:..", "..", "x:%41", "x:é z"])
def test_any_id_finds_its_way(client: Client, id: str) -> None:
    assert client.profile(id).user == id
    with pytest.raises(ProblemError) as caught:
        client.paper(id)
    assert (caught.value.kind, caught.value.field) == ("unknown-paper", "id")
    assert repr(id) in caught.value.detail


def test_problems_are_typed(client: Client, hapless: Hapless) -> None:
    with pytest.raises(ProblemError) as caught:
        client.recommendations("ada", limit=0, since="yesterday")
    problem = caught.value
    assert (problem.status, problem.kind, problem.field) == (422, "invalid-request", "limit")
    assert [field for field, _ in problem.errors] == ["limit", "since"]
    assert "422 invalid-request: limit" in str(problem)
    assert hapless.requests == 1  # what is wrong is not sent again
    with pytest.raises(ProblemError, match="no paper is known as 'nothing'") as caught:
        client.send(event("ada", "save", "nothing"))
    assert caught.value.field == "item"


def test_a_wrong_key_is_a_problem_and_is_never_told(line: tuple[Hapless, str]) -> None:
    with Client(line[1], "rk_00000000_secret") as client:
        with pytest.raises(ProblemError) as caught:
            client.profile("ada")
        assert caught.value.kind == "unauthorised"
        assert "secret" not in f"{client!r}{client._place!r}{caught.value}"
    with pytest.raises(ValueError, match="no API key") as refused:
        Client(line[1], "rk_0\nsecret")
    assert "secret" not in str(refused.value)


def test_a_batch_keeps_the_good_and_says_what_is_wrong(client: Client) -> None:
    sent = [event("batcher", "save", item) for item in ("p00", "nothing", "p01")]
    taken = client.send_all(sent)
    assert taken.accepted == (sent[0].id, sent[2].id)
    assert [(refusal.index, refusal.field) for refusal in taken.refused] == [(1, "item")]
    assert client.send_all(sent).repeated == taken.accepted
    assert client.send_all([]) == answers.EventsTaken(accepted=(), repeated=(), refused=(), state="fresh")


def test_large_batches_go_in_parts(client: Client, hapless: Hapless) -> None:
    many = [event("many", "click", "nothing" if n == 2_001 else "p00", id=f"many-{n}") for n in range(2_100)]
    taken = client.send_all(many)
    assert hapless.requests == 3
    assert len(taken.accepted) == 2_099
    assert [(refusal.id, refusal.index) for refusal in taken.refused] == [("many-2001", 2_001)]


def test_large_papers_go_in_parts(client: Client, hapless: Hapless) -> None:
    long = "word " * 9_999
    papers = [PaperRecord(title=f"A long paper {n}", abstract=long, id=f"long:{n}") for n in range(60)]
    taken = client.add_papers(papers)
    assert hapless.requests == 2  # 3 MB, of which one request holds 2
    assert [(outcome.id, outcome.status) for outcome in taken.items] == [
        (f"long:{n}", "added") for n in range(60)
    ]
    assert {outcome.status for outcome in client.add_papers(papers[:2]).items} == {"unchanged"}


def test_an_event_whose_answer_was_lost_counts_once(client: Client, hapless: Hapless) -> None:
    hapless.mishaps = [answer_is_lost, answer_is_lost]
    sent = event("unlucky", "save", "p02")
    assert client.send(sent) is False  # it was there when the third try came
    assert hapless.requests == 3
    assert client.profile("unlucky").events == 1


def test_retry_after_is_waited_for(client: Client, hapless: Hapless, pauses: list[float]) -> None:
    hapless.mishaps = [answers_with(503, Retry_After="7"), answers_with(429, Retry_After="2")]
    assert client.paper(ATTENTION).id == ATTENTION
    assert pauses == [7.0, 2.0]


def test_a_service_that_asks_for_more_patience_than_we_have_is_left_alone(
    client: Client, hapless: Hapless, pauses: list[float]
) -> None:
    hapless.mishaps = [answers_with(503, Retry_After="3600")]
    with pytest.raises(ProblemError, match="503 busy: later") as caught:
        client.paper(ATTENTION)
    assert caught.value.retry_after == 3_600
    assert (hapless.requests, pauses) == (1, [])


def test_backoff_grows_and_ends(line: tuple[Hapless, str], hapless: Hapless, pauses: list[float]) -> None:
    hapless.mishaps = [a_proxy_s_page] * 6
    with (
        Client(line[1], retries=Retries(most=5, first=1.0, longest=4.0)) as client,
        pytest.raises(ProblemError, match="502 http: HTTP 502 Bad Gateway"),
    ):
        client.paper(ATTENTION)
    assert hapless.requests == 6
    assert all(pause <= most for pause, most in zip(pauses, [1, 2, 4, 4, 4], strict=True))


def test_retries_end_when_their_time_is_over(hapless: Hapless, line: tuple[Hapless, str]) -> None:
    hapless.mishaps = [answers_with(503, Retry_After="2")]
    with Client(line[1], retries=Retries(within=1.0)) as client, pytest.raises(ProblemError, match="503"):
        client.paper(ATTENTION)
    assert hapless.requests == 1


def test_a_silent_service_is_given_up(hapless: Hapless, line: tuple[Hapless, str]) -> None:
    hapless.mishaps = [never_answers] * 2
    with (
        Client(line[1], timeout=0.1, retries=Retries(most=1, first=0.001)) as client,
        pytest.raises(UnreachableError, match="ReadTimeout"),
    ):
        client.paper(ATTENTION)
    assert hapless.requests == 2


def test_nobody_there() -> None:
    with (
        Client("http://127.0.0.1:1", retries=QUICK) as client,
        pytest.raises(UnreachableError, match="is it running"),
    ):
        client.paper(ATTENTION)


def test_an_address_of_another_kind() -> None:
    with pytest.raises(ValueError, match="such as http://127"):
        Client("localhost:8000")


def test_something_else_answers(hapless: Hapless, line: tuple[Hapless, str]) -> None:
    async def page(_: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        await Response("<h1>It works!</h1>", media_type="text/html")(scope, receive, send)

    hapless.mishaps = [page]
    with Client(line[1]) as client, pytest.raises(UnreadableAnswerError, match="check the address"):
        client.paper(ATTENTION)


def test_redirects_are_not_followed_with_the_key(hapless: Hapless, line: tuple[Hapless, str]) -> None:
    async def away(_: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=307, headers={"Location": "/v1/trending"})(scope, receive, send)

    hapless.mishaps = [away]
    with Client(line[1], "rk_a_b") as client, pytest.raises(ProblemError, match="307"):
        client.paper(ATTENTION)
    assert hapless.requests == 1


def test_the_environment_says_where_and_with_which_key(
    line: tuple[Hapless, str], shared: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_URL", line[1] + "/")
    monkeypatch.setenv("RECSYS_KEY", shared.key + "\n")
    with Client() as client:
        assert client.paper(ATTENTION).id == ATTENTION


def test_the_same_from_asyncio(line: tuple[Hapless, str], hapless: Hapless, shared: Service) -> None:
    async def use() -> None:
        async with AsyncClient(line[1], shared.key, retries=QUICK) as client:
            hapless.mishaps = [answer_is_lost, answers_with(503, Retry_After="0")]
            sent = event("asyncio", "save", "p03")
            assert await client.send(sent) is False
            slates = await asyncio.gather(*(client.recommendations("asyncio", limit=n) for n in (1, 2, 3)))
            assert [len(slate.items) for slate in slates] == [1, 2, 3]
            assert [paper.id async for paper in client.all_papers(page=30, topic="astro-ph")]
            listed = [found async for found in client.all_recommendations("asyncio", page=40)]
            assert [found.position for found in listed] == list(range(len(listed)))
            batch = [event("asyncio", "click", f"p{n:02}") for n in range(3)]
            assert len((await client.send_all(batch)).accepted) == 3
            added = await client.add_papers([PaperRecord(title="Written while waiting")])
            assert added.items[0].status == "added"
            assert (await client.profile("asyncio")).events == 4
            assert (await client.paper(ATTENTION)).id == ATTENTION
            assert (await client.similar(ATTENTION, limit=2)).items
            assert (await client.search("galaxy")).items
            assert (await client.trending()).items
            assert (await client.papers(limit=1)).next
            assert (await client.subscribe("asyncio", "a@example.org")).zone == "UTC"
            assert (await client.subscription("asyncio")).address == "a@example.org"
            assert await client.unsubscribe("asyncio")
            assert (await client.seed("asyncio", ids=[ATTENTION])).seeded
            assert len((await client.start("asyncio", limit=2)).items) == 2
            assert (await client.correct("asyncio", mute=[{"topic": "astro-ph"}])).mutes == ("astro-ph",)
            assert (await client.export("asyncio")).events
            assert (await client.reset("asyncio")).counting < 4
            assert (await client.erase("asyncio")).erased["users"] == 1
            with pytest.raises(ProblemError) as caught:
                await client.paper("nothing")
            assert caught.value.field == "id"
            assert shared.key not in repr(client)

    asyncio.run(use())


def test_both_clients_have_the_same_calls() -> None:
    for name, call in inspect.getmembers(Client, inspect.isfunction):
        if name.startswith("_") or name == "close":
            continue
        twin = getattr(AsyncClient, name)
        assert inspect.signature(twin).parameters == inspect.signature(call).parameters, name
        assert twin.__doc__ == call.__doc__, name
    assert aio.Retries is sync.Retries


@pytest.mark.parametrize(("mine", "theirs"), MEANT.items(), ids=lambda model: model.__name__)
def test_answers_are_typed_as_the_service_types_them(mine: type[BaseModel], theirs: type[BaseModel]) -> None:
    theirs.model_rebuild()
    assert mine.model_fields.keys() == theirs.model_fields.keys()
    for name, field in mine.model_fields.items():
        assert plain(field.annotation) == plain(theirs.model_fields[name].annotation), name
        assert field.is_required() == theirs.model_fields[name].is_required(), name


def test_no_answer_of_the_client_is_unchecked() -> None:
    defined = {
        model
        for module in (answers, reader_answers)
        for _, model in inspect.getmembers(module, inspect.isclass)
        if issubclass(model, answers.Answer) and model is not answers.Answer
    }
    assert defined == MEANT.keys()


def plain(kind: Any) -> Any:
    """A type without what differs on purpose: tuples for lists, any text for a choice of texts."""
    origin, inner = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return MEANT.get(kind, kind)  # type: ignore[call-overload]
    if (inner and all(isinstance(choice, str) for choice in inner)) or kind is Setting:
        return str
    if origin in (dict, Mapping):
        return dict
    if origin in (tuple, list):
        return [plain(inner[0])]
    choices = frozenset(map(plain, inner))
    return kind if not choices else choices if len(choices) > 1 else next(iter(choices))


def test_a_newer_service_may_say_more(hapless: Hapless, client: Client) -> None:
    async def more(_: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        paper = {"id": "x", "title": "T", "abstract": "", "authors": [], "topics": [], "published": None}
        await JSONResponse(paper | {"url": None, "venue": None, "doi": "new"})(scope, receive, send)

    hapless.mishaps = [more]
    assert client.paper("x").title == "T"


def test_importing_it_is_light() -> None:
    heavy = ("numpy", "scipy", "sklearn", "torch", "sqlalchemy", "redis", "fastapi")
    script = "import sys, recsys.client; print(*(name for name in sys.argv[1:] if name in sys.modules))"
    command = [sys.executable, "-c", script, *heavy]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_client_may_be_shared_by_threads(client: Client) -> None:
    def send_some(name: str) -> None:
        for n in range(20):
            client.send(event("threaded", "click", "p04", id=f"{name}-{n}"))

    threads = [threading.Thread(target=send_some, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.profile("threaded").events == 80


def test_it_runs_without_sockets_where_a_transport_is_given(shared: Service) -> None:
    async def use() -> None:
        transport = httpx.ASGITransport(shared.client.app)
        async with AsyncClient("http://recsys", shared.key, transport=transport) as client:
            assert (await client.paper(ATTENTION)).id == ATTENTION

    asyncio.run(use())
