"""The outbox itself: claims, leases, and no statement for each alert. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event

from listener.model import CaseState, Severity
from listener.store import outbox
from listener.store.engine import Database
from listener.store.tables import CaseRow
from tests.factories import HOUR, NOW
from tests.outbox_world import LI, WANG, add_customer, cipher, decrypt, joined, linked, opened, status, write


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


def test_two_gatherings_at_once_take_each_entry_once(postgres_url: str) -> None:
    database = Database(postgres_url)
    write(database, *[opened(str(number), state=CaseState.TO_VERIFY) for number in range(3)])
    with database.write() as first, database.write() as second:
        assert [outbox.digest_due(first, NOW), outbox.digest_due(second, NOW)] == [1, 0]
    with database.read() as session:
        (claimed,) = outbox.claim(session, NOW, HOUR, 9, ["email"])
        assert len(outbox.facts_for(session, [claimed], decrypt)[claimed.delivery_id].alerts) == 3
    database.close()


def test_counts_by_status(database: Database) -> None:
    write(database, opened("1"), opened("2", state=CaseState.TO_VERIFY))
    write(database, opened("3"), to=(replace(WANG, held="没有地址"),))
    with database.read() as session:
        assert outbox.counts(session) == {"pending": 1, "sent": 0, "failed": 0, "suppressed": 1, "digest": 1}
        assert outbox.waiting(session) == 1


def test_the_nth_case_of_a_customer_is_counted_as_they_came(database: Database) -> None:
    customer = add_customer(database)
    for number in range(3):
        write(database, linked(opened(str(number)), customer))
    with database.write() as session:
        session.get_one(CaseRow, 1).state = CaseState.NOT_COMPLAINT.value
    with database.write() as session:
        claimed = outbox.claim(session, NOW, HOUR, 9, ["email"])
        facts = outbox.facts_for(session, claimed, decrypt)
    cases = [alert.case for each in facts.values() for alert in each.alerts]
    assert [case.customer.nth for case in cases if case and case.customer] == [1, 1, 2]


@pytest.mark.parametrize("profile", ["not json", "[]", "{}", '{"name": "王小明", "phones": "+8613812345678"}'])
def test_any_profile_leaves_the_mail_masked_and_on_its_way(database: Database, profile: str) -> None:
    write(database, linked(opened("1"), add_customer(database, cipher=cipher(profile))))
    with database.write() as session:
        claimed = outbox.claim(session, NOW, HOUR, 9, ["email"])
        (alert,) = outbox.facts_for(session, claimed, decrypt)[claimed[0].delivery_id].alerts
    assert alert.case is not None and alert.case.customer is not None
    assert alert.case.customer.external_id == "C-1001"
    assert "小明" not in alert.case.customer.name and "13812345678" not in str(alert.case.customer.contacts)
