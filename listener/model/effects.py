"""What follows from a mention: who speaks, which case it belongs to, who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from listener.model.matches import TopicMatch
from listener.model.mentions import Mention, MentionKey
from listener.model.understanding import Analysis, Complaint, DedupeDecision
from listener.model.words import (
    AlertKind,
    CaseState,
    Judgement,
    Severity,
)


class IdentityKey(NamedTuple):
    """A keyed hash (hex) of one normalised identifier; the value itself is not in it.

    Kinds: account (``platform:author_id``), phone, email, order, vin, plate.
    """

    kind: str
    digest: str


class Evidence(NamedTuple):
    """One reason for or against a link. ``detail`` is masked and may be shown."""

    kind: str
    detail: str
    supports: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLink:
    """Mention to customer, with what speaks for it and against it; ``score`` is a probability."""

    mention: MentionKey
    customer_id: int
    judgement: Judgement
    score: float
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDecision:
    """What a complaint does to the cases: ``open`` a new one, ``join`` the one with this fingerprint, or ``none``.

    ``joined_as`` is "" for the opener, "repost", "follow_up", "same_matter" or "witness" otherwise.
    ``attend_at`` is when the clocks are first looked at (None: they do not run). ``satisfied``: the customer praises
    after our answer. ``recent`` counts the speaker's complaints within the repeat window; ``outside_*`` are a
    regulator's.
    """

    mention: MentionKey
    action: str
    reason: str
    fingerprint: str = ""
    state: CaseState = CaseState.NEW
    severity: Severity = Severity.S4
    title: str = ""
    topic: str = ""
    problem: str = ""
    customer_id: int | None = None
    joined_as: str = ""
    first_contact_by: datetime | None = None
    plan_by: datetime | None = None
    close_by: datetime | None = None
    attend_at: datetime | None = None
    satisfied: bool = False
    owner: str = ""
    team: str = ""
    recent: int = 1
    outside_name: str = ""
    outside_number: str = ""
    outside_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A rule fired. ``subject`` is what it is about (a case fingerprint or a source name).

    ``digest`` alerts wait for the receiver's next digest instead of a mail of their own.
    ``facts`` is plain JSON for the renderer; never a decrypted personal value.
    """

    kind: AlertKind
    subject: str
    reason: str
    severity: Severity = Severity.S4
    digest: bool = False
    mention: MentionKey | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A named destination: a person or a team, by one notifier."""

    name: str
    notifier: str
    address: str
    language: str = "zh"

    @property
    def key(self) -> str:
        """Their name; of a person who is told by another way than mail, with that way: what is counted and grouped is
        what comes to one place."""
        return receiver_key(self.name, self.notifier)


def receiver_key(name: str, notifier: str) -> str:
    """``Receiver.key`` of what is stored."""
    return name if notifier in ("email", f"notifier:{name}") else f"{name}@{notifier}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who gets an alert and why; ``held`` says why it is not sent now ("" when it is).

    ``assigned``: the case is given to this person, not only shown.
    """

    receiver: Receiver
    reason: str
    held: str = ""
    assigned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """All that the pipeline decided about one mention; one of these is written whole or not at all.

    ``fingerprints`` are those under which its text is kept for finding reposts: none of a repost.
    """

    mention: Mention
    analysis: Analysis
    complaint: Complaint
    topics: tuple[TopicMatch, ...]
    dedupe: DedupeDecision
    case: CaseDecision
    fingerprints: tuple[int, ...] = ()
    keys: tuple[IdentityKey, ...] = ()
    links: tuple[IdentityLink, ...] = ()
    alerts: tuple[tuple[Alert, tuple[Recipient, ...]], ...] = ()
