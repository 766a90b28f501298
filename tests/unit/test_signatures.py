"""Signatures of pushed messages, by the vector that Standard Webhooks publishes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.errors import NeedsOperator
from listener.intake.pushed import BadPush, read
from listener.intake.signatures import keys, signature, wrong

SECRET, NAME, AT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
BODY = b'{"test": 2432232314}'
RIGHT = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
NOW = datetime.fromtimestamp(AT, UTC)
HEADERS = {"webhook-id": NAME, "webhook-timestamp": str(AT), "webhook-signature": RIGHT}


def test_the_published_vector() -> None:
    assert signature(keys(SECRET)[0], NAME, AT, BODY) == RIGHT
    assert wrong(keys(SECRET), HEADERS, BODY, NOW) == ""


def test_one_right_signature_among_several_is_enough() -> None:
    other = {**HEADERS, "webhook-signature": f"v1,AAAA v2,{RIGHT[3:]} {RIGHT}"}
    assert wrong(keys(SECRET), other, BODY, NOW) == ""
    assert wrong(keys(SECRET), {**HEADERS, "webhook-signature": f"v2,{RIGHT[3:]}"}, BODY, NOW) == "bad_signature"


def test_five_minutes_to_either_side() -> None:
    for seconds, why in ((300, ""), (-300, ""), (301, "bad_timestamp"), (-301, "bad_timestamp")):
        assert wrong(keys(SECRET), HEADERS, BODY, NOW + timedelta(seconds=seconds)) == why


@given(st.binary(max_size=40), st.text(max_size=60), st.text(max_size=30), st.text(max_size=80))
def test_nothing_else_is_taken_and_nothing_raises(body: bytes, name: str, stamp: str, given: str) -> None:
    headers = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": given}
    assert wrong(keys(SECRET), headers, body, NOW)
    assert wrong(keys(SECRET), {**HEADERS, "webhook-signature": given}, BODY, NOW) in (
        "bad_signature",
        "missing_header",
    )


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "whsec_!!!", f"{SECRET} short"])
def test_a_secret_that_is_none(secret: str) -> None:
    with pytest.raises(NeedsOperator):
        keys(secret)


VALUES = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(JSON)
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        read(json.dumps(value).encode())
    except BadPush as error:
        assert error.status == 422
