"""The outbox and an SMTP server that misbehaves: the right class each, nothing lost, no second copy after a 250."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from listener.alerts.notifiers.email import EmailNotifier
from listener.delivery import back_off, deliver
from listener.errors import NeedsOperator
from listener.model import Alert, AlertKind, Severity
from listener.store import outbox
from listener.store.engine import Database
from tests.factories import HOUR, NOW
from tests.outbox_world import (
    DESK,
    WANG,
    add_customer,
    decrypt,
    deliveries,
    linked,
    mailer,
    mailer_settings,
    opened,
    real,
    run,
    status,
    write,
)
from tests.smtp_servers import CLOSE, HANG, ScriptedSmtp


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """For what does not depend on the kind of database."""
    found = Database(sqlite_url)
    yield found
    found.close()


# --- a server that misbehaves -----------------------------------------------------------------------------------

PASSING = [
    {"greeting": "421 too busy"},
    {"greeting": "421 HL:IFC"},
    {"greeting": "554 HL:ICC 163 smtp"},
    {"greeting": CLOSE},
    {"greeting": HANG},
    {"mail": "421 closing"},
    {"mail": "451 MI:SFQ 163 smtp"},
    {"rcpt": "450 greylisted"},
    {"rcpt": "550 Mailbox unavailable or access denied"},
    {"rcpt": "550 5.2.2 mailbox full"},
    {"rcpt": HANG},
    {"data": CLOSE},
    {"data": "451 local error"},
    {"dot": "451 DT:SPM 163 smtp, please try again"},
    {"dot": "550 Domain frequency limited"},
    {"dot": "421 try later"},
    {"dot": CLOSE},
    {"dot": HANG},
]


@pytest.mark.parametrize("script", PASSING, ids=lambda script: ",".join(f"{k} {v}" for k, v in script.items()))
def test_passing_trouble_is_tried_again_with_the_same_bytes(sqlite_database: Database, script: dict[str, str]) -> None:
    write(sqlite_database, opened("1"))
    with ScriptedSmtp(script) as broken:
        patience = "0.2s" if HANG in script.values() else "30s"
        counts = run(sqlite_database, {"email": mailer(broken.port, timeout=patience)})
        assert (counts.sent, counts.retried, counts.failed, counts.left) == (0, 1, 0, 1)
        assert broken.accepted == []
    row = deliveries(sqlite_database)[0]
    assert row.status == "pending" and row.last_error and row.next_at > NOW
    with real() as (notifiers, mails):
        assert run(sqlite_database, notifiers, now=NOW + timedelta(hours=2)).sent == 1
    assert mails[0].content == row.content
    assert [each for each in broken.received if each != row.content] == []


FINAL = [{"rcpt": "550 user unknown"}, {"rcpt": "553 no such mailbox"}, {"dot": "554 5.7.1 content refused"}]


@pytest.mark.parametrize("script", FINAL, ids=str)
def test_a_final_answer_fails_that_message_and_no_other(sqlite_database: Database, script: dict[str, str]) -> None:
    write(sqlite_database, opened("1", Severity.S1), opened("2"))
    stage, answer = next(iter(script.items()))
    with ScriptedSmtp({stage: [answer, "250 ok"]}) as server:
        counts = run(sqlite_database, {"email": mailer(server.port)})
    assert (counts.sent, counts.failed) == (1, 1)
    assert status(sqlite_database) == ["failed", "sent"]
    assert answer[:3] in deliveries(sqlite_database)[0].last_error
    assert server.connections == 1, "the connection is kept"


def test_one_refused_recipient_of_three_leaves_two_mails(sqlite_database: Database) -> None:
    people = [replace(WANG, receiver=replace(WANG.receiver, name=name)) for name in ("甲", "乙", "丙")]
    write(sqlite_database, opened("1"), to=people)
    with ScriptedSmtp({"rcpt": ["250 ok", "550 user unknown", "250 ok"]}) as server:
        run(sqlite_database, {"email": mailer(server.port)})
    assert sorted(status(sqlite_database)) == ["failed", "sent", "sent"]
    assert len(server.accepted) == 2


@pytest.mark.parametrize(
    "script", [{"after_dot": CLOSE}, {"quit": CLOSE}, {"quit": HANG}, {"quit": "500 what"}], ids=str
)
def test_after_a_250_nobody_gets_a_second_copy(
    sqlite_database: Database, script: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.alerts.notifiers.email.QUIT_SECONDS", 0.2)
    write(sqlite_database, opened("1"), opened("2"))
    with ScriptedSmtp(script) as server:
        counts = run(sqlite_database, {"email": mailer(server.port)})
        again = run(sqlite_database, {"email": mailer(server.port)}, now=NOW + HOUR)
    assert (counts.sent, again.sent, len(server.accepted)) == (2, 0, 2)


def test_refused_credentials_need_a_person_and_spoil_nothing(sqlite_database: Database) -> None:
    write(sqlite_database, opened("1"), opened("2"))
    with ScriptedSmtp({"auth": "535 Error: authentication failed"}) as server:
        notifier = EmailNotifier(mailer_settings(server.port, user="listener@maker.example"), SecretStr("geheim-7"))
        counts = run(sqlite_database, {"email": notifier})
    assert counts.operator and (counts.failed, counts.left) == (0, 2)
    assert "LISTENER_MAIL_PASSWORD" in counts.trouble[0] and "geheim-7" not in counts.trouble[0]
    assert server.connections == 1, "a wrong password is not tried again for each message"
    with real() as (notifiers, _mails):
        assert run(sqlite_database, notifiers, now=NOW + timedelta(minutes=5)).sent == 2


def test_a_server_that_is_down_is_asked_once_a_run(sqlite_database: Database) -> None:
    write(sqlite_database, *[opened(str(number)) for number in range(30)])
    with ScriptedSmtp({"greeting": "421 busy"}) as server:
        counts = run(sqlite_database, {"email": mailer(server.port)})
    assert (server.connections, counts.left, counts.retried) == (1, 30, 1)


def test_a_poisonous_message_does_not_block_the_others(sqlite_database: Database) -> None:
    write(sqlite_database, opened("1", Severity.S1), opened("2"))
    with ScriptedSmtp({"dot": [CLOSE, "250 ok"]}) as server:
        run(sqlite_database, {"email": mailer(server.port)})
        run(sqlite_database, {"email": mailer(server.port)}, now=NOW + timedelta(seconds=1))
        run(sqlite_database, {"email": mailer(server.port)}, now=NOW + timedelta(seconds=31))
    assert status(sqlite_database) == ["sent", "sent"]
    assert len(server.accepted) == 2


def test_what_never_goes_through_is_dead_after_a_day_and_can_be_put_back(sqlite_database: Database) -> None:
    write(sqlite_database, opened("1"))
    now, tries = NOW, 0
    with ScriptedSmtp({"rcpt": "451 later"}) as server:
        while status(sqlite_database) == ["pending"]:
            run(sqlite_database, {"email": mailer(server.port)}, now=now)
            now, tries = max(now, deliveries(sqlite_database)[0].next_at), tries + 1
    assert status(sqlite_database) == ["failed"]
    assert timedelta(hours=24) <= now - NOW < timedelta(hours=26) and tries > 10
    with sqlite_database.write() as session:
        assert outbox.retry(session, 1, now)
        assert not outbox.retry(session, 99, now)
    with real() as (notifiers, mails):
        assert run(sqlite_database, notifiers, now=now).sent == 1
    assert not mails[0].mail["Subject"].startswith("Re:")


def test_a_daemon_that_was_off_for_days_still_tries(sqlite_database: Database) -> None:
    write(sqlite_database, opened("1"))
    with ScriptedSmtp({"rcpt": "451 later"}) as server:
        assert run(sqlite_database, {"email": mailer(server.port)}, now=NOW + timedelta(days=3)).retried == 1


def test_a_message_that_cannot_be_made_fails_alone(sqlite_database: Database) -> None:
    impossible = replace(WANG, receiver=replace(WANG.receiver, name="x", address="no address at all"))
    write(sqlite_database, opened("1"), to=(impossible, WANG))
    with real() as (notifiers, mails):
        counts = run(sqlite_database, notifiers)
    assert (counts.sent, counts.failed, len(mails)) == (1, 1, 1)


def test_a_broken_message_does_not_hold_up_the_others(sqlite_database: Database) -> None:
    write(sqlite_database, opened("1"))
    lost = Alert(kind=AlertKind.CASE_OPENED, subject="gone-1", reason="没有工单的预警", severity=Severity.S1)
    with sqlite_database.write() as session:
        outbox.add_alerts(session, [(lost, None, None, (WANG,))], NOW)
    with real() as (notifiers, mails):
        counts = run(sqlite_database, notifiers)
    assert (counts.sent, counts.failed, len(mails)) == (1, 1, 1)
    assert deliveries(sqlite_database)[1].last_error == "AssertionError", "no text of the mention in an error"


def test_a_lost_key_stops_everything_and_changes_nothing(sqlite_database: Database) -> None:
    write(sqlite_database, linked(opened("1"), add_customer(sqlite_database)))

    def no_key(value: bytes) -> str:
        raise NeedsOperator("没有密钥文件")

    with real() as (notifiers, _mails):
        with pytest.raises(NeedsOperator):
            deliver(sqlite_database, notifiers, DESK, lambda: NOW, no_key)
        row = deliveries(sqlite_database)[0]
        assert (row.status, row.attempts, row.lease_until) == ("pending", 0, None)
        assert run(sqlite_database, notifiers).sent == 1


def test_what_no_notifier_here_speaks_waits(sqlite_database: Database) -> None:
    write(sqlite_database, opened("1"), to=(replace(WANG, receiver=replace(WANG.receiver, notifier="wecom")),))
    with real() as (notifiers, _mails):
        assert (run(sqlite_database, notifiers).left, status(sqlite_database)) == (1, ["pending"])


def test_stopping_puts_back_what_was_claimed(sqlite_database: Database) -> None:
    write(sqlite_database, *[opened(str(number)) for number in range(3)])
    asked = iter([False, False, True, True, True, True])
    with real() as (notifiers, _mails):
        counts = deliver(sqlite_database, notifiers, DESK, lambda: NOW, decrypt, stop=lambda: next(asked))
        assert (counts.sent, counts.left) == (1, 2)
        assert run(sqlite_database, notifiers).sent == 2


@pytest.mark.parametrize(("attempts", "jitter", "seconds"), [(1, 0, 30), (1, 1, 15), (3, 0, 120), (50, 0, 3600)])
def test_back_off(attempts: int, jitter: float, seconds: float) -> None:
    assert back_off(attempts, jitter) == timedelta(seconds=seconds)
