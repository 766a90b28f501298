"""What an SMTP answer means, by provider."""

from __future__ import annotations

import pytest

from listener.alerts.notifiers.base import NotifierDown
from listener.alerts.notifiers.smtp_answers import classify
from listener.errors import ListenerError, NeedsOperator, Permanent, Retry


@pytest.mark.parametrize(
    ("answer", "stage", "expected"),
    [
        # RFC 5321
        ("421 service not available", "mail", NotifierDown),
        ("421 service not available", "data", NotifierDown),
        ("450 mailbox busy", "rcpt", Retry),
        ("451 local error", "data", Retry),
        ("452 insufficient system storage", "data", Retry),
        ("550 no such user here", "rcpt", Permanent),
        ("551 user not local", "rcpt", Permanent),
        ("553 mailbox name not allowed", "rcpt", Permanent),
        ("554 transaction failed", "data", Permanent),
        ("503 bad sequence of commands", "mail", Retry),
        ("554 no SMTP service here", "connect", NotifierDown),
        ("550 you may not send", "mail", NeedsOperator),
        # RFC 4954
        ("530 authentication required", "mail", NeedsOperator),
        ("535 authentication credentials invalid", "auth", NeedsOperator),
        ("535 Login Fail. Please enter your authorization code to login", "auth", NeedsOperator),
        ("454 temporary authentication failure", "auth", NotifierDown),
        # QQ, Tencent Exmail
        ("550 Domain frequency limited", "data", NotifierDown),
        ("550 Sender frequency limited. http://service.mail.qq.com/", "rcpt", NotifierDown),
        ("550 Connection frequency limited", "mail", NotifierDown),
        ("550 Ip frequency limited", "connect", NotifierDown),
        ("550 Mailbox unavailable or access denied", "rcpt", Retry),
        ("550 Mailbox not found", "rcpt", Permanent),
        ("550 Mail content denied", "data", Permanent),
        ("501 mail from address must be same as authorization user", "mail", NeedsOperator),
        # NetEase
        ("421 HL:IFC 163 smtp1,IP1", "connect", NotifierDown),
        ("421 HL:ICC 163 smtp1,IP1", "connect", NotifierDown),
        ("421 HL:REP 163 smtp1,IP1", "connect", NotifierDown),
        ("451 MI:SFQ 163 smtp1", "mail", NotifierDown),
        ("451 DT:SPM 163 smtp1, please try again", "data", Retry),
        ("554 DT:SPM 163 smtp1", "data", Permanent),
        ("450 MI:DMC 163 smtp1", "mail", NotifierDown),
        ("451 Requested mail action not taken: too much fail authentication", "auth", NeedsOperator),
        ("553 Mail from must equal authorized user", "mail", NeedsOperator),
        ("550 User has no permission", "auth", NeedsOperator),
        # full boxes, greylisting
        ("552 5.2.2 mailbox full", "rcpt", Retry),
        ("554 Quota exceeded", "rcpt", Retry),
        ("450 4.2.0 Greylisted, try later", "rcpt", Retry),
    ],
)
def test_classes(answer: str, stage: str, expected: type[ListenerError]) -> None:
    code, _, text = answer.partition(" ")
    found = classify(int(code), text.encode(), stage)
    assert type(found) is expected
    assert code in str(found) and stage in str(found)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [("451 DT:SPM, please try again", 120), ("550 Domain frequency limited", 600), ("450 x", None)],
)
def test_how_long_to_wait(answer: str, seconds: float | None) -> None:
    found = classify(int(answer[:3]), answer[4:], "data")
    assert isinstance(found, Retry) and found.after_seconds == seconds


def test_an_answer_is_one_masked_line() -> None:
    found = str(classify(550, b"no user 13812345678\r\n\xff\x00 here\r\n", "rcpt"))
    assert "\n" not in found and "\x00" not in found and "13812345678" not in found


def test_what_a_person_has_to_mend_is_said() -> None:
    assert "LISTENER_MAIL_PASSWORD" in str(classify(535, b"no", "auth"))
