"""The closed sets of words that facts use; stored as they are written here, shown as ``listener.text.labels`` says."""

from __future__ import annotations

from enum import StrEnum


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
    """待核实 … 已退回. Which move is legal stands in ``listener.cases.joining``."""

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
    ORDERS_ANSWER = "orders_answer"


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
