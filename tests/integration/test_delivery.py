"""From the outbox to a real SMTP server: mails, threads, digests, what is decided again, kills. On both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from listener.alerts.notifiers import Notifier, Outgoing, Receipt
from listener.alerts.rules import backlog_summary, source_alerts
from listener.model import CaseState, CrawlReport, Outcome, Processed, Severity
from listener.store import outbox
from listener.store.engine import Database
from listener.store.tables import CaseRow
from tests.factories import HOUR, NOW
from tests.outbox_world import (
    DESK,
    LI,
    WANG,
    add_customer,
    alerts_of,
    deliveries,
    joined,
    linked,
    opened,
    real,
    run,
    status,
    write,
)

# --- the ordinary way -------------------------------------------------------------------------------------------


def test_a_case_of_a_known_customer_becomes_a_masked_mail_for_each_receiver(database: Database) -> None:
    write(database, linked(opened("1", Severity.S1), add_customer(database)), to=(WANG, LI))
    with real() as (notifiers, mails):
        assert run(database, notifiers).sent == 2
        assert run(database, notifiers).sent == 0
    assert sorted(each.recipient for each in mails) == ["li@service.example", "wang@service.example"]
    chinese = next(each.mail for each in mails if each.recipient.startswith("wang"))
    assert chinese["Subject"] == "【特急】晨曜 L7·制动 ｜ 提车三个月刹车失灵，4S店推来推去没人管 ｜ 工单#1"
    assert chinese["Auto-Submitted"] == "auto-generated"
    assert chinese["List-Unsubscribe"] is None
    for kind in ("plain", "html"):
        body = chinese.get_body((kind,)).get_content()  # type: ignore[union-attr]
        assert "王**" in body and "138****5678" in body and "派单规则「售后」" in body and "手机号一致" in body
        assert "13812345678" not in body and "王小明" not in body
        assert "11月23日（周一）10:15" in body  # S1: 15 minutes on the wall clock


def test_every_mail_of_a_case_is_in_one_thread_and_has_its_own_id(database: Database) -> None:
    first = opened("1")
    write(database, first)
    with real() as (notifiers, mails):
        run(database, notifiers)
        write(database, joined("2", first))
        run(database, notifiers)
        write(database, opened("3"))
        run(database, notifiers)
    opener, update, other = (each.mail for each in mails)
    assert opener["References"] == opener["In-Reply-To"] == update["References"] != other["References"]
    assert update["Subject"] == "Re: " + opener["Subject"]
    assert len({mail["Message-ID"] for mail in (opener, update, other)}) == 3


def test_what_waits_together_about_one_case_is_one_mail(database: Database) -> None:
    first = opened("1")
    write(database, first)
    write(database, joined("2", first))
    with real() as (notifiers, mails):
        run(database, notifiers)
    assert len(mails) == 1
    body = mails[0].mail.get_body(("plain",)).get_content()
    assert "刹车失灵" in body and "三天了还没人联系我" in body
    assert status(database) == ["sent", "suppressed"]
    assert "合并" in deliveries(database)[1].held


def test_the_same_alert_fires_once_however_often_it_is_raised(database: Database) -> None:
    done = opened("1")
    assert write(database, done) == 1
    alert = outbox_alert(done)
    with database.write() as session:
        assert outbox.add_alerts(session, [alert, alert], NOW + HOUR) == 0
    assert len(deliveries(database)) == 1


def outbox_alert(done: Processed) -> outbox.Raised:
    return (alerts_of(done)[0], 1, 1, (WANG,))


def test_a_held_recipient_is_listed_with_the_reason(database: Database) -> None:
    held = replace(WANG, held="人员名单是空的")
    write(database, opened("1"), to=(held,))
    with real() as (notifiers, _mails):
        assert run(database, notifiers).sent == 0
    assert [(row.status, row.held) for row in deliveries(database)] == [("suppressed", "人员名单是空的")]


# --- decided again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [CaseState.NOT_COMPLAINT, CaseState.CLOSED, CaseState.MERGED])
def test_a_case_that_is_no_longer_open_alerts_nobody(database: Database, state: CaseState) -> None:
    write(database, opened("1"))
    with database.write() as session:
        session.get_one(CaseRow, 1).state = state.value
    with real() as (notifiers, mails):
        counts = run(database, notifiers)
    assert (counts.suppressed, len(mails)) == (1, 0)
    assert "不再需要" in deliveries(database)[0].held


def test_a_full_hour_lets_the_gravest_through_and_bundles_the_rest(database: Database) -> None:
    grave = {2, 5}
    for number in range(8):
        write(database, opened(str(number), Severity.S1 if number in grave else Severity.S3))
    desk = replace(DESK, per_hour=3)
    with real() as (notifiers, mails):
        counts = run(database, notifiers, desk)
        assert (counts.sent, counts.left) == (3, 0)
        assert ["特急" in each.mail["Subject"] for each in mails] == [True, True, False]
        run(database, notifiers, desk, NOW + timedelta(minutes=59))
        assert len(mails) == 3
        run(database, notifiers, desk, NOW + HOUR)
    assert len(mails) == 4
    body = mails[3].mail.get_body(("plain",)).get_content()
    assert mails[3].mail["List-Unsubscribe"]
    told = {number for number in range(1, 9) if f"#{number}" in body}
    assert len(told) == 5, "nothing is missing from the bundle"


def test_an_s1_that_finds_the_hour_full_waits_ten_minutes_at_most(database: Database) -> None:
    for number in range(4):
        write(database, opened(str(number), Severity.S1))
    desk = replace(DESK, per_hour=2)
    with real() as (notifiers, mails):
        run(database, notifiers, desk)
        run(database, notifiers, desk, NOW + timedelta(minutes=10))
    assert len(mails) == 3
    assert mails[2].mail["Subject"].startswith("【特急】2 条")


def test_the_minute_limit_leaves_the_rest_for_the_next_run(database: Database) -> None:
    for number in range(5):
        write(database, opened(str(number)))
    desk = replace(DESK, per_minute=3)
    with real() as (notifiers, mails):
        assert run(database, notifiers, desk).left == 2
        assert run(database, notifiers, desk, NOW + timedelta(seconds=30)).sent == 0
        assert run(database, notifiers, desk, NOW + timedelta(seconds=61)).sent == 2
    assert len(mails) == 5


# --- digests ----------------------------------------------------------------------------------------------------


def test_doubtful_cases_wait_for_the_digest_and_come_in_one_mail_a_receiver(database: Database) -> None:
    first = opened("1")
    doubtful = [opened(str(number), state=CaseState.TO_VERIFY) for number in (2, 3)]
    write(database, first, to=(WANG, LI))
    with real() as (notifiers, mails):
        assert run(database, notifiers).sent == 2
        write(database, *doubtful, joined("4", first, "repost"), to=(WANG, LI))
        assert run(database, notifiers).sent == 0
        with database.write() as session:
            assert outbox.counts(session)["digest"] == 6
            assert outbox.digest_due(session, NOW) == 2
            assert outbox.digest_due(session, NOW) == 0
        assert run(database, notifiers).sent == 2
    digest = next(each.mail for each in mails[2:] if each.recipient == WANG.receiver.address)
    assert digest["Subject"] == "【汇总】3 条：待核实 2，转发 1"
    assert digest["List-Unsubscribe"] and digest["References"] is None
    body = digest.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert all(f"工单 #{number}" in body for number in (1, 2, 3))


def test_a_doubt_that_its_author_clears_up_is_told_whole_and_not_again_in_the_digest(database: Database) -> None:
    doubtful = opened("1", state=CaseState.TO_VERIFY)
    write(database, doubtful, opened("2", state=CaseState.TO_VERIFY))
    sure = replace(doubtful, case=replace(doubtful.case, state=CaseState.NEW))
    write(database, joined("3", sure))
    with real() as (notifiers, mails):
        run(database, notifiers)
        with database.write() as session:
            outbox.digest_due(session, NOW)
        run(database, notifiers)
    first, digest = (each.mail for each in mails)
    body = first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert not first["Subject"].startswith("Re:") and "刹车失灵" in body and "三天了还没人联系我" in body
    assert digest["Subject"].startswith("【汇总】1 条")
    assert "#1 " not in digest.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_a_digest_leaves_out_what_was_settled_meanwhile(database: Database) -> None:
    write(database, *[opened(str(number), state=CaseState.TO_VERIFY) for number in (1, 2)])
    with database.write() as session:
        outbox.digest_due(session, NOW)
        session.get_one(CaseRow, 2).state = CaseState.NOT_COMPLAINT.value
    with real() as (notifiers, mails):
        run(database, notifiers)
    body = mails[0].mail.get_body(("plain",)).get_content()
    assert "#1" in body and "#2" not in body


def test_the_backlog_is_told_once(database: Database) -> None:
    write(database, opened("1"))
    write(database, opened("2", Severity.S1), opened("3"), alert=False)
    with database.write() as session:
        found = outbox.backlog(session)
        assert found is not None
        facts, subject = found
        assert (facts["cases"], facts["severities"], subject) == (2, {"S1": 1, "S2": 1}, "3")
        outbox.add_alerts(session, [(backlog_summary(facts, subject), None, None, (WANG,))], NOW)
    with database.write() as session:
        assert outbox.backlog(session) is None
    with real() as (notifiers, mails):
        run(database, notifiers)
    summary = next(each.mail for each in mails if "历史汇总" in each.mail["Subject"])
    assert "新开 2 个工单" in summary["Subject"]
    assert "owners-forum：2" in summary.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize(("before", "after", "word"), [(None, "blocked", "异常"), ("blocked", "ok", "恢复")])
def test_source_mails(database: Database, before: str | None, after: str, word: str) -> None:
    report = CrawlReport(source="forum", outcome=Outcome(after), detail="HTTP 403", started_at=NOW, ended_at=NOW)
    alerts = source_alerts(Outcome(before) if before else None, report)
    with database.write() as session:
        outbox.add_alerts(session, [(each, None, None, (WANG,)) for each in alerts], NOW)
    with real() as (notifiers, mails):
        run(database, notifiers)
    assert word in mails[0].mail["Subject"] and "forum" in mails[0].mail["Subject"]
    assert "HTTP 403" in mails[0].mail.get_body(("plain",)).get_content()


# --- kills ------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs in our code."""


class Dying:
    """A notifier whose process is killed, before or after the server took the message."""

    def __init__(self, inner: Notifier, *, after: bool) -> None:
        self.inner, self.after = inner, after
        self.compose = inner.compose

    def send(self, message: Outgoing) -> Receipt:
        if self.after:
            self.inner.send(message)
        raise Killed

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize("after", [True, False])
def test_a_kill_repeats_at_most_the_same_bytes(database: Database, after: bool) -> None:
    write(database, opened("1"))
    with real() as (notifiers, mails):
        with pytest.raises(Killed):
            run(database, {"email": Dying(notifiers["email"], after=after)})
        later = NOW + timedelta(minutes=2)
        assert run(database, notifiers, now=later).left == 1, "the lease still holds"
        assert run(database, notifiers, now=NOW + DESK.lease).sent == 1
        assert run(database, notifiers, now=NOW + 2 * DESK.lease).sent == 0
    assert len(mails) == (2 if after else 1)
    assert len({each.content for each in mails}) == 1
    assert len({each.mail["Message-ID"] for each in mails}) == 1
