"""The notifiers. A new one is a module, its test, and one line in ``NOTIFIERS`` or, as a robot, in ``ROBOTS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from listener.alerts.notifiers.base import Draft, Notifier, NotifierDown, Outgoing, Receipt
from listener.alerts.notifiers.email import EmailNotifier
from listener.alerts.notifiers.robots import ROBOTS, RobotNotifier
from listener.alerts.notifiers.webhook import WebhookNotifier
from listener.settings import NotifierSettings, Settings

__all__ = ["NOTIFIERS", "Draft", "Notifier", "NotifierDown", "Outgoing", "Receipt", "notifiers_for"]

NOTIFIERS: Mapping[str, Callable[[Settings], Notifier]] = {
    "email": EmailNotifier.of,
}
"""By the name that ``Receiver.notifier`` holds."""


def notifiers_for(settings: Settings) -> dict[str, Notifier]:
    """Every notifier, made for this installation; none of them connects before it sends."""
    made = {name: make(settings) for name, make in NOTIFIERS.items()}
    return made | {one.receiver: _made(one, settings) for one in settings.notifiers}


def _made(one: NotifierSettings, settings: Settings) -> Notifier:
    """A robot or webhook of notifiers.toml. The proxy is not used for its exceptions."""
    address, secret = settings.secret(one.address), settings.secret(one.secret)
    how = settings.installation
    proxy = "" if urlsplit(address).hostname in how.proxy_exceptions else how.proxy
    if one.kind == "webhook":
        return WebhookNotifier(one.name, address, secret, proxy=proxy)
    return RobotNotifier(one.name, ROBOTS[one.kind], address, secret, per_minute=one.per_minute, proxy=proxy)
