"""Everything else that apprise knows (Telegram, Matrix, ntfy, Teams …): an optional extra, ``listener[apprise]``.

The address is an apprise URL (github.com/caronc/apprise/wiki), which holds the token and therefore is a secret. Apprise
answers yes or no and not why: a no is tried again, until the outbox gives up after a day and the operator is told.
"""

from __future__ import annotations

import logging
import warnings
from typing import Any

from listener.alerts.notifiers.base import Draft, Outgoing, Receipt
from listener.alerts.notifiers.http import MINUTE
from listener.alerts.notifiers.pacing import MinuteRoom
from listener.errors import NeedsOperator, Retry
from listener.language import say

__all__ = ["AppriseNotifier"]

PER_MINUTE = 20
SEPARATOR = "\n\x00\n"
"""Between title and text in the stored bytes; no text holds a NUL."""


class AppriseNotifier:
    """Sends to one apprise URL."""

    def __init__(self, name: str, address: str, room: MinuteRoom) -> None:
        self.name, self._address, self._room = name, address, room
        self._sender: Any = None

    def compose(self, draft: Draft) -> Outgoing:
        """Title and text."""
        subject = draft.rendered.subject
        text = draft.rendered.text.removeprefix(subject).strip()
        content = f"{subject}{SEPARATOR}{text}".encode()
        name = f"{draft.delivery_id}.{draft.token}"
        return Outgoing(delivery_id=draft.delivery_id, address=self.name, message_id=name, content=content)

    def send(self, message: Outgoing) -> Receipt:
        """Send once. ``NeedsOperator`` where apprise is not installed or does not know the address."""
        title, _, text = message.content.decode().partition(SEPARATOR)
        sender = self._open()
        self._room.take()
        if not sender.notify(body=text, title=title):
            raise Retry(f"{self.name}: {say('apprise 没有送达', 'apprise did not deliver it')}", MINUTE)
        return Receipt("apprise")

    def _open(self) -> Any:
        if self._sender is not None:
            return self._sender
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own, on import
            made = self._made()
        self._room.recall()
        self._sender = made
        return made

    def _made(self) -> Any:
        try:
            import apprise
        except ImportError:
            mend = "pip install 'listener[apprise]'"
            what = say("没有安装 apprise", "apprise is not installed")
            raise NeedsOperator(f"{self.name}: {what} → {mend}") from None
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines hold addresses
        made = apprise.Apprise()
        if not made.add(self._address):
            what = say("apprise 不认识这个地址，请检查", "apprise does not know this address; check it")
            raise NeedsOperator(f"{self.name}: {what}")
        return made

    def close(self) -> None:
        """Nothing stays open between messages; what others sent is counted anew at the next run."""
        self._sender = None
