"""What each action changes. Pure."""

from __future__ import annotations

from listener.cases.moves.actions import (
    Action,
    CaseNow,
    Command,
)
from listener.model import CaseState, Satisfaction


def changes_of(case: CaseNow, command: Command) -> dict[str, object]:
    """New values by column of the case, those of its state aside where the action only moves it."""
    made = _EFFECTS.get(command.action)
    return made(case, command) if made is not None else {}


def _on_claim(case: CaseNow, command: Command) -> dict[str, object]:
    return {"owner": command.actor}


def _on_assign(case: CaseNow, command: Command) -> dict[str, object]:
    return {"owner": command.to, "team": command.to_team or case.team}


def _on_contact(case: CaseNow, command: Command) -> dict[str, object]:
    return _takes(case, command) | _first(case, command)


def _on_plan(case: CaseNow, command: Command) -> dict[str, object]:
    return _takes(case, command) | ({} if case.planned_at else {"planned_at": command.at})


def _on_wait(case: CaseNow, command: Command) -> dict[str, object]:
    owner: dict[str, object] = {} if case.owner else {"owner": command.actor}
    return owner | _first(case, command) | {"paused_since": command.at}


def _on_reply(case: CaseNow, command: Command) -> dict[str, object]:
    """An answer to the customer is also the first contact, and has a plan in it."""
    owner: dict[str, object] = {} if case.owner or command.role == "system" else {"owner": command.actor}
    planned: dict[str, object] = {} if case.planned_at else {"planned_at": command.at}
    return owner | planned | _first(case, command) | {"answered_at": command.at}


def _on_follow_up(case: CaseNow, command: Command) -> dict[str, object]:
    result = command.satisfaction
    assert result is not None
    changes: dict[str, object] = {"satisfaction": result.value, "satisfaction_judged": command.judged}
    if result is Satisfaction.UNREACHED:  # nobody was asked: what was said before still holds
        changes = {} if case.satisfaction else changes
    if result is Satisfaction.UNSATISFIED:
        changes["state"] = CaseState.REOPENED.value
    return changes


def _on_close(case: CaseNow, command: Command) -> dict[str, object]:
    given = {name: getattr(command, name) for name in ("cause", "countermeasure", "remedy")}
    changes: dict[str, object] = {name: value for name, value in given.items() if value}
    if command.satisfaction is not None:
        changes |= {"satisfaction": command.satisfaction.value, "satisfaction_judged": command.judged}
    return changes | {"closed_at": command.at}


def _on_reopen(case: CaseNow, command: Command) -> dict[str, object]:
    return {"closed_at": None, "answered_at": None, "satisfaction": "", "satisfaction_judged": False}


def _on_end(case: CaseNow, command: Command) -> dict[str, object]:
    ended: dict[str, object] = {"closed_at": command.at}
    if command.action is Action.MERGE:
        return ended | {"merged_into": command.other}
    return ended | {"closed_reason": command.reason}


def _on_return(case: CaseNow, command: Command) -> dict[str, object]:
    return {"owner": ""}


def _on_supervise(case: CaseNow, command: Command) -> dict[str, object]:
    return {"supervised_by": command.actor}


def _on_severity(case: CaseNow, command: Command) -> dict[str, object]:
    assert command.severity is not None
    return {"severity": command.severity.value}


def _on_outside(case: CaseNow, command: Command) -> dict[str, object]:
    named = {"outside_name": command.outside_name, "outside_number": command.outside_number}
    return {name: value for name, value in named.items() if value} | {"outside_by": command.outside_by}


def _on_unlink(case: CaseNow, command: Command) -> dict[str, object]:
    return {"customer_id": None}


_EFFECTS = {
    Action.CLAIM: _on_claim,
    Action.ASSIGN: _on_assign,
    Action.CONTACT: _on_contact,
    Action.PLAN: _on_plan,
    Action.WAIT: _on_wait,
    Action.REPLY: _on_reply,
    Action.FOLLOW_UP: _on_follow_up,
    Action.CLOSE: _on_close,
    Action.REOPEN: _on_reopen,
    Action.FALSE_ALARM: _on_end,
    Action.MERGE: _on_end,
    Action.RETURN: _on_return,
    Action.SUPERVISE: _on_supervise,
    Action.SEVERITY: _on_severity,
    Action.OUTSIDE: _on_outside,
    Action.UNLINK: _on_unlink,
}


def _takes(case: CaseNow, command: Command) -> dict[str, object]:
    """Whoever works on a case that is nobody's has taken it."""
    changes: dict[str, object] = {} if case.owner else {"owner": command.actor}
    if case.state in (CaseState.NEW, CaseState.ASSIGNED, CaseState.REOPENED):
        changes["state"] = CaseState.IN_PROGRESS.value
    return changes


def _first(case: CaseNow, command: Command) -> dict[str, object]:
    """The first contact is kept as it was, however late: a later answer never makes it look in time."""
    return {} if case.first_contact_at else {"first_contact_at": command.at}
