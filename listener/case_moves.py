"""What people may do to a case: which move is legal in which state, what it needs, what it changes. Pure.

    待核实 ─verify─▶ 待受理 ─assign─▶ 已派单 ─claim─▶ 处理中 ─reply─▶ 已答复 ─follow_up─▶ 待回访 ─close─▶ 已办结
                                      ▲ return ─▶ 已退回        wait ⇄ resume: 待客户补充       reopen ─▶ 重办
    any open one: false_alarm ─▶ 非投诉, merge ─▶ 已并单

Receipt, tracking, response and closing follow GB/T 19012-2019 (ISO 10002:2018), 7.2 to 7.8: a case is closed with its
cause, countermeasure, remedy and the customer's word on it, or it stays open. An illegal move is refused with the
reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import CaseState, Satisfaction, Severity
from listener.text.labels import label

__all__ = ["FALSE_ALARMS", "Action", "CaseNow", "Command", "Move", "Moved", "decide", "legal", "refusal"]


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

_NEEDS_NOTE = frozenset({Action.RETURN, Action.REOPEN, Action.SUPERVISE, Action.SEVERITY, Action.NOTE, Action.UNLINK})
"""Actions that mean nothing without a word of why."""

_SUPERIORS = frozenset({"supervisor", "manager"})


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


def decide(case: CaseNow, command: Command) -> Move:
    """What the command does to the case; ``BadInput`` with the reason where it is not legal."""
    _check(case, command)
    move = Move()
    target = LEGAL[command.action][1]
    for name, value in _changes(case, command).items():
        move.changes[name] = value
    if target is not None and "state" not in move.changes:
        move.changes["state"] = target.value
    if move.changes.get("state") == case.state.value:
        del move.changes["state"]
    if case.state is CaseState.WAITING_CUSTOMER and "state" in move.changes:
        move.changes["paused_since"] = None
    move.events = _events(case, command, move)
    return move


def _check(case: CaseNow, command: Command) -> None:
    states, _ = LEGAL[command.action]
    if case.state not in states:
        raise _refused(case, command, _why_not(case, command.action), _possible(case.state))
    if command.action in _NEEDS_NOTE and not command.note.strip():
        raise _refused(case, command, say("缺少说明", "says no reason"), say("请写明原因", "add a note that says why"))
    check = _CHECKS.get(command.action)
    if check is not None:
        check(case, command)


def _why_not(case: CaseNow, action: Action) -> str:
    if action is Action.CLOSE and case.state.open:
        state = label(case.state)
        return say(f"工单{state}，还没有答复客户，不能办结", f"it is {state}: the customer has no answer yet")
    return refusal(case, action).what


def refusal(case: CaseNow, word: str) -> Mistake:
    """Why ``word`` (a code of ``listener.text.labels``) cannot be done to the case now."""
    state = label(case.state)
    what = say(f"工单{state}，不能{label(word)}", f"it is {state}, so it cannot be: {label(word)}")
    return Mistake(say(f"工单 #{case.number}", f"case #{case.number}"), what, _possible(case.state))


def _possible(state: CaseState) -> str:
    words = "、".join(label(action) for action in legal(state))
    return say(f"现在可以：{words}", f"now possible: {words}")


def _refused(case: CaseNow, command: Command, what: str, mend: str) -> BadInput:
    return BadInput(Mistake(say(f"工单 #{case.number}", f"case #{case.number}"), what, mend))


def _check_claim(case: CaseNow, command: Command) -> None:
    taken = case.state is CaseState.IN_PROGRESS and case.owner
    if taken and case.owner == command.actor:
        raise _refused(case, command, say("您已认领", "it is yours already"), "")
    if taken:
        what = say(f"已由{case.owner}认领", f"{case.owner} has claimed it")
        raise _refused(case, command, what, say("需要接手请用转派", "to take it over, assign it"))


def _check_assign(case: CaseNow, command: Command) -> None:
    if not command.to and not command.to_team:
        raise _refused(case, command, say("没有说转给谁", "says nobody to assign it to"), "--to")
    owned = case.owner and case.owner != command.actor
    if owned and command.role == "agent":
        chinese = f"由{case.owner}负责，只有本人或主管可以转派"
        what = say(chinese, f"it is {case.owner}'s; only they or a supervisor may")
        raise _refused(case, command, what, say("请联系主管", "ask a supervisor"))


def _check_supervise(case: CaseNow, command: Command) -> None:
    if command.role not in _SUPERIORS:
        what = say("只有主管或管理者可以督办", "only supervisors and managers may")
        raise _refused(case, command, what, say("可以催办", "you may urge it"))


def _check_follow_up(case: CaseNow, command: Command) -> None:
    if command.satisfaction is None:
        words = "、".join(label(each) for each in Satisfaction)
        raise _refused(case, command, say("缺少回访结果", "says no result"), words)


def _check_close(case: CaseNow, command: Command) -> None:
    given = {
        "cause": command.cause or case.cause,
        "countermeasure": command.countermeasure or case.countermeasure,
        "remedy": command.remedy or case.remedy,
        "satisfaction": command.satisfaction or case.satisfaction,
    }
    missing = [label(name) for name, value in given.items() if not value]
    if missing:
        names = "、".join(missing)
        mend = "--cause --countermeasure --remedy --satisfaction"
        raise _refused(case, command, say(f"办结还缺：{names}", f"closing lacks: {names}"), mend)
    if given["satisfaction"] == Satisfaction.UNSATISFIED and command.role == "agent":
        what = say("客户不满意，需要主管办结", "the customer is not satisfied: a supervisor has to close it")
        raise _refused(case, command, what, say("请重办，或请主管处理", "work on, or ask a supervisor"))


def _check_false_alarm(case: CaseNow, command: Command) -> None:
    if command.reason not in FALSE_ALARMS:
        words = "、".join(f"{reason}（{label(reason)}）" for reason in FALSE_ALARMS)
        raise _refused(case, command, say("缺少原因", "says no reason"), words)


def _check_merge(case: CaseNow, command: Command) -> None:
    if command.other is None or command.other == case.number:
        raise _refused(case, command, say("没有说并入哪个工单", "says no other case"), "--into")
    if command.other_state is None or not command.other_state.open:
        word = label(command.other_state) if command.other_state else say("不存在", "not there")
        what = say(f"目标工单 #{command.other} {word}，不能并入", f"case #{command.other} is {word}")
        raise _refused(case, command, what, say("请选择未办结的工单", "choose one that is open"))


def _check_severity(case: CaseNow, command: Command) -> None:
    if command.severity is None or command.severity is case.severity:
        raise _refused(case, command, say("缺少新的紧急程度", "says no new severity"), "S1 S2 S3 S4")


def _check_outside(case: CaseNow, command: Command) -> None:
    if not command.outside_number and not command.outside_name:
        raise _refused(case, command, say("缺少外部编号", "says no outside number"), "--number --name 12315")
    if command.outside_by is None:
        what = say(
            f"不知道 {command.outside_name or '该渠道'} 的办理时限",
            f"no deadline is known for {command.outside_name or 'it'}",
        )
        raise _refused(case, command, what, say("写 --by 日期，或在 sla.toml 加入 [[outside]]", "--by, or sla.toml"))


def _check_unlink(case: CaseNow, command: Command) -> None:
    if case.customer_id is None:
        raise _refused(case, command, say("没有关联客户", "no customer is linked"), "")


_CHECKS = {
    Action.CLAIM: _check_claim,
    Action.ASSIGN: _check_assign,
    Action.SUPERVISE: _check_supervise,
    Action.FOLLOW_UP: _check_follow_up,
    Action.CLOSE: _check_close,
    Action.FALSE_ALARM: _check_false_alarm,
    Action.MERGE: _check_merge,
    Action.SEVERITY: _check_severity,
    Action.OUTSIDE: _check_outside,
    Action.UNLINK: _check_unlink,
}


def _changes(case: CaseNow, command: Command) -> dict[str, object]:
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
