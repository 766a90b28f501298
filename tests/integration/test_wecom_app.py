"""An application in WeCom against a local server that plays its documented answers; people told by it and by mail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from listener.alerts import receivers, routing
from listener.alerts.notifiers import Draft, NotifierDown
from listener.alerts.notifiers.wecom_app import WecomAppNotifier
from listener.alerts.render import Rendered
from listener.bootstrap import Listener
from listener.errors import BadInput, ListenerError, NeedsOperator, Permanent, Retry
from listener.loading import Environment, load
from listener.model import Alert, AlertKind, Receiver, Recipient
from listener.settings import Person, Routes, RouteSettings
from listener.store import outbox
from listener.store.engine import Database
from tests.factories import NOW
from tests.outbox_world import DESK, deliveries, opened, run, status, write
from tests.unit.test_loading import written
from tests.vendor import Vendor, vendor_server

APP = "notifier:企业微信"
ZHANG = Person(name="张敏", mail="zhang@x.example", wecom="ZhangMin", by=("mail", "企业微信"))
LI = Person(name="李雷", mail="li@x.example", wecom="LiLei", by=("企业微信",))
GOOD = {"errcode": 0, "errmsg": "ok", "msgid": "m1"}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with vendor_server() as found:
        found.tokens += [token(1), token(2), token(3)]
        yield found


def token(number: int, **changes: Any) -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "ok", "access_token": f"SECRETTOKEN{number}", "expires_in": 7200} | changes


def app(vendor: Vendor, **how: Any) -> WecomAppNotifier:
    return WecomAppNotifier("企业微信", "ww1", 1000002, "APPSECRET", api=vendor.base, **how)


def draft(text: str = "请在 11:00 前联系客户", account: str = "ZhangMin", number: int = 7) -> Draft:
    receiver = Receiver(name="张敏", notifier=APP, address=account)
    rendered = Rendered(subject="【紧急】刹车", text=f"【紧急】刹车\n\n{text}", html="")
    return Draft(delivery_id=number, token="t", receiver=receiver, rendered=rendered, at=NOW)


def send(notifier: WecomAppNotifier, made: Draft) -> None:
    try:
        notifier.send(notifier.compose(made))
    finally:
        notifier.close()


def used(vendor: Vendor) -> list[str]:
    """The tokens of the messages."""
    return [parse_qs(urlsplit(path).query)["access_token"][0] for path, _, _ in vendor.asked]


def test_a_message_to_one_person_as_documented(vendor: Vendor) -> None:
    vendor.says(GOOD)
    send(app(vendor), draft("@所有人 快看"))
    (asked,) = vendor.token_asked
    assert asked == "/cgi-bin/gettoken?corpid=ww1&corpsecret=APPSECRET"
    assert vendor.asked[0][0] == "/cgi-bin/message/send?access_token=SECRETTOKEN1"
    assert vendor.bodies() == [
        {
            "touser": "ZhangMin",
            "msgtype": "text",
            "agentid": 1000002,
            "text": {"content": "【紧急】刹车\n＠所有人 快看"},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": 1800,
        }
    ]


def test_a_test_message_may_come_twice(vendor: Vendor) -> None:
    vendor.says(GOOD)
    send(app(vendor), draft(number=0))
    assert vendor.bodies()[0]["enable_duplicate_check"] == 0


def test_a_token_is_kept_until_it_ends_soon(vendor: Vendor) -> None:
    vendor.says(GOOD)
    at = [1000.0]
    notifier = app(vendor, clock=lambda: at[0])
    for moment in (1000.0, 7000.0, 8000.0):
        at[0] = moment
        send(notifier, draft())
    assert used(vendor) == ["SECRETTOKEN1", "SECRETTOKEN1", "SECRETTOKEN2"]


@pytest.mark.parametrize("code", [40014, 42001, 41001])
def test_a_token_that_ended_early_is_asked_for_anew(vendor: Vendor, code: int) -> None:
    vendor.says({"errcode": code, "errmsg": "access_token expired"})
    vendor.says(GOOD)
    send(app(vendor), draft())
    assert used(vendor) == ["SECRETTOKEN1", "SECRETTOKEN2"]
    vendor.answers[:] = []
    vendor.says({"errcode": code, "errmsg": "access_token expired"})
    with pytest.raises(Retry):
        send(app(vendor), draft())


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (GOOD | {"invaliduser": "lisi|zhangmin"}, Permanent, "可见范围"),
        (GOOD | {"unlicenseduser": "ZhangMin"}, Permanent, "可见范围"),
        ({"errcode": 81013, "errmsg": "user & party & tag all invalid"}, Permanent, "可见范围"),
        ({"errcode": 40056, "errmsg": "invalid agentid"}, NeedsOperator, "agent"),
        ({"errcode": 60020, "errmsg": "not allow to access from your ip"}, NeedsOperator, "可信 IP"),
        ({"errcode": 301002, "errmsg": "not allow operate another agent"}, NeedsOperator, "同一个应用"),
        ({"errcode": 45009, "errmsg": "api freq out of limit"}, NotifierDown, "45009"),
        ({"errcode": -1, "errmsg": "system busy"}, NotifierDown, "-1"),
        ({"errcode": 45002, "errmsg": "content size out of limit"}, Permanent, "45002"),
        ("<html>login</html>", Retry, "不是企业微信的答复"),
        ({"ok": True}, Retry, "不是企业微信的答复"),
    ],
)
def test_what_an_answer_means(vendor: Vendor, answer: object, error: type[ListenerError], says: str) -> None:
    vendor.says(answer)
    with pytest.raises(error) as caught:
        send(app(vendor), draft())
    assert type(caught.value) is error and says in str(caught.value)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"errcode": 40001, "errmsg": "invalid credential APPSECRET"}, NeedsOperator),
        ({"errcode": 40013, "errmsg": "invalid corpid"}, NeedsOperator),
        ({"errcode": 45009, "errmsg": "freq"}, NotifierDown),
        ({"errcode": 0, "errmsg": "ok"}, Retry),
        ("<html>", Retry),
    ],
)
def test_no_token(vendor: Vendor, answer: object, error: type[ListenerError]) -> None:
    vendor.tokens[:] = [answer]
    with pytest.raises(error) as caught:
        send(app(vendor), draft())
    assert "SECRET" not in str(caught.value) and not vendor.asked


@pytest.mark.parametrize("account", ["", "@all", "a|b"])
def test_one_person_and_nobody_else(vendor: Vendor, account: str) -> None:
    with pytest.raises(Permanent, match="wecom"):
        app(vendor).compose(draft(account=account))


def test_the_full_minute_of_one_holds_up_nobody_else(vendor: Vendor) -> None:
    """WeCom drops the 31st message of a minute to one person without a word."""
    vendor.says(GOOD)
    message = app(vendor).compose(draft())
    notifier = app(vendor, per_minute=2, sent=lambda: [(1000.0, message.content)], clock=lambda: 1010.0)
    send(notifier, draft())
    with pytest.raises(Retry) as caught:
        send(notifier, draft())
    assert not isinstance(caught.value, NotifierDown) and caught.value.after_seconds == 50.0
    send(notifier, draft(account="LiLei"))
    assert [body["touser"] for body in vendor.bodies()] == ["ZhangMin", "LiLei"]


def test_a_long_text_goes_in_parts(vendor: Vendor) -> None:
    vendor.says(GOOD)
    send(app(vendor), draft("刹车失灵\n" * 400))
    texts = [body["text"]["content"] for body in vendor.bodies()]
    assert len(texts) > 1 and all(len(text.encode()) <= 2048 for text in texts)
    assert "".join(texts).count("刹车失灵") == 400


class TestWays:
    TABLE = Routes(default=("张敏",), routes=(RouteSettings(name="全部", to=("张敏", "李雷")),))
    CASE = Alert(kind=AlertKind.CASE_OPENED, subject="m-1", reason="")

    def recipients(self, **changes: Any) -> list[tuple[str, str, str]]:
        directory = routing.Directory(people=(ZHANG, LI))
        found = routing.recipients(self.CASE, routing.facts_of(self.CASE), self.TABLE, directory, NOW)
        return [(each.receiver.name, each.receiver.notifier, each.receiver.address) for each in found]

    def test_each_person_is_told_in_their_ways(self) -> None:
        assert self.recipients() == [
            ("张敏", "email", "zhang@x.example"),
            ("张敏", APP, "ZhangMin"),
            ("李雷", APP, "LiLei"),
        ]

    def test_both_ways_bring_the_message_and_neither_counts_for_the_other(self, database: Database) -> None:
        with vendor_server() as vendor:
            vendor.tokens.append(token(1))
            vendor.says(GOOD)
            to = tuple(Recipient(receiver=each, reason="派单") for each in receivers.person_receivers(ZHANG)[1:])
            to += tuple(
                Recipient(receiver=Receiver(name="张敏", notifier=f"{APP}2", address="ZhangMin2"), reason="派单")
                for _ in (1,)
            )
            write(database, opened(), to=to)
            run(database, {APP: app(vendor), f"{APP}2": app(vendor)})
            assert status(database) == ["sent", "sent"], "neither was merged into the other"
            assert sorted(body["touser"] for body in vendor.bodies()) == ["ZhangMin", "ZhangMin2"]
            assert all("刹车" in json.loads(row.content or b"{}")["parts"][0] for row in deliveries(database))

    def test_what_one_way_told_of_an_outage_does_not_mute_the_other(self, database: Database) -> None:
        with vendor_server() as well, vendor_server() as down:
            for vendor in (well, down):
                vendor.tokens.append(token(1))
            well.says(GOOD)
            down.says("", 502)
            down.says(GOOD)
            ways = (APP, f"{APP}2")
            to = tuple(
                Recipient(receiver=Receiver(name="张敏", notifier=way, address="Z"), reason="运维") for way in ways
            )
            bad = Alert(kind=AlertKind.SOURCE_BAD, subject="forum", reason="异常", facts={"outcome": "blocked"})
            with database.write() as session:
                outbox.add_alerts(session, [(bad, None, None, to)], NOW)
            desk = replace(DESK, repeat_interval=timedelta(hours=4))
            both = {APP: app(well), f"{APP}2": app(down)}
            run(database, both, desk)
            assert sorted(status(database)) == ["pending", "sent"]
            run(database, both, desk, NOW + timedelta(minutes=10))
            assert status(database) == ["sent", "sent"]


NOTIFIERS = """[[notifiers]]
name = "企业微信"
kind = "wecom_app"
corp = "ww1"
agent = 1000002
secret = "APP"
address = "APP_ADDRESS"
"""
PEOPLE = '[[people]]\nname = "张敏"\nmail = "z@x.example"\nrole = "supervisor"\nteam = "客服一组"\nby = ["企业微信"]\n'


class TestSettings:
    @pytest.fixture(autouse=True)
    def _secrets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LISTENER_SECRET_APP", "APPSECRET")
        monkeypatch.setenv("LISTENER_SECRET_APP_ADDRESS", "http://127.0.0.1:1")

    @pytest.mark.parametrize(
        ("files", "says"),
        [
            ({"notifiers": NOTIFIERS, "people": PEOPLE}, "张敏 没有企业微信账号"),
            ({"notifiers": NOTIFIERS, "people": PEOPLE.replace("企业微信", "企业徽信")}, "不能用「企业徽信」通知"),
            ({"notifiers": NOTIFIERS.replace("agent = 1000002\n", "")}, "还需要 agent"),
            ({"notifiers": NOTIFIERS, "routes": 'default = ["notifier:企业微信"]\n'}, "notifier:企业微信"),
        ],
    )
    def test_each_mistake_is_one_line(self, tmp_path: Path, files: dict[str, str], says: str) -> None:
        with pytest.raises(BadInput) as caught:
            load(written(tmp_path, **files))
        assert [line for line in str(caught.value).splitlines() if says in line]

    def test_a_person_is_tried_in_each_of_their_ways(
        self, tmp_path: Path, vendor: Vendor, monkeypatch: pytest.MonkeyPatch, sqlite_url: str
    ) -> None:
        monkeypatch.setenv("LISTENER_SECRET_APP_ADDRESS", vendor.base)
        vendor.says(GOOD)
        people = PEOPLE.replace("by =", 'wecom = "ZhangMin"\nby =')
        config = written(tmp_path, notifiers=NOTIFIERS, people=people, routes='default = ["张敏"]\n')
        listener = Listener.from_folder(config, environment=Environment(database_url=sqlite_url))
        (receiver,) = listener.receivers("张敏")
        listener.create_keys()
        assert listener.send_test(receiver) == "1 段"
        assert vendor.bodies()[0]["touser"] == "ZhangMin"
        with pytest.raises(BadInput, match="发给人"):
            listener.receivers("notifier:企业微信")
        listener.database.close()
