"""晨会清单, the morning list: what each person has to look at today. Pure.

Due today, unclaimed for too long, and new since the list before; a case stands once, in the first section it fits. An
agent gets their own cases and what nobody in their team has claimed, a supervisor the whole team's, a manager all that
is critical or late. Whoever has nothing gets no mail. It can be answered: 「认领 3 5 7」.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from listener.model import Alert, AlertKind, CaseState, Severity
from listener.settings import Person
from listener.text.mask import mask

__all__ = ["SECTIONS", "OpenCase", "morning_alert", "sections_for"]

SECTIONS = ("late", "due", "unclaimed", "to_visit", "fresh")
"""Already late, due today, unclaimed for too long, answered and not followed up, new since the list before."""

MOST = 60
"""Cases in one list; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """An open case as the list needs it; ``by`` is its next deadline that counts, ``receivers`` who was alerted."""

    number: int
    severity: Severity
    state: CaseState
    title: str = ""
    owner: str = ""
    team: str = ""
    priority: float = 0.0
    by: datetime | None = None
    opened_at: datetime
    receivers: frozenset[str] = frozenset()


def sections_for(
    person: Person, cases: Iterable[OpenCase], *, now: datetime, since: datetime, end_of_day: datetime, waited: datetime
) -> dict[str, list[OpenCase]]:
    """The person's cases by section, the gravest first, then those of the highest priority.

    ``since`` is when the list before was made; what was opened before ``waited`` and has no owner waits too long.
    """
    found: dict[str, list[OpenCase]] = {name: [] for name in SECTIONS}
    for case in cases:
        section = _section(case, now, since, end_of_day, waited)
        if section and _concerns(case, person, section):
            found[section].append(case)
    for listed in found.values():
        listed.sort(key=lambda case: (case.severity, -case.priority, case.by or end_of_day, case.number))
    return {name: listed for name, listed in found.items() if listed}


def _section(case: OpenCase, now: datetime, since: datetime, end_of_day: datetime, waited: datetime) -> str:
    waits = case.state is CaseState.WAITING_CUSTOMER
    if case.by is not None and case.by <= now and not waits:
        return "late"
    if case.by is not None and case.by <= end_of_day and not waits:
        return "due"
    if not case.owner and case.opened_at <= waited:
        return "unclaimed"
    if case.state is CaseState.ANSWERED:
        return "to_visit"
    return "fresh" if case.opened_at > since else ""


def _concerns(case: OpenCase, person: Person, section: str) -> bool:
    if case.owner == person.name or (not case.owner and person.name in case.receivers):
        return True
    same_team = bool(person.team) and case.team == person.team
    if person.role == "supervisor":
        return same_team or not case.team
    if person.role == "manager":
        return section == "late" or case.severity is Severity.S1
    return same_team and not case.owner


def morning_alert(person: Person, sections: dict[str, list[OpenCase]], day: str) -> Alert:
    """The list as one alert for one person; it fires once a day."""
    count = sum(len(listed) for listed in sections.values())
    severity = min((case.severity for listed in sections.values() for case in listed), default=Severity.S4)
    return Alert(
        kind=AlertKind.MORNING_LIST,
        subject=f"{day}:{person.name}",
        reason="晨会清单",
        severity=severity,
        facts={
            "count": count,
            "day": day,
            "sections": {name: [_row(case) for case in listed[:MOST]] for name, listed in sections.items()},
            "counts": {name: len(listed) for name, listed in sections.items()},
        },
    )


def _row(case: OpenCase) -> dict[str, object]:
    return {
        "number": case.number,
        "severity": case.severity.value,
        "state": case.state.value,
        "title": mask(case.title)[:80],
        "owner": case.owner,
        "by": case.by.isoformat() if case.by else "",
    }
