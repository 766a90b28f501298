"""What is decided again when deliveries are claimed. Properties: nothing is lost, the limit holds, S1 is first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.alerts.throttle import HOUR, URGENT_BUNDLE, Action, Sent, Waiting, decide, unwanted
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
