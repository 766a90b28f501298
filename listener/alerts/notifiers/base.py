"""What every notifier does: compose the bytes of a message once, and send those bytes, as often as it takes.

    compose(Draft) ─▶ Outgoing (stored) ─▶ send(Outgoing) ─▶ Receipt

``send`` raises ``Retry`` (try this message later), ``NotifierDown`` (nothing gets through now), ``Permanent``
(this message never goes through) or ``NeedsOperator`` (a password, a setting). An error never shows a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from listener.alerts.render import Rendered
from listener.errors import Retry
from listener.model import Receiver

__all__ = ["Draft", "Notifier", "NotifierDown", "Outgoing", "Receipt"]


class NotifierDown(Retry):
    """The other side answers nobody now: the rest of the messages need not be tried before the next run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A rendered message before it has bytes.

    ``delivery_id`` and ``token`` (a hash that differs between installations) make its stable name; ``thread`` is the
    same for all messages of one case, "" where there is none; ``digest`` marks a bundle that may be unsubscribed;
    ``answers`` is the Message-ID of the mail that this one answers. ``case`` is the number of the one case that it is
    about.
    """

    delivery_id: int
    token: str
    receiver: Receiver
    rendered: Rendered
    at: datetime
    thread: str = ""
    digest: bool = False
    answers: str = ""
    case: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message as it is stored and sent; equal bytes and equal ``message_id`` at every try."""

    delivery_id: int
    address: str
    message_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """The other side took the message; ``detail`` is its answer."""

    detail: str = ""


class Notifier(Protocol):
    """Code that speaks one protocol. May keep a connection between sends; ``close`` ends it and never raises."""

    def compose(self, draft: Draft) -> Outgoing:
        """The message's bytes. ``Permanent`` where the address cannot exist."""
        ...

    def send(self, message: Outgoing) -> Receipt:
        """Send once; returns only when the other side has accepted the message."""
        ...

    def close(self) -> None:
        """End the connection, if one is open."""
        ...
