"""The notifiers. A new one is a module, its test, and one line in ``NOTIFIERS`` or, as a robot, in ``ROBOTS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from listener.alerts.notifiers.apprise_bridge import PER_MINUTE, AppriseNotifier
from listener.alerts.notifiers.base import Draft, Notifier, NotifierDown, Outgoing, Receipt
from listener.alerts.notifiers.email import EmailNotifier
from listener.alerts.notifiers.pacing import MinuteRoom
from listener.alerts.notifiers.progress import PartBook
from listener.alerts.notifiers.robots import ROBOTS, RobotNotifier
from listener.alerts.notifiers.ticket_systems import TICKET_SYSTEMS, Rest
from listener.alerts.notifiers.tickets import TicketBook, TicketNotifier, TicketSystem
from listener.alerts.notifiers.webhook import WebhookNotifier
from listener.alerts.notifiers.wecom_app import API, WecomAppNotifier
from listener.settings import WECOM_APP, NotifierSettings, Settings

__all__ = ["NOTIFIERS", "Draft", "Notifier", "NotifierDown", "Outgoing", "Receipt", "notifiers_for", "ticket_systems"]

SentBy = Callable[[str], Sequence[tuple[float, bytes]]]

NOTIFIERS: Mapping[str, Callable[[Settings], Notifier]] = {
    "email": EmailNotifier.of,
}
"""By the name that ``Receiver.notifier`` holds."""


def notifiers_for(
    settings: Settings,
    book: TicketBook | None = None,
    sent: SentBy = lambda receiver: (),
    parts: PartBook | None = None,
) -> dict[str, Notifier]:
    """Every notifier, made for this installation; none of them connects before it sends.

    ``book`` remembers which ticket is which case's, ``sent`` what went to a receiver within the last minute, ``parts``
    how far long messages have come.
    """
    made = {name: make(settings) for name, make in NOTIFIERS.items()}
    return made | {one.receiver: _made(one, settings, book, sent, parts) for one in settings.notifiers}


def ticket_systems(settings: Settings) -> dict[str, TicketSystem]:
    """The ticket systems of notifiers.toml by their receiver's name, each with a connection of its own."""
    return {one.receiver: _system(one, settings) for one in settings.notifiers if one.kind in TICKET_SYSTEMS}


def _reached(one: NotifierSettings, settings: Settings) -> tuple[str, str, str]:
    """Address, secret and proxy of an entry. The proxy is not used for its exceptions."""
    address, secret = settings.secret(one.address), settings.secret(one.secret)
    how = settings.installation
    proxy = "" if _host(address) in how.proxy_exceptions else how.proxy
    return address, secret, proxy


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _system(one: NotifierSettings, settings: Settings) -> TicketSystem:
    address, secret, proxy = _reached(one, settings)
    kind = TICKET_SYSTEMS[one.kind]
    return kind(Rest(one.name, address, kind.headers(secret), secret, proxy=proxy), one)


def _made(
    one: NotifierSettings, settings: Settings, book: TicketBook | None, sent: SentBy, parts: PartBook | None
) -> Notifier:
    """A robot, webhook, ticket system or apprise address of notifiers.toml."""
    if one.kind in TICKET_SYSTEMS:
        return TicketNotifier(one.receiver, _system(one, settings), book)
    address, secret, proxy = _reached(one, settings)
    if one.kind == "webhook":
        return WebhookNotifier(one.name, address, secret, proxy=proxy)
    lately = partial(sent, one.receiver)
    if one.kind == WECOM_APP:
        more: dict[str, Any] = {"per_minute": one.per_minute, "proxy": proxy, "sent": lately, "book": parts}
        return WecomAppNotifier(one.name, one.corp, one.agent, secret, api=address or API, **more)
    if one.kind == "apprise":
        return AppriseNotifier(one.name, address, MinuteRoom(one.name, one.per_minute or PER_MINUTE, sent=lately))
    how: dict[str, Any] = {"per_minute": one.per_minute, "proxy": proxy, "sent": lately, "book": parts}
    return RobotNotifier(one.name, ROBOTS[one.kind], address, secret, **how)
