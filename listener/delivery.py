"""From the outbox to the notifier: claim and decide again → render once → store → send → mark.

A kill between sending and marking repeats the same bytes with the same Message-ID; a kill anywhere else loses
nothing: the lease runs out and somebody claims the delivery again.
"""

from __future__ import annotations

import hashlib
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from listener.alerts import rules
from listener.alerts.desk import Desk
from listener.alerts.facts import AlertFacts, MessageFacts
from listener.alerts.notifiers.base import Draft, Notifier, NotifierDown, Outgoing
from listener.alerts.quiet import OUTAGES, Quiet
from listener.alerts.render import render
from listener.alerts.sla import Calendar, deadlines
from listener.alerts.throttle import MINUTE, Action, Verdict, Waiting, decide, unwanted
from listener.errors import ListenerError, NeedsOperator, Permanent, Retry
from listener.model import CaseState
from listener.store import bounced, bursts, outbox, silences
from listener.store.engine import Database
from listener.store.outbox import Claimed

__all__ = ["DeliveryCounts", "back_off", "deliver"]

log = logging.getLogger(__name__)

BATCH = 20
"""Deliveries leased together: few, so that a kill leaves few to wait for the end of a lease."""

GIVE_UP_AFTER = timedelta(hours=24)
"""What could not be sent for so long, in at least ``FEWEST_TRIES`` tries, is dead: a person has to look."""

FEWEST_TRIES = 10
"""A daemon that was off for two days still tries before it gives up."""

_FIRST_WAIT, _LONGEST_WAIT = 30.0, 3600.0
_OPERATOR_WAIT = timedelta(minutes=5)


@dataclass(slots=True)
class DeliveryCounts:
    """What one run did; ``left`` still waits (digest entries not counted). ``trouble``: lines for the operator.

    ``operator`` is true where nothing goes on until a person mends something.
    """

    sent: int = 0
    retried: int = 0
    failed: int = 0
    suppressed: int = 0
    left: int = 0
    operator: bool = False
    trouble: list[str] = field(default_factory=list)


def deliver(
    database: Database,
    notifiers: Mapping[str, Notifier],
    desk: Desk,
    clock: Callable[[], datetime],
    decrypt: Callable[[bytes], str],
    *,
    stop: Callable[[], bool] = lambda: False,
    jitter: Callable[[], float] = random.random,
) -> DeliveryCounts:
    """Send what is due, gravest first, until nothing is left, the minute is full, or ``stop()``."""
    run = _Run(database, notifiers, desk, clock, decrypt, stop, jitter)
    try:
        run.through()
    finally:
        for notifier in notifiers.values():
            notifier.close()
    with database.read() as session:
        run.counts.left = outbox.waiting(session)
    return run.counts


def back_off(attempts: int, jitter: float) -> timedelta:
    """30 s, 1 min, 2 min … at most an hour, each shortened by up to half (``jitter`` from 0 to 1)."""
    wait = min(_FIRST_WAIT * 2.0 ** min(attempts - 1, 12), _LONGEST_WAIT)
    return timedelta(seconds=wait * (1 - jitter / 2))


@dataclass(frozen=True, slots=True)
class _Made:
    """A message with the subject that is listed, or why it is ``broken``."""

    message: Outgoing
    subject: str = ""
    broken: str = ""


_NOTHING = Outgoing(delivery_id=0, address="", message_id="", content=b"")


@dataclass
class _Run:
    """One run: its parts, what it did, and which notifiers it found down."""

    database: Database
    notifiers: Mapping[str, Notifier]
    desk: Desk
    clock: Callable[[], datetime]
    decrypt: Callable[[bytes], str]
    stop: Callable[[], bool]
    jitter: Callable[[], float]
    counts: DeliveryCounts = field(default_factory=DeliveryCounts)
    down: dict[str, timedelta] = field(default_factory=dict)

    def through(self) -> None:
        with self.database.write() as session:
            outbox.digest_due(session, self.clock(), overflow_only=True)
        while not self.stop():
            claimed, ready = self._prepare()
            if not claimed:
                return
            for delivery, message in ready:
                self._send(delivery, message)

    def _prepare(self) -> tuple[list[Claimed], list[tuple[Claimed, Outgoing]]]:
        """Claim and decide again; render; store what is new. Nobody waits for the database while mails are made."""
        now = self.clock()
        with self.database.write() as session:
            limit = self._room(session, now)
            up = [name for name in self.notifiers if name not in self.down]
            claimed = outbox.claim(session, now, self.desk.lease, limit, up) if limit and up else []
            if not claimed:
                return [], []
            facts = outbox.facts_for(session, claimed, self.decrypt, now, self.desk.segments)
            sendable = self._decide_again(session, claimed, facts, now)
        made = [(each, self._made(each, facts[each.delivery_id], now)) for each in sendable]
        with self.database.write() as session:
            return claimed, [(each, found.message) for each, found in made if self._kept(session, each, found)]

    def _room(self, session: Session, now: datetime) -> int:
        if not self.desk.per_minute:
            return BATCH
        sent = sum(each.count for each in outbox.sent_to_domains(session, now, MINUTE).values())
        return max(0, min(BATCH, self.desk.per_minute - sent))

    def _decide_again(
        self, session: Session, claimed: Sequence[Claimed], facts: dict[int, MessageFacts], now: datetime
    ) -> list[Claimed]:
        told = outbox.told(session, claimed) if self.desk.pace.group_interval else {}
        quiet = self._quiet(session, facts, now)
        waiting = [_waiting(each, facts[each.delivery_id], quiet, told, now) for each in claimed]
        domains = outbox.sent_to_domains(session, now, MINUTE) if self.desk.pace.per_domain else {}
        sent = outbox.sent_since(session, now)
        verdicts = decide(waiting, sent, self.desk.per_hour, now, self.desk.pace, domains)
        for delivery in claimed:
            self._apply(session, delivery, verdicts[delivery.delivery_id], facts)
        sendable = [each for each in claimed if verdicts[each.delivery_id].action is Action.SEND]
        return self._reachable(session, sendable)

    def _quiet(self, session: Session, facts: dict[int, MessageFacts], now: datetime) -> Quiet:
        """What mutes at this moment."""
        outage = any(alert.kind in OUTAGES for each in facts.values() for alert in each.alerts)
        return Quiet(
            silences=silences.active(session, now),
            bursts=bursts.running(session, now),
            outages=outbox.outages_told(session, now - self.desk.repeat_interval) if outage else {},
            repeat=self.desk.repeat_interval,
        )

    def _reachable(self, session: Session, sendable: Sequence[Claimed]) -> list[Claimed]:
        """Those whose address has not bounced; the others are dead, and the operator learns of it."""
        gone = bounced.marked(session, [each.receiver.address for each in sendable])
        for delivery in sendable:
            said = gone.get(delivery.receiver.address.lower())
            if said is not None:
                self._dead(session, delivery, f"该地址的邮件被退回：{said}")
        return [each for each in sendable if each.receiver.address.lower() not in gone]

    def _dead(self, session: Session, delivery: Claimed, why: str) -> None:
        """It will not be tried again: the operator is told, by another way."""
        if not outbox.mark_failed(session, delivery, why):
            return
        self.counts.failed += 1
        alert = rules.dead_letter_alert(delivery.receiver, delivery.severity, delivery.case_id, why, self.clock())
        recipients = self.desk.operators(alert, delivery.receiver)
        if recipients:
            outbox.add_alerts(session, [(alert, None, None, recipients)], self.clock())

    def _apply(self, session: Session, delivery: Claimed, verdict: Verdict, facts: dict[int, MessageFacts]) -> None:
        """Carry out what is not sending; a merged delivery's alerts go over to the one that carries them."""
        if verdict.action is Action.SUPPRESS:
            self.counts.suppressed += outbox.mark_suppressed(session, delivery, verdict.reason)
        elif verdict.action is Action.BUNDLE and verdict.until is not None:
            outbox.bundle(session, delivery, verdict.reason, verdict.until)
        elif verdict.action is Action.HOLD and verdict.until is not None:
            outbox.hold(session, delivery, verdict.reason, verdict.until)
        elif verdict.action is Action.MUTE and verdict.until is not None:
            outbox.mute(session, delivery, verdict.reason, verdict.until)
        elif verdict.action is Action.MERGE and verdict.into is not None:
            outbox.merge(session, delivery, verdict.into, verdict.reason)
            carrier = facts[verdict.into]
            together = (*carrier.alerts, *facts[delivery.delivery_id].alerts)
            facts[verdict.into] = replace(carrier, alerts=tuple(sorted(together, key=lambda each: each.created_at)))

    def _made(self, delivery: Claimed, facts: MessageFacts, now: datetime) -> _Made:
        """The stored message, or a new one, or why there can be none."""
        if delivery.content is not None:
            kept = Outgoing(
                delivery_id=delivery.delivery_id,
                address=delivery.receiver.address,
                message_id=delivery.message_id,
                content=delivery.content,
            )
            return _Made(kept)
        try:
            return self._render(delivery, facts, now)
        except NeedsOperator:
            raise
        except Permanent as error:
            return _Made(_NOTHING, broken=str(error) or type(error).__name__)
        except Exception as error:  # one message that cannot be rendered must not hold up the others
            log.exception("delivery %d cannot be rendered", delivery.delivery_id)
            return _Made(_NOTHING, broken=type(error).__name__)

    def _kept(self, session: Session, delivery: Claimed, made: _Made) -> bool:
        """Store a new message's bytes; False where there is none, or where somebody else has the delivery by now."""
        if made.broken:
            self._dead(session, delivery, made.broken)
            return False
        if delivery.content is not None:
            return True
        new = made.message
        return outbox.store_rendered(
            session, delivery, subject=made.subject, message_id=new.message_id, content=new.content
        )

    def _render(self, delivery: Claimed, facts: MessageFacts, now: datetime) -> _Made:
        wanted = tuple(self._timed(each) for each in facts.alerts if not unwanted(each.kind, _state(each), each.moot))
        rendered = render(replace(facts, alerts=wanted), self.desk.look(now, facts.receiver.name))
        draft = Draft(
            delivery_id=delivery.delivery_id,
            token=_token(delivery.key, delivery.created_at.isoformat()),
            receiver=delivery.receiver,
            rendered=rendered,
            at=now.astimezone(self.desk.zone),
            thread=_thread(wanted) if not delivery.bundle else "",
            digest=delivery.bundle,
            case=None if delivery.bundle else _case_number(wanted),
            answers=str(wanted[0].facts.get("in_reply_to", "")) if len(wanted) == 1 else "",
        )
        return _Made(self.notifiers[delivery.receiver.notifier].compose(draft), subject=rendered.subject)

    def _timed(self, alert: AlertFacts) -> AlertFacts:
        """The alert with all three deadlines of its case."""
        case = alert.case
        if case is None:
            return alert
        by = deadlines(case.severity, case.opened_at, self.desk.sla, Calendar.of(self.desk.sla, self.desk.zone))
        kept = {name: getattr(case, name) or value for name, value in by._asdict().items()}
        return replace(alert, case=replace(case, **kept))

    def _send(self, delivery: Claimed, message: Outgoing) -> None:
        name, now = delivery.receiver.notifier, self.clock()
        wait = self.down.get(name)
        if wait is not None or self.stop() or now >= delivery.lease_until - self.desk.lease / 2:
            self._put_back(delivery, now + (wait or timedelta(0)))
            return
        try:
            self.notifiers[name].send(message)
        except NeedsOperator as error:
            self.counts.operator = True
            self._mark_down(name, delivery, error, _OPERATOR_WAIT)
        except NotifierDown as error:
            self._mark_down(name, delivery, error, timedelta(seconds=error.after_seconds or _FIRST_WAIT))
            self._failed(delivery, error)
        except ListenerError as error:
            self._failed(delivery, error)
        else:
            with self.database.write() as session:
                self.counts.sent += outbox.mark_sent(session, delivery, self.clock())

    def _put_back(self, delivery: Claimed, next_at: datetime) -> None:
        with self.database.write() as session:
            outbox.postpone(session, delivery, next_at, "", counted=False)

    def _mark_down(self, name: str, delivery: Claimed, error: ListenerError, wait: timedelta) -> None:
        """Nothing more by this notifier in this run. A person's fault is not counted against the message."""
        self.down[name] = wait
        self.counts.trouble.append(f"{name}: {error}")
        log.warning("%s: %s", name, error)
        if isinstance(error, NeedsOperator):
            with self.database.write() as session:
                outbox.postpone(session, delivery, self.clock() + wait, str(error), counted=False)

    def _failed(self, delivery: Claimed, error: ListenerError) -> None:
        """A try that did not go through: later, or never again."""
        now = self.clock()
        with self.database.write() as session:
            tried_enough = delivery.attempts >= FEWEST_TRIES and now - delivery.created_at >= GIVE_UP_AFTER
            if not isinstance(error, Retry) or tried_enough:
                self._dead(session, delivery, str(error))
                return
            wait = max(back_off(delivery.attempts, self.jitter()), timedelta(seconds=error.after_seconds or 0))
            self.counts.retried += outbox.postpone(session, delivery, now + wait, str(error))


def _state(alert: AlertFacts) -> CaseState | None:
    return alert.case.state if alert.case else None


def _waiting(
    delivery: Claimed, facts: MessageFacts, quiet: Quiet, told: Mapping[tuple[str, int], datetime], now: datetime
) -> Waiting:
    wanted = [each for each in facts.alerts if not unwanted(each.kind, _state(each), each.moot)]
    address = delivery.receiver.address
    return Waiting(
        delivery_id=delivery.delivery_id,
        receiver=delivery.receiver.key,
        severity=delivery.severity,
        alerts=tuple((each.kind, _state(each), each.moot) for each in facts.alerts),
        case_id=delivery.case_id,
        rendered=delivery.content is not None,
        bundle=delivery.bundle,
        muted=quiet.muting(wanted, delivery.receiver.key, now),
        pressing=any(each.pressing for each in wanted),
        created_at=delivery.created_at,
        told_at=told.get((delivery.receiver.key, delivery.case_id or 0)),
        domain=outbox.domain_of(address) if delivery.receiver.notifier == "email" else "",
    )


def _token(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def _case_number(alerts: Sequence[AlertFacts]) -> int | None:
    return alerts[0].case.number if alerts and alerts[0].case else None


def _thread(alerts: Sequence[AlertFacts]) -> str:
    """The same for all mails of one case, different for the case of that number elsewhere; "" where there is none."""
    case = alerts[0].case if alerts else None
    return _token(str(case.number), case.fingerprint, case.opened_at.isoformat()) if case else ""
