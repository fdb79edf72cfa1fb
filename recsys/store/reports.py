"""What happened in a period, added up where it is kept: no report reads every event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, exists, func, or_, select, true

from recsys.events import Kind
from recsys.meaning import SAYS
from recsys.signals import QUICK_CLOSE_SECONDS
from recsys.slates import Slate
from recsys.store.engine import Database
from recsys.store.schema import events, papers, slates, users
from recsys.store.slates import SLATE_COLUMNS, as_slate

DAY_MS = 86_400_000

_FOR = (Kind.CLICK, Kind.READ, Kind.SAVE, Kind.LIKE)
_AGAINST = (Kind.DISLIKE, Kind.HIDE)


class PerDay(NamedTuple):
    """How many there were of a kind on a day, counted from the epoch in UTC."""

    day: int
    kind: str
    number: int


class Earned(NamedTuple):
    """What the slates of a day and policy earned.

    `places` is how many papers they showed; the others are sums over slates of its reward r and its places n.
    """

    day: int
    policy: str
    slates: int
    places: int
    r: float
    rr: float
    rn: float
    nn: float


class Judged(NamedTuple):
    """A slate as it was shown, and the reward of each of its papers that earned any, by paper."""

    slate: Slate
    rewards: Mapping[str, float]


class Reports:
    """Sums over periods; `since` is in ms since the epoch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def events_per_day(self, since: int) -> list[PerDay]:
        """The events that happened since, by day and kind."""
        return self._per_day(events.c.time, events.c.kind, since)

    def slates_per_day(self, since: int) -> list[PerDay]:
        """The slates shown since, by day and policy."""
        return self._per_day(slates.c.time, slates.c.policy, since)

    def papers_per_week(self, since: int) -> list[PerDay]:
        """The papers that joined the catalogue since, by week (named by its first day) and topic."""
        topic = self._each_topic()
        first_day = _day(papers.c.added, 7 * DAY_MS) * 7
        number = func.count().label("number")
        statement = (
            select(first_day, topic.c.value, number)
            .select_from(papers)
            .join(topic, true())
            .where(papers.c.added >= since)
            .group_by(first_day, topic.c.value)
            .order_by(first_day, number.desc(), topic.c.value)
        )
        with self._database.reading() as connection:
            return [PerDay(*row) for row in connection.execute(statement)]

    def active_readers(self, since: int, limit: int) -> list[str]:
        """The readers who did something since, those who did most first; no simulated ones."""
        statement = (
            select(events.c.user)
            .where(events.c.time >= since, ~events.c.simulated)
            .group_by(events.c.user)
            .order_by(func.count().desc(), events.c.user)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return list(connection.scalars(statement))

    def readers(self) -> tuple[int, int]:
        """How many readers there are, and how many of them are simulated."""
        simulated = func.coalesce(func.sum(cast(users.c.simulated, Integer)), 0)
        with self._database.reading() as connection:
            number, made_up = connection.execute(select(func.count(), simulated).select_from(users)).one()
        return int(number), int(made_up)

    def earned(self, since: int) -> list[Earned]:
        """What the slates shown since earned, by day and policy; see `rewards`."""
        earned = rewards(since).subquery()
        of_slate = (
            select(earned.c.slate, func.sum(earned.c.reward).label("r")).group_by(earned.c.slate).subquery()
        )
        day, n = _day(slates.c.time), func.json_array_length(slates.c["items"])
        r = func.coalesce(of_slate.c.r, 0.0)
        sums = (func.count(), func.sum(n), func.sum(r), func.sum(r * r), func.sum(r * n), func.sum(n * n))
        statement = (
            select(day, slates.c.policy, *sums)
            .select_from(slates)
            .outerjoin(of_slate, of_slate.c.slate == slates.c.id)
            .where(slates.c.time >= since)
            .group_by(day, slates.c.policy)
            .order_by(day, slates.c.policy)
        )
        with self._database.reading() as connection:
            rows = connection.execute(statement).all()
        return [
            Earned(day, policy, int(number), int(n), float(r), float(rr), float(rn), float(nn))
            for day, policy, number, n, r, rr, rn, nn in rows
        ]

    def judged(self, since: int, limit: int, policy: str = "") -> list[Judged]:
        """The newest slates since, at most `limit`, the newest first, with what each paper earned.

        Those of policies whose names begin with `policy`.
        """
        newest = (
            select(*SLATE_COLUMNS)
            .where(slates.c.time >= since, slates.c.policy.startswith(policy, autoescape=True))
            .order_by(slates.c.time.desc(), slates.c.id.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            shown = [as_slate(row) for row in connection.execute(newest)]
            if not shown:
                return []
            found: list[Any] = list(connection.execute(rewards(shown[-1].time)))
        earned: dict[str, dict[str, float]] = {}
        for slate, item, reward in found:
            earned.setdefault(slate, {})[item] = float(reward)
        return [Judged(slate, earned.get(slate.id, {})) for slate in shown]

    def size(self) -> int:
        """How large the record is, in bytes."""
        with self._database.reading() as connection:
            if self._database.is_postgresql:
                statement = select(func.pg_database_size(func.current_database()))
                return int(connection.scalars(statement).one())
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())

    def _per_day(self, time: ColumnElement[int], kind: ColumnElement[str], since: int) -> list[PerDay]:
        day = _day(time)
        statement = (
            select(day, kind, func.count()).where(time >= since).group_by(day, kind).order_by(day, kind)
        )
        with self._database.reading() as connection:
            return [PerDay(*row) for row in connection.execute(statement)]

    def _each_topic(self) -> Any:
        """A row for each topic of a paper; how a JSON list is unfolded is each database's own."""
        if self._database.is_postgresql:
            each = func.json_array_elements_text(papers.c.topics)
            return each.table_valued("value").render_derived()
        return func.json_each(papers.c.topics).table_valued("value")


def rewards(since: int) -> Select[tuple[str, str, float]]:
    """(slate, paper, reward) of all that was done to shown papers since.

    The reward is the strength of the strongest act, as `recsys.meaning` states it; a refusal outweighs all.
    What was undone, and a read that was closed at once, is none.
    """
    undo, again = events.alias(), events.alias()
    undone_itself = exists().where(again.c.undoes == undo.c.id, again.c.user == undo.c.user)
    undone = exists().where(undo.c.undoes == events.c.id, undo.c.user == events.c.user, ~undone_itself)
    lowest = func.min(_strength(_AGAINST))
    quick = and_(events.c.kind == Kind.READ.value, events.c.seconds <= QUICK_CLOSE_SECONDS)
    return (
        select(
            events.c.slate,
            events.c.item,
            case((lowest < 0, lowest), else_=func.max(_strength(_FOR))).label("reward"),
        )
        .where(events.c.time >= since, events.c.slate.is_not(None), events.c.item.is_not(None))
        .where(events.c.kind.in_([kind.value for kind in (*_FOR, *_AGAINST)]))
        .where(or_(~quick, events.c.seconds.is_(None)), ~undone)
        .group_by(events.c.slate, events.c.item)
    )


def _strength(kinds: tuple[Kind, ...]) -> ColumnElement[float]:
    return case(*((events.c.kind == kind.value, SAYS[kind].strength) for kind in kinds), else_=0.0)


def _day(time: ColumnElement[int], length: int = DAY_MS) -> ColumnElement[int]:
    """The number of the day (or of another length in ms) since the epoch; times are whole and >= 0."""
    return time // length
