"""The kit that every notifier has to pass, against a local server that plays what its other side may do.

No secret in an error or a log; timeouts kept; temporary told from permanent; an error inside a 200 is no success.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, get_args

import httpx
import pytest

from listener.alerts.notifiers import NOTIFIERS, Draft, Notifier
from listener.alerts.notifiers import http as notifier_http
from listener.alerts.notifiers.apprise_bridge import AppriseNotifier
from listener.alerts.notifiers.pacing import MinuteRoom
from listener.alerts.notifiers.robots import ROBOTS, RobotNotifier
from listener.alerts.notifiers.ticket_systems import TICKET_SYSTEMS
from listener.alerts.notifiers.webhook import WebhookNotifier
from listener.alerts.notifiers.wecom_app import WecomAppNotifier
from listener.alerts.render import Rendered
from listener.errors import ListenerError, NeedsOperator, Permanent, Retry
from listener.model import Receiver
from listener.settings import NotifierSettings
from tests.factories import NOW
from tests.integration.test_tickets import notifier as ticket_notifier
from tests.outbox_world import mailer
from tests.smtp_servers import CLOSE, HANG, ScriptedSmtp
from tests.ticket_servers import TOKEN, Fault, ticket_server
from tests.vendor import vendor_server

SECRETS = ("TOPSECRET", TOKEN, "d2ViaG9vay1zZWNyZXQ")
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"webhook-secret0123456789").decode()
KINDS = sorted({*get_args(NotifierSettings.model_fields["kind"].annotation), *NOTIFIERS})


@dataclass
class Other:
    """The other side of one notifier. ``plays`` makes it behave: good, busy, refuses, wrong_secret, lying, lost, half,
    silent, dripping, away; what it cannot play it leaves out."""

    notifier: Notifier
    plays: dict[str, Callable[[], None]] = field(default_factory=dict)


REFUSED = {
    "wecom": {"errcode": 44004, "errmsg": "content size out of limit"},
    "dingtalk": {"errcode": 400105, "errmsg": "unsupported msgtype"},
    "feishu": {"code": 11246, "msg": "card invalid"},
}
WRONG_SECRET = {
    "wecom": {"errcode": 93000, "errmsg": "invalid webhook url"},
    "dingtalk": {"errcode": 310000, "errmsg": "sign not match"},
    "feishu": {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"},
}


@contextmanager
def robot(kind: str) -> Iterator[Other]:
    with vendor_server() as vendor:
        good: object = "ok" if kind == "slack" else {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}
        plays = {
            "good": lambda: vendor.says(good),
            "busy": lambda: vendor.says("", 429, retry_after="9"),
            "away": lambda: vendor.says("<html>nginx</html>", 502),
            "lost": lambda: vendor.says("", 0),
            "half": lambda: vendor.says("{", 1),
            "silent": lambda: vendor.says("", 2),
            "dripping": lambda: vendor.says("{", 3),
        }
        if kind == "slack":
            plays |= {
                "refuses": lambda: vendor.says("invalid_payload", 400),
                "wrong_secret": lambda: vendor.says("invalid_token", 403),
                "lying": lambda: vendor.says("<html>Please log in</html>"),
            }
        elif kind in ROBOTS:
            plays |= {
                "refuses": lambda: vendor.says(REFUSED[kind]),
                "wrong_secret": lambda: vendor.says(WRONG_SECRET[kind]),
                "lying": lambda: vendor.says(REFUSED[kind]),
            }
        made: Notifier
        if kind == "webhook":
            plays |= {"refuses": lambda: vendor.says("", 422), "wrong_secret": lambda: vendor.says("", 401)}
            made = WebhookNotifier("系统", vendor.address, WEBHOOK_SECRET)
        elif kind == "apprise":
            pytest.importorskip("apprise")
            address = vendor.address.replace("http://", "json://")
            made = AppriseNotifier("其他", address, MinuteRoom("其他", 20))
            plays = {name: plays[name] for name in ("good", "busy", "away", "lost")}  # apprise has its own timeouts
        else:
            made = RobotNotifier("客服群", ROBOTS[kind], vendor.address, "TOPSECRET")
        yield Other(made, plays)


@contextmanager
def wecom_app(kind: str) -> Iterator[Other]:
    with vendor_server() as vendor:
        token = {"errcode": 0, "errmsg": "ok", "access_token": f"{TOKEN}-access", "expires_in": 7200}
        vendor.tokens.append(token)
        wrong = {"errcode": 40001, "errmsg": f"invalid credential {TOKEN}"}
        plays = {
            "good": lambda: vendor.says({"errcode": 0, "errmsg": "ok", "msgid": "x"}),
            "busy": lambda: vendor.says({"errcode": 45009, "errmsg": "api freq out of limit"}),
            "away": lambda: vendor.says("<html>nginx</html>", 502),
            "lost": lambda: vendor.says("", 0),
            "half": lambda: vendor.says("{", 1),
            "silent": lambda: vendor.says("", 2),
            "dripping": lambda: vendor.says("{", 3),
            "refuses": lambda: vendor.says({"errcode": 81013, "errmsg": "user & party & tag all invalid"}),
            "wrong_secret": lambda: vendor.tokens.__setitem__(slice(None), [wrong]),
            "lying": lambda: vendor.says({"errcode": 0, "errmsg": "ok", "invaliduser": "z@service.example"}),
        }
        yield Other(WecomAppNotifier("企业微信", "ww1", 1000002, TOKEN, api=vendor.base), plays)


@contextmanager
def desk(kind: str) -> Iterator[Other]:
    with ticket_server(kind) as server:

        def fault(**what: Any) -> Callable[[], None]:
            return lambda: server.faults.append(Fault(**what, times=0))

        plays = {
            "good": lambda: None,
            "busy": fault(status=429, headers={"retry-after": "9"}),
            "away": fault(status=502, body="<html>nginx</html>"),
            "refuses": fault(status=422, body=f'{{"error": "title is too long, {TOKEN}"}}'),
            "wrong_secret": fault(status=401, body='{"error": "no"}'),
            "lying": fault(status=200, body="<html>Please log in</html>"),
            "lost": fault(kind="lost"),
            "half": fault(kind="half"),
            "silent": fault(kind="hang"),
        }
        yield Other(ticket_notifier(server), plays)


@contextmanager
def mail(kind: str) -> Iterator[Other]:
    scripts: dict[str, dict[str, Any]] = {
        "good": {},
        "busy": {"rcpt": "450 4.7.1 try later"},
        "away": {"greeting": "421 4.3.2 closing"},
        "refuses": {"rcpt": "550 5.1.1 User unknown"},
        "lost": {"data": CLOSE},
        "silent": {"mail": HANG},
    }
    with ScriptedSmtp() as server:

        def follow(script: dict[str, Any]) -> Callable[[], None]:
            return lambda: server.follow(script)

        patience = f"{notifier_http.TIMEOUT.read}s"
        yield Other(mailer(server.port, timeout=patience), {name: follow(script) for name, script in scripts.items()})


def other_side(kind: str) -> Any:
    if kind in TICKET_SYSTEMS:
        return desk(kind)
    if kind == "wecom_app":
        return wecom_app(kind)
    return mail(kind) if kind == "email" else robot(kind)


def draft() -> Draft:
    receiver = Receiver(name="客服群", notifier="x", address="z@service.example")
    rendered = Rendered(subject="【紧急】刹车", text="【紧急】刹车\n\n请在 11:00 前联系客户", html="<p>x</p>")
    return Draft(delivery_id=7, token="t", receiver=receiver, rendered=rendered, at=NOW, thread="abcdef012345", case=7)


def attempt(kind: str, behaviour: str) -> ListenerError | None:
    """What one try ends in; None where it was taken."""
    with other_side(kind) as other:
        if behaviour not in other.plays:
            pytest.skip(f"{kind} does not know {behaviour}")
        other.plays[behaviour]()
        try:
            other.notifier.send(other.notifier.compose(draft()))
        except ListenerError as error:
            return error
        finally:
            other.notifier.close()
    return None


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """After each test a look at what was logged, to the last detail."""
    caplog.set_level(logging.DEBUG)
    yield
    assert not [secret for secret in SECRETS if secret in caplog.text]


@pytest.mark.parametrize("kind", KINDS)
class TestEvery:
    def test_what_is_taken_is_sent(self, kind: str) -> None:
        assert attempt(kind, "good") is None

    @pytest.mark.parametrize("behaviour", ["busy", "away", "lost", "half"])
    def test_what_passes_is_tried_again(self, kind: str, behaviour: str) -> None:
        error = attempt(kind, behaviour)
        assert isinstance(error, Retry)
        quiet(error)

    @pytest.mark.parametrize("behaviour", ["silent", "dripping"])
    def test_nobody_is_waited_for_for_ever(self, kind: str, behaviour: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Here alone the patience is short: a machine that has much to do answers late, and late is an answer."""
        monkeypatch.setattr(notifier_http, "TIMEOUT", httpx.Timeout(0.5))
        monkeypatch.setattr(notifier_http, "SECONDS", 0.6)
        error = attempt(kind, behaviour)
        assert isinstance(error, Retry)
        quiet(error)

    def test_what_never_goes_through_is_told_apart(self, kind: str) -> None:
        error = attempt(kind, "refuses")
        assert type(error) is Permanent
        quiet(error)

    def test_a_wrong_secret_asks_a_person(self, kind: str) -> None:
        error = attempt(kind, "wrong_secret")
        assert type(error) is NeedsOperator
        quiet(error)

    def test_an_error_inside_a_200_is_no_success(self, kind: str) -> None:
        error = attempt(kind, "lying")
        assert error is not None
        quiet(error)


def quiet(error: ListenerError) -> None:
    assert not [secret for secret in SECRETS if secret in f"{error} {error!r} {error.__cause__}"]
