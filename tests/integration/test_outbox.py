"""The outbox itself: claims, leases, and no statement for each alert. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from listener.model import CaseState, Severity
from listener.store import outbox
from listener.store.engine import Database
from tests.factories import HOUR, NOW
from tests.outbox_world import LI, WANG, decrypt, joined, opened, status, write


def test_two_workers_never_claim_the_same_delivery(database: Database) -> None:
    write(database, *[opened(str(number)) for number in range(30)])
    with database.write() as session:
        mine = outbox.claim(session, NOW, HOUR, 20, ["email"])
    with database.write() as session:
        other = outbox.claim(session, NOW, HOUR, 20, ["email"])
    assert len(mine) == 20 and len(other) == 10
    assert not {each.delivery_id for each in mine} & {each.delivery_id for each in other}


def test_a_claim_passes_by_what_another_transaction_is_claiming(postgres_url: str) -> None:
    database = Database(postgres_url)
    write(database, *[opened(str(number)) for number in range(4)])
    with database.write() as first, database.write() as second:
        mine = outbox.claim(first, NOW, HOUR, 3, ["email"])
        other = outbox.claim(second, NOW, HOUR, 3, ["email"])
        assert [len(mine), len(other)] == [3, 1]
    database.close()


def test_what_is_due_about_one_case_is_claimed_together(database: Database) -> None:
    first = opened("1", Severity.S1)
    write(database, first, opened("2", Severity.S1), opened("3"), to=(WANG, LI))
    write(database, joined("4", first), to=(WANG, LI))
    with database.write() as session:
        claimed = outbox.claim(session, NOW, HOUR, 1, ["email"])
    assert [(each.receiver.name, each.case_id) for each in claimed] == [("王芳", 1), ("王芳", 1)]
    with database.write() as session:
        assert len(outbox.claim(session, NOW, HOUR, 1, ["email"])) == 2


def test_who_lost_the_lease_changes_nothing(database: Database) -> None:
    write(database, opened("1"))
    with database.write() as session:
        (mine,) = outbox.claim(session, NOW, HOUR, 1, ["email"])
    with database.write() as session:
        (other,) = outbox.claim(session, NOW + HOUR, HOUR, 1, ["email"])
        assert not outbox.mark_failed(session, mine, "too late")
        assert not outbox.postpone(session, mine, NOW, "too late")
        assert outbox.mark_sent(session, other, NOW + HOUR)
    assert status(database) == ["sent"]


def test_statements_do_not_grow_with_the_number_of_alerts(database: Database) -> None:
    def count(numbers: range) -> int:
        batch = [opened(str(number), state=CaseState.TO_VERIFY) for number in numbers]
        with counting(database) as statements:
            write(database, *batch)
            with database.write() as session:
                outbox.digest_due(session, NOW)
            with database.write() as session:
                claimed = outbox.claim(session, NOW, HOUR, 5, ["email"])
                outbox.facts_for(session, claimed, decrypt)
        return len(statements)

    assert count(range(2)) == count(range(10, 60))


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
