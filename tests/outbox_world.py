"""A small stored world for tests of the outbox: complaints with cases, a customer, alerts with recipients."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from listener.alerts.desk import Desk
from listener.alerts.notifiers import Notifier
from listener.alerts.notifiers.email import EmailNotifier
from listener.alerts.rules import case_alerts
from listener.delivery import DeliveryCounts, deliver
from listener.model import (
    Alert,
    CaseDecision,
    CaseState,
    Evidence,
    IdentityLink,
    Judgement,
    Processed,
    Receiver,
    Recipient,
    Severity,
    Tier,
    Word,
)
from listener.settings import MailSettings
from listener.store import captures, cases, mentions, outbox
from listener.store.engine import Database
from listener.store.tables import CustomerRow, DeliveryRow
from tests.factories import NOW, ZONE, analysis, complaint, key, mention, processed, raw
from tests.smtp_servers import HOST, Arrived, real_server

WANG = Recipient(
    receiver=Receiver(name="王芳", notifier="email", address="wang@service.example"),
    reason="派单规则「售后」：主题=晨曜",
)
LI = Recipient(
    receiver=Receiver(name="Li Ming", notifier="email", address="li@service.example", language="en"),
    reason="派单规则「经理」：紧急程度=S1",
)
TEXT = "提车三个月刹车失灵，4S店推来推去没人管！我的电话 13812345678，要求退车。"
WORDS = (Word("刹车失灵", -3.1, 5, 9), Word("没人管", -2.0, 16, 19))


def opened(native_id: str = "1", severity: Severity = Severity.S2, **changes: Any) -> Processed:
    """A mention that opens a case; ``state``, ``text``, ``customer_id`` … change it."""
    said = mention(native_id, text=changes.pop("text", TEXT), title=changes.pop("title", ""))
    decision = CaseDecision(
        mention=said.key,
        action="open",
        reason="点名问题并提出诉求",
        fingerprint=f"matter{native_id}-1",
        state=(state := changes.pop("state", CaseState.NEW)),
        severity=severity,
        title=said.title or said.text[:20],
        topic="晨曜",
        problem="car.brake",
        customer_id=changes.pop("customer_id", None),
        first_contact_by=changes.pop("first_contact_by", None),
    )
    found = analysis(words=WORDS)
    tier = Tier.REVIEW if state is CaseState.TO_VERIFY else Tier.YES
    judged = complaint(tier, severity=severity, reason="点名问题并提出诉求", severity_reason="涉及制动", **changes)
    return processed(native_id, mention=said, analysis=found, complaint=judged, case=decision)


def joined(
    native_id: str, to: Processed, joined_as: str = "follow_up", text: str = "三天了还没人联系我！"
) -> Processed:
    """A mention that joins the case of ``to``."""
    decision = replace(
        to.case, mention=key(native_id), action="join", joined_as=joined_as, reason="同一发布者在同一主题帖中的后续发言"
    )
    return processed(native_id, mention=mention(native_id, text=text), complaint=to.complaint, case=decision)


def alerts_of(done: Processed, now: datetime = NOW) -> list[Alert]:
    return case_alerts(done.case, done.complaint, done.mention, now=now)


def write(
    database: Database, *batch: Processed, to: Sequence[Recipient] = (WANG,), now: datetime = NOW, alert: bool = True
) -> int:
    """Write mentions, cases and alerts as the pipeline does; how many alerts were new."""
    with database.write() as session:
        captures.save(session, [raw(done.mention.native_id) for done in batch])
        ids = mentions.write(session, batch, now)
        numbers = cases.write(session, batch, ids, now)
        raised = [
            (each, numbers.get(done.case.fingerprint), ids[done.mention.key], tuple(to))
            for done in batch
            for each in (alerts_of(done, now) if alert else [])
        ]
        return outbox.add_alerts(session, raised, now)


def cipher(text: str) -> bytes:
    """Not secret: turned around, so that nothing reads it by accident."""
    return text[::-1].encode()


def decrypt(value: bytes) -> str:
    return value.decode()[::-1]


def add_customer(database: Database, **changes: Any) -> int:
    profile = {"name": "王小明", "phones": ["+8613812345678"], "emails": []}
    facts: dict[str, Any] = {
        "external_id": "C-1001",
        "cipher": cipher(json.dumps(profile)),
        "product": "晨曜 L7",
        "dealer": "沪东 4S 店",
        "segment": "高价值",
        "since": datetime(2025, 3, 1, tzinfo=ZONE),
        "imported_at": NOW,
    }
    with database.write() as session:
        row = CustomerRow(**(facts | changes))
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def linked(done: Processed, customer_id: int) -> Processed:
    """The same, of a customer who is certain."""
    link = IdentityLink(
        mention=done.mention.key,
        customer_id=customer_id,
        judgement=Judgement.POSITIVE,
        score=0.97,
        evidence=(Evidence("phone", "138****5678", True), Evidence("account", "车主老王", True)),
        reason="手机号一致",
    )
    return replace(done, links=(link,), case=replace(done.case, customer_id=customer_id))


DESK = Desk(company="曜途汽车", zone=ZONE, problem_name=lambda code, language: {"car.brake": "制动"}.get(code, code))


def run(
    database: Database, notifiers: Mapping[str, Notifier], desk: Desk = DESK, now: datetime = NOW
) -> DeliveryCounts:
    return deliver(database, notifiers, desk, lambda: now, decrypt, jitter=lambda: 0.0)


def deliveries(database: Database) -> list[DeliveryRow]:
    with database.read() as session:
        return list(session.exec(select(DeliveryRow).order_by(col(DeliveryRow.id))))


def mailer_settings(port: int, **changes: object) -> MailSettings:
    """Settings that send to a local server."""
    facts: dict[str, object] = {"host": HOST, "port": port, "sender": "listener@maker.example", "timeout": "30s"}
    return MailSettings.model_validate(facts | changes)


def mailer(port: int, **changes: object) -> EmailNotifier:
    return EmailNotifier(mailer_settings(port, **changes))


@contextmanager
def real(**options: Any) -> Iterator[tuple[dict[str, Notifier], list[Arrived]]]:
    with real_server(**options) as server:
        yield {"email": mailer(server.port)}, server.mails


def status(database: Database) -> list[str]:
    return [row.status for row in deliveries(database)]
