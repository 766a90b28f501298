"""What people may do to a case: which move is legal in which state, what it needs, what it changes. Pure.

    待核实 ─verify─▶ 待受理 ─assign─▶ 已派单 ─claim─▶ 处理中 ─reply─▶ 已答复 ─follow_up─▶ 待回访 ─close─▶ 已办结
                                      ▲ return ─▶ 已退回        wait ⇄ resume: 待客户补充       reopen ─▶ 重办
    any open one: false_alarm ─▶ 非投诉, merge ─▶ 已并单

Receipt, tracking, response and closing follow GB/T 19012-2019 (ISO 10002:2018), 7.2 to 7.8: a case is closed with its
cause, countermeasure, remedy and the customer's word on it, or it stays open. An illegal move is refused with the
reason.
"""

from __future__ import annotations

from datetime import datetime

from listener.cases.moves.actions import FALSE_ALARMS, LEGAL, Action, CaseNow, Command, Move, Moved, legal
from listener.cases.moves.checks import check, refusal
from listener.cases.moves.effects import changes_of
from listener.model import CaseState

__all__ = ["FALSE_ALARMS", "LEGAL", "Action", "CaseNow", "Command", "Move", "Moved", "decide", "legal", "refusal"]


def decide(case: CaseNow, command: Command) -> Move:
    """What the command does to the case; ``BadInput`` with the reason where it is not legal."""
    check(case, command)
    move = Move()
    target = LEGAL[command.action][1]
    for name, value in changes_of(case, command).items():
        move.changes[name] = value
    if target is not None and "state" not in move.changes:
        move.changes["state"] = target.value
    if move.changes.get("state") == case.state.value:
        del move.changes["state"]
    if case.state is CaseState.WAITING_CUSTOMER and "state" in move.changes:
        move.changes["paused_since"] = None
    move.events = _events(case, command, move)
    return move


_SHOWN = (
    "state", "owner", "team", "severity", "satisfaction", "cause", "countermeasure", "remedy", "customer_id",
    "outside_name", "outside_number", "outside_by",
)  # fmt: skip


def _events(case: CaseNow, command: Command, move: Move) -> list[Moved]:
    """First the action itself with its note, then each value that changed."""
    new = {
        Action.ASSIGN: command.to or command.to_team,
        Action.MERGE: str(command.other or ""),
        Action.FALSE_ALARM: command.reason,
        Action.FOLLOW_UP: command.satisfaction.value if command.satisfaction else "",
    }.get(command.action, "")
    events = [Moved(command.action.value, "", new, command.note)]
    for name in _SHOWN:
        if name not in move.changes:
            continue
        old, new = _plain(getattr(case, name)), _plain(move.changes[name])
        if old != new:
            events.append(Moved(name, old, new))
    return events


def _plain(value: object) -> str:
    """A value as an event keeps it."""
    if value is None:
        return ""
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else str(value)
