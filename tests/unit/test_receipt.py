"""The receipt of a complaint (GB/T 19012-2019, 7.2), and parts of a case that mail, page and command line share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from listener.alerts.case_parts import factor_words
from listener.alerts.facts import AlertFacts, CaseFacts, CustomerFacts, EarlierCase, MentionFacts, MessageFacts
from listener.alerts.receipt import receipt, receipt_number
from listener.alerts.render import Look, render
from listener.language import speaking
from listener.model import AlertKind, CaseState, Receiver, Severity
from tests.factories import NOW, ZONE

FACTS: dict[str, Any] = {
    "number": 57,
    "opened_at": NOW,
    "topic": "晨曜",
    "severity": "S2",
    "wanted": "退车，电话 13812345678",
    "customer": "C-1001",
    "plan_by": NOW + timedelta(hours=2),
    "close_by": NOW + timedelta(days=3),
    "outside_name": "12315",
    "outside_number": "3100001",
    "outside_by": NOW + timedelta(days=9),
    "mentions": [
        {
            "said_at": NOW, "platform": "discuz", "author": "车主老王", "title": "刹车失灵",
            "text": "电话 13812345678", "url": "http://forum.example/8", "gone_at": NOW,
        },
        {"said_at": NOW, "platform": "weibo", "author": "", "title": "", "text": "x", "url": "javascript:1"},
    ],
}  # fmt: skip


def test_a_receipt_has_number_support_and_the_remedy_sought_and_is_masked() -> None:
    found = receipt(FACTS, ZONE, "制动", "zh")
    for part in (
        "受理编号：TS20261123-000057（工单 #57）",
        "晨曜·制动",
        "客户 C-1001",
        "12315 3100001",
        "支持材料：2 条",
    ):
        assert part in found, part
    assert "http://forum.example/8（原文已删除，存证仍在）" in found
    assert "13812345678" not in found and "javascript" not in found


def test_a_receipt_in_english() -> None:
    with speaking("en"):
        found = receipt({**FACTS, "wanted": "", "outside_name": "", "outside_number": ""}, ZONE, "brakes", "en")
    assert "Remedy sought: none named" in found and "Outside" not in found


def test_numbers_differ_and_count_from_the_day_here() -> None:
    late = NOW.replace(hour=23, minute=30)
    assert receipt_number(7, late.astimezone(NOW.tzinfo), ZONE) == "TS20261123-000007"


def test_factors_are_told_with_what_they_were_taken_from() -> None:
    factors = [["severity", 4.0, "S2"], ["value", 1.0, "—"], ["stage", 1.1, "630"], ["repeat", 1.5, "3/90"]]
    told = "紧急程度 紧急 ×4 · 客户价值（未知） ×1 · 客户阶段 630 天 ×1.1 · 多次投诉 90 天内第 3 次 ×1.5"
    assert factor_words(factors, "zh") == told
    assert "stage 630 days ×1.1" in factor_words(factors, "en")


def test_a_mail_tells_what_was_late_and_how_earlier_cases_ended() -> None:
    earlier = EarlierCase(number=12, opened_at=NOW - timedelta(days=60), problem="car.brake", satisfaction="mostly")
    case = CaseFacts(
        number=57,
        fingerprint="m-1",
        state=CaseState.IN_PROGRESS,
        severity=Severity.S2,
        opened_at=NOW - timedelta(hours=5),
        first_contact_by=NOW - timedelta(hours=4),
        first_contact_at=NOW - timedelta(hours=2),
        close_by=NOW + timedelta(days=3),
        outside_by=NOW + timedelta(days=2),
        outside_name="12315",
        recent=3,
        customer=CustomerFacts(external_id="C-1", nth=4, earlier=(earlier,)),
    )
    alert = AlertFacts(
        kind=AlertKind.CASE_UPDATED,
        reason="",
        severity=Severity.S2,
        created_at=NOW,
        case=case,
        mention=MentionFacts(text="还没好"),
    )
    receiver = Receiver(name="王芳", notifier="email", address="w@x.example")
    text = render(
        MessageFacts(receiver=receiver, reason="x", alerts=(alert,)), Look(company="晨曜", zone=ZONE, now=NOW)
    ).text
    assert "完成，已超时 2 小时" in text, "a late first contact stays late"
    assert "该客户第 4 次投诉（近期 3 次）" in text
    assert "#12 car.brake · 已办结 · 基本满意" in text
    assert "12315时限" in text
