"""The outbox: alerts and deliveries, written with what caused them, claimed with a lease, marked when done.

    add_alerts ─▶ pending ─claim─▶ leased ─▶ sent | pending again | failed | suppressed
                  digest entries wait, until digest_due gathers them into one delivery a receiver

A claim is a guarded UPDATE; what it leased nobody else sends. A lease that ran out is claimed again. What is
rendered is loaded by ``listener.store.messages``.
"""

from __future__ import annotations

from listener.store.digests import backlog, digest_due
from listener.store.outbox.adding import FAILED, PENDING, SENT, SUPPRESSED, Raised, add_alerts
from listener.store.outbox.claiming import (
    Claimed,
    bundle,
    claim,
    facts_for,
    hold,
    mark_failed,
    mark_sent,
    mark_suppressed,
    merge,
    mute,
    postpone,
    retry,
    store_rendered,
)
from listener.store.outbox.history import (
    OUTAGES,
    answered,
    counts,
    domain_of,
    last_of_case,
    last_raised,
    outages_told,
    raised_since,
    sent_since,
    sent_to_domains,
    told,
    waiting,
)

__all__ = [
    "FAILED",
    "OUTAGES",
    "PENDING",
    "SENT",
    "SUPPRESSED",
    "Claimed",
    "Raised",
    "add_alerts",
    "answered",
    "backlog",
    "bundle",
    "claim",
    "counts",
    "digest_due",
    "domain_of",
    "facts_for",
    "hold",
    "last_of_case",
    "last_raised",
    "mark_failed",
    "mark_sent",
    "mark_suppressed",
    "merge",
    "mute",
    "outages_told",
    "postpone",
    "raised_since",
    "retry",
    "sent_since",
    "sent_to_domains",
    "store_rendered",
    "told",
    "waiting",
]
