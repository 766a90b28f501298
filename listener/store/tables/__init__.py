"""The tables. Surrogate integer keys everywhere; natural uniqueness is a constraint beside them.

Exactly-once effects rest on these constraints: a capture on (platform, site, native_id, digest), a mention on
(platform, site, native_id), a case on its fingerprint, an alert on its own key, a slot on its name.
Personal values stand only in ``cipher`` columns (encrypted) and ``digest`` columns (keyed hash).
"""

from __future__ import annotations

from listener.store.tables.alerts import AlertRow, BouncedRow, DeliveryAlertRow, DeliveryRow, SilenceRow
from listener.store.tables.arrivals import ArrivalEntryRow, ArrivalKeyRow, ArrivalRow
from listener.store.tables.base import NAMING, Base, json_field, text_field, time_field
from listener.store.tables.cases import CaseEventRow, CaseMentionRow, CaseRow, OutsideTicketRow
from listener.store.tables.crawls import BackfillRow, CrawlRow, SourceStateRow, ThreadRow
from listener.store.tables.customers import CustomerRow, IdentityLinkRow, IdentityRow
from listener.store.tables.learning import CorrectionRow, ModelVersionRow, SpotCheckRow, VerdictRow
from listener.store.tables.mentions import (
    AnalysisRow,
    FingerprintRow,
    MentionCheckRow,
    MentionKeyRow,
    MentionRow,
    PendingCaptureRow,
    RawMentionRow,
    TopicMatchRow,
)
from listener.store.tables.running import AuditRow, FactRow, SlotRow

__all__ = [
    "NAMING",
    "AlertRow",
    "AnalysisRow",
    "ArrivalEntryRow",
    "ArrivalKeyRow",
    "ArrivalRow",
    "AuditRow",
    "BackfillRow",
    "Base",
    "BouncedRow",
    "CaseEventRow",
    "CaseMentionRow",
    "CaseRow",
    "CorrectionRow",
    "CrawlRow",
    "CustomerRow",
    "DeliveryAlertRow",
    "DeliveryRow",
    "FactRow",
    "FingerprintRow",
    "IdentityLinkRow",
    "IdentityRow",
    "MentionCheckRow",
    "MentionKeyRow",
    "MentionRow",
    "ModelVersionRow",
    "OutsideTicketRow",
    "PendingCaptureRow",
    "RawMentionRow",
    "SilenceRow",
    "SlotRow",
    "SourceStateRow",
    "SpotCheckRow",
    "ThreadRow",
    "TopicMatchRow",
    "VerdictRow",
    "json_field",
    "text_field",
    "time_field",
]
