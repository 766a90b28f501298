"""The notifiers. A new one is a module, its test, and one line in ``NOTIFIERS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from listener.alerts.notifiers.base import Draft, Notifier, NotifierDown, Outgoing, Receipt
from listener.alerts.notifiers.email import EmailNotifier
from listener.settings import Settings

__all__ = ["NOTIFIERS", "Draft", "Notifier", "NotifierDown", "Outgoing", "Receipt", "notifiers_for"]

NOTIFIERS: Mapping[str, Callable[[Settings], Notifier]] = {
    "email": EmailNotifier.of,
}
"""By the name that ``Receiver.notifier`` holds."""


def notifiers_for(settings: Settings) -> dict[str, Notifier]:
    """Every notifier, made for this installation; none of them connects before it sends."""
    return {name: make(settings) for name, make in NOTIFIERS.items()}
