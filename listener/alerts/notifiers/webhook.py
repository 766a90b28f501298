"""A generic webhook, signed by Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec 1.0).

    webhook-id: the delivery's stable name        webhook-timestamp: seconds since the epoch
    webhook-signature: v1,base64(HMAC-SHA256(key, "id.timestamp.body"))    key: base64 after "whsec_"

The body is the same at every try and the id too, so that a receiver can tell a repeat. 2xx is taken; 410 means that
nobody listens there any more; other 4xx never go through; 429 and 5xx pass.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable

import httpx

from listener.alerts.notifiers.base import Draft, NotifierDown, Outgoing, Receipt
from listener.alerts.notifiers.http import Answer, client, exchange, wait_asked
from listener.errors import NeedsOperator, Permanent, Retry
from listener.language import say

__all__ = ["WebhookNotifier", "secret_key", "sign"]

PREFIX = "whsec_"


def secret_key(secret: str) -> bytes:
    """The key in ``whsec_…``; ``NeedsOperator`` where it is no base64 or shorter than the 24 bytes of the standard."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < 24:
        what = say(
            "webhook 密钥应为 whsec_ 加至少 24 字节的 base64", "a webhook secret is whsec_ and 24 bytes in base64"
        )
        raise NeedsOperator(what)
    return key


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature header for one message."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class WebhookNotifier:
    """Sends alerts as JSON to one address."""

    def __init__(
        self, name: str, address: str, secret: str, *, proxy: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        self.name, self._address, self._secret = name, address, secret
        self._proxy, self._clock = proxy, clock
        self._client: httpx.Client | None = None

    def compose(self, draft: Draft) -> Outgoing:
        """Type, time, thread, subject and text; masked like the mail it is made from."""
        body = {
            "type": "listener.digest" if draft.digest else "listener.alert",
            "timestamp": draft.at.isoformat(),
            "data": {
                "id": draft.delivery_id,
                "thread": draft.thread,
                "subject": draft.rendered.subject,
                "text": draft.rendered.text,
            },
        }
        content = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
        name = f"msg_{draft.delivery_id}_{draft.token}"
        return Outgoing(delivery_id=draft.delivery_id, address=self.name, message_id=name, content=content)

    def send(self, message: Outgoing) -> Receipt:
        """Send once; redirects are not followed, since the signature is for this address."""
        timestamp = int(self._clock())
        headers = {
            "content-type": "application/json",
            "webhook-id": message.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secret_key(self._secret), message.message_id, timestamp, message.content),
        }
        self._client = self._client or client(self._proxy)
        answer = exchange(self._client, self.name, "POST", self._address, content=message.content, headers=headers)
        self._judge(answer)
        return Receipt(f"HTTP {answer.status}")

    def _judge(self, answer: Answer) -> None:
        status = answer.status
        if 200 <= status < 300:
            return
        if status == 429 or status >= 500:
            raise NotifierDown(f"{self.name}: HTTP {status}", wait_asked(answer))
        if status in (401, 403, 404, 410) or 300 <= status < 400:
            what = say("检查 webhook 的地址和密钥", "check the webhook's address and secret")
            raise NeedsOperator(f"{self.name}: HTTP {status} → {what}")
        if status == 408:
            raise Retry(f"{self.name}: HTTP 408")
        raise Permanent(f"{self.name}: HTTP {status}")

    def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None
