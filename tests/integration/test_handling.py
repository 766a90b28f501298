"""People at work on stored cases: one transaction each, races decided, clocks kept, mails sent."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from listener import handling
from listener.alerts import clocks, routing, sla
from listener.cases.matters import CaseKeys
from listener.cases.moves import Action, Command
from listener.errors import BadInput
from listener.handling import Done
from listener.model import Alert, CaseState, Recipient, Satisfaction, Severity
from listener.settings import Person, Routes, Sla
from listener.store import cases as stored_cases
from listener.store import outbox, silences
from listener.store.engine import Database
from listener.store.tables import CaseEventRow, CaseMentionRow, CaseRow, DeliveryRow, IdentityLinkRow
from tests.factories import NOW, ZONE
from tests.outbox_world import add_customer, deliveries, joined, linked, opened, real, run, write

PEOPLE = (
    Person(name="张敏", mail="zhang@x.example", team="售后"),
    Person(name="李雷", mail="li@x.example", team="售后"),
    Person(name="孙主管", mail="sun@x.example", role="supervisor", team="售后"),
    Person(name="周总", mail="zhou@x.example", role="manager"),
)
ROUTES = Routes(default=("team:售后",))
RULES = Sla()
CALENDAR = sla.Calendar.of(RULES, ZONE)


def recipients(alert: Alert, owner: str, team: str) -> tuple[Recipient, ...]:
    return routing.case_recipients(alert, owner, team, ROUTES, routing.Directory(people=PEOPLE), NOW)


DESK = handling.Desk(sla=RULES, calendar=CALENDAR, people=PEOPLE, recipients=recipients)


def act(database: Database, number: int, action: Action, actor: str = "张敏", **how: Any) -> Done:
    role = next((person.role for person in PEOPLE if person.name == actor), "agent")
    how = {"at": NOW, "role": role, **how}
    return handling.act(database, DESK, number, Command(action=action, actor=actor, **how))


def case_of(database: Database, number: int = 1) -> CaseRow:
    with database.read() as session:
        return session.exec(select(CaseRow).where(CaseRow.id == number)).one()


def history(database: Database, number: int = 1) -> list[tuple[str, str, str, str]]:
    with database.read() as session:
        rows = session.exec(select(CaseEventRow).where(CaseEventRow.case_id == number).order_by(col(CaseEventRow.id)))
        return [(row.actor, row.action, row.old, row.new) for row in rows]


def start_clocks(database: Database, now: datetime = NOW) -> None:
    """As the pipeline does it where a case is alerted."""
    with database.write() as session:
        for row in session.exec(select(CaseRow)):
            for name, by in clocks.started(Severity(row.severity), now, RULES, CALENDAR).items():
                setattr(row, name, by)
            row.clocks_from = row.next_escalation_at = now
            session.add(row)


def receivers(database: Database, kind: str = "case_escalated") -> list[str]:
    return sorted(row.receiver for row in deliveries(database) if row.key.startswith(kind))


@pytest.fixture
def two(database: Database) -> Database:
    write(database, opened("1"), opened("2"), alert=False)
    start_clocks(database)
    return database


class TestMoves:
    def test_the_whole_way_to_a_satisfied_customer(self, two: Database) -> None:
        act(two, 1, Action.CLAIM)
        act(two, 1, Action.REPLY, note="已电话道歉并预约检修")
        act(two, 1, Action.FOLLOW_UP, satisfaction=Satisfaction.SATISFIED)
        done = act(
            two, 1, Action.CLOSE, cause="制动油管", countermeasure="批次召回", remedy="免费更换", note="客户认可"
        )
        assert done.state is CaseState.CLOSED
        row = case_of(two)
        assert (row.owner, row.satisfaction, row.satisfaction_judged) == ("张敏", "satisfied", False)
        assert row.first_contact_at == row.answered_at == row.closed_at == NOW
        assert row.next_escalation_at is None
        actions = [action for _, action, _, _ in history(two)]
        assert [a for a in actions if a in ("claim", "reply", "visit", "close")] == ["claim", "reply", "visit", "close"]

    def test_a_refused_move_changes_nothing(self, two: Database) -> None:
        before = history(two)
        with pytest.raises(BadInput, match="还没有答复客户"):
            act(two, 1, Action.CLOSE)
        assert (case_of(two).state, history(two)) == ("new", before)

    def test_of_two_who_claim_at_once_one_wins_and_the_other_is_told_who(self, two: Database) -> None:
        found: dict[str, object] = {}
        ready = threading.Barrier(2)

        def claims(name: str) -> None:
            ready.wait()
            try:
                found[name] = act(two, 1, Action.CLAIM, name)
            except BadInput as error:
                found[name] = str(error)

        threads = [threading.Thread(target=claims, args=(name,)) for name in ("张敏", "李雷")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        winner = case_of(two).owner
        loser = ({"张敏", "李雷"} - {winner}).pop()
        assert isinstance(found[winner], Done)
        assert f"已由{winner}认领" in str(found[loser])

    def test_for_many_what_is_refused_for_one_is_done_for_the_others(self, two: Database) -> None:
        command = Command(action=Action.CLAIM, actor="张敏", at=NOW)
        found = dict(handling.act_on_many(two, DESK, [1, 99, 2, 1], command))
        assert isinstance(found[1], Done) and isinstance(found[2], Done)
        assert "没有工单 #99" in str(found[99])


class TestMergeAndSplit:
    def test_merged_mentions_go_over_and_both_histories_tell(self, two: Database) -> None:
        act(two, 2, Action.MERGE, other=1, note="同一辆车")
        with two.read() as session:
            assert {row.case_id for row in session.exec(select(CaseMentionRow))} == {1}
        assert case_of(two, 2).merged_into == 1
        assert ("张敏", "merge", "2", "1") in history(two, 1)
        assert ("张敏", "merge", "", "1") in history(two, 2)

    def test_what_is_said_later_on_a_merged_matter_joins_the_case_that_stays(self, two: Database) -> None:
        act(two, 2, Action.MERGE, other=1)
        with two.read() as session:
            matter = case_of(two, 2).matter
            known = stored_cases.found(session, _keys(matter)).by_matter[matter]
        assert known[-1].case_id == 1

    def test_a_split_takes_mentions_into_a_case_of_their_own(self, database: Database) -> None:
        first = opened("1")
        write(database, first, joined("2", first), alert=False)
        done = handling.split(database, DESK, 1, ["2"], "张敏", NOW)
        with database.read() as session:
            rows = session.exec(select(CaseMentionRow).order_by(col(CaseMentionRow.mention_id))).all()
            assert [(row.case_id, row.joined_as) for row in rows] == [(1, "opener"), (done.number, "opener")]
        assert case_of(database, done.number).matter == case_of(database, 1).matter
        assert ("张敏", "split", "", str(done.number)) in history(database, 1)

    def test_a_split_that_makes_no_sense_is_refused(self, two: Database) -> None:
        for chosen, why in (([], "其中没有信息"), (["9"], "其中没有信息 9"), (["1"], "不能把全部信息拆出")):
            with pytest.raises(BadInput, match=why):
                handling.split(two, DESK, 1, chosen, "张敏", NOW)


class TestClocks:
    def look(self, database: Database, now: datetime) -> int:
        return handling.look_at_clocks(database, DESK, lambda: now)

    def test_an_unclaimed_case_escalates_to_team_supervisor_and_director(self, two: Database) -> None:
        assert self.look(two, NOW) == 0
        assert self.look(two, NOW + timedelta(minutes=30)) == 2  # S2: half an hour of one
        assert receivers(two) == ["孙主管", "孙主管", "张敏", "张敏", "李雷", "李雷"]  # the whole team of the routes
        assert self.look(two, NOW + timedelta(minutes=31)) == 0
        assert self.look(two, NOW + timedelta(hours=1)) == 2
        assert receivers(two).count("孙主管") == 4
        assert "周总" not in receivers(two)
        assert self.look(two, NOW + timedelta(hours=2)) == 0, "it is lunch"
        assert self.look(two, NOW + timedelta(hours=4)) == 2
        assert receivers(two).count("周总") == 2

    def test_an_owner_is_told_alone_at_half_time(self, two: Database) -> None:
        act(two, 1, Action.CLAIM)
        act(two, 2, Action.REPLY)
        self.look(two, NOW + timedelta(minutes=30))
        assert receivers(two) == ["张敏"]

    def test_a_reminder_is_moot_once_the_customer_was_contacted(self, two: Database) -> None:
        self.look(two, NOW + timedelta(minutes=30))
        act(two, 1, Action.CONTACT, at=NOW + timedelta(minutes=31))
        act(two, 2, Action.CONTACT, at=NOW + timedelta(minutes=31))
        with real() as (notifiers, mails):
            counts = run(two, notifiers, now=NOW + timedelta(minutes=32))
        assert (counts.sent, mails) == (0, [])
        assert {row.held for row in deliveries(two)} == {"时限事项已完成，不再需要"}

    def test_the_reminder_says_what_is_late_and_who_has_it(self, two: Database) -> None:
        act(two, 1, Action.CLAIM)
        act(two, 2, Action.REPLY)
        self.look(two, NOW + timedelta(hours=1))
        with real() as (notifiers, mails):
            run(two, notifiers, now=NOW + timedelta(hours=1))
        said = mails[0].text
        assert "首次联系已到时限，仍未完成" in said
        assert "负责人：张敏" in said
        assert {mail.recipient for mail in mails} == {"zhang@x.example", "sun@x.example"}

    def test_a_pause_moves_the_deadlines(self, two: Database) -> None:
        before = case_of(two).close_by
        act(two, 1, Action.CLAIM)
        act(two, 1, Action.WAIT)
        act(two, 1, Action.RESUME, at=NOW + timedelta(hours=1))
        assert before is not None and case_of(two).close_by == before + timedelta(hours=1)

    def test_a_graver_severity_sets_the_clocks_anew_from_the_opening(self, two: Database) -> None:
        act(two, 1, Action.SEVERITY, severity=Severity.S1, note="有人受伤", at=NOW + timedelta(minutes=5))
        assert case_of(two).first_contact_by == NOW + timedelta(minutes=15)

    def test_a_regulator_s_number_and_deadline_win_and_are_history(self, two: Database) -> None:
        act(two, 1, Action.OUTSIDE, outside_name="12315", outside_number="3100001", role="agent")
        row = case_of(two)
        assert (row.outside_name, row.outside_number) == ("12315", "3100001")
        assert row.outside_by is not None and row.close_by is not None and row.close_by <= row.outside_by
        assert ("张敏", "outside_number", "", "3100001") in history(two)
        early = NOW + timedelta(days=1)
        act(two, 1, Action.OUTSIDE, outside_number="3100002", outside_by=early)
        assert case_of(two).close_by == early
        assert self.look(two, early + timedelta(days=6)) >= 1
        with pytest.raises(BadInput, match="不知道"):
            act(two, 2, Action.OUTSIDE, outside_name="某协会", outside_number="1")

    def test_a_team_with_other_hours_gets_its_own_deadlines(self, two: Database) -> None:
        """zammad 5624."""
        night = sla.Calendar(ZONE, ((time(20), time(23)),))
        desk = replace(DESK, teams={"夜班": night})
        before = case_of(two).first_contact_by
        command = Command(action=Action.ASSIGN, actor="孙主管", at=NOW, role="supervisor", to_team="夜班")
        handling.act(two, desk, 1, command)
        after = case_of(two).first_contact_by
        assert before is not None and after is not None
        assert after.astimezone(ZONE).hour == 21, "an hour from eight in the evening"

    def test_old_cases_are_quiet_until_somebody_takes_them_up(self, database: Database) -> None:
        write(database, opened("1"), alert=False)
        with database.write() as session:
            session.exec(select(CaseRow)).one().next_escalation_at = None
        assert self.look(database, NOW + timedelta(days=30)) == 0
        later = NOW + timedelta(days=30)
        act(database, 1, Action.CLAIM, at=later)
        row = case_of(database)
        assert row.clocks_from == later and row.first_contact_by is not None and row.first_contact_by > later


class TestTelling:
    def told(self, database: Database, kind: str = "case_urged") -> Sequence[str]:
        return receivers(database, kind)

    def test_who_gets_an_assigned_case_learns_of_it(self, two: Database) -> None:
        act(two, 1, Action.ASSIGN, to="李雷", to_team="售后", note="你熟悉这款车")
        assert self.told(two) == ["李雷"]
        with real() as (notifiers, mails):
            run(two, notifiers)
        assert "张敏转派：你熟悉这款车" in mails[0].text

    def test_an_urged_case_reminds_its_owner_every_time(self, two: Database) -> None:
        act(two, 1, Action.CLAIM, "李雷")
        act(two, 1, Action.URGE)
        act(two, 1, Action.URGE, at=NOW + timedelta(minutes=1))
        assert self.told(two) == ["李雷", "李雷"]

    def test_what_is_sent_back_goes_to_the_supervisor(self, two: Database) -> None:
        act(two, 1, Action.CLAIM)
        act(two, 1, Action.RETURN, note="属于配件公司")
        assert self.told(two) == ["孙主管"]
        assert case_of(two).owner == ""


class TestCustomer:
    def test_not_this_customer_unlinks_and_remembers(self, database: Database) -> None:
        customer = add_customer(database)
        done = linked(opened("1"), customer)
        write(database, done, alert=False)
        act(database, 1, Action.UNLINK, note="同名不同人")
        with database.read() as session:
            link = session.exec(select(IdentityLinkRow)).one()
            assert (link.judgement, link.decided_by, link.reason) == ("negative", "张敏", "同名不同人")
        assert case_of(database).customer_id is None


class TestSilence:
    def test_what_is_muted_waits_for_the_end_and_comes_in_a_digest(self, database: Database) -> None:
        with database.write() as session:
            until = NOW + timedelta(hours=2)
            silences.add(session, {"topic": ["晨曜"]}, "张敏", "展厅装修", NOW, until)
        write(database, opened("1"))
        with real() as (notifiers, mails):
            assert run(database, notifiers).sent == 0
            with database.write() as session:
                assert outbox.digest_due(session, NOW + timedelta(hours=1)) == 0, "no digest takes it before"
            row = deliveries(database)[0]
            assert (row.held, row.hold_until) == ("免打扰 #1（张敏：展厅装修）", until)
            run(database, notifiers, now=until)
        assert ["展厅装修" in mail.text or "晨曜" in mail.text for mail in mails] == [True]

    def test_a_silence_ended_early_lets_new_ones_through(self, database: Database) -> None:
        with database.write() as session:
            silences.add(session, {"topic": ["晨曜"]}, "张敏", "试", NOW, NOW + timedelta(hours=2))
            assert silences.end(session, 1, NOW)
            assert not silences.end(session, 1, NOW)
        write(database, opened("1"))
        with real() as (notifiers, mails):
            assert run(database, notifiers).sent == 1
            assert len(mails) == 1


def _keys(matter: str) -> Any:
    return CaseKeys(matters=frozenset({matter}), mentions=frozenset(), threads=frozenset())


def test_deliveries_are_counted_once(two: Database) -> None:
    handling.look_at_clocks(two, DESK, lambda: NOW + timedelta(hours=1))
    handling.look_at_clocks(two, DESK, lambda: NOW + timedelta(hours=1))
    with two.read() as session:
        keys = list(session.exec(select(DeliveryRow.key)))
    assert len(keys) == len(set(keys))
