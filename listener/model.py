"""The facts that travel the way of a mention; plain frozen values, no behaviour beyond themselves.

    RawMention → Mention → DedupeDecision → TopicMatch → Analysis → Complaint
        → IdentityLink → CaseDecision → Alert → Delivery

A fact that is not stored yet is named by its ``MentionKey`` (platform, site, native id), never by a
database id, so that every pure step works the same on stored and on unstored facts. All times are
aware datetimes. All offsets count code points. Users see the Chinese words of ``listener.text.labels``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """How a crawl ended. Only ``OK`` and ``EMPTY`` mean that we saw what there was to see."""

    OK = "ok"
    EMPTY = "empty"
    BLOCKED = "blocked"
    LOGIN_EXPIRED = "login_expired"
    PARSER_BROKE = "parser_broke"
    UNREACHABLE = "unreachable"
    ROBOTS_DENIED = "robots_denied"
    SUSPECT = "suspect"

    @property
    def bad(self) -> bool:
        """True where silence must not be read as "no negative news"."""
        return self not in (Outcome.OK, Outcome.EMPTY)


class Origin(StrEnum):
    """How a capture came in. Imports and replays alert nobody unless asked."""

    CRAWL = "crawl"
    IMPORT = "import"
    INTAKE = "intake"


class Sentiment(StrEnum):
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Tier(StrEnum):
    """Is it a complaint: sure, to be looked at by a person, or not."""

    YES = "yes"
    REVIEW = "review"
    NO = "no"


class Severity(StrEnum):
    """特急, 紧急, 一般, 关注; smaller is graver, so plain string order is urgency order."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"


class CaseState(StrEnum):
    """待核实 … 已退回. Which move is legal stands in ``listener.cases``."""

    TO_VERIFY = "to_verify"
    NEW = "new"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    WAITING_CUSTOMER = "waiting_customer"
    ANSWERED = "answered"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"
    REOPENED = "reopened"
    NOT_COMPLAINT = "not_complaint"
    MERGED = "merged"
    RETURNED = "returned"

    @property
    def open(self) -> bool:
        """True while somebody still has to do something."""
        return self not in (CaseState.CLOSED, CaseState.NOT_COMPLAINT, CaseState.MERGED)


class Satisfaction(StrEnum):
    """What the customer says of the handling when asked: 满意, 基本满意, 不满意, 未接通."""

    SATISFIED = "satisfied"
    MOSTLY = "mostly"
    UNSATISFIED = "unsatisfied"
    UNREACHED = "unreached"


class Judgement(StrEnum):
    """What is held of a link between a mention and a customer."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNSURE = "unsure"


class Party(StrEnum):
    """What a customer is to the company."""

    CONSUMER = "consumer"
    BUSINESS = "business"
    DEALER = "dealer"
    PARTNER = "partner"
    SUPPLIER = "supplier"
    INTERNAL = "internal"


class AlertKind(StrEnum):
    CASE_OPENED = "case_opened"
    CASE_UPDATED = "case_updated"
    CASE_ESCALATED = "case_escalated"
    CASE_URGED = "case_urged"
    SOURCE_BAD = "source_bad"
    SOURCE_RECOVERED = "source_recovered"
    BACKLOG_SUMMARY = "backlog_summary"
    MORNING_LIST = "morning_list"
    BURST = "burst"
    OPERATIONS = "operations"
    INTAKE_ANSWER = "intake_answer"


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class MentionKey(NamedTuple):
    """The natural key of a mention; unique in the store."""

    platform: str
    site: str
    native_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The answer that a capture was read from: ``url`` where it came from in the end, ``status`` its HTTP status.

    ``sha256`` (hex) and ``size`` (bytes) are of the body after its transfer and content encodings were undone, as a
    person would save it; ``payload`` is that body, zlib-compressed (RFC 1950), empty where it is not kept. ``headers``
    are those that say what it is and how old: date, content-type, etag, last-modified.
    """

    url: str
    status: int
    sha256: str
    size: int
    fetched_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    payload: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMention:
    """Exactly what a spider, an import or an intake captured; append-only in the store.

    ``site`` is the host (or the app, or the file's stated origin) inside which ``native_id`` is unique.
    ``content`` is markup when ``content_type`` is ``text/html``, plain text otherwise.
    ``published_at`` is None where the page's time could not be read, never "now"; ``published_raw`` is
    the text it was read from. ``metrics`` holds counts that the platform shows (followers, likes,
    replies, reposts, views), ``fields`` other facts (rating, status, company_reply, outside_number …).
    ``proof`` is the answer it came from, None for what no crawl brought and for what was read from the store.
    """

    source: str
    platform: str
    site: str
    native_id: str
    url: str
    captured_at: datetime
    title: str = ""
    content: str = ""
    content_type: str = "text/plain"
    author_id: str = ""
    author_name: str = ""
    published_at: datetime | None = None
    published_raw: str = ""
    thread_id: str = ""
    origin: Origin = Origin.CRAWL
    metrics: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    proof: Proof | None = field(default=None, compare=False)

    @property
    def key(self) -> MentionKey:
        return MentionKey(self.platform, self.site, self.native_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One cleaned piece of content by one author. ``raw_id`` names the capture that it was made from."""

    raw_id: int
    source: str
    platform: str
    site: str
    native_id: str
    url: str
    captured_at: datetime
    title: str = ""
    text: str = ""
    author_id: str = ""
    author_name: str = ""
    published_at: datetime | None = None
    thread_id: str = ""
    origin: Origin = Origin.CRAWL
    metrics: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> MentionKey:
        return MentionKey(self.platform, self.site, self.native_id)

    @property
    def forwarded_by(self) -> str:
        """The colleague who forwarded it; "" where it was captured."""
        return self.fields.get("forwarded_by", "") if self.origin is Origin.INTAKE else ""

    @property
    def full_text(self) -> str:
        """What is analysed: the title above the text, unless the text already begins with it.

        Every offset in an ``Analysis`` or a ``TopicMatch`` counts in this string.
        """
        if not self.title or self.text.startswith(self.title):
            return self.text
        return f"{self.title}\n{self.text}" if self.text else self.title

    @property
    def happened_at(self) -> datetime:
        """When it was said: ``published_at``, else ``captured_at``."""
        return self.published_at or self.captured_at


class Word(NamedTuple):
    """A word that decided something: its weight (positive is good news) and its place."""

    word: str
    weight: float
    start: int
    end: int


class Entity(NamedTuple):
    """Something found in a text. ``value`` is normalised (a phone is E.164); ``start``/``end`` its place.

    Kinds: phone, email, order, vin, plate, id_number (value redacted), name, place, money, date,
    times, persons, product, dealer.
    """

    kind: str
    value: str
    start: int
    end: int


class Category(NamedTuple):
    """A problem complained about: taxonomy code, the clause that says so, and what it is about."""

    code: str
    clause: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What the nlp stage says of one text; recomputable, stamped with ``model_version``.

    ``probabilities`` are those of negative, neutral, positive in this order and sum to 1.
    """

    language: str
    sentiment: Sentiment
    probabilities: tuple[float, float, float]
    reason: str = ""
    words: tuple[Word, ...] = ()
    categories: tuple[Category, ...] = ()
    entities: tuple[Entity, ...] = ()
    remedy: str = ""
    model_version: str = ""

    @property
    def score(self) -> float:
        """P(positive) - P(negative), from -1 to 1; exported as ``sentiment_score``."""
        return self.probabilities[2] - self.probabilities[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Whether a mention is a complaint, how grave, and why.

    ``safety`` is True where safety words were found: they override doubt and sentiment.
    ``kind`` is 投诉-like type of the mention: complaint, inquiry, suggestion, praise, help, purchase, advert, other.
    """

    tier: Tier
    reason: str
    severity: Severity = Severity.S4
    severity_reason: str = ""
    problem: str = ""
    kind: str = "other"
    safety: bool = False


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """A topic that a mention belongs to; ``words`` are (word, start, end) in ``Mention.full_text``."""

    topic: str
    words: tuple[tuple[str, int, int], ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DedupeDecision:
    """``duplicate_of`` is the original's key where this mention is a repost, else None."""

    duplicate_of: MentionKey | None = None
    reason: str = ""
    similarity: float = 0.0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSigns:
    """What the captures of one crawl look like together, by which it is believed or not.

    Of ``captures``, ``dated`` have a time and ``authored`` an author; ``one_time`` is the time that all dated ones
    share. ``alike`` say the same text, of ``alike_length`` characters. ``fields``: of each field of an interface's
    records (by kind of record), how many had it and how many there were.
    """

    captures: int = 0
    dated: int = 0
    authored: int = 0
    one_time: datetime | None = None
    alike: int = 0
    alike_length: int = 0
    fields: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlReport:
    """One finished crawl: its typed outcome, one clear line of why, and the counts.

    ``found`` captures came from the source, ``new`` of them were not stored before.
    ``state`` is what the next crawl needs (ETag, Last-Modified, watermark …). ``told`` is what the site says of
    mentions known before, by native id: True where it is gone. ``pages_read`` were sound, ``pages_gone`` said that
    something is deleted. ``signs`` is what its captures look like together.
    """

    source: str
    outcome: Outcome
    detail: str
    started_at: datetime
    ended_at: datetime
    found: int = 0
    new: int = 0
    requests: int = 0
    bytes: int = 0
    state: Mapping[str, object] = field(default_factory=dict)
    audit: tuple[str, ...] = ()
    told: Mapping[str, bool] = field(default_factory=dict)
    pages_read: int = 0
    pages_gone: int = 0
    signs: CrawlSigns = CrawlSigns()
