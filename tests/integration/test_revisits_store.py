"""What is read again, as both databases keep it: threads by their schedule, mentions behind open cases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from listener.bootstrap import Listener
from listener.loading import Environment
from listener.revisits import Belief
from listener.starter import Answers, write
from listener.store import captures, revisits
from listener.store.engine import Database
from listener.store.tables import CaseEventRow, CaseRow, MentionCheckRow, MentionRow, ThreadRow
from tests.factories import NOW, raw

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_threads_are_due_by_their_schedule_and_only_once(database: Database) -> None:
    said = [
        raw("1", thread_id="new", published_at=NOW),
        raw("2", thread_id="quiet", published_at=NOW - 4 * DAY),
        raw("3", thread_id="old", published_at=NOW - 400 * DAY),
        raw("4", thread_id=""),
        raw("5", thread_id="undated", published_at=None),
    ]

    def due(at: timedelta, limit: int = 9) -> list[str]:
        with database.read() as session:
            return revisits.due_threads(session, "s", NOW + at, limit)

    with database.write() as session:
        revisits.note_threads(session, "s", said, NOW)
    assert due(timedelta()) == []
    assert set(due(HOUR)) == {"new", "undated"}
    assert due(3 * DAY, 1) in (["new"], ["undated"])
    assert set(due(900 * DAY)) == {"new", "undated", "quiet"}
    with database.write() as session:
        revisits.visited(session, "s", ["new", "strange"], NOW + HOUR)
    assert due(HOUR) == ["undated"]
    with database.write() as session:  # an old word seen again moves nothing back
        revisits.note_threads(session, "s", [raw("1", thread_id="new", published_at=NOW - DAY)], NOW + 2 * HOUR)
    with database.read() as session:
        row = session.exec(select(ThreadRow).where(ThreadRow.thread_id == "new")).one()
    assert (row.first_at, row.spoken_at, row.visited_at) == (NOW - DAY, NOW, NOW + 2 * HOUR)


def test_mentions_behind_open_cases_are_due_checked_and_marked(tmp_path: Path, database_url: str) -> None:
    write(tmp_path, Answers(company="晨曜", receiver="张敏", receiver_mail="z@example.com"))
    listener = Listener.from_folder(tmp_path / "config", environment=Environment(database_url=database_url))
    listener.now = lambda: NOW  # type: ignore[method-assign]
    database = listener.database
    said = [
        raw("1", content="我的晨曜刹车失灵，4S店没人管，要求退车", author_id="1"),
        raw("2", content="我的晨曜空调不制冷，修了三次没人管，要求退款", author_id="2", fields={"rating": "1"}),
        raw("3", content="今天天气不错", author_id="3"),
    ]
    with database.write() as session:
        captures.save(session, said)
    listener.process()

    def look(belief: Belief, later: timedelta) -> list[str]:
        with database.write() as session:
            found = revisits.check(session, "owners-forum", ["1", "2"], belief, NOW + later)
        return [f"{each.change.what} {each.mention.native_id}" for each in found]

    with database.read() as session:
        assert [due.native_id for due in revisits.due_mentions(session, "owners-forum", NOW, 9)] == ["1", "2"]
        assert revisits.due_mentions(session, "another", NOW, 9) == []
    one = frozenset({"1"})
    assert look(Belief(gone=one), timedelta()) == []
    with database.read() as session:
        assert revisits.due_mentions(session, "owners-forum", NOW + HOUR / 2, 9) == []
    assert look(Belief(gone=one), HOUR / 2) == []  # too soon to confirm
    assert look(Belief(), 2 * HOUR) == []  # nothing is known of it: nothing follows
    assert look(Belief(gone=one), 3 * HOUR) == ["deleted 1"]
    assert look(Belief(gone=one), 5 * HOUR) == []
    assert look(Belief(there=one), 9 * HOUR) == ["reappeared 1"]
    edited = [raw("2", content="我的晨曜空调修好了", author_id="2", fields={"rating": "5", "company_reply": "已处理"})]
    with database.write() as session:
        captures.save(session, edited)
    listener.process()
    with database.read() as session:
        events = session.exec(select(CaseEventRow.action).order_by(CaseEventRow.id)).all()  # type: ignore[arg-type]
        assert [what for what in events if what not in ("opened", "joined")] == [
            "deleted", "reappeared", "edited", "company_replied", "rated",
        ]  # fmt: skip
        assert session.exec(select(MentionCheckRow.gone_at)).all() == [None, None]
    with database.write() as session:  # the first words again: nothing is new, and still they are what is said now
        assert captures.save(session, [said[1]]) == 0
        assert captures.take_up_again(session, [said[1]]) == 1
        assert captures.take_up_again(session, [said[0]]) == 0
    listener.process()
    with database.read() as session:
        assert "没人管" in session.exec(select(MentionRow.text).where(MentionRow.native_id == "2")).one()
    with database.write() as session:
        for case in session.exec(select(CaseRow)):
            case.state = "closed"
    with database.read() as session:
        assert revisits.due_mentions(session, "owners-forum", NOW + 30 * DAY, 9) == []
    database.close()
