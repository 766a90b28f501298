"""A small stored world for tests of reports and exports: written straight into the tables, counted by hand.

seven days from 2026-11-16, Shanghai time; three sources; one of them blocked since the 20th
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from listener.model import CaseState, Severity
from listener.model.reported import CaseFact, MentionFact
from listener.store.engine import Database
from listener.store.tables import (
    AnalysisRow,
    CaseMentionRow,
    CaseRow,
    CrawlRow,
    CustomerRow,
    DeliveryRow,
    IdentityLinkRow,
    MentionRow,
    RawMentionRow,
    SourceStateRow,
    TopicMatchRow,
)
from tests.factories import ZONE

START = datetime(2026, 11, 16, tzinfo=ZONE)
END = datetime(2026, 11, 23, tzinfo=ZONE)
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def fact(number: int = 1, **changes: Any) -> MentionFact:
    """One mention; name only what the test is about."""
    values: dict[str, Any] = {
        "id": number,
        "source": "owners-forum",
        "platform": "discuz",
        "native_id": str(number),
        "url": f"http://forum.example/{number}",
        "captured_at": START + HOUR,
        "happened_at": START,
        "published_at": START,
        "text": "刹车异响",
        "author_name": "车主老王",
    }
    if "published_at" in changes and "happened_at" not in changes:
        changes["happened_at"] = changes["published_at"] or changes.get("captured_at", values["captured_at"])
    return MentionFact(**(values | changes))


def case(number: int = 1, **changes: Any) -> CaseFact:
    """One case."""
    values: dict[str, Any] = {
        "id": number,
        "fingerprint": f"f-{number}",
        "state": CaseState.NEW,
        "severity": Severity.S2,
        "title": "刹车异响没人管",
        "opened_at": START,
        "spoken_at": START,
        "updated_at": START,
    }
    return CaseFact(**(values | changes))


class Writer:
    """Writes rows one by one; what is not named has a sensible value."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.number = 0

    def mention(self, at: datetime | None = START, text: str = "刹车异响", **changes: Any) -> int:
        """A stored mention with its analysis; its id. ``at`` None: no readable time, captured at START + 1 h."""
        self.number += 1
        native = str(changes.pop("native_id", self.number))
        captured = changes.pop("captured_at", (at or START) + HOUR)
        analysed = {name: changes.pop(name) for name in list(changes) if name in AnalysisRow.model_fields}
        topics, customer, case_id = (changes.pop(name, None) for name in ("topics", "customer", "case"))
        natural: dict[str, Any] = {
            "source": "owners-forum",
            "platform": "discuz",
            "site": "forum.example",
            "native_id": native,
        }
        natural |= {name: changes.pop(name) for name in list(changes) if name in natural}
        with self.database.write() as session:
            raw = RawMentionRow(**natural, digest=native, captured_at=captured)
            session.add(raw)
            session.flush()
            values: dict[str, Any] = {"url": f"http://forum.example/{native}", "author_name": "车主老王"}
            row = MentionRow(
                **natural, **(values | changes), raw_id=raw.id or 0, text=text, published_at=at, captured_at=captured,
                happened_at=at or captured,
            )  # fmt: skip
            session.add(row)
            session.flush()
            assert row.id is not None
            session.add(_analysis(row.id, analysed))
            session.add_all(TopicMatchRow(mention_id=row.id, topic=topic) for topic in topics or ())
            if customer:
                session.add(
                    IdentityLinkRow(
                        mention_id=row.id, customer_id=customer, judgement="positive", score=0.99, decided_at=captured
                    )
                )
            if case_id:
                session.add(CaseMentionRow(mention_id=row.id, case_id=case_id, joined_as="opener", joined_at=captured))
            return row.id

    def customer(self, external_id: str = "C-1") -> int:
        with self.database.write() as session:
            row = CustomerRow(external_id=external_id, cipher=b"x", imported_at=START)
            session.add(row)
            session.flush()
            assert row.id is not None
            return row.id

    def case(self, **changes: Any) -> int:
        self.number += 1
        values: dict[str, Any] = {
            "fingerprint": f"case-{self.number}", "matter": f"case-{self.number}", "state": "new", "severity": "S2",
            "title": "刹车异响没人管", "topic": "晨曜", "problem": "car.brake", "opened_at": START, "spoken_at": START,
            "updated_at": START, "first_contact_by": START + HOUR,
        }  # fmt: skip
        with self.database.write() as session:
            row = CaseRow(**(values | changes))
            session.add(row)
            session.flush()
            assert row.id is not None
            return row.id

    def crawl(self, at: datetime, outcome: str = "ok", source: str = "owners-forum", **changes: Any) -> None:
        with self.database.write() as session:
            add_crawl(session, at, outcome, source, **changes)

    def delivery(self, **changes: Any) -> None:
        self.number += 1
        values: dict[str, Any] = {
            "key": f"d{self.number}", "receiver": "客服组", "notifier": "email", "address": "kefu@example.com",
            "status": "sent", "subject": "[特急] 刹车失灵", "next_at": START, "created_at": START, "sent_at": START,
        }  # fmt: skip
        with self.database.write() as session:
            session.add(DeliveryRow(**(values | changes)))


def add_crawl(session: Session, at: datetime, outcome: str, source: str, **changes: Any) -> None:
    """A crawl that ended at ``at`` after a minute, and the source's state after it."""
    begin = at - timedelta(minutes=1)
    session.add(CrawlRow(source=source, outcome=outcome, started_at=begin, ended_at=at, **changes))
    row = session.get(SourceStateRow, source) or SourceStateRow(source=source)
    good = outcome in ("ok", "empty")
    row.outcome, row.crawled_at = outcome, at
    row.bad_since = None if good else row.bad_since or at
    row.last_good_at = at if good else row.last_good_at
    session.add(row)


def _analysis(mention_id: int, changes: dict[str, Any]) -> AnalysisRow:
    probabilities = {
        "negative": (0.8, 0.15, 0.05),
        "neutral": (0.2, 0.6, 0.2),
        "positive": (0.05, 0.15, 0.8),
    }[changes.get("sentiment", "neutral")]
    values: dict[str, Any] = {"sentiment": "neutral", "complaint": "no", "severity": "S4", "analysed_at": START}
    for name, value in zip(("negative", "neutral", "positive"), probabilities, strict=True):
        values[name] = value
    return AnalysisRow(mention_id=mention_id, **(values | changes))


def fill(database: Database) -> Writer:
    """The small world: 9 mentions in the window (2 reposts), 1 before it, 1 after it; 2 cases; 3 sources."""
    writer = Writer(database)
    known = writer.customer("C-1001")
    grave = writer.case(title="刹车失灵没人管", severity="S1", customer_id=known, first_contact_at=START + 2 * HOUR)
    doubtful = writer.case(state="to_verify", severity="S3", title="退款一直没到账", problem="core.refund")
    bad: dict[str, Any] = {"sentiment": "negative"}
    sure = bad | {"complaint": "yes", "complaint_reason": "说明了问题并要求处理"}
    first = writer.mention(
        START + 9 * HOUR, "晨曜X5 高速上刹车失灵，打4S店电话没人管，联系我13812345678", native_id="n1",
        severity="S1", problem="car.brake", categories=[["car.brake", "", ""], ["core.no_reply", "", ""]],
        entities=[["product", "", 0, 4], ["phone", "", 26, 37]],
        words=[["刹车失灵", -2.1, 8, 12], ["没人管", -1.4, 19, 22]], topics=["晨曜"], customer=known, case=grave,
        **sure,
    )  # fmt: skip
    writer.mention(
        START + 10 * HOUR, "转：晨曜X5 高速上刹车失灵", native_id="n2", duplicate_of=first, severity="S1",
        problem="car.brake", topics=["晨曜"], case=grave, **sure,
    )  # fmt: skip
    writer.mention(
        START + DAY, "晨曜改款上市，售价不变", native_id="n3", source="news", platform="feed", topics=["晨曜"]
    )
    writer.mention(
        START + DAY + 2 * HOUR, "晨曜改款上市，售价不变", native_id="n4", source="news", platform="feed",
        duplicate_of=first + 2, topics=["晨曜"],
    )  # fmt: skip
    writer.mention(
        START + 2 * DAY, "一直没收到退款，不知道怎么回事", native_id="n5", severity="S3", problem="core.refund",
        complaint="review", complaint_reason="有不满但没有要求", case=doubtful, **bad,
    )  # fmt: skip
    writer.mention(START + 3 * DAY, "开了半年，很满意", native_id="n6", sentiment="positive", topics=["晨曜"])
    writer.mention(
        START + 4 * DAY, "空调异味，售后说正常", native_id="n7", severity="S3", problem="car.body",
        topics=["晨曜", "售后"], **sure,
    )  # fmt: skip
    writer.mention(
        None,
        "没有时间的一条",
        native_id="n8",
        captured_at=START + 4 * DAY + HOUR,
        source="reviews",
        platform="app_store",
    )
    writer.mention(END - timedelta(seconds=1), "周日最后一秒", native_id="n9", sentiment="positive")
    writer.mention(END, "下一期的第一条", native_id="n10")
    writer.mention(START - timedelta(seconds=1), "上一期的最后一条", native_id="n11", **bad)
    _crawl(writer)
    return writer


def _crawl(writer: Writer) -> None:
    """Every six hours; the news feed is blocked from 20 Nov 06:00 on, the reviews are first crawled on the 18th."""
    with writer.database.write() as session:
        for step in range(-4 * 8, 4 * 7):
            at = START + step * 6 * HOUR
            add_crawl(session, at, "ok", "owners-forum", new=1)
            blocked = at >= START + 4 * DAY + 6 * HOUR
            detail = "HTTP 403" if blocked else ""
            add_crawl(session, at, "blocked" if blocked else "empty", "news", detail=detail)
            if at >= START + 2 * DAY:
                add_crawl(session, at, "ok", "reviews")
