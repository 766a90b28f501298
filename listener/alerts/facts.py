"""What a message is made of: facts as they are stored, masked where they are personal, without words or layout.

``listener.store.outbox`` loads them, ``listener.alerts.render`` words them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from listener.customers.lifecycle import Lifecycle
from listener.customers.segments import Segment
from listener.model import AlertKind, CaseState, Evidence, Party, Receiver, Severity, Word

__all__ = ["AlertFacts", "CaseFacts", "CustomerFacts", "Dealing", "EarlierCase", "MentionFacts", "MessageFacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionFacts:
    """A mention with what was found in it; ``text`` is the whole of it, not masked. ``words`` decided the sentiment.

    ``high`` are the parts of influence in which an opinion leader stands out; nothing for other authors.
    """

    text: str
    url: str = ""
    title: str = ""
    platform: str = ""
    source: str = ""
    author: str = ""
    published_at: datetime | None = None
    captured_at: datetime | None = None
    metrics: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    sentiment: str = ""
    probabilities: tuple[float, float, float] | None = None
    sentiment_reason: str = ""
    words: tuple[Word, ...] = ()
    complaint_reason: str = ""
    severity_reason: str = ""
    kind: str = ""
    remedy: str = ""
    safety: bool = False
    high: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCase:
    """A case of the same customer before this one."""

    number: int
    opened_at: datetime
    problem: str = ""
    state: CaseState = CaseState.CLOSED
    satisfaction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealing:
    """A dealing with the customer: a purchase, a repair, a call; ``result`` and ``note`` are masked."""

    kind: str
    at: datetime
    product: str = ""
    dealer: str = ""
    result: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """The customer of a case; ``name`` and ``contacts`` are masked. ``nth`` counts this case among the customer's;
    ``earlier`` are the newest of those before it, ``dealings`` the newest purchases, repairs and calls.

    ``kinds`` and ``lifecycle`` are as of the message, ``flags`` are those that people set, ``completeness`` (0 to 1) is
    the share of the record that is known.
    ``score`` and ``evidence`` say why it is this customer; both are missing where a person said so.
    """

    external_id: str
    name: str = ""
    contacts: tuple[str, ...] = ()
    party: Party = Party.CONSUMER
    segment: str = ""
    product: str = ""
    dealer: str = ""
    region: str = ""
    since: datetime | None = None
    value: float | None = None
    kinds: Segment | None = None
    lifecycle: Lifecycle | None = None
    flags: tuple[str, ...] = ()
    completeness: float | None = None
    owner: str = ""
    nth: int = 1
    earlier: tuple[EarlierCase, ...] = ()
    dealings: tuple[Dealing, ...] = ()
    score: float | None = None
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """A case as it stands when the message is rendered. ``plan_by`` and ``close_by`` come from the deadlines.

    ``factors`` of its priority are (name, value, why); ``recent`` counts its speaker's complaints within the repeat
    window; ``wanted`` is the remedy asked for; ``product`` is what its first mention names.
    """

    number: int
    fingerprint: str
    state: CaseState
    severity: Severity
    title: str = ""
    topic: str = ""
    product: str = ""
    problem: str = ""
    reason: str = ""
    owner: str = ""
    opened_at: datetime
    first_contact_by: datetime | None = None
    first_contact_at: datetime | None = None
    plan_by: datetime | None = None
    planned_at: datetime | None = None
    close_by: datetime | None = None
    outside_name: str = ""
    outside_number: str = ""
    outside_by: datetime | None = None
    priority: float = 0.0
    factors: tuple[tuple[str, float, str], ...] = ()
    recent: int = 1
    wanted: str = ""
    paused: bool = False
    mentions: int = 1
    reposts: int = 0
    platforms: int = 1
    customer: CustomerFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """One alert with its case and the mention that raised it; ``facts`` are those that the rule gave it."""

    kind: AlertKind
    reason: str
    severity: Severity
    created_at: datetime
    subject: str = ""
    joined_as: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    case: CaseFacts | None = None
    mention: MentionFacts | None = None

    @property
    def gravity(self) -> Severity:
        """The graver of the alert's severity and its case's by now."""
        return min(self.severity, self.case.severity) if self.case else self.severity

    @property
    def pressing(self) -> bool:
        """True for what nothing holds back: S1, and what speaks of safety."""
        return self.gravity is Severity.S1 or bool(self.mention and self.mention.safety)

    @property
    def moot(self) -> str:
        """Why a reminder of a deadline need not be sent any more: it was met meanwhile ("" where it still counts)."""
        if self.kind is not AlertKind.CASE_ESCALATED or self.case is None:
            return ""
        clock = self.facts.get("clock")
        met = {"first_contact": self.case.first_contact_at, "plan": self.case.planned_at}.get(str(clock))
        if met is not None:
            return "时限事项已完成，不再需要"
        return "正在等待客户，计时暂停" if self.case.paused and clock != "outside" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    """What one delivery carries, for whom, and why for them; ``bundle`` where it gathers alerts that had waited."""

    receiver: Receiver
    reason: str
    alerts: tuple[AlertFacts, ...]
    bundle: bool = False
