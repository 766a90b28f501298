"""What became of the tickets in other systems: their states are asked for, and a change is an event of the case.

open cases' tickets ─▶ states (few requests) ─▶ changed? ─▶ event with old and new value
    solved there   ─▶ 已答复, where that is legal: the first contact is made; closing stays with us
    reopened there ─▶ an alert to the owner
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from listener import handling
from listener.alerts import rules
from listener.alerts.notifiers.tickets import DELETED, TicketSystem
from listener.cases.moves import Action, Command, Move, Moved
from listener.errors import BadInput, ListenerError
from listener.handling import Desk
from listener.language import say
from listener.model import CaseState, Severity
from listener.store import case_moves as stored
from listener.store import tickets
from listener.store.engine import Database
from listener.store.tickets import OutsideTicket

__all__ = ["Followed", "follow"]

log = logging.getLogger(__name__)

_ANSWERED = frozenset({CaseState.ANSWERED, CaseState.FOLLOW_UP})


@dataclass(slots=True)
class Followed:
    """How many tickets were asked about, how many changed, and what went wrong by system."""

    asked: int = 0
    changed: int = 0
    trouble: dict[str, str] = field(default_factory=dict)


def follow(
    database: Database,
    desk: Desk,
    systems: Mapping[str, TicketSystem],
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
) -> Followed:
    """Ask every system (by the receiver's name) for the tickets of open cases; one that is in trouble waits."""
    done = Followed()
    for name, system in systems.items():
        if stop():
            break
        with database.read() as session:
            known = tickets.followed(session, name, DELETED)
        try:
            states = system.states([each.ticket for each in known]) if known else {}
        except ListenerError as error:
            log.warning("%s: %s", name, error)
            done.trouble[name] = str(error)
            continue
        finally:
            system.close()
        done.asked += len(known)
        for each in known:
            state = states.get(each.ticket, "")
            if state:
                with database.write() as session:
                    done.changed += _take(session, desk, name, system, each, state, clock())
    return done


def _take(
    session: Session, desk: Desk, name: str, system: TicketSystem, ticket: OutsideTicket, state: str, now: datetime
) -> bool:
    """Keep one state, in one transaction with what follows from it; True where it changed."""
    row = stored.locked(session, ticket.case_id)
    if not tickets.heard(session, name, ticket, state, now):
        return False
    was, solved = ticket.state.lower() in system.solved, state.lower() in system.solved
    told = Moved("ticket_state", ticket.state, state, f"{name} {ticket.ticket}")
    stored.record(session, row, Move(events=[told]), name, now)
    if solved and not was:
        _answered(session, desk, name, ticket, CaseState(row.state), now)
    if was and not solved and state != DELETED:
        said = say(f"外部工单 {ticket.ticket} 重新打开（{state}）", f"ticket {ticket.ticket} was reopened ({state})")
        alert = rules.handling_alert(
            row.fingerprint,
            "ticket_reopened",
            Severity(row.severity),
            actor=name,
            note=said,
            at=now,
            facts=handling.route_facts(session, row, desk, now),
        )
        handling.raise_alert(session, row, alert, desk, now)
    return True


def _answered(session: Session, desk: Desk, name: str, ticket: OutsideTicket, state: CaseState, now: datetime) -> None:
    """Solved there is answered here; where that is no legal move, the event alone tells of it."""
    if state in _ANSWERED:
        return
    note = say(f"外部工单 {ticket.ticket} 已解决", f"ticket {ticket.ticket} is solved")
    command = Command(action=Action.REPLY, actor=name, role=SYSTEM, at=now, note=note)
    try:
        handling.act_within(session, desk, ticket.case_id, command)
    except BadInput as error:
        log.info("%s", error)


SYSTEM = "system"
