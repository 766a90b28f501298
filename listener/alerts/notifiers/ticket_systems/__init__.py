"""The three ticket systems by their REST APIs: create once by an outside id, add notes, follow states back."""

from __future__ import annotations

from collections.abc import Mapping

from listener.alerts.notifiers.ticket_systems.chatwoot import Chatwoot
from listener.alerts.notifiers.ticket_systems.frappe import Frappe
from listener.alerts.notifiers.ticket_systems.rest import Rest
from listener.alerts.notifiers.ticket_systems.zammad import Zammad

__all__ = ["TICKET_SYSTEMS", "Chatwoot", "Frappe", "Rest", "Zammad"]

TICKET_SYSTEMS: Mapping[str, type[Zammad | Chatwoot | Frappe]] = {
    "zammad": Zammad,
    "chatwoot": Chatwoot,
    "frappe": Frappe,
}
"""By the word that notifiers.toml uses."""
