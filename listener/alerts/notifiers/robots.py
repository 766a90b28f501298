"""Group robots: WeCom (企业微信), DingTalk (钉钉), Feishu (飞书), Slack. One text message for each delivery.

Vendors answer HTTP 200 with an error code in the body: that counts as refused. Each has its own limits of length and
rate; a text that is too long goes in parts, numbered, and a repeat goes on after the last part that was taken.
What strangers wrote never calls anybody: mentions of "all" are taken apart.

Sources, looked up again 2026-11-28: developer.work.weixin.qq.com/document/path/91770 and 99110 (20 a minute, text of
2,048 bytes), open.dingtalk.com "custom robot" (20 a minute, then 10 minutes of silence; 20,000 bytes; 400013 the group
is dissolved, 400102 the robot is stopped, 400106 it is not in the group), open.feishu.cn "custom bot" and "frequency
control" (100 a minute, 5 a second, 20 KB; 9499 is a bad request, but also "too many request"; 99991400 and
``x-ogw-ratelimit-reset``; at whole and half hours 11232), docs.slack.dev "rate limits" (1 a second, short bursts).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from listener.alerts.notifiers.base import Draft, NotifierDown, Outgoing, Receipt
from listener.alerts.notifiers.http import MINUTE, Answer, client, exchange, wait_asked
from listener.alerts.notifiers.pacing import MinuteRoom, SentLately
from listener.alerts.notifiers.progress import PartBook, PartMemory
from listener.errors import ListenerError, NeedsOperator, Permanent, Retry
from listener.language import say

__all__ = ["ROBOTS", "Robot", "RobotNotifier", "dingtalk_sign", "feishu_sign", "fitting", "parts", "quiet"]

MOST_PARTS = 5
_NUMBERED = 16
"""Bytes kept free for "(2/3)\\n" before a part."""


def dingtalk_sign(secret: str, milliseconds: int) -> str:
    """url-encoded base64 of HMAC-SHA256 with the secret as key over "milliseconds\\nsecret"."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return quote(base64.b64encode(digest), safe="")


def feishu_sign(secret: str, seconds: int) -> str:
    """base64 of HMAC-SHA256 with "seconds\\nsecret" as key over nothing."""
    digest = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def parts(text: str, limit: int) -> list[str]:
    """``text`` in parts of at most ``limit`` bytes of UTF-8, cut at line ends where possible, never in a character."""
    if len(text.encode()) <= limit:
        return [text]
    room = limit - _NUMBERED
    found, rest = [], text
    while rest:
        piece = rest.encode()[:room].decode("utf-8", "ignore")
        cut = piece.rfind("\n") + 1
        if len(piece) < len(rest) and cut > len(piece) // 2:
            piece = piece[:cut]
        found.append(piece)
        rest = rest[len(piece) :]
    return [f"({number}/{len(found)})\n{piece.strip()}" for number, piece in enumerate(found, 1)]


def fitting(text: str, limit: int) -> str:
    """As much as ``MOST_PARTS`` parts hold: a digest must not flood a group, and the cases have their pages."""
    room = (limit - _NUMBERED) * MOST_PARTS - 200
    if len(text.encode()) <= room:
        return text
    rest = say("…… 其余见邮件或工单页面", "… the rest is in the mails and on the cases' pages")
    return text.encode()[:room].decode("utf-8", "ignore") + "\n" + rest


@dataclass(frozen=True, slots=True)
class Robot:
    """One vendor's way. ``body`` makes the JSON of a text, ``judge`` reads an answer: None where it was taken."""

    limit: int
    per_minute: int
    body: Callable[[str], dict[str, Any]]
    judge: Callable[[int, Any], ListenerError | None]
    sign: Callable[[str, str, float], tuple[str, dict[str, Any]]] = lambda url, secret, now: (url, {})
    apart: float = 0.0
    """Seconds between two requests, where the vendor counts seconds too."""


class RobotNotifier:
    """Sends to one group by one robot. ``address`` is its secret address; it never stands in an error."""

    def __init__(
        self,
        name: str,
        robot: Robot,
        address: str,
        secret: str = "",
        *,
        per_minute: int = 0,
        proxy: str = "",
        sent: SentLately | None = None,
        book: PartBook | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name, self._robot, self._address, self._secret = name, robot, address, secret
        how: dict[str, Any] = {"sent": sent, "parts": lambda content: len(json.loads(content)), "clock": clock}
        self._room = MinuteRoom(name, per_minute or robot.per_minute, **how)
        self._proxy, self._clock = proxy, clock
        self._book = book or PartMemory()
        self._client: httpx.Client | None = None
        self._last = -1.0

    def compose(self, draft: Draft) -> Outgoing:
        """The parts of the text, as JSON; what is signed or timed is added when they are sent."""
        text = f"{draft.rendered.subject}\n{draft.rendered.text.removeprefix(draft.rendered.subject).strip()}"
        shown = fitting(text.strip(), self._robot.limit)
        content = json.dumps(parts(shown, self._robot.limit), ensure_ascii=False).encode()
        name = f"{draft.delivery_id}.{draft.token}"
        return Outgoing(delivery_id=draft.delivery_id, address=self.name, message_id=name, content=content)

    def send(self, message: Outgoing) -> Receipt:
        """Send the parts that were not taken yet, by this process or by one that was killed."""
        texts = json.loads(message.content)
        self._open()
        begun = self._book.taken(message.delivery_id) if len(texts) > 1 else 0
        for place in range(min(begun, len(texts)), len(texts)):
            self._send_part(texts[place])
            if len(texts) > 1:
                self._book.take(message.delivery_id, place + 1)
        return Receipt(say(f"{len(texts)} 段", f"{len(texts)} parts"))

    def _send_part(self, text: str) -> None:
        self._room.take()
        if self._robot.apart and (wait := self._last + self._robot.apart - time.monotonic()) > 0:
            time.sleep(wait)
        self._last = time.monotonic()
        now = self._clock()
        url, extra = self._robot.sign(self._address, self._secret, now) if self._secret else (self._address, {})
        answer = exchange(self._open(), self.name, "POST", url, json={**self._robot.body(text), **extra})
        trouble = self._trouble(answer)
        if trouble is not None:
            raise trouble

    def _trouble(self, answer: Answer) -> ListenerError | None:
        if answer.status == 429:
            return NotifierDown(f"{self.name}: HTTP 429", wait_asked(answer) or _reset(answer) or MINUTE)
        if answer.status >= 500:
            return NotifierDown(f"{self.name}: HTTP {answer.status}", wait_asked(answer))
        trouble = self._robot.judge(answer.status, answer.json())
        if isinstance(trouble, Permanent | NeedsOperator):
            return type(trouble)(f"{self.name}: {trouble}")
        return trouble

    def _open(self) -> httpx.Client:
        if self._client is None:
            self._room.recall()
            self._client = client(self._proxy)
        return self._client

    def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None


def _reset(answer: Answer) -> float:
    """The seconds in Feishu's own header; 0 where it is not there."""
    said = answer.headers.get("x-ogw-ratelimit-reset", "").strip()
    return min(float(said), 3600.0) if said.isdigit() else 0.0


def _coded(
    status: int, body: Any, code: str, message: str, busy: Mapping[int, float], wrong: Mapping[int, str]
) -> ListenerError | None:
    """The verdict where the body has an error code: 0 is taken, ``busy`` ones pass after so many seconds, ``wrong``
    ones need a person."""
    if status != 200 or not isinstance(body, dict) or not isinstance(body.get(code), int):
        return Retry(f"HTTP {status}: {str(body)[:100]}")
    number = int(body[code])
    said = f"{number} {str(body.get(message, ''))[:100]}"
    if number == 0:
        return None
    if number in busy:
        return NotifierDown(said, busy[number])
    if number in wrong:
        return NeedsOperator(f"{said} → {wrong[number]}")
    return Permanent(said)


_ADDRESS = "检查机器人地址 check the robot's address"
_SAFETY = "检查机器人的安全设置：加签、关键词、IP check its security settings"

_WECOM_BUSY = {-1: MINUTE, 45009: MINUTE, 45033: MINUTE}
_WECOM_WRONG = {93000: _ADDRESS, 93004: _ADDRESS, 93008: _ADDRESS, 40014: _ADDRESS, 40001: _ADDRESS}
_DINGTALK_BUSY = {-1: MINUTE, 130101: 10 * MINUTE, 410100: 10 * MINUTE, 660026: 10 * MINUTE, 90030: 60 * MINUTE}
_DINGTALK_WRONG = {300001: _ADDRESS, 310000: _SAFETY, 300005: _ADDRESS, 40035: _ADDRESS, 400101: _ADDRESS}
_DINGTALK_WRONG |= dict.fromkeys((400013, 400102, 400106), "检查群和机器人是否还在 check the group and its robot")
_FEISHU_BUSY = {11232: MINUTE, 11233: MINUTE, 99991400: MINUTE}
_FEISHU_WRONG = {19001: _ADDRESS, 19021: _SAFETY, 19022: _SAFETY, 19024: _SAFETY, 19002: _ADDRESS}

_CALL = re.compile(r"@(?=all|所有人|everyone|channel|here)", re.I)


def quiet(text: str) -> str:
    """Nobody is called by what a stranger wrote: 「@所有人」 and tags lose their sign."""
    return _CALL.sub("＠", text).replace("<at", "＜at")


def _wecom(text: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": quiet(text)}}


def _dingtalk_signed(url: str, secret: str, now: float) -> tuple[str, dict[str, Any]]:
    milliseconds = int(now * 1000)
    mark = "&" if "?" in url else "?"
    return f"{url}{mark}timestamp={milliseconds}&sign={dingtalk_sign(secret, milliseconds)}", {}


def _feishu(text: str) -> dict[str, Any]:
    return {"msg_type": "text", "content": {"text": quiet(text)}}


def _feishu_judge(status: int, body: Any) -> ListenerError | None:
    """9499 and 99991400 may come with HTTP 400."""
    known = isinstance(body, dict) and body.get("code") in (9499, 99991400)
    if known and body["code"] == 9499 and "too many" in str(body.get("msg", "")).lower():
        return NotifierDown(f"9499 {body['msg']}", MINUTE)
    return _coded(200 if known else status, body, "code", "msg", _FEISHU_BUSY, _FEISHU_WRONG)


def _feishu_signed(url: str, secret: str, now: float) -> tuple[str, dict[str, Any]]:
    return url, {"timestamp": str(int(now)), "sign": feishu_sign(secret, int(now))}


def _slack(text: str) -> dict[str, Any]:
    """Slack's three signs are escaped, so that no <!channel> gets through."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": escaped, "unfurl_links": False}


def _slack_judge(status: int, body: Any) -> ListenerError | None:
    if status == 200 and body == "ok":
        return None
    if status in (403, 404, 410):
        return NeedsOperator(f"HTTP {status} {str(body)[:100]} → {_ADDRESS}")
    return Permanent(f"HTTP {status} {str(body)[:100]}") if status == 400 else Retry(f"HTTP {status}")


ROBOTS: Mapping[str, Robot] = {
    "wecom": Robot(
        limit=2048,
        per_minute=20,
        body=_wecom,
        judge=lambda status, body: _coded(status, body, "errcode", "errmsg", _WECOM_BUSY, _WECOM_WRONG),
    ),
    "dingtalk": Robot(
        limit=18_000,
        per_minute=20,
        body=_wecom,
        judge=lambda status, body: _coded(status, body, "errcode", "errmsg", _DINGTALK_BUSY, _DINGTALK_WRONG),
        sign=_dingtalk_signed,
    ),
    "feishu": Robot(
        limit=18_000,
        per_minute=100,
        body=_feishu,
        judge=_feishu_judge,
        sign=_feishu_signed,
        apart=0.2,
    ),
    "slack": Robot(limit=12_000, per_minute=50, body=_slack, judge=_slack_judge),
}
"""By the word that notifiers.toml uses. Limits are in bytes, below the vendor's to leave room for the frame."""
