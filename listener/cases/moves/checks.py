"""What an action needs beside the right state, and how a refusal is worded. Pure."""

from __future__ import annotations

from listener.cases.moves.actions import (
    FALSE_ALARMS,
    LEGAL,
    NEEDS_NOTE,
    Action,
    CaseNow,
    Command,
    legal,
)
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import CaseState, Satisfaction
from listener.text.labels import label

_SUPERIORS = frozenset({"supervisor", "manager"})


def check(case: CaseNow, command: Command) -> None:
    """``BadInput`` with the reason and what is possible, where the command is not legal now."""
    states, _ = LEGAL[command.action]
    if case.state not in states:
        raise _refused(case, command, _why_not(case, command.action), _possible(case.state))
    if command.action in NEEDS_NOTE and not command.note.strip():
        raise _refused(case, command, say("缺少说明", "says no reason"), say("请写明原因", "add a note that says why"))
    its_own = _CHECKS.get(command.action)
    if its_own is not None:
        its_own(case, command)


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
