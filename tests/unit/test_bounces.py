"""Bounces: which address is given up, believed only with a Message-ID of ours."""

from __future__ import annotations

from email import message_from_string
from email.message import EmailMessage
from email.policy import default

from listener.mailroom.bounces import read

DSN = """From: MAILER-DAEMON@mx.example
To: listener@maker.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn1@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b
Content-Type: text/rfc822-headers

From: listener@maker.example
To: {address}
Message-ID: <5.abcdef@maker.example>
Subject: alert

--b--
"""


def mail(text: str) -> EmailMessage:
    found = message_from_string(text, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def dsn(
    action: str = "failed", status: str = "5.1.1", said: str = "550 5.1.1 no such user 13812345678"
) -> EmailMessage:
    return mail(DSN.format(address="Wang@Service.example", action=action, status=status, said=said))


def test_a_final_bounce_names_the_address_the_mail_and_the_reason() -> None:
    found = read(dsn())
    assert found is not None
    assert found.addresses == ("wang@service.example",)
    assert "<5.abcdef@maker.example>" in found.message_ids
    assert "<dsn1@mx.example>" not in found.message_ids
    assert "no such user" in found.reason and "13812345678" not in found.reason


def test_what_is_only_late_gives_nobody_up() -> None:
    assert read(dsn(action="delayed", status="4.4.1", said="451 later")) is None


def test_an_ordinary_answer_is_no_bounce() -> None:
    assert read(mail("From: a@x.example\nTo: b@x.example\nSubject: Re: x\n\n认领 3\n")) is None
