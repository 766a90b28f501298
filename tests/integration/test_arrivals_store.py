"""What arrived by itself, on both databases: once each, known again by its keys, answered once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlmodel import select

from listener.model import Origin
from listener.store import arrival_answers, arrival_ends, arrivals
from listener.store.arrivals import Arrival, Entry
from listener.store.engine import Database
from listener.store.tables import ArrivalEntryRow, ArrivalRow, RawMentionRow
from tests.factories import NOW, raw

MAIL = Arrival(source="intake", name="<1@x>", kind="mail", person="张敏", subject="转\x00发", reply_to="<1@x>")


def entry(native_id: str, *keys: str, remark: str = "") -> Entry:
    capture = replace(raw(native_id, content="刹车\x00失灵"), origin=Origin.INTAKE)
    return Entry(capture=capture, keys=keys, remark=remark)


def register(database: Database, arrival: Arrival, *entries: Entry) -> int | None:
    with database.write() as session:
        return arrivals.register(session, arrival, entries, NOW)


def test_once_and_known_again_by_any_key(database: Database) -> None:
    assert register(database, MAIL, entry("a", "k1", "k2", remark="请\x00看")) is not None
    assert register(database, MAIL, entry("a", "k1")) is None
    assert register(database, replace(MAIL, name="<2@x>"), entry("b", "k3", "k2"), entry("c", "k4")) is not None
    assert register(database, replace(MAIL, name="<3@x>"), entry("a")) is not None
    with database.read() as session:
        rows = session.exec(select(ArrivalEntryRow).order_by(ArrivalEntryRow.id)).all()  # type: ignore[arg-type]
        stored = {row.native_id for row in session.exec(select(RawMentionRow))}
    assert [(row.native_id, row.repeated) for row in rows] == [("a", False), ("a", True), ("c", False), ("a", True)]
    assert (stored, rows[0].remark) == ({"a", "c"}, "请看")


def test_who_waits_is_answered_once_the_captures_are_done(database: Database) -> None:
    register(database, MAIL, entry("a"))
    register(database, replace(MAIL, name="<2@x>"))
    register(database, replace(MAIL, name="cli", kind="command"))
    with database.read() as session:
        ready = arrival_answers.waiting(session)
    assert [each.about for each in ready] == [()], "the first one's capture still waits, the command waits for itself"
    for expected in (True, False):
        with database.write() as session:
            assert arrival_answers.answer(session, ready[0], {"about": []}, NOW) is expected
    with database.read() as session:
        assert arrival_answers.waiting(session) == []


def test_what_came_in_is_counted_and_old_pushes_are_forgotten(database: Database) -> None:
    with database.write() as session:
        for name, days in (("old", 40), ("new", 0)):
            arrivals.keep(
                session, Arrival(source="crm", name=name, kind="push"), NOW - timedelta(days=days), {"new": 1}
            )
        arrivals.keep(session, replace(MAIL, refused="stranger", person=""), NOW)
    with database.read() as session:
        rows = arrivals.recent(session, NOW - timedelta(days=1))
    told = [(row["source"], row["kind"], row["arrived"], row["refused"]) for row in rows]
    assert told == [("crm", "push", 1, 0), ("intake", "mail", 1, 1)]
    with database.write() as session:
        assert arrival_ends.forget(session, NOW, timedelta(days=30)) == 1
        assert {row.name for row in session.exec(select(ArrivalRow))} == {"new", "<1@x>"}
