"""Work that arrives wakes its duty, also where the duty runs just then."""

from __future__ import annotations

from datetime import datetime, timedelta

from listener.store import slots
from listener.store.engine import Database
from tests.factories import NOW
from tests.outbox_world import opened, write

LEASE, SECOND = timedelta(minutes=10), timedelta(seconds=1)


def due_at(database: Database, name: str = "deliver") -> datetime:
    with database.read() as session:
        return dict(slots.upcoming(session))[name]


def test_an_idle_duty_is_brought_forward_and_never_put_off(database: Database) -> None:
    with database.write() as session:
        slots.ensure(session, ["deliver"], NOW + 10 * SECOND)
        slots.poke(session, "deliver", NOW + 2 * SECOND)
        slots.poke(session, "deliver", NOW + 5 * SECOND)
        slots.poke(session, "no such duty", NOW)
    assert due_at(database) == NOW + 2 * SECOND


def test_what_arrives_while_a_duty_runs_is_not_missed(database: Database) -> None:
    with database.write() as session:
        slots.ensure(session, ["deliver"], NOW)
        assert slots.claim(session, "deliver", NOW, LEASE, "me")
    write(database, opened("1"), now=NOW + SECOND)  # an alert pokes the duty
    with database.write() as session:
        assert slots.finish(session, "deliver", "me", NOW + 20 * SECOND, NOW + 2 * SECOND, NOW)
    assert due_at(database) == NOW + SECOND, "it is done again at once"
    with database.write() as session:
        assert slots.claim(session, "deliver", NOW + 3 * SECOND, LEASE, "me")
        assert slots.finish(session, "deliver", "me", NOW + 20 * SECOND, NOW + 4 * SECOND, NOW + 3 * SECOND)
    assert due_at(database) == NOW + 20 * SECOND
