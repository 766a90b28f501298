"""The tables of ``listener.toml``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from listener.language import say
from listener.settings.values import (
    VIEW,
    Duration,
    Keep,
    MailAddress,
    Name,
    Personal,
    Strict,
    check_cron,
    check_zone,
)


class MailSettings(Strict):
    """How mail leaves. ``security``: ``tls`` (port 465), ``starttls`` (587) or ``none`` (loopback only)."""

    host: str = "127.0.0.1"
    port: int = Field(default=25, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    sender: MailAddress = "listener@localhost.localdomain"
    sender_name: str = "Listener"
    timeout: Duration = timedelta(seconds=30)
    per_minute: int = Field(default=30, ge=1)
    per_domain_per_minute: int = Field(default=30, ge=1)
    per_receiver_per_hour: int = Field(default=60, ge=1)


class AlertSettings(Strict):
    """How alerts are grouped: the mails of one case to one receiver, and a source's outages.

    ``group_wait``: a new case's mail waits so long for what belongs to it; ``group_interval``: so long after a mail of
    a case the next news of it waits; ``repeat_interval``: so often a blind source is told of again. S1 never waits.
    """

    group_wait: Duration = timedelta(0)
    group_interval: Duration = timedelta(minutes=5)
    repeat_interval: Duration = timedelta(hours=4)


class ImapSettings(Strict):
    """The mailbox that answers, bounces and forwarded links are read from; empty host: none."""

    host: str = ""
    port: int = Field(default=993, ge=1, le=65535)
    security: Literal["none", "tls"] = "tls"
    user: str = ""
    folder: str = Field(default="INBOX", min_length=1, max_length=200)


class IntakeSettings(Strict):
    """What colleagues forward to the ``[imap]`` mailbox. ``address``: only mails sent to it count (empty: all)."""

    enabled: bool = True
    address: Annotated[str, Field(pattern=r"^(?:[^@\s<>,;]{1,64}@[^@\s<>,;]{1,255})?$")] = ""
    ocr: bool = True


class WebSettings(Strict):
    """Where the daemon's own pages listen; 127.0.0.1 unless the operator says otherwise."""

    host: str = "127.0.0.1"
    port: int = Field(default=8787, ge=0, le=65535)
    enabled: bool = True


class ScheduleSettings(Strict):
    """How often the daemon's ticks come, and when digests and reports are made (cron, local time)."""

    process: Duration = timedelta(seconds=10)
    deliver: Duration = timedelta(seconds=10)
    clocks: Duration = timedelta(minutes=1)
    heartbeat: Duration = timedelta(minutes=1)
    mailbox: Duration = timedelta(minutes=1)
    tickets: Duration = timedelta(minutes=10)
    housekeeping: str = "30 3 * * *"
    digest: str = "0 9,17 * * 1-5"
    morning: str = "50 8 * * *"
    report: str = "0 8 * * *"

    @field_validator("housekeeping", "digest", "morning", "report")
    @classmethod
    def _is_cron(cls, value: str) -> str:
        return check_cron(value)


class EvidenceSettings(Strict):
    """``[evidence]``: how long the bodies that captures were read from are kept; ``"0s"``: not at all. Hashes stay."""

    keep_payloads: Duration = timedelta(days=90)


class JudgeSettings(Strict):
    """``[nlp.judge]``: an OpenAI-compatible chat endpoint asked about doubtful mentions; empty ``url``: none.

    ``url`` is the whole address (``…/v1/chat/completions``); ``secret = "JUDGE"`` is ``LISTENER_SECRET_JUDGE``.
    ``tokens_per_month`` is the most that is spent in a calendar month.
    """

    url: str = ""
    model: str = ""
    secret: Annotated[str, Field(pattern="^[A-Z0-9_]*$")] = ""
    timeout: Duration = timedelta(seconds=15)
    tokens_per_month: int = Field(default=500_000, ge=0)
    allow_private_addresses: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> JudgeSettings:
        if self.url and not re.fullmatch(r"https?://[^\s/]+.*", self.url):
            raise ValueError(say("url 应以 http:// 或 https:// 开头", "url begins with http:// or https://"))
        if self.url and not _is_whole_address(self.url):
            raise ValueError(say("url 不是完整的网址", "url is no whole address"))
        if self.url and not self.model:
            raise ValueError(say("缺少 model", "model is missing"))
        return self


def _is_whole_address(address: str) -> bool:
    """Whether an address has a host, and a port that is one where it names any."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


class NlpSettings(Strict):
    """The understanding stage: which segmenter, which model file (empty: the shipped one).

    ``local_model`` is the folder of an ONNX sentiment model, which then answers in the built-in one's place.
    """

    segmenter: Literal["jieba", "rjieba"] = "rjieba"
    model: str = ""
    order_patterns: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    local_model: str = ""
    judge: JudgeSettings = JudgeSettings()


class SegmentSettings(Strict):
    """``[segments]``: where the kinds and the stages of customers begin; every bound is included.

    ``key_value`` and ``medium_value`` are in the currency of the imported value, ``*_volume`` in purchases.
    ``complaints`` within ``complaints_within``, and ``negative_share`` of at least ``negative_least`` mentions, tell of
    leaving; so does no dealing for ``quiet_for``, or half of those of the ``window`` before. ``raise_key``: a key
    account's case is one step graver (never S1).
    """

    key_value: float = Field(default=1_000_000.0, gt=0)
    medium_value: float = Field(default=50_000.0, gt=0)
    key_volume: int = Field(default=10, ge=1)
    medium_volume: int = Field(default=3, ge=1)
    new_for: Duration = timedelta(days=365)
    settled_purchases: int = Field(default=3, ge=2)
    settled_for: Duration = timedelta(days=365)
    quiet_for: Duration = timedelta(days=540)
    window: Duration = timedelta(days=365)
    complaints: int = Field(default=2, ge=1)
    complaints_within: Duration = timedelta(days=90)
    negative_share: float = Field(default=0.5, gt=0, le=1)
    negative_least: int = Field(default=3, ge=1)
    raise_key: bool = True

    @model_validator(mode="after")
    def _is_ordered(self) -> SegmentSettings:
        if self.medium_value > self.key_value or self.medium_volume > self.key_volume:
            raise ValueError(say("medium_* 不能大于 key_*", "medium_* is at most key_*"))
        if not self.new_for:
            raise ValueError(say("new_for 不能为 0", "new_for is longer than nothing"))
        return self


class RetentionSettings(Strict):
    """``[retention]``: how long what is personal is kept; "" is without end. Housekeeping enforces it.

    ``authors``: the name of an author who never became part of a case, then a keyed hash is left. ``mails``: the bytes
    of sent mails. ``fields``: single fields of customers (``phone``, ``address`` …) with whom nothing happened for that
    long.
    """

    authors: Keep = timedelta(days=180)
    mails: Keep = timedelta(days=730)
    interactions: Keep = None
    reports: Keep = None
    fields: dict[Personal, Duration] = {}


class BackupSettings(Strict):
    """``[backup]``: nightly copies of the database. ``keep`` is how many (0: none are made), ``folder`` where ("" is
    ``var/backups``); an older one goes when a newer one is there, and with it what was erased meanwhile."""

    keep: int = Field(default=0, ge=0, le=366)
    folder: str = ""


class CrmView(Strict):
    """``[crm.NAME]``: a PostgreSQL view of customers (docs/customers.md), read in read-only transactions.

    ``secret = "CRM"``: its ``postgresql://`` address is the environment variable ``LISTENER_SECRET_CRM``.
    ``interactions`` is the view of purchases, repairs, calls and visits; "" where there is none.
    """

    secret: Annotated[str, Field(pattern="^[A-Z0-9_]+$")]
    view: Annotated[str, Field(pattern=VIEW)] = "listener_customers"
    interactions: Annotated[str, Field(pattern=f"^$|{VIEW}")] = ""


class Installation(Strict):
    """``listener.toml``. ``company_accounts`` are the company's own: "platform:its name or id there"."""

    company: str = Field(min_length=1, max_length=100)
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    public_url: str = ""
    heartbeat_url: str = ""
    contact: str = ""
    key_file: str = "var/listener.keys"
    proxy: str = ""
    proxy_exceptions: tuple[str, ...] = ()
    fresh_for: Duration = timedelta(hours=72)
    company_accounts: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_]+:.+$")], ...] = ()
    mail: MailSettings = MailSettings()
    imap: ImapSettings = ImapSettings()
    intake: IntakeSettings = IntakeSettings()
    web: WebSettings = WebSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    alerts: AlertSettings = AlertSettings()
    nlp: NlpSettings = NlpSettings()
    segments: SegmentSettings = SegmentSettings()
    crm: dict[Name, CrmView] = {}
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings = BackupSettings()

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        return check_zone(value)

    @field_validator("public_url", "heartbeat_url", "proxy")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/]+.*", value):
            raise ValueError(say("应以 http:// 或 https:// 开头", "begins with http:// or https://"))
        return value.rstrip("/") if value.count("/") == 3 else value
