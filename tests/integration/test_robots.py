"""Robots and webhooks against a local server that plays the vendors' documented answers, errors included."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.alerts.notifiers import Draft, Notifier, NotifierDown, notifiers_for
from listener.alerts.notifiers.apprise_bridge import AppriseNotifier
from listener.alerts.notifiers.pacing import MinuteRoom
from listener.alerts.notifiers.robots import MOST_PARTS, ROBOTS, RobotNotifier, dingtalk_sign, feishu_sign, parts
from listener.alerts.notifiers.webhook import WebhookNotifier, secret_key, sign
from listener.alerts.render import Rendered
from listener.errors import ListenerError, NeedsOperator, Permanent, Retry
from listener.loading import Environment, load
from listener.model import Receiver
from listener.store.engine import Database
from listener.store.sent import SentLog
from listener.store.tables import DeliveryRow
from tests.factories import NOW
from tests.unit.test_loading import written
from tests.vendor import Vendor, vendor_server

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with vendor_server() as found:
        yield found


def draft(text: str = "请在 11:00 前联系客户", subject: str = "【紧急】刹车 ｜ 工单#7", number: int = 7) -> Draft:
    receiver = Receiver(name="客服群", notifier="notifier:客服群", address="客服群")
    rendered = Rendered(subject=subject, text=f"{subject}\n\n{text}", html="")
    return Draft(delivery_id=number, token="t", receiver=receiver, rendered=rendered, at=NOW, thread="abc")


def robot(kind: str, vendor: Vendor, **how: Any) -> RobotNotifier:
    return RobotNotifier("客服群", ROBOTS[kind], vendor.address, **how)


def send(notifier: Notifier, made: Draft) -> None:
    try:
        notifier.send(notifier.compose(made))
    finally:
        notifier.close()


def test_signatures_agree_with_the_vendors_vectors() -> None:
    assert dingtalk_sign("this is secret", 1700000000000) == "sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0%3D"
    assert feishu_sign("this is secret", 1700000000) == "OfGzRzoUICBOoc8wVra1e4A1hPfbZ9zqXozA8CWVUuY="


TEXTS: dict[str, tuple[Any, Any]] = {
    "wecom": ({"errcode": 0, "errmsg": "ok"}, lambda body: body["text"]["content"]),
    "dingtalk": ({"errcode": 0, "errmsg": "ok"}, lambda body: body["text"]["content"]),
    "feishu": ({"code": 0, "msg": "success"}, lambda body: body["content"]["text"]),
    "slack": ("ok", lambda body: body["text"]),
}


@pytest.mark.parametrize("kind", TEXTS)
class TestEvery:
    def test_the_subject_stands_once_above_the_text(self, vendor: Vendor, kind: str) -> None:
        answer, text = TEXTS[kind]
        vendor.says(answer)
        send(robot(kind, vendor), draft())
        assert text(vendor.bodies()[0]) == "【紧急】刹车 ｜ 工单#7\n请在 11:00 前联系客户"

    def test_what_a_stranger_wrote_calls_nobody(self, vendor: Vendor, kind: str) -> None:
        answer, text = TEXTS[kind]
        vendor.says(answer)
        send(robot(kind, vendor), draft('@所有人 @all <!channel> <at user_id="all">大家</at>'))
        said = text(vendor.bodies()[0])
        assert "<!" not in said or kind != "slack"
        assert kind == "slack" or ("@所有人" not in said and "@all" not in said and "<at" not in said)

    def test_a_long_text_goes_in_parts_within_the_limit(self, vendor: Vendor, kind: str) -> None:
        answer, text = TEXTS[kind]
        vendor.says(answer)
        count = ROBOTS[kind].limit * 3 // len("刹车失灵\n".encode())
        send(robot(kind, vendor), draft("刹车失灵\n" * count))
        said = [text(body) for body in vendor.bodies()]
        assert len(said) > 1
        assert all(len(part.encode()) <= ROBOTS[kind].limit for part in said)
        assert "".join(said).count("刹车失灵") == count

    def test_a_digest_does_not_flood_the_group(self, vendor: Vendor, kind: str) -> None:
        answer, text = TEXTS[kind]
        vendor.says(answer)
        send(robot(kind, vendor), draft("刹车失灵\n" * 40_000))
        said = [text(body) for body in vendor.bodies()]
        assert len(said) <= MOST_PARTS + 1
        assert "其余见邮件" in said[-1]

    def test_a_repeat_goes_on_after_the_last_part_that_was_taken(self, vendor: Vendor, kind: str) -> None:
        answer, text = TEXTS[kind]
        vendor.says(answer)
        vendor.says("down", 503)
        vendor.says(answer)
        notifier = robot(kind, vendor, per_minute=1000)
        message = notifier.compose(draft("刹车失灵\n" * (ROBOTS[kind].limit // 6)))
        with pytest.raises(NotifierDown):
            notifier.send(message)
        notifier.send(message)
        notifier.close()
        firsts = [text(body).split("\n")[0] for body in vendor.bodies()]
        assert firsts[0].startswith("(1/") and firsts[1] == firsts[2] and firsts[2].startswith("(2/")
        assert sum(first.startswith("(1/") for first in firsts) == 1

    @pytest.mark.parametrize(("status", "body"), [(500, "oops"), (502, "<html>"), (429, "slow"), (0, "")])
    def test_a_vendor_in_trouble_is_tried_later(self, vendor: Vendor, kind: str, status: int, body: str) -> None:
        vendor.says(body, status)
        with pytest.raises(NotifierDown) as error:
            send(robot(kind, vendor), draft())
        assert "TOPSECRET" not in str(error.value)

    def test_it_waits_as_long_as_it_is_told(self, vendor: Vendor, kind: str) -> None:
        vendor.says("", 429, retry_after="17")
        with pytest.raises(NotifierDown) as error:
            send(robot(kind, vendor), draft())
        assert error.value.after_seconds == 17

    def test_it_does_not_ask_more_often_than_the_minute_allows(self, vendor: Vendor, kind: str) -> None:
        vendor.says(TEXTS[kind][0])
        now = [1000.0]
        notifier = robot(kind, vendor, per_minute=2, clock=lambda: now[0])
        for number in (1, 2):
            notifier.send(notifier.compose(draft(number=number)))
        with pytest.raises(NotifierDown) as error:
            notifier.send(notifier.compose(draft(number=3)))
        assert error.value.after_seconds == 60
        now[0] += 60
        notifier.send(notifier.compose(draft(number=3)))
        notifier.close()
        assert len(vendor.asked) == 3


REFUSALS = [
    ("wecom", 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, NotifierDown),
    ("wecom", 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, NeedsOperator),
    ("wecom", 200, {"errcode": 44004, "errmsg": "text content is empty"}, Permanent),
    ("wecom", 200, "<html>proxy</html>", Retry),
    ("wecom", 200, {"ok": True}, Retry),
    ("dingtalk", 200, {"errcode": 310000, "errmsg": "sign not match"}, NeedsOperator),
    ("dingtalk", 200, {"errcode": 130101, "errmsg": "send too fast"}, NotifierDown),
    ("dingtalk", 200, {"errcode": 300001, "errmsg": "token is not exist"}, NeedsOperator),
    ("dingtalk", 200, {"errcode": 400105, "errmsg": "unsupported msgtype"}, Permanent),
    ("feishu", 200, {"code": 19021, "msg": "sign match fail"}, NeedsOperator),
    ("feishu", 200, {"code": 11232, "msg": "frequency limited"}, NotifierDown),
    ("feishu", 200, {"code": 19024, "msg": "Key Words Not Found"}, NeedsOperator),
    ("feishu", 400, {"code": 9499, "msg": "Bad Request"}, Permanent),
    ("feishu", 200, {"code": 9499, "msg": "too many request"}, NotifierDown),
    ("feishu", 400, {"code": 99991400, "msg": "request trigger frequency limit"}, NotifierDown),
    ("feishu", 400, {"code": 1, "msg": "x"}, Retry),
    ("dingtalk", 200, {"errcode": 400102, "errmsg": "机器人已停用"}, NeedsOperator),
    ("slack", 404, "no_service", NeedsOperator),
    ("slack", 410, "channel_is_archived", NeedsOperator),
    ("slack", 400, "invalid_payload", Permanent),
    ("slack", 200, "not ok", Retry),
]


@pytest.mark.parametrize(("kind", "status", "body", "error"), REFUSALS)
def test_an_error_in_a_200_is_no_success(
    vendor: Vendor, kind: str, status: int, body: object, error: type[ListenerError]
) -> None:
    vendor.says(body, status)
    with pytest.raises(error) as raised:
        send(robot(kind, vendor), draft())
    assert type(raised.value) is error
    assert "TOPSECRET" not in str(raised.value)


def test_dingtalk_is_left_alone_for_as_long_as_it_is_silent(vendor: Vendor) -> None:
    """Who sends more than 20 a minute is silenced for ten minutes: to ask sooner is in vain."""
    vendor.says({"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"})
    with pytest.raises(NotifierDown) as raised:
        send(robot("dingtalk", vendor), draft())
    assert raised.value.after_seconds == 600


def test_feishu_takes_five_a_second(vendor: Vendor) -> None:
    vendor.says({"code": 0})
    notifier, began = robot("feishu", vendor), time.monotonic()
    for number in range(4):
        notifier.send(notifier.compose(draft(number=number)))
    notifier.close()
    assert time.monotonic() - began >= 0.6


def test_signed_requests_carry_the_time_and_the_signature(vendor: Vendor) -> None:
    vendor.says({"errcode": 0, "code": 0})
    send(robot("dingtalk", vendor, secret="this is secret", clock=lambda: 1_700_000_000.0), draft())
    send(robot("feishu", vendor, secret="this is secret", clock=lambda: 1_700_000_000.0), draft())
    assert vendor.asked[0][0].endswith("&timestamp=1700000000000&sign=sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0%3D")
    body = vendor.bodies()[1]
    assert (body["timestamp"], body["sign"]) == ("1700000000", "OfGzRzoUICBOoc8wVra1e4A1hPfbZ9zqXozA8CWVUuY=")


@given(st.text(max_size=3000), st.integers(64, 300))
def test_parts_lose_nothing_but_blanks_at_their_ends(text: str, limit: int) -> None:
    made = parts(text, limit)
    assert all(len(part.encode()) <= limit for part in made)
    if len(made) > 1:
        bare = "".join(part.split("\n", 1)[1] for part in made)
        assert "".join(bare.split()) == "".join(text.split())


class TestWebhook:
    def webhook(self, vendor: Vendor, secret: str = SECRET) -> WebhookNotifier:
        return WebhookNotifier("工单系统", vendor.address, secret, clock=lambda: 1_700_000_000.0)

    def test_a_receiver_can_check_the_signature(self, vendor: Vendor) -> None:
        vendor.says("", 204)
        send(self.webhook(vendor), draft())
        _, headers, body = vendor.asked[0]
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = hmac.new(b"0123456789abcdef01234567", signed, hashlib.sha256).digest()
        assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
        assert json.loads(body)["data"]["subject"] == "【紧急】刹车 ｜ 工单#7"

    def test_the_standard_s_own_example(self) -> None:
        key = secret_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        body = b'{"test": 2432232314}'
        made = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
        assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_a_repeat_has_the_same_id_and_body(self, vendor: Vendor) -> None:
        vendor.says("", 503)
        vendor.says("", 200)
        notifier = self.webhook(vendor)
        message = notifier.compose(draft())
        with pytest.raises(NotifierDown):
            notifier.send(message)
        notifier.send(message)
        notifier.close()
        first, second = vendor.asked
        assert (first[1]["webhook-id"], first[2]) == (second[1]["webhook-id"], second[2])

    @pytest.mark.parametrize(
        ("status", "error"),
        [(400, Permanent), (401, NeedsOperator), (410, NeedsOperator), (302, NeedsOperator), (408, Retry)],
    )
    def test_refusals(self, vendor: Vendor, status: int, error: type[ListenerError]) -> None:
        vendor.says("", status, location="http://127.0.0.1:1/elsewhere")
        with pytest.raises(error) as raised:
            send(self.webhook(vendor), draft())
        assert type(raised.value) is error
        assert len(vendor.asked) == 1, "a redirect is not followed"

    def test_a_bad_secret_needs_the_operator(self, vendor: Vendor) -> None:
        for secret in ("", "whsec_short", "whsec_***"):
            with pytest.raises(NeedsOperator, match="whsec_"):
                send(self.webhook(vendor, secret), draft())


class TestConfigured:
    NOTIFIERS = """
[[notifiers]]
name = "客服群"
kind = "wecom"
address = "GROUP"
"""

    def test_routes_name_a_robot(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LISTENER_SECRET_GROUP", "https://qyapi.example/send?key=1")
        folder = written(tmp_path, notifiers=self.NOTIFIERS, routes='default = ["notifier:客服群"]\n')
        settings = load(folder, environment=Environment())
        assert set(notifiers_for(settings)) == {"email", "notifier:客服群"}
        assert "key=1" not in repr(settings)

    def test_mistakes_are_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = written(tmp_path, notifiers=self.NOTIFIERS, routes='default = ["notifier:客户群"]\n')
        with pytest.raises(ListenerError) as error:
            load(folder, environment=Environment())
        assert "LISTENER_SECRET_GROUP" in str(error.value)
        assert "notifiers.toml 中没有 notifier:客户群 → 是否应为 notifier:客服群" in str(error.value)


class TestPace:
    def test_a_restart_does_not_forget_what_the_minute_had(self, vendor: Vendor) -> None:
        vendor.says({"errcode": 0})
        parts_of = [(990.0, b'["a", "b"]'), (995.0, b'["c"]')]
        made = robot("wecom", vendor, per_minute=4, clock=lambda: 1000.0, sent=lambda: parts_of)
        made.send(made.compose(draft()))
        with pytest.raises(NotifierDown) as error:
            made.send(made.compose(draft(number=8)))
        made.close()
        assert error.value.after_seconds == 50
        assert len(vendor.asked) == 1

    def test_it_holds_over_the_runs_of_a_daemon(self, vendor: Vendor) -> None:
        vendor.says({"errcode": 0})
        made = robot("wecom", vendor, per_minute=2, clock=lambda: 1000.0, sent=lambda: [(1000.0, b'["a"]')])
        made.send(made.compose(draft()))
        made.close()  # the end of a run
        with pytest.raises(NotifierDown):
            made.send(made.compose(draft(number=8)))
        made.close()

    def test_the_outbox_knows_what_went_lately(self, database: Database) -> None:
        with database.write() as session:
            for ago, status in ((5, "sent"), (30, "sent"), (90, "sent"), (5, "pending")):
                row = DeliveryRow(
                    key=f"{ago}{status}",
                    receiver="客服群",
                    notifier="notifier:客服群",
                    address="客服群",
                    status=status,
                    content=b'["a"]',
                    sent_at=NOW - timedelta(seconds=ago) if status == "sent" else None,
                    next_at=NOW,
                    created_at=NOW,
                )
                session.add(row)
        found = SentLog(lambda: database, lambda: NOW)("notifier:客服群")
        assert [NOW.timestamp() - at for at, _ in found] == [30, 5]


class TestApprise:
    def test_without_it_the_message_says_how_to_get_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "apprise", None)
        made = AppriseNotifier("其他", "json://127.0.0.1/TOPSECRET", MinuteRoom("其他", 20))
        with pytest.raises(NeedsOperator, match=r"pip install 'listener\[apprise\]'"):
            made.send(made.compose(draft()))

    def test_title_and_text_arrive(self, vendor: Vendor) -> None:
        pytest.importorskip("apprise")
        vendor.says("")
        made = AppriseNotifier("其他", vendor.address.replace("http:", "json:"), MinuteRoom("其他", 20))
        send(made, draft())
        (body,) = vendor.bodies()
        assert (body["title"], body["message"]) == ("【紧急】刹车 ｜ 工单#7", "请在 11:00 前联系客户")

    def test_an_address_that_it_does_not_know_asks_the_operator(self) -> None:
        pytest.importorskip("apprise")
        made = AppriseNotifier("其他", "TOPSECRET", MinuteRoom("其他", 20))
        with pytest.raises(NeedsOperator) as error:
            made.send(made.compose(draft()))
        assert "TOPSECRET" not in str(error.value)
