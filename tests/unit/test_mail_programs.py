"""Our mails in the programs that people read them with: the rules of ``tests/mail_lint.py`` over every kind of mail."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from listener.alerts.facts import AlertFacts, MessageFacts
from listener.alerts.notifiers.base import Draft
from listener.alerts.notifiers.email import EmailNotifier
from listener.alerts.render import Rendered, render
from listener.model import AlertKind, CaseState, Receiver, Severity
from listener.settings import MailSettings
from tests.browser.shots_mail import LOOK, WANG, mails
from tests.factories import NOW
from tests.mail_lint import LARGEST, contrast, mail_faults, page_faults

LISTED = [
    {
        "number": 7,
        "severity": "S1",
        "title": "刹车失灵 13812345678",
        "state": "new",
        "owner": "",
        "by": NOW.isoformat(),
    },
    {"number": 8, "severity": "S3", "title": "内饰异味", "state": "answered", "owner": "张敏", "by": ""},
]
FACTS: Mapping[AlertKind, dict[str, Any]] = {
    AlertKind.BACKLOG_SUMMARY: {"cases": 3, "severities": {"S1": 3}, "sources": {"车主论坛": 3}, "listed": LISTED},
    AlertKind.SOURCE_BAD: {"outcome": "blocked", "detail": "HTTP 403", "at": NOW.isoformat(), "found": 0, "new": 0},
    AlertKind.SOURCE_RECOVERED: {"outcome": "ok", "previous": "blocked", "at": NOW.isoformat(), "found": 9, "new": 2},
    AlertKind.BURST: {
        "topics": ["晨曜"], "problems": ["car.brake"], "since": (NOW - timedelta(hours=2)).isoformat(), "count": 40,
        "usual": 3.5, "until": (NOW + timedelta(hours=4)).isoformat(), "listed": LISTED,
    },
    AlertKind.MORNING_LIST: {
        "count": 12, "day": "2026-11-23", "sections": {"new": LISTED}, "counts": {"new": 12},
    },
    AlertKind.OPERATIONS: {"what": "dead_letter", "receiver": "王芳", "case": 7, "why": "550 user unknown"},
    AlertKind.INTAKE_ANSWER: {"about": [{"title": "刹车失灵", "case": 7, "state": "to_verify", "new": True}]},
    AlertKind.ORDERS_ANSWER: {
        "lines": [
            {"case": 7, "line": "工单 #7: 已由李雷认领 → 需要接手请用转派"}, {"case": None, "line": "没有工单 #99"},
        ],
    },
}  # fmt: skip


def samples(language: str) -> dict[str, MessageFacts]:
    """A message of every kind."""
    found = dict(mails())
    said = found["case"].alerts[0]
    assert said.mention is not None
    long = replace(said.mention, text="第一段：刹车失灵。\n\n第二段：4S 店不管。\n" + "很长的话" * 400)
    joined = replace(said, kind=AlertKind.CASE_UPDATED, joined_as="repost", mention=long)
    found["update"] = replace(found["case"], alerts=(said, joined))
    found |= {
        kind.value: MessageFacts(
            receiver=WANG,
            reason="每日清单",
            alerts=(
                AlertFacts(kind=kind, reason="原因", severity=Severity.S2, created_at=NOW, subject="x", facts=facts),
            ),
        )
        for kind, facts in FACTS.items()
    }
    return {name: replace(facts, receiver=replace(WANG, language=language)) for name, facts in found.items()}


def sent(rendered: Rendered) -> bytes:
    """The mail's bytes as they go to the server."""
    receiver = Receiver(name="王芳（售后）" * 6, notifier="email", address="wang@x.example")
    mail = MailSettings(host="127.0.0.1", sender="voc@maker.example", sender_name="舆情投诉预警")
    draft = Draft(delivery_id=1, token="t0k3n", receiver=receiver, rendered=rendered, at=NOW, thread="abc", case=7)
    return EmailNotifier(mail).compose(draft).content


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", sorted(samples("zh")))
def test_it_holds_where_style_and_classes_are_not_known(name: str, language: str) -> None:
    content = sent(render(samples(language)[name], LOOK))
    assert mail_faults(email.message_from_bytes(content, policy=email.policy.default), content) == []


def test_lines_of_what_was_said_stay_lines() -> None:
    """Outlook for Windows and Samsung know no ``white-space: pre-line`` (caniemail, css-white-space)."""
    html = render(samples("zh")["update"], LOOK).html
    assert "第一段：刹车失灵。<br><br>第二段" in html.replace("<br />", "<br>") or "。<br><br>第二段" in html
    assert "white-space: pre-line" not in html


def test_a_digest_is_not_cut_before_the_end_of_what_it_shows_whole() -> None:
    """Gmail cuts after 102 KB; what is shown with its words has to stand before that, and the rest is one line each."""
    one = samples("zh")["digest"].alerts[0]
    assert one.case is not None
    many = [replace(one, case=replace(one.case, number=100 + n, state=CaseState.TO_VERIFY)) for n in range(400)]
    html = render(replace(samples("zh")["digest"], alerts=tuple(many)), LOOK).html
    assert page_faults(html, largest=10 * LARGEST) == []
    assert html.encode().rindex("刹车失灵，沪东店推来推去不给修</".encode()) > 0
    assert html.encode().rindex(b'class="quote"') < LARGEST


def test_the_lint_sees_what_is_wrong() -> None:
    page = '<html><body><div style="padding: 4px; position: absolute">x</div>%s</body></html>'
    assert "div padding: 4px" in page_faults(page % "")
    assert "<img>" in page_faults(page % "<img src=x>") and "<img src>" in page_faults(page % "<img src=x>")
    assert "link javascript:x" in page_faults(page % '<a href="javascript:x">y</a>')
    assert any(fault.startswith("light td") for fault in page_faults(page % '<td style="color: #cccccc">y</td>'))
    dark = "<style>@media (prefers-color-scheme: dark) { .a { color: #333333 !important } }</style>"
    assert any(
        fault.startswith("dark") for fault in page_faults(dark + '<div class="a" style="background-color: #1b222a">y')
    )
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
