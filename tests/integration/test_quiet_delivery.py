"""Held back and never lost: bursts, group wait and interval, outages; each with a reason that can be listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from listener.alerts import receivers, routing, rules
from listener.alerts.bursts import burst_alert
from listener.alerts.throttle import Pace
from listener.model import Alert, AlertKind, CrawlReport, Outcome, Receiver, Recipient, Severity
from listener.store import bounced, outbox, views
from listener.store.engine import Database
from tests.factories import NOW
from tests.outbox_world import DESK, LI, WANG, deliveries, joined, opened, real, run, write


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    yield database
    database.close()


UNTIL = NOW + timedelta(hours=2)


def raise_alert(database: Database, alert: Alert, *to: Recipient, minutes: int = 0) -> None:
    with database.write() as session:
        outbox.add_alerts(session, [(alert, None, None, to or (WANG,))], NOW + timedelta(minutes=minutes))


def held(database: Database) -> list[str]:
    with database.read() as session:
        return [row["held"] for row in views.delivery_rows(session, views.HELD, 50)]


def test_a_burst_mutes_its_single_alerts_lists_them_and_they_come_in_a_digest(sqlite_database: Database) -> None:
    burst = burst_alert("晨曜:1", "一小时 120 条，平时 4 条", since=NOW, until=UNTIL, topics=["晨曜"])
    with real() as (notifiers, mails):
        raise_alert(sqlite_database, burst)
        write(sqlite_database, opened("1"), opened("2", Severity.S1), to=(WANG, LI))
        run(sqlite_database, notifiers)
        got = [(each.recipient, str(each.mail["subject"])) for each in mails]
        wang = [subject for recipient, subject in got if recipient == WANG.receiver.address]
        assert len(wang) == 2 and any("声量异常" in one for one in wang) and any("特急" in one for one in wang)
        assert len(got) == 4, "who was not told of the burst hears of each case"
        text = next(each.text for each in mails if "声量异常" in str(each.mail["subject"]))
        assert "#1 " in text and "#2 " in text and "120" in text, "it lists its cases"
        assert held(sqlite_database) == ["已由声量异常预警 #1 统一通知"]

        later = UNTIL + timedelta(minutes=1)
        with sqlite_database.write() as session:
            assert outbox.digest_due(session, later) == 1
        mails.clear()
        run(sqlite_database, notifiers, now=later)
        assert [each.recipient for each in mails] == [WANG.receiver.address]
        assert "#1" in mails[0].text
        assert "已随汇总 #" in held(sqlite_database)[0], (
            "what was held back stays listed, with the mail that carried it"
        )


def test_news_of_a_case_is_grouped_and_one_thread(sqlite_database: Database) -> None:
    desk = replace(DESK, pace=Pace(group_wait=timedelta(seconds=30), group_interval=timedelta(minutes=5)))
    first = opened("1", Severity.S3)
    with real() as (notifiers, mails):
        write(sqlite_database, first)
        run(sqlite_database, notifiers, desk)
        assert not mails and held(sqlite_database) == ["等待同一工单的其他信息，合并发送"]
        write(sqlite_database, joined("2", first), now=NOW + timedelta(seconds=10))
        run(sqlite_database, notifiers, desk, NOW + timedelta(seconds=31))
        assert len(mails) == 1 and "三天了还没人联系我" in mails[0].text, "what came meanwhile is in it"
        write(sqlite_database, joined("3", first, text="还是没人！"), now=NOW + timedelta(minutes=2))
        run(sqlite_database, notifiers, desk, NOW + timedelta(minutes=2))
        assert len(mails) == 1
        run(sqlite_database, notifiers, desk, NOW + timedelta(minutes=6))
        assert len(mails) == 2
        assert mails[1].mail["references"] == mails[0].mail["references"]


def test_s1_never_waits(sqlite_database: Database) -> None:
    desk = replace(DESK, pace=Pace(group_wait=timedelta(hours=1), group_interval=timedelta(hours=1)))
    first = opened("1", Severity.S1)
    with real() as (notifiers, mails):
        write(sqlite_database, first)
        run(sqlite_database, notifiers, desk)
        write(sqlite_database, joined("2", first), now=NOW + timedelta(minutes=1))
        run(sqlite_database, notifiers, desk, NOW + timedelta(minutes=1))
    assert len(mails) == 2


def crawl(outcome: Outcome, minutes: int) -> CrawlReport:
    at = NOW + timedelta(minutes=minutes)
    return CrawlReport(source="forum", outcome=outcome, detail="", started_at=at, ended_at=at)


def test_a_flapping_source_is_told_of_once_and_a_blind_one_again_after_the_interval(sqlite_database: Database) -> None:
    desk = replace(DESK, repeat_interval=timedelta(hours=4))
    before: Outcome | None = None
    with real() as (notifiers, mails):
        for minutes, outcome in (
            (0, "blocked"),
            (10, "ok"),
            (20, "blocked"),
            (30, "ok"),
            (40, "blocked"),
            (300, "blocked"),
        ):
            report = crawl(Outcome(outcome), minutes)
            with sqlite_database.read() as session:
                told = outbox.last_raised(session, AlertKind.SOURCE_BAD, "forum")
            for alert in rules.source_alerts(before, report, told, timedelta(hours=4)):
                raise_alert(sqlite_database, alert, minutes=minutes)
            before = report.outcome
            run(sqlite_database, notifiers, desk, NOW + timedelta(minutes=minutes))
        subjects = [str(each.mail["subject"]) for each in mails]
    assert ["来源异常" in one for one in subjects[:2]] == [True, False], "blind, and seeing again, are told at once"
    assert len(subjects) == 4
    assert sum("汇总" in one for one in subjects[2:]) == 1, "the flapping comes gathered, once the interval is over"
    assert sum(one.startswith("【监测来源异常】") for one in subjects[2:]) == 1, "and it is still blind"


def test_what_never_arrives_is_told_to_the_operator_by_another_way(sqlite_database: Database) -> None:
    operator = Recipient(receiver=Receiver(name="李四", notifier="email", address="ops@other.example"), reason="运维")
    asked: list[Receiver] = []

    def operators(alert: Alert, beside: Receiver) -> tuple[Recipient, ...]:
        asked.append(beside)
        return (operator,)

    bad = replace(WANG, receiver=replace(WANG.receiver, address="no address"))
    write(sqlite_database, opened("1"), opened("2"), to=(bad,))
    with real() as (notifiers, mails):
        run(sqlite_database, notifiers, replace(DESK, operators=operators))
        run(sqlite_database, notifiers, replace(DESK, operators=operators))
    assert [each.recipient for each in mails] == ["ops@other.example"], "once a day for one receiver"
    assert asked[0].address == "no address"
    assert "王芳" in str(mails[0].mail["subject"]) and "listener alerts retry" in mails[0].text


def test_another_way_is_a_robot_before_a_mail_and_never_the_same_address() -> None:
    from listener.settings import NotifierSettings, Person, Routes

    people = (Person(name="张敏", mail="zhang@x.example", role="operator"),)
    robot = NotifierSettings(name="运维群", kind="wecom", address="GROUP")
    alert = rules.operations_alert("dead:1", "没有送达")
    directory = routing.Directory(people=people, notifiers=(robot,))
    receiver = Receiver(name="王芳", notifier="email", address="wang@x.example")
    found = routing.other_way(alert, receiver, Routes(default=("张敏",)), directory, NOW)
    assert [each.receiver.name for each in found] == ["运维群", "张敏"]
    own = receivers.person_receiver(people[0])
    assert [each.receiver.name for each in routing.other_way(alert, own, None, directory, NOW)] == ["运维群"]


def test_nothing_is_sent_to_an_address_that_bounces_until_it_is_cleared(sqlite_database: Database) -> None:
    address = WANG.receiver.address
    with sqlite_database.write() as session:
        assert bounced.mark(session, address.upper(), "550 no such user", NOW)
        assert not bounced.mark(session, address, "550 no such user", NOW)
    write(sqlite_database, opened("1"), to=(WANG, LI))
    with real() as (notifiers, mails):
        run(sqlite_database, notifiers)
        assert [each.recipient for each in mails] == [LI.receiver.address]
        (failed,) = [row for row in deliveries(sqlite_database) if row.status == "failed"]
        assert "退回" in failed.last_error and "550 no such user" in failed.last_error
        with sqlite_database.write() as session:
            assert bounced.clear(session, address) and not bounced.clear(session, address)
            assert outbox.retry(session, failed.id or 0, NOW)
        run(sqlite_database, notifiers)
    assert mails[-1].recipient == address
