"""/v1/users/{id}: the profile and its corrections, reset, export, deletion, seeds."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
from service_under_test import ATTENTION, Service, eventually

from recsys.events import SETTINGS, SWITCHES, Kind, StoredEvent, now_ms
from recsys.slates import Slate
from recsys.state import key_of
from service.answers import ProfileAnswer
from service.corrections import ChosenSettings
from service.reader_answers import ErasedAnswer, ExportAnswer, SeedsAnswer

GENES = [f"p{number:02}" for number in range(1, 58, 3)]


def profile(service: Service, user: str) -> dict[str, Any]:
    answer: dict[str, Any] = service.get(f"/v1/users/{user}/profile")
    ProfileAnswer.model_validate(answer)
    return answer


def patch(service: Service, user: str, status: int = 200, **body: Any) -> Any:
    answer = service.client.patch(f"/v1/users/{user}/profile", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def believed(answer: dict[str, Any], about: str, name: str | None = None) -> dict[str, Any]:
    return next(b for b in answer["beliefs"] if b["about"] == about and name in (None, b["name"]))


def setting(answer: dict[str, Any], name: str) -> Any:
    return next(s for s in answer["settings"] if s["name"] == name)["value"]


def ids(service: Service, user: str) -> list[str]:
    return service.ids(user, exploration="off", limit=20)


# The profile.


def test_each_belief_names_the_events_it_comes_from_and_goes_with_them(shared: Service) -> None:
    user = uuid4().hex
    before = ids(shared, user)
    liked = [shared.send(user, "like", paper)["accepted"][0] for paper in GENES[:3]]
    disliked = shared.send(user, "dislike", "p02")["accepted"][0]
    answer = profile(shared, user)
    likes = believed(answer, "topic", "q-bio.GN")
    assert likes["text"] == "You like q-bio.GN: all 3 papers you liked"
    assert (likes["how"], likes["count"], set(likes["events"])) == ("inferred", 3, set(liked))
    assert likes["events"][0] == liked[-1]  # the newest first
    dislikes = believed(answer, "topic", "astro-ph")
    assert dislikes["text"] == "You don’t like astro-ph: the one paper you disliked"
    assert dislikes["events"] == [disliked]
    assert likes["weight"] > 0 > dislikes["weight"]
    assert likes["weight"] - dislikes["weight"] == pytest.approx(1, abs=1e-3)
    after = patch(shared, user, forget=[*likes["events"], *dislikes["events"]])
    assert after["beliefs"] == []
    assert (after["events"], after["counting"]) == (8, 0)
    assert ids(shared, user) == before


def test_what_was_stated_is_said_in_plain_words(shared: Service) -> None:
    user = uuid4().hex
    said = {
        "You follow cs.LG": ("follow", {"topic": "cs.LG"}),
        "You muted astro-ph: its papers are not shown": ("mute", {"topic": "astro-ph"}),
        "You are interested in “stellar halo”": ("follow", {"text": "stellar halo"}),
        "You want less that is close to “protein”": ("mute", {"text": "protein"}),
        "You want fewer papers of q-bio.GN: you refused one paper for it": (
            "hide",
            {"item": "p01", "reason": "topic"},
        ),
        "You want newer papers: you found one paper too old": (
            "dislike",
            {"item": "p04", "reason": "too-old"},
        ),
        "You hid one paper: never shown again": None,
    }
    sent = {}
    for text, act in said.items():
        if act is not None:
            sent[text] = shared.send(user, act[0], **act[1])["accepted"]
    shared.send(user, "hide", "p10", reason="not-now")
    shared.send(user, "similar", "p13", other="p16")
    beliefs = {belief["text"]: belief for belief in profile(shared, user)["beliefs"]}
    assert said.keys() <= beliefs.keys()
    for text, events in sent.items():
        assert beliefs[text]["events"] == events
        assert (beliefs[text]["how"], beliefs[text]["weight"]) == ("stated", None)
    away = next(belief for text, belief in beliefs.items() if "stays away until 20" in text)
    assert away["papers"] == ["p10"]
    pair = next(belief for text, belief in beliefs.items() if text.startswith("To you “"))
    assert (pair["papers"], pair["text"][-9:]) == (["p13", "p16"], "are alike")


def test_a_change_of_taste_is_told(shared: Service) -> None:
    user = uuid4().hex
    start = now_ms() - 100 * 86_400_000
    papers = [*(f"p{n:02}" for n in range(0, 30, 3)), *GENES[:8]]
    events = [
        StoredEvent(f"{user}:{n}", user, Kind.LIKE, start + n * 86_400_000, item=paper)
        for n, paper in enumerate(papers)
    ]
    shared.store.events.add(events, now_ms())
    change = believed(profile(shared, user), "taste")
    assert change["how"] == "inferred"
    assert set(change["events"]) == {f"{user}:{n}" for n in range(10, 18)}


def test_evidence_is_bounded_and_counted(shared: Service) -> None:
    user = uuid4().hex
    events = [
        StoredEvent(f"{user}:{n:02}", user, Kind.CLICK, 1_000 + n, item=paper)
        for n, paper in enumerate(GENES * 2)
    ]
    shared.store.events.add(
        [*events, StoredEvent(f"{user}:like", user, Kind.LIKE, 1, item=GENES[0])], now_ms()
    )
    belief = believed(profile(shared, user), "topic", "q-bio.GN")
    assert belief["count"] == len(events) + 1
    assert belief["events"] == [event.id for event in events[::-1][:20]]


# Corrections.


def test_the_switches_and_measures_are_those_of_events() -> None:
    schema = ChosenSettings.model_json_schema()["properties"]
    assert set(schema) == {name.value for name in SETTINGS}
    for name, bounds in SETTINGS.items():
        kinds = schema[name.value]["anyOf"][0]
        if name in SWITCHES:
            assert kinds["type"] == "boolean"
        else:
            assert (kinds["minimum"], kinds["maximum"]) == (bounds.least, bounds.most)


def test_settings_are_set_and_come_back_to_the_usual(shared: Service) -> None:
    user = uuid4().hex
    answer = patch(shared, user, settings={"breadth": 2, "paused": True, "learn-from-likes": False})
    assert answer["paused"] is True
    assert [setting(answer, name) for name in ("breadth", "paused", "learn-from-likes")] == [2, True, False]
    assert answer == {**profile(shared, user)}
    answer = patch(shared, user, settings={"breadth": None, "paused": False})
    assert (setting(answer, "breadth"), setting(answer, "paused")) == (1, False)
    assert setting(answer, "learn-from-likes") is False


def test_follow_mute_and_unfollow_act_at_once(shared: Service) -> None:
    user = uuid4().hex
    answer = patch(
        shared, user, follow=[{"topic": "q-bio.GN"}, {"text": "protein cell"}], mute=[{"topic": "astro-ph"}]
    )
    assert (answer["follows"], answer["mutes"]) == (["q-bio.GN"], ["astro-ph"])
    topics = [item["paper"]["topics"][0] for item in shared.recommend(user, exploration="off")["items"]]
    assert "astro-ph" not in topics
    assert topics[0] == "q-bio.GN"
    answer = patch(shared, user, unfollow=[{"topic": "astro-ph"}, {"topic": "Q-BIO.gn"}])
    assert (answer["follows"], answer["mutes"]) == ([], [])


def test_a_correction_has_the_last_word_on_a_client_whose_clock_runs_ahead(shared: Service) -> None:
    user = uuid4().hex
    ahead = time.time() + 200
    shared.send(user, "follow", topic="cs.LG", time=ahead)
    assert patch(shared, user, mute=[{"topic": "cs.LG"}])["mutes"] == ["cs.LG"]
    shared.send(user, "like", "p01", time=ahead + 10)
    assert shared.client.post(f"/v1/users/{user}/reset").json()["counting"] == 0


def test_a_request_sent_again_under_its_id_counts_once(shared: Service) -> None:
    user, body = uuid4().hex, {"id": "r-1", "follow": [{"topic": "cs.LG"}], "settings": {"freshness": 0.5}}
    first = patch(shared, user, **body)
    assert patch(shared, user, **body) == first
    patch(shared, user, unfollow=[{"topic": "cs.LG"}])
    assert patch(shared, user, **body)["follows"] == []  # it was done, and taken back since
    assert patch(shared, user, **{**body, "id": "r-2"})["follows"] == ["cs.LG"]
    assert patch(shared, uuid4().hex, **body)["follows"] == ["cs.LG"]  # another reader's request


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"settings": {"breadth": 5}}, "settings.breadth"),
        ({"settings": {"breadth": True}}, "settings.breadth"),
        ({"settings": {"paused": 1}}, "settings.paused"),
        ({"settings": {"speed": 1}}, "settings.speed"),
        ({"follow": [{"topic": "a"}, {"topic": "a", "author": "b"}]}, "follow.1"),
        ({"follow": [{}]}, "follow.0"),
        ({"mute": [{"text": "x" * 301}]}, "mute.0.text"),
        ({"mute": [{"topic": " "}]}, "mute.0.topic"),
        ({"follow": [{"topic": "a"}], "mute": [{"topic": "b"}, {"topic": "A"}]}, "mute.1"),
        ({"follow": [{"topic": "a"}], "forget": ["no such event"]}, "forget.0"),
        ({"forget": "e"}, "forget"),
        ({"follow": [{"topic": str(n)} for n in range(101)]}, "follow"),
        ({"id": "a" * 129}, "id"),
        ({"likes": []}, "likes"),
    ],
)
def test_a_wrong_correction_names_its_field_and_changes_nothing(
    shared: Service, body: dict[str, Any], field: str
) -> None:
    user = uuid4().hex
    problem = patch(shared, user, 422, **body)
    assert problem["field"] == field
    assert profile(shared, user)["events"] == 0


def test_nobody_can_forget_another_reader_s_event(shared: Service) -> None:
    ann, bob = uuid4().hex, uuid4().hex
    event = shared.send(ann, "like", "p01")["accepted"][0]
    assert patch(shared, bob, 422, forget=[event])["field"] == "forget.0"
    assert profile(shared, ann)["likes"] == 1


def test_what_was_undone_does_not_count(shared: Service) -> None:
    user = uuid4().hex
    for kind in ("like", "save", "read"):
        event = shared.send(user, kind, "p01")["accepted"][0]
        shared.send(user, kind, "p02")
        assert profile(shared, user)[f"{kind}s"] == 2
        shared.send(user, "undo", undoes=event)
        assert profile(shared, user)[f"{kind}s"] == 1


# Reset, export, deletion.


def test_a_reset_forgets_all_but_the_settings_once_a_request(shared: Service) -> None:
    user = uuid4().hex
    patch(shared, user, settings={"freshness": 0.5}, follow=[{"topic": "cs.LG"}])
    shared.send(user, "like", "p01")
    path = f"/v1/users/{user}/reset"
    answer = shared.client.post(path, json={"id": "again"}).json()
    ProfileAnswer.model_validate(answer)
    assert (answer["beliefs"], answer["follows"], setting(answer, "freshness")) == ([], [], 0.5)
    shared.send(user, "like", "p04")
    assert shared.client.post(path, json={"id": "again"}).json()["beliefs"]
    assert shared.client.post(path).json()["beliefs"] == []
    assert shared.client.post("/v1/users/never-seen/reset").json()["events"] == 0


def test_an_export_has_everything(shared: Service) -> None:
    user = f"export/{uuid4().hex}"
    event = shared.send(user, "save", "p01", time="2026-11-20T10:00:00.5+01:00")["accepted"][0]
    patch(shared, user, settings={"breadth": 2}, follow=[{"text": "galaxy halos"}])
    slate = shared.recommend(user)
    shared.context.slates.flush()
    document = shared.get(f"/v1/users/{user}/export")
    ExportAnswer.model_validate(document)
    assert document["reader"] == user
    assert document["settings"]["breadth"] == 2
    assert [row["id"] for row in document["users"]] == [user]
    save, *others = document["events"]
    assert (save["id"], save["item"], save["time"]) == (event, "p01", "2026-11-20T09:00:00.500+00:00")
    assert {row["kind"] for row in others} == {"set", "follow"}
    assert [row["id"] for row in document["slates"]] == [slate["slate_id"]]
    assert [item[0] for item in document["slates"][0]["items"]] == [
        item["paper"]["id"] for item in slate["items"]
    ]


def test_an_export_is_streamed_past_the_chunks_it_is_read_in(shared: Service) -> None:
    user = uuid4().hex
    slates = [Slate(f"{user}-{n:04}", user, n // 7, "greedy", None, ()) for n in range(2_500)]
    shared.store.slates.add(slates)
    document = shared.get(f"/v1/users/{user}/export")
    assert [row["id"] for row in document["slates"]] == [slate.id for slate in slates]


def test_a_dead_record_is_told_before_an_export_begins(service: Service) -> None:
    service.die()
    answer = service.client.get("/v1/users/ada/export")
    service.revive()
    assert answer.status_code == 503


def test_a_deleted_reader_leaves_nothing(service: Service) -> None:
    user, other = f"deleted/{uuid4().hex}", uuid4().hex
    for paper in GENES[:3]:
        service.send(user, "like", paper)
    service.send(other, "like", GENES[0])
    service.send(user, "follow", text="stellar halo")
    newcomer = ids(service, "newcomer")
    assert ids(service, user) != newcomer
    service.context.slates.flush()
    service.recommend(user)  # its slate waits, or has just been written
    kept = service.recommend(other)["slate_id"]
    trending = {item["paper"]["id"]: item["score"] for item in service.get("/v1/trending")["items"]}
    assert trending == {GENES[0]: 2, GENES[1]: 1, GENES[2]: 1}
    answer = service.client.delete(f"/v1/users/{user}").json()
    ErasedAnswer.model_validate(answer)
    assert answer["erased"].items() >= {"users": 1, "events": 4}.items()
    assert answer["erased"]["slates"] in (1, 2)
    service.context.slates.flush()
    document = service.get(f"/v1/users/{user}/export")
    assert [document[table] for table in ("users", "events", "slates")] == [[], [], []]
    assert service.context.states._redis.exists(key_of(user)) == 0
    assert [(i["paper"]["id"], i["score"]) for i in service.get("/v1/trending")["items"]] == [(GENES[0], 1)]
    assert profile(service, user)["beliefs"] == []
    assert ids(service, user) == newcomer
    assert service.store.slates.get(kept) is not None
    again = service.client.delete(f"/v1/users/{user}").json()["erased"]
    assert (again["users"], again["events"]) == (0, 0)


def test_a_slate_that_another_process_writes_late_goes_too(service: Service) -> None:
    service.send("late", "like", "p01")
    service.client.delete("/v1/users/late")
    service.store.slates.add([Slate("late-1", "late", now_ms(), "greedy", None, ())])
    assert eventually(lambda: service.store.slates.get("late-1") is None)
    service.store.slates.add(
        [Slate("late-2", "late", now_ms() + 5_000, "greedy", None, ())]
    )  # one who is back
    service.context.slates._remove_late(time.monotonic() + 100)
    assert service.store.slates.get("late-2") is not None


def test_who_comes_back_is_another_reader(service: Service) -> None:
    service.send("back", "like", "p01")
    service.client.delete("/v1/users/back")
    service.send("back", "like", "p02")
    answer = profile(service, "back")
    assert (answer["events"], answer["likes"]) == (1, 1)


def test_deleting_needs_the_record(service: Service) -> None:
    service.send("stays", "like", "p01")
    service.die()
    answer = service.client.delete("/v1/users/stays")
    service.revive()
    assert answer.status_code == 503
    assert profile(service, "stays")["likes"] == 1


# Seeds.

BIBTEX = r"""
@article{known, title = {Attention is all you need}, eprint = {1706.03762}, archiveprefix = {arXiv}}
@article{new, title = {A {S}tudy}, abstract = {survey of halo}, doi = {10.1145/NEW}}
@article{bare, title = {Nothing known of this one}}
"""


def sow(service: Service, user: str, status: int = 200, **body: Any) -> Any:
    answer = service.client.post(f"/v1/users/{user}/seeds", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_seeds_make_a_first_profile_at_once(shared: Service) -> None:
    user = uuid4().hex
    title = shared.get("/v1/papers/p04")["title"]
    answer = sow(shared, user, ids=["1706.03762v3", "p01", "p01", "nothing"], titles=[title.upper() + "!"])
    SeedsAnswer.model_validate(answer)
    assert [seed["paper"]["id"] for seed in answer["seeded"]] == [ATTENTION, "p01", "p04"]
    assert {(seed["added"], seed["effect"]) for seed in answer["seeded"]} == {(False, "now")}
    assert [(seed["given"], seed["form"]) for seed in answer["unknown"]] == [("nothing", "id")]
    assert "POST /v1/papers" in answer["unknown"][0]["detail"]
    topics = [item["paper"]["topics"][0] for item in shared.recommend(user)["items"]]
    assert topics.count("q-bio.GN") + topics.count("cs.LG") >= 9
    belief = believed(profile(shared, user), "topic", "q-bio.GN")
    assert belief["text"] == "You like q-bio.GN: 2 of the 3 papers you named as yours"


def test_a_bibliography_is_known_or_joins_or_is_named(service: Service) -> None:
    service.context.newcomers.close()  # so that what joins isn't ranked yet
    answer = sow(service, "ada", bibtex=BIBTEX)
    assert [(s["paper"]["id"], s["added"], s["effect"]) for s in answer["seeded"]] == [
        (ATTENTION, False, "now"),
        ("doi:10.1145/new", True, "soon"),
    ]
    assert service.get("/v1/papers/doi:10.1145/new")["abstract"] == "survey of halo"
    assert [(s["given"], s["form"]) for s in answer["unknown"]] == [("Nothing known of this one", "bibtex")]
    assert "abstract" in answer["unknown"][0]["detail"]
    again = sow(service, "ada", bibtex=BIBTEX)
    assert [s["paper"]["id"] for s in again["seeded"]] == [s["paper"]["id"] for s in answer["seeded"]]
    assert not any(s["added"] for s in again["seeded"])
    assert profile(service, "ada")["events"] == 2


def test_titles_match_strictly(service: Service) -> None:
    titles = {
        "x1": "A Survey of Deep Learning for Graphs: Ten Years On",
        "x2": "Supervised Parsing of Scientific Text",
        "x3": "Twins of the Same Name: One View",
        "x4": "Twins of the Same Name: Another View",
    }
    for id, title in titles.items():
        service.client.post("/v1/papers", json={"id": id, "title": title})
    given = [
        "survey of deep learning for graphs",  # without subtitle and article
        "Unsupervised parsing of scientific text",  # nearly the same, and quite another
        "Twins of the same name",  # two are meant
    ]
    answer = sow(service, "ada", titles=given)
    assert [(s["given"], s["paper"]["id"]) for s in answer["seeded"]] == [(given[0], "x1")]
    assert [s["given"] for s in answer["unknown"]] == given[1:]
    assert answer["unknown"][0]["near"][0] == {"id": "x2", "title": titles["x2"]}
    assert {paper["id"] for paper in answer["unknown"][1]["near"]} == {"x3", "x4"}
    assert "several" in answer["unknown"][1]["detail"]


def test_a_seed_that_was_taken_back_can_be_sown_again(shared: Service) -> None:
    user = uuid4().hex
    for times in range(1, 4):
        for _ in range(2):
            sow(shared, user, ids=["p01"])
            assert profile(shared, user)["counting"] == 1
        assert profile(shared, user)["events"] == 2 * times - 1
        patch(shared, user, forget=believed(profile(shared, user), "topic")["events"][:1])
        assert profile(shared, user)["counting"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ids"),
        ({"ids": ["p01"] * 101}, "ids"),
        ({"titles": [""]}, "titles.0"),
        ({"bibtex": "@" * 200_001}, "bibtex"),
        ({"papers": []}, "papers"),
    ],
)
def test_wrong_seeds_name_their_field(shared: Service, body: dict[str, Any], field: str) -> None:
    assert sow(shared, "wrong", 422, **body)["field"] == field


def test_a_broken_bibliography_costs_only_what_is_broken(shared: Service) -> None:
    user = uuid4().hex
    answer = sow(
        shared, user, bibtex="@article{a, title = {Attention Is All You Need}}\n@article{b, title = {"
    )
    assert [s["paper"]["id"] for s in answer["seeded"]] == [ATTENTION]
    assert [s["form"] for s in answer["unknown"]] == ["bibtex"]
    long = "\n".join(f"@misc{{k{n}, title = {{Untitled work number {n}}}}}" for n in range(201))
    assert sow(shared, user, bibtex=long)["unknown"][-1]["given"] == "the rest of the bibliography"
