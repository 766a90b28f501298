"""What is decided again when deliveries are claimed. Properties: nothing is lost, the limit holds, S1 is first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.alerts.throttle import (
    HOUR,
    URGENT_BUNDLE,
    Action,
    Pace,
    Sent,
    Verdict,
    Waiting,
    decide,
    singles,
    unwanted,
)
from listener.model import AlertKind, CaseState, Severity
from tests.factories import NOW


def waiting(number: int, severity: Severity = Severity.S2, **changes: object) -> Waiting:
    facts: dict[str, object] = {
        "delivery_id": number,
        "receiver": "王芳",
        "severity": severity,
        "alerts": ((AlertKind.CASE_OPENED, CaseState.NEW),),
        "case_id": number,
    }
    return Waiting(**(facts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", CaseState)
def test_an_alert_is_wanted_while_its_case_is_open(state: CaseState) -> None:
    assert (unwanted(AlertKind.CASE_OPENED, state) == "") is state.open
    assert unwanted(AlertKind.SOURCE_BAD, state) == ""


def test_a_delivery_goes_while_one_of_its_alerts_is_wanted() -> None:
    closed, new = (AlertKind.CASE_OPENED, CaseState.CLOSED), (AlertKind.CASE_OPENED, CaseState.NEW)
    found = decide([waiting(1, alerts=(closed, new)), waiting(2, alerts=(closed, closed))], {}, 0, NOW)
    assert [found[1].action, found[2].action] == [Action.SEND, Action.SUPPRESS]
    assert "已办结" in found[2].reason


def test_a_delivery_whose_content_was_erased_is_not_sent() -> None:
    assert decide([waiting(1, alerts=())], {}, 0, NOW)[1].action is Action.SUPPRESS


def test_what_waits_about_one_case_merges_into_the_gravest() -> None:
    found = decide([waiting(1, case_id=7), waiting(2, Severity.S1, case_id=7), waiting(3, case_id=8)], {}, 0, NOW)
    assert [found[number].action for number in (1, 2, 3)] == [Action.MERGE, Action.SEND, Action.SEND]
    assert found[1].into == 2


def test_what_is_rendered_already_stays_as_it_is() -> None:
    found = decide([waiting(1, case_id=7), waiting(2, case_id=7, rendered=True)], {"王芳": Sent(9, NOW)}, 5, NOW)
    assert found[2].action is Action.SEND
    assert found[1].action is Action.BUNDLE


def test_two_receivers_have_their_own_hour_and_their_own_mails() -> None:
    found = decide([waiting(1, case_id=7), waiting(2, case_id=7, receiver="赵强")], {"王芳": Sent(5, NOW)}, 5, NOW)
    assert [found[1].action, found[2].action] == [Action.BUNDLE, Action.SEND]


def test_a_full_hour_says_when_there_is_room() -> None:
    sent = {"王芳": Sent(5, NOW - timedelta(minutes=20))}
    found = decide([waiting(1), waiting(2, Severity.S1)], sent, 5, NOW)
    assert found[1].until == NOW - timedelta(minutes=20) + HOUR
    assert found[2].until == NOW + URGENT_BUNDLE
    assert "上限 5" in found[1].reason


def test_a_bundle_is_not_held_back_again() -> None:
    assert decide([waiting(1, bundle=True)], {"王芳": Sent(99, NOW)}, 5, NOW)[1].action is Action.SEND


deliveries = st.lists(
    st.tuples(st.sampled_from(list(Severity)), st.sampled_from(["王芳", "赵强"]), st.integers(1, 6), st.booleans()),
    max_size=30,
)


@given(deliveries, st.integers(0, 6), st.integers(0, 8))
def test_nothing_is_lost_and_no_limit_broken(
    drawn: list[tuple[Severity, str, int, bool]], limit: int, had: int
) -> None:
    batch = [
        waiting(number, severity, receiver=receiver, case_id=case, rendered=rendered)
        for number, (severity, receiver, case, rendered) in enumerate(drawn)
    ]
    found = decide(batch, {"王芳": Sent(had, NOW)} if had else {}, limit, NOW)
    assert found.keys() == {each.delivery_id for each in batch}
    by_id = {each.delivery_id: each for each in batch}
    for number, verdict in found.items():
        if verdict.action is Action.MERGE:
            assert verdict.into is not None
            carrier = by_id[verdict.into]
            assert found[verdict.into].action is not Action.MERGE
            assert (carrier.receiver, carrier.case_id) == (by_id[number].receiver, by_id[number].case_id)
        if verdict.action is Action.BUNDLE:
            assert verdict.until is not None and NOW <= verdict.until <= NOW + HOUR and verdict.reason
    fresh = [each for each in batch if found[each.delivery_id].action is Action.SEND and not each.rendered]
    if limit:
        assert len([each for each in fresh if each.receiver == "王芳"]) <= max(0, limit - had)
    for sent in fresh:
        for held in batch:
            if held.receiver == sent.receiver and found[held.delivery_id].action is Action.BUNDLE:
                assert sent.severity <= held.severity


class TestGrouping:
    PACE = Pace(group_wait=timedelta(seconds=30), group_interval=timedelta(minutes=5), per_domain=2)

    def one(self, **changes: object) -> Verdict:
        return decide([waiting(1, **changes)], {}, 0, NOW, self.PACE)[1]

    def test_a_new_case_waits_for_what_belongs_to_it_and_then_goes(self) -> None:
        found = self.one(created_at=NOW)
        assert (found.action, found.until) == (Action.HOLD, NOW + timedelta(seconds=30))
        assert "合并" in found.reason
        assert self.one(created_at=NOW - timedelta(seconds=30)).action is Action.SEND

    def test_further_news_waits_for_the_interval(self) -> None:
        news = ((AlertKind.CASE_UPDATED, CaseState.NEW),)
        told = {"created_at": NOW, "alerts": news}
        found = self.one(told_at=NOW - timedelta(minutes=2), **told)
        assert (found.action, found.until) == (Action.HOLD, NOW + timedelta(minutes=3))
        assert self.one(told_at=NOW - timedelta(minutes=6), **told).action is Action.SEND

    @pytest.mark.parametrize(
        "changes",
        [
            {"pressing": True},
            {"rendered": True},
            {"bundle": True},
            {"case_id": None},
            {"alerts": ((AlertKind.CASE_ESCALATED, CaseState.NEW),)},
            {"alerts": ((AlertKind.CASE_URGED, CaseState.NEW), (AlertKind.CASE_UPDATED, CaseState.NEW))},
        ],
    )
    def test_what_presses_never_waits(self, changes: dict[str, object]) -> None:
        assert self.one(created_at=NOW, told_at=NOW, **changes).action is Action.SEND

    def test_a_mail_domain_takes_so_many_a_minute(self) -> None:
        batch = [waiting(number, domain="qq.com", pressing=True) for number in range(1, 4)]
        other = waiting(9, domain="163.com", pressing=True)
        sent = {"qq.com": Sent(1, NOW - timedelta(seconds=20))}
        found = decide([*batch, other], {}, 0, NOW, self.PACE, sent)
        assert [found[number].action for number in (1, 2, 3, 9)] == [
            Action.SEND,
            Action.HOLD,
            Action.HOLD,
            Action.SEND,
        ]
        assert found[2].until == NOW + timedelta(seconds=40) and "qq.com" in found[2].reason


@pytest.mark.parametrize(("limit", "single"), [(60, 54), (13, 7), (12, 6), (4, 2), (1, 1)])
def test_room_is_kept_for_the_bundles(limit: int, single: int) -> None:
    assert singles(limit) == single
