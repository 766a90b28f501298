"""A self-built application in WeCom (企业微信自建应用): a text message to one person, by their account.

    gettoken(corp, secret) ─▶ access_token, kept for its two hours ─▶ message/send(touser, agentid, text)

Sources, looked up 2026-11: developer.work.weixin.qq.com/document/path/90236 (message/send: text of 2,048 bytes; who is
invalid stands in small letters in ``invaliduser`` beside errcode 0, all invalid is 81013; ``enable_duplicate_check``
drops the same message within ``duplicate_check_interval``; what goes beyond 30 a minute and 1,000 an hour to one person
is dropped without a word), 90455 (error codes), 91039 (gettoken, 7,200 s, may end earlier). Errors come with HTTP 200.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import httpx

from listener.alerts.notifiers.base import Draft, NotifierDown, Outgoing, Receipt
from listener.alerts.notifiers.http import MINUTE, Answer, client, exchange, wait_asked
from listener.alerts.notifiers.pacing import MinuteRoom, SentLately
from listener.alerts.notifiers.progress import PartBook, PartMemory
from listener.alerts.notifiers.robots import fitting, parts, quiet
from listener.errors import ListenerError, NeedsOperator, Permanent, Retry
from listener.language import say

__all__ = ["API", "WecomAppNotifier"]

API = "https://qyapi.weixin.qq.com"

LIMIT = 2048
"""Bytes of a text; what is more is cut off by WeCom."""

PER_MINUTE = 30
"""Messages to one person."""

EARLY = 300.0
"""Seconds before its end at which a token is asked for anew."""

REPEATED_WITHIN = 1800
"""Seconds within which WeCom itself drops a message that is the same: a repeat after a kill."""

_TOKEN_ENDED = frozenset({40014, 41001, 42001})
_BUSY = frozenset({-1, 6000, 45009, 45033, 45047})
_WRONG = {
    40001: "检查应用的 secret check the application's secret",
    40013: "检查 corp（企业 ID） check corp",
    40056: "检查 agent（应用 ID） check agent",
    40091: "检查应用的 secret check the application's secret",
    48002: "应用没有发消息的权限 the application may not send",
    60011: "应用没有权限 the application may not",
    60020: "把本机 IP 加入应用的可信 IP add this machine's IP to the application's trusted ones",
    301002: "secret 与 agent 不是同一个应用 secret and agent are of different applications",
}
_NOBODY = frozenset({40003, 40031, 60111, 81013})
"""The person does not exist, or may not see the application."""


class WecomAppNotifier:
    """Sends to people by one application. ``secret`` and tokens stand in addresses, and so in no error."""

    def __init__(
        self,
        name: str,
        corp: str,
        agent: int,
        secret: str,
        *,
        api: str = API,
        per_minute: int = 0,
        proxy: str = "",
        sent: SentLately = lambda: (),
        book: PartBook | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name, self._corp, self._agent, self._secret = name, corp, agent, secret
        self._api, self._proxy, self._clock = api.rstrip("/"), proxy, clock
        self._per_minute, self._sent = per_minute or PER_MINUTE, sent
        self._book = book or PartMemory()
        self._rooms: dict[str, MinuteRoom] = {}
        self._token, self._ends = "", 0.0
        self._client: httpx.Client | None = None

    def compose(self, draft: Draft) -> Outgoing:
        """Whom it is for and the parts of the text, as JSON. ``Permanent`` where the person has no account."""
        account = draft.receiver.address
        if not account or "|" in account or account.lower() == "@all":
            what = say("没有企业微信账号（people.toml 的 wecom）", "has no account in WeCom (wecom in people.toml)")
            raise Permanent(f"{draft.receiver.name}: {what}")
        text = f"{draft.rendered.subject}\n{draft.rendered.text.removeprefix(draft.rendered.subject).strip()}"
        content = {"to": account, "parts": parts(fitting(text.strip(), LIMIT), LIMIT), "again": draft.delivery_id == 0}
        name = f"{draft.delivery_id}.{draft.token}"
        body = json.dumps(content, ensure_ascii=False).encode()
        return Outgoing(delivery_id=draft.delivery_id, address=account, message_id=name, content=body)

    def send(self, message: Outgoing) -> Receipt:
        """Send the parts that were not taken yet."""
        found = json.loads(message.content)
        texts, to = found["parts"], str(found["to"])
        begun = self._book.taken(message.delivery_id) if len(texts) > 1 else 0
        for place in range(min(begun, len(texts)), len(texts)):
            self._room(to)
            self._tell(to, texts[place], check=not found["again"])
            if len(texts) > 1:
                self._book.take(message.delivery_id, place + 1)
        return Receipt(say(f"{len(texts)} 段", f"{len(texts)} parts"))

    def _room(self, to: str) -> None:
        """One message more to this person; ``Retry`` where their minute is full, which is nothing to the others."""
        if to not in self._rooms:
            how: dict[str, Any] = {"parts": lambda content: len(json.loads(content)["parts"]), "clock": self._clock}
            self._rooms[to] = MinuteRoom(to, self._per_minute, sent=lambda: self._sent_to(to), **how)
            self._rooms[to].recall()
        try:
            self._rooms[to].take()
        except NotifierDown as full:
            raise Retry(str(full), full.after_seconds) from None

    def _sent_to(self, to: str) -> list[tuple[float, bytes]]:
        return [(at, content) for at, content in self._sent() if content and json.loads(content)["to"] == to]

    def _tell(self, to: str, text: str, *, check: bool) -> None:
        body = {
            "touser": to,
            "msgtype": "text",
            "agentid": self._agent,
            "text": {"content": quiet(text)},
            "enable_duplicate_check": int(check),
            "duplicate_check_interval": REPEATED_WITHIN,
        }
        answer = self._ask("POST", "/cgi-bin/message/send", {"access_token": self._access()}, body)
        if answer.get("errcode") in _TOKEN_ENDED:  # it may end earlier than it said
            self._ends = 0.0
            answer = self._ask("POST", "/cgi-bin/message/send", {"access_token": self._access()}, body)
            if answer.get("errcode") in _TOKEN_ENDED:
                self._ends = 0.0
        self._judge(answer)
        left_out = {*_names(answer, "invaliduser"), *_names(answer, "unlicenseduser")}
        if to.lower() in left_out:
            raise Permanent(self._nobody(to))

    def _access(self) -> str:
        """The token, asked for anew where it ends soon."""
        if self._clock() >= self._ends - EARLY:
            answer = self._ask("GET", "/cgi-bin/gettoken", {"corpid": self._corp, "corpsecret": self._secret}, None)
            self._judge(answer)
            token, lasts = answer.get("access_token"), answer.get("expires_in")
            if not isinstance(token, str) or not token or not isinstance(lasts, int):
                raise Retry(f"{self.name}: {say('答复中没有 access_token', 'the answer has no access_token')}", MINUTE)
            self._token, self._ends = token, self._clock() + max(lasts, EARLY * 2)
        return self._token

    def _ask(self, method: str, path: str, params: dict[str, str], body: object) -> dict[str, Any]:
        if self._client is None:
            self._client = client(self._proxy)
        how: dict[str, Any] = {"params": params} | ({"json": body} if body is not None else {})
        answer = exchange(self._client, self.name, method, f"{self._api}{path}", **how)
        return self._body(answer)

    def _body(self, answer: Answer) -> dict[str, Any]:
        if answer.status == 429 or answer.status >= 500:
            wait = wait_asked(answer) or (MINUTE if answer.status == 429 else None)
            raise NotifierDown(f"{self.name}: HTTP {answer.status}", wait)
        found = answer.json()
        if answer.status != 200 or not isinstance(found, dict) or not isinstance(found.get("errcode"), int):
            raise Retry(f"{self.name}: HTTP {answer.status}: {say('不是企业微信的答复', 'no answer of WeCom')}", MINUTE)
        return found

    def _judge(self, answer: dict[str, Any]) -> None:
        """Nothing where it was taken; else the error that its code means."""
        trouble = self._trouble(answer["errcode"], self._safe(str(answer.get("errmsg", ""))[:100]))
        if trouble is not None:
            raise trouble

    def _trouble(self, code: int, said: str) -> ListenerError | None:
        line = f"{self.name}: {code} {said}"
        if code == 0:
            return None
        if code in _BUSY:
            return NotifierDown(line, MINUTE)
        if code in _TOKEN_ENDED:
            return Retry(line, MINUTE)
        if code in _WRONG:
            return NeedsOperator(f"{line} → {_WRONG[code]}")
        return Permanent(f"{line} → {self._nobody('')}" if code in _NOBODY else line)

    def _nobody(self, to: str) -> str:
        what = say("企业微信中没有此人，或不在应用的可见范围内", "nobody in WeCom, or outside the application's range")
        return f"{to}: {what}" if to else what

    def _safe(self, said: str) -> str:
        for secret in (self._secret, self._token):
            said = said.replace(secret, "***") if secret else said
        return said

    def close(self) -> None:
        """End the connection; the token is kept."""
        if self._client is not None:
            self._client.close()
            self._client = None


def _names(answer: dict[str, Any], key: str) -> list[str]:
    """The accounts in a list joined by ``|``, in small letters as WeCom compares them."""
    found = answer.get(key)
    return [name.lower() for name in found.split("|") if name] if isinstance(found, str) else []
