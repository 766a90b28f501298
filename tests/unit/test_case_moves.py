"""What people may do to a case, what it needs, what it changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from listener.cases.moves import FALSE_ALARMS, LEGAL, Action, CaseNow, Command, Move, decide, legal
from listener.errors import BadInput
from listener.model import CaseState, Satisfaction, Severity
from tests.factories import NOW

LATER = NOW + timedelta(hours=1)
CLOSING = {"cause": "零件", "countermeasure": "换供应商", "remedy": "免费更换"}


def case(state: CaseState = CaseState.NEW, **changes: object) -> CaseNow:
    return CaseNow(**({"number": 7, "state": state, "severity": Severity.S2} | changes))  # type: ignore[arg-type]


def command(action: Action, **changes: object) -> Command:
    return Command(**({"action": action, "actor": "张敏", "at": LATER} | changes))  # type: ignore[arg-type]


def moved(now: CaseNow, action: Action, **changes: object) -> Move:
    return decide(now, command(action, **changes))


def refused(now: CaseNow, action: Action, **changes: object) -> str:
    with pytest.raises(BadInput) as error:
        moved(now, action, **changes)
    return str(error.value)


class TestClaim:
    def test_whoever_claims_has_the_case(self) -> None:
        move = moved(case(), Action.CLAIM)
        assert move.changes == {"owner": "张敏", "state": "in_progress"}
        assert [(event.action, event.old, event.new) for event in move.events] == [
            ("claim", "", ""),
            ("state", "new", "in_progress"),
            ("owner", "", "张敏"),
        ]

    def test_the_second_is_told_who_was_first(self) -> None:
        assert "已由李雷认领" in refused(case(CaseState.IN_PROGRESS, owner="李雷"), Action.CLAIM)
        assert "您已认领" in refused(case(CaseState.IN_PROGRESS, owner="张敏"), Action.CLAIM)

    def test_what_was_assigned_to_a_team_or_to_another_may_be_claimed(self) -> None:
        assert moved(case(CaseState.ASSIGNED, owner="李雷"), Action.CLAIM).changes["owner"] == "张敏"


class TestAssign:
    def test_to_a_person_with_their_team(self) -> None:
        move = moved(case(), Action.ASSIGN, to="李雷", to_team="售后")
        assert move.changes == {"owner": "李雷", "team": "售后", "state": "assigned"}

    def test_another_s_case_only_by_a_supervisor(self) -> None:
        theirs = case(CaseState.IN_PROGRESS, owner="李雷")
        assert "只有本人或主管" in refused(theirs, Action.ASSIGN, to="韩梅")
        assert moved(theirs, Action.ASSIGN, to="韩梅", role="supervisor").changes["owner"] == "韩梅"
        assert "没有说转给谁" in refused(case(), Action.ASSIGN)


class TestAnswer:
    def test_an_answer_is_also_the_first_contact_and_the_plan(self) -> None:
        move = moved(case(), Action.REPLY)
        assert move.changes["first_contact_at"] == move.changes["planned_at"] == move.changes["answered_at"] == LATER
        assert (move.changes["state"], move.changes["owner"]) == ("answered", "张敏")

    def test_a_late_first_contact_is_not_hidden_by_a_later_answer(self) -> None:
        early = case(CaseState.IN_PROGRESS, owner="张敏", first_contact_at=NOW)
        assert "first_contact_at" not in moved(early, Action.REPLY).changes

    def test_waiting_stops_the_clock_and_an_answer_ends_the_wait(self) -> None:
        assert moved(case(CaseState.IN_PROGRESS, owner="张敏"), Action.WAIT).changes["paused_since"] == LATER
        assert moved(case(CaseState.WAITING_CUSTOMER), Action.RESUME).changes["paused_since"] is None
        assert moved(case(CaseState.WAITING_CUSTOMER), Action.REPLY).changes["paused_since"] is None


class TestFollowUp:
    ANSWERED = case(CaseState.ANSWERED, owner="张敏")

    def test_needs_a_result(self) -> None:
        assert "满意、基本满意、不满意、未接通" in refused(self.ANSWERED, Action.FOLLOW_UP)

    @pytest.mark.parametrize(
        ("result", "state"),
        [
            (Satisfaction.SATISFIED, "follow_up"),
            (Satisfaction.MOSTLY, "follow_up"),
            (Satisfaction.UNREACHED, "follow_up"),
            (Satisfaction.UNSATISFIED, "reopened"),
        ],
    )
    def test_who_is_not_satisfied_reopens_it(self, result: Satisfaction, state: str) -> None:
        assert moved(self.ANSWERED, Action.FOLLOW_UP, satisfaction=result).changes["state"] == state

    def test_not_reached_does_not_unsay_what_was_said(self) -> None:
        said = case(CaseState.FOLLOW_UP, satisfaction="satisfied")
        assert "satisfaction" not in moved(said, Action.FOLLOW_UP, satisfaction=Satisfaction.UNREACHED).changes


class TestClose:
    def test_needs_cause_countermeasure_remedy_and_the_customer_s_word(self) -> None:
        said = refused(case(CaseState.ANSWERED), Action.CLOSE, cause="零件")
        assert "改进措施、补救、满意度" in said
        move = moved(case(CaseState.ANSWERED), Action.CLOSE, satisfaction=Satisfaction.MOSTLY, **CLOSING)
        assert move.changes | CLOSING == move.changes
        assert (move.changes["state"], move.changes["closed_at"]) == ("closed", LATER)

    def test_what_was_recorded_before_counts(self) -> None:
        known = case(CaseState.FOLLOW_UP, satisfaction="satisfied", **CLOSING)
        assert moved(known, Action.CLOSE).changes["state"] == "closed"

    def test_an_unhappy_customer_s_case_only_by_a_supervisor(self) -> None:
        unhappy = {"satisfaction": Satisfaction.UNSATISFIED, **CLOSING}
        assert "需要主管办结" in refused(case(CaseState.ANSWERED), Action.CLOSE, **unhappy)
        assert moved(case(CaseState.ANSWERED), Action.CLOSE, role="manager", **unhappy).changes["state"] == "closed"

    def test_what_has_no_answer_is_not_closed(self) -> None:
        assert "还没有答复客户" in refused(case(CaseState.IN_PROGRESS), Action.CLOSE)


class TestOthers:
    def test_a_false_alarm_says_why(self) -> None:
        assert "misjudged（误判）" in refused(case(), Action.FALSE_ALARM)
        move = moved(case(), Action.FALSE_ALARM, reason="advert")
        assert (move.changes["state"], move.changes["closed_reason"]) == ("not_complaint", "advert")

    def test_merging_needs_another_open_case(self) -> None:
        assert "没有说并入" in refused(case(), Action.MERGE, other=7)
        assert "不存在" in refused(case(), Action.MERGE, other=8)
        assert "已办结" in refused(case(), Action.MERGE, other=8, other_state=CaseState.CLOSED)
        assert moved(case(), Action.MERGE, other=8, other_state=CaseState.NEW).changes["merged_into"] == 8

    @pytest.mark.parametrize("action", [Action.RETURN, Action.REOPEN, Action.SEVERITY, Action.NOTE])
    def test_some_need_a_word_of_why(self, action: Action) -> None:
        state = CaseState.CLOSED if action is Action.REOPEN else CaseState.IN_PROGRESS
        assert "缺少说明" in refused(case(state), action, severity=Severity.S1)

    def test_only_superiors_supervise(self) -> None:
        assert "只有主管" in refused(case(), Action.SUPERVISE, note="领导关注")
        move = moved(case(), Action.SUPERVISE, note="领导关注", role="manager")
        assert move.changes["supervised_by"] == "张敏"

    def test_reopening_begins_anew_but_keeps_the_history(self) -> None:
        move = moved(case(CaseState.CLOSED, satisfaction="satisfied"), Action.REOPEN, note="又坏了")
        assert move.changes["satisfaction"] == ""
        assert ("satisfaction", "satisfied", "") in [(e.action, e.old, e.new) for e in move.events]

    @pytest.mark.parametrize("state", CaseState)
    def test_an_illegal_move_says_what_is_possible(self, state: CaseState) -> None:
        for action in set(Action) - set(legal(state)):
            assert "→ 现在可以：" in refused(case(state), action, note="x") or action is Action.CLOSE


GIVEN = {
    "note": "说明",
    "to": "李雷",
    "other": 8,
    "other_state": CaseState.NEW,
    "reason": FALSE_ALARMS[0],
    **CLOSING,
}


class Life(RuleBasedStateMachine):
    """Any sequence of commands: only legal moves happen, and what must hold of a case always holds."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, object] = {}
        self.now = case()
        self.paused = False

    @rule(
        action=st.sampled_from(list(Action)),
        role=st.sampled_from(["agent", "supervisor", "manager"]),
        satisfaction=st.sampled_from([None, *Satisfaction]),
        severity=st.sampled_from([None, *Severity]),
    )
    def does(self, action: Action, role: str, satisfaction: Satisfaction | None, severity: Severity | None) -> None:
        before = self.now
        how = {**GIVEN, "role": role, "satisfaction": satisfaction, "severity": severity}
        try:
            move = moved(before, action, **how)
        except BadInput:
            return
        assert before.state in LEGAL[action][0]
        assert move.events and move.events[0].action == action.value
        self.values |= move.changes
        names = CaseNow.__dataclass_fields__
        fresh = {name: value for name, value in move.changes.items() if name in names}
        kept = {name: getattr(before, name) for name in names} | fresh
        kept["state"], kept["severity"] = CaseState(str(kept["state"])), Severity(str(kept["severity"]))
        self.now = CaseNow(**kept)

    @invariant()
    def closed_cases_are_complete(self) -> None:
        if self.now.state is CaseState.CLOSED:
            assert self.now.cause and self.now.countermeasure and self.now.remedy and self.now.satisfaction
            assert self.values.get("answered_at") is not None
            assert self.values.get("closed_at") is not None

    @invariant()
    def only_waiting_cases_stand(self) -> None:
        stands = self.values.get("paused_since") is not None
        assert stands is (self.now.state is CaseState.WAITING_CUSTOMER)

    @invariant()
    def who_works_on_it_is_known(self) -> None:
        if self.now.state in (CaseState.IN_PROGRESS, CaseState.ANSWERED):
            assert self.now.owner or self.now.team

    @precondition(lambda self: self.now.state is CaseState.MERGED)
    @rule(action=st.sampled_from([action for action in Action if action is not Action.NOTE]))
    def a_merged_case_is_over(self, action: Action) -> None:
        with pytest.raises(BadInput):
            moved(self.now, action, **GIVEN)


TestLife = Life.TestCase
