"""People at work on cases: each command is decided and written in one transaction, its clocks and alerts with it.

    lock the case ─▶ case_moves.decide ─▶ write changes and events ─▶ set the clocks ─▶ alert whom it concerns

Two people who claim at once meet at the lock: one wins, the other is told who.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from listener.alerts import clocks, rules
from listener.alerts.regulators import outside_deadline
from listener.alerts.sla import Calendar
from listener.cases import moves
from listener.cases.moves import Action, Command, Move, Moved
from listener.errors import BadInput
from listener.model import Alert, CaseState, Recipient, Severity
from listener.settings import Person, SegmentSettings, Sla
from listener.store import case_moves as stored
from listener.store import case_routes, outbox, priorities
from listener.store.engine import Database
from listener.store.tables import CaseRow
from listener.text.mask import mask

__all__ = [
    "BATCH",
    "Desk",
    "act",
    "act_on_many",
    "act_within",
    "look_at_clocks",
    "raise_alert",
    "route_facts",
    "split",
]

BATCH = 100
"""Cases whose clocks are looked at in one transaction."""

SYSTEM = "listener"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What handling needs beside the case: deadlines, calendar, people, and who gets an alert about a case.

    ``teams`` are the calendars of those who work otherwise.
    """

    sla: Sla
    calendar: Calendar
    people: Sequence[Person]
    recipients: Callable[[Alert, str, str], tuple[Recipient, ...]]
    teams: Mapping[str, Calendar] = field(default_factory=dict)
    segments: SegmentSettings = field(default_factory=SegmentSettings)
    unlink: Callable[[Session, int, int, Command], None] | None = None
    """Remembers that nobody in this case (its number) is that customer; None: only the links become negative."""

    cause_code: Callable[[str], str] = str
    """The code of a cause that somebody names; ``BadInput`` where it is none."""

    def calendar_of(self, team: str) -> Calendar:
        """When this team works."""
        return self.teams.get(team, self.calendar)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a case: its number, its state now, and the events of the move."""

    number: int
    state: CaseState
    events: tuple[Moved, ...] = ()


def act(database: Database, desk: Desk, number: int, command: Command) -> Done:
    """Do one thing to one case; ``BadInput`` with the reason where it is refused, and nothing is changed then."""
    with database.write() as session:
        return act_within(session, desk, number, command)


def act_within(session: Session, desk: Desk, number: int, command: Command) -> Done:
    """``act`` inside a transaction of the caller's."""
    row = stored.locked(session, number)
    if command.action is Action.MERGE and command.other is not None and command.other != number:
        command = replace(command, other_state=CaseState(stored.locked(session, command.other).state))
    if command.action is Action.OUTSIDE and command.outside_by is None:
        name = command.outside_name or row.outside_name
        region = command.region or str(route_facts(session, row, desk, command.at)["region"])
        by = outside_deadline(name, region, command.at, desk.sla, desk.calendar)
        command = replace(command, outside_by=by)
    if command.cause:
        command = replace(command, cause=desk.cause_code(command.cause))
    move = moves.decide(stored.now_of(row), command)
    customer = row.customer_id
    _keep_time(row, command, move, desk)
    stored.record(session, row, move, command.actor, command.at)
    _further(session, row, command, customer, desk)
    if command.action in _WEIGHED:
        numbers = {row.id or 0} | ({command.other} if command.other is not None else set())
        priorities.refresh(session, numbers, command.at, desk.sla)
    _attend(session, row, desk, command.at)
    _tell(session, row, command, desk)
    return Done(number, CaseState(row.state), tuple(move.events))


def act_on_many(
    database: Database, desk: Desk, numbers: Sequence[int], command: Command
) -> list[tuple[int, Done | BadInput]]:
    """The same for several cases, each on its own: what is refused for one is done for the others."""
    found: list[tuple[int, Done | BadInput]] = []
    for number in dict.fromkeys(numbers):
        try:
            found.append((number, act(database, desk, number, command)))
        except BadInput as error:
            found.append((number, error))
    return found


_WEIGHED = frozenset({Action.SEVERITY, Action.MERGE, Action.UNLINK})
"""Actions that change a case's priority."""


def _keep_time(row: CaseRow, command: Command, move: Move, desk: Desk) -> None:
    """The deadlines after the move: a pause that ends moves them, a new severity or a reopening sets them anew."""
    before, calendar = stored.clocks_of(row), desk.calendar_of(row.team)
    after = desk.calendar_of(str(move.changes.get("team", row.team)))
    if _is_quiet(row) and command.action in (Action.CLAIM, Action.ASSIGN, Action.VERIFY):
        move.changes |= clocks.started(before.severity, command.at, desk.sla, after)
        move.changes |= {"clocks_from": command.at}
    elif after != calendar:
        move.changes |= clocks.moved_to(before, desk.sla, calendar, after)
    if before.paused_since is not None and "paused_since" in move.changes and command.action is not Action.WAIT:
        move.changes |= clocks.resumed(before, command.at, desk.sla, calendar)
    if command.action is Action.REOPEN or move.changes.get("state") == CaseState.REOPENED.value:
        fresh = clocks.started(Severity(row.severity), command.at, desk.sla, calendar)
        move.changes |= fresh | {"first_contact_at": None, "planned_at": None, "clocks_from": command.at}
        move.changes |= {"escalated": {}}
    if command.action is Action.SEVERITY and command.severity is not None:
        move.changes |= clocks.started(command.severity, before.started_at, desk.sla, calendar)
        move.changes |= {"escalated": {}}
    if command.action is Action.OUTSIDE:
        move.changes = {"close_by": row.close_by, "plan_by": row.plan_by} | move.changes
    outside = move.changes.get("outside_by", row.outside_by)
    move.changes = clocks.capped(move.changes, outside if isinstance(outside, datetime) else None)


def _is_quiet(row: CaseRow) -> bool:
    """True where the clocks never ran: a case of old or imported mentions, until somebody takes it up."""
    only_outside = row.outside_by is not None and row.first_contact_by is None and row.close_by is None
    return only_outside or (row.next_escalation_at is None and not row.escalated and row.paused_since is None)


def _further(session: Session, row: CaseRow, command: Command, customer: int | None, desk: Desk) -> None:
    """What a move does beyond the case itself."""
    if command.action is Action.MERGE and command.other is not None:
        _merge(session, row, stored.locked(session, command.other), command)
    if command.action is Action.UNLINK and customer is not None:
        if desk.unlink is not None:
            desk.unlink(session, row.id or 0, customer, command)
        else:
            stored.reject_link(session, row.id or 0, customer, command.actor, command.note, command.at)


def _merge(session: Session, row: CaseRow, other: CaseRow, command: Command) -> None:
    """The mentions go over; the graver severity and a customer that was unknown go with them."""
    stored.move_mentions(session, row.id or 0, other.id or 0, command.at)
    move = Move(events=[Moved("merge", str(row.id), str(other.id), command.note)])
    if row.severity < other.severity:
        move.changes["severity"] = row.severity
        move.events.append(Moved("severity", other.severity, row.severity))
    if other.customer_id is None and row.customer_id is not None:
        move.changes["customer_id"] = row.customer_id
        move.events.append(Moved("customer_id", "", str(row.customer_id)))
    move.changes["spoken_at"] = max(row.spoken_at, other.spoken_at)
    stored.record(session, other, move, command.actor, command.at)


_TOLD = frozenset({Action.URGE, Action.SUPERVISE, Action.ASSIGN, Action.RETURN})
"""Actions that somebody else has to learn of."""


def _tell(session: Session, row: CaseRow, command: Command, desk: Desk) -> None:
    if command.action not in _TOLD:
        return
    alert = rules.handling_alert(
        row.fingerprint,
        command.action.value,
        Severity(row.severity),
        actor=command.actor,
        note=mask(command.note),
        at=command.at,
        facts=route_facts(session, row, desk, command.at),
    )
    raise_alert(session, row, alert, desk, command.at)


def raise_alert(session: Session, row: CaseRow, alert: Alert, desk: Desk, now: datetime) -> None:
    """Alert whom it concerns of something that happened to the case."""
    recipients = desk.recipients(alert, row.owner, row.team)
    outbox.add_alerts(session, [(alert, row.id, None, recipients)], now)


def route_facts(session: Session, row: CaseRow, desk: Desk, now: datetime) -> dict[str, object]:
    """What routes need to know of the case, the same as when it opened."""
    number = row.id or 0
    known = case_routes.about(session, [number], now, desk.segments)[number]
    topics = known["topics"] if isinstance(known["topics"], list) else []
    return known | {
        "topics": list(dict.fromkeys(topic for topic in (row.topic, *topics) if topic)),
        "problem": row.problem,
        "state": row.state,
        "title": mask(row.title)[:80],
    }


def split(database: Database, desk: Desk, number: int, native_ids: Sequence[str], actor: str, at: datetime) -> Done:
    """Take mentions that belong to another matter out of a case into one of their own; history stays on both."""
    with database.write() as session:
        row = stored.locked(session, number)
        if not CaseState(row.state).open:
            raise BadInput(moves.refusal(stored.now_of(row), "split"))
        copied = ("matter", "severity", "topic", "problem", "customer_id", "team")
        values = {name: getattr(row, name) for name in copied}
        values |= {"fingerprint": f"{row.fingerprint}/{int(at.timestamp())}", "state": CaseState.NEW.value}
        values |= {"reason": row.reason, "clocks_from": at}
        values |= clocks.started(Severity(row.severity), at, desk.sla, desk.calendar_of(row.team))
        made = stored.split(session, row, native_ids, at, values)
        new = stored.locked(session, made)
        said = "、".join(native_ids)
        stored.record(session, row, Move(events=[Moved("split", "", str(made), said)]), actor, at)
        stored.record(session, new, Move(events=[Moved("split", str(number), "", said)]), actor, at)
        priorities.refresh(session, (number, made), at, desk.sla)
        _attend(session, new, desk, at)
        return Done(made, CaseState.NEW)


def look_at_clocks(
    database: Database, desk: Desk, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False
) -> int:
    """Escalate what is due; how many alerts were raised. Each level of each clock speaks once."""
    raised = 0
    while not stop():
        now = clock()
        with database.write() as session:
            numbers = stored.due(session, now, BATCH)
            for number in numbers:
                raised += _escalate(session, stored.locked(session, number), desk, now)
        if len(numbers) < BATCH:
            break
    return raised


def _escalate(session: Session, row: CaseRow, desk: Desk, now: datetime) -> int:
    state, calendar = stored.clocks_of(row), desk.calendar_of(row.team)
    if state.paused_since is not None and state.state is not CaseState.WAITING_CUSTOMER:
        # the customer spoke: what we waited for has come
        later = clocks.capped(clocks.resumed(state, now, desk.sla, calendar), row.outside_by)
        stored.record(session, row, Move({**later, "paused_since": None}, [Moved(Action.RESUME.value)]), SYSTEM, now)
        state = stored.clocks_of(row)
    reached = clocks.due(state, now, desk.sla, calendar)
    facts = route_facts(session, row, desk, now) if reached else {}
    for escalation in reached:
        alert = rules.escalation_alert(row.fingerprint, escalation, Severity(row.severity), facts)
        raise_alert(session, row, alert, desk, now)
    if reached:
        told = {**state.escalated, **{each.clock.value: each.level for each in reached}}
        events = [Moved("escalated", each.clock.value, f"{each.level}%") for each in reached]
        stored.record(session, row, Move({"escalated": told}, events), SYSTEM, now)
    _attend(session, row, desk, now)
    return len(reached)


def _attend(session: Session, row: CaseRow, desk: Desk, now: datetime) -> None:
    calendar = desk.calendar_of(row.team)
    stored.attend(session, row, clocks.next_escalation(stored.clocks_of(row), now, desk.sla, calendar))
