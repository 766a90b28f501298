"""The actions, the states in which each is legal, and the facts that a decision needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from listener.model import CaseState, Satisfaction, Severity


class Action(StrEnum):
    """What a person does to a case; users see the words of ``listener.text.labels``."""

    VERIFY = "verify"
    CLAIM = "claim"
    ASSIGN = "assign"
    CONTACT = "contact"
    PLAN = "plan"
    WAIT = "wait"
    RESUME = "resume"
    REPLY = "reply"
    FOLLOW_UP = "visit"
    CLOSE = "close"
    REOPEN = "reopen"
    FALSE_ALARM = "false_alarm"
    MERGE = "merge"
    RETURN = "return"
    URGE = "urge"
    SUPERVISE = "supervise"
    SEVERITY = "grade"
    OUTSIDE = "outside_number"
    UNLINK = "unlink"
    NOTE = "note"


FALSE_ALARMS = ("misjudged", "advert", "not_ours")
"""Why a case is no complaint: 误判, 广告, 与我司无关."""


_S = CaseState


_OPEN = frozenset(state for state in CaseState if state.open)


_UNTAKEN = frozenset({_S.TO_VERIFY, _S.NEW, _S.ASSIGNED, _S.RETURNED, _S.REOPENED})


_WORKING = frozenset({_S.NEW, _S.ASSIGNED, _S.IN_PROGRESS, _S.REOPENED, _S.ANSWERED, _S.FOLLOW_UP})


LEGAL: Mapping[Action, tuple[frozenset[CaseState], CaseState | None]] = {
    Action.VERIFY: (frozenset({_S.TO_VERIFY}), _S.NEW),
    Action.CLAIM: (_UNTAKEN | {_S.IN_PROGRESS}, _S.IN_PROGRESS),
    Action.ASSIGN: (_OPEN, _S.ASSIGNED),
    Action.CONTACT: (_WORKING | {_S.WAITING_CUSTOMER}, None),
    Action.PLAN: (_WORKING | {_S.WAITING_CUSTOMER}, None),
    Action.WAIT: (_WORKING, _S.WAITING_CUSTOMER),
    Action.RESUME: (frozenset({_S.WAITING_CUSTOMER}), _S.IN_PROGRESS),
    Action.REPLY: (_WORKING | {_S.WAITING_CUSTOMER}, _S.ANSWERED),
    Action.FOLLOW_UP: (frozenset({_S.ANSWERED, _S.FOLLOW_UP}), _S.FOLLOW_UP),
    Action.CLOSE: (frozenset({_S.ANSWERED, _S.FOLLOW_UP}), _S.CLOSED),
    Action.REOPEN: (frozenset({_S.CLOSED, _S.NOT_COMPLAINT}), _S.REOPENED),
    Action.FALSE_ALARM: (_OPEN, _S.NOT_COMPLAINT),
    Action.MERGE: (_OPEN, _S.MERGED),
    Action.RETURN: (frozenset({_S.ASSIGNED, _S.IN_PROGRESS}), _S.RETURNED),
    Action.URGE: (_OPEN, None),
    Action.SUPERVISE: (_OPEN, None),
    Action.SEVERITY: (_OPEN, None),
    Action.OUTSIDE: (_OPEN, None),
    Action.UNLINK: (frozenset(CaseState) - {_S.MERGED}, None),
    Action.NOTE: (frozenset(CaseState), None),
}
"""For each action: the states in which it is legal, and the state it leads to (None: it stays)."""


NEEDS_NOTE = frozenset({Action.RETURN, Action.REOPEN, Action.SUPERVISE, Action.SEVERITY, Action.NOTE, Action.UNLINK})
"""Actions that mean nothing without a word of why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNow:
    """A case as far as moving it needs it."""

    number: int
    state: CaseState
    severity: Severity
    owner: str = ""
    team: str = ""
    customer_id: int | None = None
    first_contact_at: datetime | None = None
    planned_at: datetime | None = None
    satisfaction: str = ""
    cause: str = ""
    countermeasure: str = ""
    remedy: str = ""
    outside_name: str = ""
    outside_number: str = ""
    outside_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One action of one person (``role`` as in people.toml; "system" for the daemon's own).

    ``to`` is the person or ``team:NAME`` it is assigned to; ``other`` the case it is merged into; ``reason`` one of
    ``FALSE_ALARMS``; ``judged`` marks a satisfaction that nobody said but that was read from what the customer wrote.
    ``outside_*`` are a regulator's name, number and deadline, ``region`` its city.
    """

    action: Action
    actor: str
    at: datetime
    role: str = "agent"
    note: str = ""
    to: str = ""
    to_team: str = ""
    outside_name: str = ""
    outside_number: str = ""
    outside_by: datetime | None = None
    region: str = ""
    other: int | None = None
    other_state: CaseState | None = None
    reason: str = ""
    severity: Severity | None = None
    satisfaction: Satisfaction | None = None
    judged: bool = False
    cause: str = ""
    countermeasure: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing that changed: what is kept in the case's history."""

    action: str
    old: str = ""
    new: str = ""
    note: str = ""


@dataclass(slots=True)
class Move:
    """What a command does: new values by column of the case, and the events that tell of it."""

    changes: dict[str, object] = field(default_factory=dict)
    events: list[Moved] = field(default_factory=list)


def legal(state: CaseState) -> tuple[Action, ...]:
    """What may be done to a case in this state."""
    return tuple(action for action, (states, _) in LEGAL.items() if state in states)
