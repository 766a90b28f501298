"""The tables. Surrogate integer keys everywhere; natural uniqueness is a constraint beside them.

Exactly-once effects rest on these constraints: a capture on (platform, site, native_id, digest), a mention on
(platform, site, native_id), a case on its fingerprint, an alert on its own key, a slot on its name.
Personal values stand only in ``cipher`` columns (encrypted) and ``digest`` columns (keyed hash).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from listener.store.columns import Id, Json, UtcTime

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel):
    """Base of all tables; its own metadata with named constraints, so that migrations can alter them."""

    metadata = MetaData(naming_convention=NAMING)


def _time(nullable: bool = True, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcTime(), nullable=nullable, index=index))


def _json() -> Any:
    return Field(default=None, sa_column=Column(Json, nullable=True))


def _text() -> Any:
    return Field(default="", sa_column=Column(Text, nullable=False))


class RawMentionRow(Base, table=True):
    """Exactly what was captured; append-only. ``digest`` is of what was said, not of counts that move."""

    __tablename__ = "raw_mention"
    __table_args__ = (UniqueConstraint("platform", "site", "native_id", "digest"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    source: str = Field(index=True)
    platform: str
    site: str
    native_id: str
    digest: str
    url: str = _text()
    title: str = _text()
    content: str = _text()
    content_type: str = "text/plain"
    author_id: str = ""
    author_name: str = ""
    published_at: datetime | None = _time()
    published_raw: str = ""
    thread_id: str = ""
    origin: str = "crawl"
    metrics: dict[str, int] | None = _json()
    fields: dict[str, str] | None = _json()
    captured_at: datetime = _time(nullable=False)


class PendingCaptureRow(Base, table=True):
    """A capture that still has to be processed; the truth about what is left to do.

    A row that broke its batch three times is ``set_aside_at``: it blocks nobody and shows in ``status``.
    ``alert``: the operator asked that this capture may alert, whatever its age or origin.
    """

    __tablename__ = "pending_capture"

    raw_id: int = Field(primary_key=True, foreign_key="raw_mention.id", sa_type=Id)
    attempts: int = 0
    error: str = _text()
    alert: bool = False
    set_aside_at: datetime | None = _time()


class MentionRow(Base, table=True):
    """One cleaned mention; ``raw_id`` is the newest capture it was made from."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("platform", "site", "native_id"),
        Index("ix_mention_platform_site_thread_id", "platform", "site", "thread_id"),
        Index("ix_mention_platform_site_author_id", "platform", "site", "author_id", "author_name"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    raw_id: int = Field(foreign_key="raw_mention.id", index=True, sa_type=Id)
    source: str = Field(index=True)
    platform: str
    site: str
    native_id: str
    url: str = _text()
    title: str = _text()
    text: str = _text()
    author_id: str = ""
    author_name: str = ""
    published_at: datetime | None = _time()
    captured_at: datetime = _time(nullable=False)
    happened_at: datetime = _time(nullable=False, index=True)
    thread_id: str = ""
    origin: str = "crawl"
    metrics: dict[str, int] | None = _json()
    fields: dict[str, str] | None = _json()
    duplicate_of: int | None = Field(default=None, foreign_key="mention.id", index=True, sa_type=Id)
    duplicate_reason: str = ""


class FingerprintRow(Base, table=True):
    """Fingerprints (signed, 64 bits) of a mention's text, by which reposts are found; ``listener.dedupe`` bounds how
    many mentions share one. Looked up by value; ``mention_id`` has an index for taking a mention away."""

    __tablename__ = "fingerprint"
    __table_args__ = {"sqlite_with_rowid": False}

    value: int = Field(primary_key=True, sa_type=BigInteger)
    mention_id: int = Field(primary_key=True, foreign_key="mention.id", index=True, sa_type=Id)


class AnalysisRow(Base, table=True):
    """What the nlp stage and the complaint rules said of a mention; recomputable."""

    __tablename__ = "analysis"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    language: str = ""
    sentiment: str = Field(index=True)
    negative: float
    neutral: float
    positive: float
    sentiment_reason: str = ""
    words: list[list[Any]] | None = _json()
    categories: list[list[Any]] | None = _json()
    entities: list[list[Any]] | None = _json()
    remedy: str = ""
    model_version: str = ""
    complaint: str = Field(default="no", index=True)
    complaint_reason: str = _text()
    kind: str = "other"
    severity: str = "S4"
    severity_reason: str = ""
    problem: str = ""
    safety: bool = False
    analysed_at: datetime = _time(nullable=False)


class TopicMatchRow(Base, table=True):
    """A mention belongs to a topic, and which words said so."""

    __tablename__ = "topic_match"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    topic: str = Field(primary_key=True, index=True)
    words: list[list[Any]] | None = _json()
    reason: str = ""


class CustomerRow(Base, table=True):
    """A customer of the company. ``cipher`` holds the personal profile (JSON: name, contacts), encrypted.

    ``owner`` looks after them in the company; ``volume`` is how many purchases they made, as imported. ``facts`` keeps
    where each field comes from: ``{"fields": {name: [source, confidence, verified day]}}``. ``completeness`` is the
    share (0 to 1) of the fields that are known. ``do_not_link``: no mention is ever linked to them.
    """

    __tablename__ = "customer"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    external_id: str = Field(unique=True)
    party: str = "consumer"
    cipher: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    region: str = ""
    product: str = ""
    dealer: str = ""
    value: float | None = None
    segment: str = ""
    since: datetime | None = _time()
    owner: str = ""
    profit: float | None = None
    volume: int | None = None
    completeness: float = 0.0
    do_not_link: bool = False
    facts: dict[str, Any] | None = _json()
    imported_at: datetime = _time(nullable=False)


class IdentityRow(Base, table=True):
    """One identifier of a customer: found by ``digest`` (keyed hash), shown from ``cipher`` (encrypted).

    ``origin`` is what brought it: ``import`` (a later table of customers may take it away again), ``interaction``,
    ``link`` (an account that a person bound); ``confidence`` from 0 to 1, ``verified_at`` when somebody checked it.
    """

    __tablename__ = "identity"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "digest"),
        Index("ix_identity_kind_digest", "kind", "digest"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    customer_id: int = Field(foreign_key="customer.id", index=True, sa_type=Id)
    kind: str
    digest: str
    cipher: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    provenance: str = ""
    origin: str = "import"
    confidence: float = 1.0
    verified_at: datetime | None = _time()
    added_at: datetime = _time(nullable=False)


class MentionKeyRow(Base, table=True):
    """A keyed hash of an identifier that a mention carries, so that a customer imported later still finds it."""

    __tablename__ = "mention_key"
    __table_args__ = (Index("ix_mention_key_kind_digest", "kind", "digest"),)

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    kind: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)


class IdentityLinkRow(Base, table=True):
    """A mention linked to a customer, with the evidence for and against."""

    __tablename__ = "identity_link"
    __table_args__ = (UniqueConstraint("mention_id", "customer_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    mention_id: int = Field(foreign_key="mention.id", sa_type=Id)
    customer_id: int = Field(foreign_key="customer.id", index=True, sa_type=Id)
    judgement: str
    score: float
    evidence: list[list[Any]] | None = _json()
    reason: str = _text()
    decided_by: str = ""
    decided_at: datetime = _time(nullable=False)


class CaseRow(Base, table=True):
    """A case: the complaints about one matter. ``matter`` groups; ``fingerprint`` = matter + running number.

    ``*_by`` are deadlines that run from ``clocks_from`` (its opening, a reopening), ``*_at`` when each was met;
    ``escalated`` is the level (per cent) already told, by clock. ``satisfaction_judged``: nobody said it, it was read
    from what the customer wrote. ``wanted`` is the remedy that the customer asks for, ``remedy`` what was given.
    ``recent`` counts its speaker's complaints within the repeat window, ``reach`` the largest audience of a mention;
    ``factors`` are those of ``priority`` (name, value, why).
    """

    __tablename__ = "complaint_case"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    fingerprint: str = Field(unique=True)
    matter: str = Field(index=True)
    state: str = Field(index=True)
    severity: str
    title: str = _text()
    topic: str = ""
    problem: str = ""
    reason: str = _text()
    customer_id: int | None = Field(default=None, foreign_key="customer.id", index=True, sa_type=Id)
    owner: str = ""
    team: str = ""
    opened_at: datetime = _time(nullable=False, index=True)
    spoken_at: datetime = _time(nullable=False)
    updated_at: datetime = _time(nullable=False)
    first_contact_by: datetime | None = _time()
    first_contact_at: datetime | None = _time()
    plan_by: datetime | None = _time()
    planned_at: datetime | None = _time()
    close_by: datetime | None = _time()
    answered_at: datetime | None = _time()
    closed_at: datetime | None = _time()
    clocks_from: datetime | None = _time()
    paused_since: datetime | None = _time()
    next_escalation_at: datetime | None = _time(index=True)
    escalated: dict[str, int] | None = _json()
    supervised_by: str = ""
    cause: str = _text()
    countermeasure: str = _text()
    remedy: str = _text()
    satisfaction: str = ""
    satisfaction_judged: bool = False
    closed_reason: str = ""
    merged_into: int | None = Field(default=None, sa_type=Id)
    outside_number: str = ""
    outside_by: datetime | None = _time()
    outside_name: str = ""
    priority: float = Field(default=1.0, index=True)
    factors: list[list[Any]] | None = _json()
    reach: int = 0
    recent: int = 1
    wanted: str = _text()


class CaseMentionRow(Base, table=True):
    """A mention belongs to one case at most. ``joined_as``: opener, repost, follow_up, same_matter, witness."""

    __tablename__ = "case_mention"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    case_id: int = Field(foreign_key="complaint_case.id", index=True, sa_type=Id)
    joined_as: str
    reason: str = _text()
    joined_at: datetime = _time(nullable=False)


class CaseEventRow(Base, table=True):
    """Everything that happened to a case: actor, time, old and new value."""

    __tablename__ = "case_event"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    case_id: int = Field(foreign_key="complaint_case.id", index=True, sa_type=Id)
    at: datetime = _time(nullable=False)
    actor: str
    action: str
    old: str = ""
    new: str = ""
    note: str = _text()


class AlertRow(Base, table=True):
    """A rule fired. ``key`` makes it fire once for one cause."""

    __tablename__ = "alert"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    key: str = Field(unique=True)
    kind: str
    subject: str
    case_id: int | None = Field(default=None, foreign_key="complaint_case.id", index=True, sa_type=Id)
    mention_id: int | None = Field(default=None, foreign_key="mention.id", sa_type=Id)
    severity: str = "S4"
    digest: bool = False
    reason: str = _text()
    facts: dict[str, Any] | None = _json()
    created_at: datetime = _time(nullable=False, index=True)


class DeliveryRow(Base, table=True):
    """One message to one receiver; the outbox. ``content`` is rendered once and then never changes.

    ``status``: pending, sent, failed, suppressed. A digest entry waits with ``digest`` true until its slot, and where a
    silence mutes it until ``hold_until``.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_status_next_at", "status", "next_at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    key: str = Field(unique=True)
    receiver: str = Field(index=True)
    notifier: str
    address: str
    language: str = "zh"
    status: str = "pending"
    digest: bool = False
    case_id: int | None = Field(default=None, foreign_key="complaint_case.id", index=True, sa_type=Id)
    severity: str = "S4"
    reason: str = _text()
    held: str = ""
    subject: str = _text()
    message_id: str = Field(default="", index=True)
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    attempts: int = 0
    next_at: datetime = _time(nullable=False)
    hold_until: datetime | None = _time()
    lease_until: datetime | None = _time()
    last_error: str = _text()
    created_at: datetime = _time(nullable=False)
    sent_at: datetime | None = _time()


class DeliveryAlertRow(Base, table=True):
    """The alerts that one delivery carries."""

    __tablename__ = "delivery_alert"

    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id", sa_type=Id)
    alert_id: int = Field(primary_key=True, foreign_key="alert.id", index=True, sa_type=Id)


class BouncedRow(Base, table=True):
    """An address whose mail came back: nothing more is sent there until somebody clears it."""

    __tablename__ = "bounced_address"

    address: str = Field(primary_key=True)
    at: datetime = _time(nullable=False)
    reason: str = _text()
    times: int = 1


class SilenceRow(Base, table=True):
    """A time-boxed mute of alerts that match, by whom and why; ``ended_at`` where somebody ended it early.

    ``matcher``: lists of wanted values by name (topic, problem, severity, source, author, case); all must match.
    """

    __tablename__ = "silence"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    matcher: dict[str, list[str]] | None = _json()
    author: str
    reason: str = _text()
    starts_at: datetime = _time(nullable=False)
    ends_at: datetime = _time(nullable=False, index=True)
    ended_at: datetime | None = _time()


class CrawlRow(Base, table=True):
    """One finished crawl with its typed outcome."""

    __tablename__ = "crawl"
    __table_args__ = (Index("ix_crawl_source_started_at", "source", "started_at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    source: str
    outcome: str
    detail: str = _text()
    started_at: datetime = _time(nullable=False)
    ended_at: datetime = _time(nullable=False)
    found: int = 0
    new: int = 0
    requests: int = 0
    bytes: int = 0
    audit: list[str] | None = _json()


class SourceStateRow(Base, table=True):
    """What the next crawl of a source needs, and how the last one ended."""

    __tablename__ = "source_state"

    source: str = Field(primary_key=True)
    state: dict[str, Any] | None = _json()
    outcome: str = ""
    detail: str = _text()
    bad_since: datetime | None = _time()
    last_good_at: datetime | None = _time()
    crawled_at: datetime | None = _time()
    paused: bool = False


class ThreadRow(Base, table=True):
    """A thread of a source that can be opened again: as far as it was seen, and when it is due (None: no more)."""

    __tablename__ = "thread"
    __table_args__ = (Index("ix_thread_source_next_at", "source", "next_at"),)

    source: str = Field(primary_key=True)
    thread_id: str = Field(primary_key=True)
    first_at: datetime = _time(nullable=False)
    spoken_at: datetime = _time(nullable=False)
    visited_at: datetime = _time(nullable=False)
    next_at: datetime | None = _time()


class MentionCheckRow(Base, table=True):
    """When a mention behind a case is read again, and whether its site still shows it.

    ``missed_since``: it was not there, which a second look has to confirm before it is ``gone_at``.
    """

    __tablename__ = "mention_check"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    checked_at: datetime = _time(nullable=False)
    next_at: datetime = _time(nullable=False, index=True)
    missed_since: datetime | None = _time()
    gone_at: datetime | None = _time()


class BackfillRow(Base, table=True):
    """A source's past, read in rounds beside its normal crawls: how far it came, and what the next round needs.

    ``owner`` works on it until ``lease_until``; ``done_at`` is set once nothing is left.
    """

    __tablename__ = "backfill"

    source: str = Field(primary_key=True)
    since: datetime = _time(nullable=False)
    state: dict[str, Any] | None = _json()
    rounds: int = 0
    found: int = 0
    new: int = 0
    oldest_at: datetime | None = _time()
    outcome: str = ""
    detail: str = _text()
    started_at: datetime = _time(nullable=False)
    ended_at: datetime | None = _time()
    done_at: datetime | None = _time()
    owner: str = ""
    lease_until: datetime | None = _time()


class SlotRow(Base, table=True):
    """A recurring duty of the daemon; whoever moves ``next_at`` in one UPDATE does it, within the lease."""

    __tablename__ = "slot"

    name: str = Field(primary_key=True)
    next_at: datetime = _time(nullable=False)
    lease_until: datetime | None = _time()
    owner: str = ""
    last_done_at: datetime | None = _time()


class AuditRow(Base, table=True):
    """Who saw or changed what that is personal, and why."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    at: datetime = _time(nullable=False)
    person: str
    action: str
    subject: str
    note: str = _text()


class FactRow(Base, table=True):
    """Single facts about the installation (which key encrypts, when the first crawl was)."""

    __tablename__ = "installation_fact"

    name: str = Field(primary_key=True)
    value: str = _text()


class CorrectionRow(Base, table=True):
    """A person's word on one field of one mention. Of those not undone the newest holds, for the text it was said of.

    ``digest`` is of that text and ``raw_id`` the capture it came from; ``said`` and ``model_version`` are what the
    machine had answered. ``drawn``: the mention had been drawn at random, so it may count as a measurement.
    """

    __tablename__ = "correction"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    mention_id: int = Field(foreign_key="mention.id", index=True, sa_type=Id)
    raw_id: int = Field(foreign_key="raw_mention.id", sa_type=Id)
    digest: str
    field: str
    old: str = ""
    new: str
    said: str = ""
    model_version: str = ""
    drawn: bool = False
    person: str
    note: str = _text()
    at: datetime = _time(nullable=False, index=True)
    undone_at: datetime | None = _time()
    undone_by: str = ""


class SpotCheckRow(Base, table=True):
    """A mention drawn at random to be judged by a person; what they say of it is a correction that is ``drawn``."""

    __tablename__ = "spot_check"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    drawn_at: datetime = _time(nullable=False, index=True)
    drawn_by: str = ""
    population: int = 0


class ModelVersionRow(Base, table=True):
    """One trained sentiment model, taken or refused, with its figures; its weights are a file below ``var/models``."""

    __tablename__ = "model_version"

    name: str = Field(primary_key=True)
    trained_at: datetime = _time(nullable=False)
    person: str = ""
    base: str = ""
    corrections: int = 0
    accepted: bool = False
    reason: str = _text()
    file: str = ""
    file_digest: str = ""
    figures: dict[str, Any] | None = _json()


class VerdictRow(Base, table=True):
    """What an outside judge said of a text, so that no text is asked about twice; and what a month's asking cost."""

    __tablename__ = "verdict"

    digest: str = Field(primary_key=True)
    at: datetime = _time(nullable=False, index=True)
    judge: str
    answer: dict[str, Any] | None = _json()
    failure: str = _text()
    tokens: int = 0


class ArrivalRow(Base, table=True):
    """Something that arrived by itself, once: a pushed request, a file, a forwarded mail; ``name`` is unique within
    ``source``.

    ``digest`` is of its bytes. ``person`` forwarded it ("" for a machine); ``refused`` says why nothing was made of it.
    ``answered_at`` is set once the person was told; ``answer`` is what was answered.
    """

    __tablename__ = "arrival"
    __table_args__ = (UniqueConstraint("source", "name"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    source: str
    name: str
    kind: str
    digest: str = ""
    person: str = ""
    subject: str = _text()
    reply_to: str = ""
    refused: str = ""
    answer: dict[str, Any] | None = _json()
    arrived_at: datetime = _time(nullable=False, index=True)
    answered_at: datetime | None = _time(index=True)


class ArrivalEntryRow(Base, table=True):
    """A mention that an arrival is about. ``repeated``: it was known before; ``remark`` is what the person adds."""

    __tablename__ = "arrival_entry"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    arrival_id: int = Field(foreign_key="arrival.id", index=True, sa_type=Id)
    platform: str
    site: str
    native_id: str
    title: str = _text()
    remark: str = _text()
    repeated: bool = False


class ArrivalKeyRow(Base, table=True):
    """By what a forwarded mention is known again: its link, the platform's id, its words; ``value`` is a hash."""

    __tablename__ = "arrival_key"

    value: str = Field(primary_key=True)
    platform: str
    site: str
    native_id: str


class OutsideTicketRow(Base, table=True):
    """A ticket in another system: ``external`` is the case's name there, ``ticket`` its number ("" while it is made).

    ``notifier`` is the receiver in routes; ``case_id`` None for a digest's ticket. ``state`` is what was last heard.
    """

    __tablename__ = "outside_ticket"

    notifier: str = Field(primary_key=True)
    external: str = Field(primary_key=True)
    case_id: int | None = Field(default=None, foreign_key="complaint_case.id", index=True, sa_type=Id)
    ticket: str = ""
    state: str = ""
    making_until: datetime | None = _time()
    created_at: datetime = _time(nullable=False)
    changed_at: datetime | None = _time()
    asked_at: datetime | None = _time()
