"""The configuration: files under ``config/`` and the environment, checked whole before anything runs.

    listener.toml      the installation: company, time zone, mail, web, paths
    sources/*.toml     one monitored source each          topics/*.toml   one topic each
    people.toml        people and their roles             routes.toml     who gets which alert
    sla.toml           deadlines by severity              dealers.toml    dealers and service points
    notifiers.toml     robots and webhooks                holidays.toml    days that differ from what is announced

Secrets come from the environment only (``LISTENER_MAIL_PASSWORD``) or from a file that it names
(``LISTENER_MAIL_PASSWORD_FILE``); further ones, that a source or a notifier names, from ``LISTENER_SECRET_NAME``.
``listener.loading.load`` reads it all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import Party, Severity
from listener.toml_files import did_you_mean, nearest

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_NAME = re.compile(r"[\w][\w.-]{0,63}")
_MAIL = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,255}")


def read_duration(text: object) -> timedelta:
    """``"90s"``, ``"10m"``, ``"1h30m"``, ``"2d"`` as a timedelta; ``ValueError`` for anything else."""
    if isinstance(text, timedelta):
        return text
    compact = str(text).replace(" ", "")
    parts = _DURATION.findall(compact)
    if not isinstance(text, str) or not parts or "".join(a + u for a, u in parts) != compact:
        raise ValueError(
            say('时长写作 "90s"、"10m"、"2h" 或 "1d"', 'a duration is written like "90s", "10m", "2h" or "1d"')
        )
    return timedelta(seconds=sum(float(amount) * _UNITS[unit] for amount, unit in parts))


def read_hours(text: str) -> tuple[time, time]:
    """``"23:00-07:00"`` as its first and its last moment; ``ValueError`` for anything else."""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", text.replace(" ", ""))
    if found is None or found[1] + found[2] == found[3] + found[4]:
        raise ValueError(say('时段写作 "23:00-07:00"', 'hours are written like "23:00-07:00"'))
    first, last = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    return first, last


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)


def within(hours: tuple[time, time], at: time) -> bool:
    """True where ``at`` lies in the hours, which may go over midnight; their end is outside."""
    first, last = hours
    return first <= at < last if first < last else (at >= first or at < last)


def _check(pattern: re.Pattern[str], chinese: str, english: str) -> Callable[[object], object]:
    def check(value: object) -> object:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(say(chinese, english))
        return value

    return check


Duration = Annotated[timedelta, BeforeValidator(read_duration)]
Name = Annotated[
    str,
    BeforeValidator(
        _check(
            _NAME,
            "名称由文字、数字、-、_ 或 . 组成，最多 64 个字",
            "a name has letters, digits, - _ . only, at most 64",
        )
    ),
]
MailAddress = Annotated[
    str,
    BeforeValidator(
        _check(_MAIL, "不是邮箱地址（如 name@example.com）", "is not a mail address such as name@example.com")
    ),
]


Keep = Annotated[timedelta | None, BeforeValidator(lambda text: None if text in ("", None) else read_duration(text))]
"""How long something is kept; None: without end."""

Personal = Literal[
    "name", "contact", "phone", "email", "address", "id_number", "account", "orders", "vin", "plate", "serial"
]
"""The fields of a customer that are personal."""

VIEW = r"^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$"
"""The name of a view, with its schema or without."""

TEAM = "team:"
"""A receiver that begins so names a team."""

ONCALL = "oncall:"
"""A receiver that begins so names an on-call list of routes.toml."""

NEAREST = "nearest"
"""The receiver that is the nearest competent service point."""

NOTIFIER = "notifier:"
"""A receiver that begins so names a robot or webhook of notifiers.toml."""


class Strict(BaseModel):
    """Base of every configuration table: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=False)


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
        if self.url and not self.model:
            raise ValueError(say("缺少 model", "model is missing"))
        return self


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


class SourceSettings(BaseModel):
    """One ``sources/*.toml``. Keys beyond these belong to the platform and are checked by its spider.

    ``expect_per_day`` is the usual (lowest, highest) number of new mentions a day; outside it a crawl is suspect.
    ``allow_private_addresses`` opens exactly the host and port of ``url``, nothing else.
    ``secret = "FORUM"``: the operator's cookie or token for it is the environment variable ``LISTENER_SECRET_FORUM``.
    ``quiet = ["23:00-07:00"]``: hours of the installation's clock in which the daemon leaves it alone.
    ``accept``: signs by which a sound crawl is not doubted (``listener.suspicion``): they are this source's nature.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    name: Name
    platform: str
    url: str = ""
    title: str = ""
    every: Duration | None = None
    cron: str = ""
    enabled: bool = True
    allow_private_addresses: bool = False
    expect_per_day: tuple[int, int] | None = None
    timeout: Duration = timedelta(minutes=5)
    max_pages: int = Field(default=20, ge=1, le=10_000)
    obey_robots: bool = True
    secret: Annotated[str, Field(pattern="^[A-Z0-9_]*$")] = ""
    prior: Literal["", "complaints", "news", "reviews"] = ""
    quiet: tuple[str, ...] = ()
    accept: tuple[Literal["volume", "dates", "authors", "texts", "fields"], ...] = ()

    @field_validator("quiet")
    @classmethod
    def _are_hours(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            read_hours(text)
        return value

    def is_quiet(self, local: datetime) -> bool:
        """True where the source is to be left alone at that hour of its installation's clock."""
        return any(within(read_hours(text), local.time()) for text in self.quiet)

    @property
    def longest_quiet(self) -> timedelta:
        """The longest of its quiet hours."""
        day = timedelta(days=1)
        spans = [_since_midnight(last) - _since_midnight(first) for first, last in map(read_hours, self.quiet)]
        return max((span % day for span in spans), default=timedelta())

    @model_validator(mode="after")
    def _has_schedule(self) -> SourceSettings:
        if self.cron:
            check_cron(self.cron)
        if self.every is not None and self.every < timedelta(seconds=10):
            raise ValueError(say('every 至少为 "10s"', 'every = "…" is at least "10s"'))
        if self.url and not re.fullmatch(r"(?:https?|wss?)://[^\s/]+.*", self.url):
            raise ValueError(say("url 应以 http:// 或 https:// 开头", "url begins with http:// or https://"))
        return self

    @property
    def options(self) -> dict[str, Any]:
        """The platform's own keys, unchecked."""
        return dict(self.model_extra or {})


class TopicSettings(Strict):
    """One ``topics/*.toml``: any of ``any``, all of ``must``, none of ``exclude``, and what ``query`` says.

    ``aliases`` name lists of words for ``$name`` in the query. The topic named ``*`` matches nothing itself: its
    ``exclude`` and ``aliases`` hold for every topic. docs/topics.md describes the language.
    """

    name: str = Field(min_length=1, max_length=64)
    any: tuple[str, ...] = Field(default=(), max_length=2000)
    must: tuple[str, ...] = Field(default=(), max_length=200)
    exclude: tuple[str, ...] = Field(default=(), max_length=2000)
    query: str = ""
    aliases: dict[str, tuple[str, ...]] = {}
    products: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()


def _read_away(text: object) -> object:
    """``"2026-11-20"`` or ``"2026-11-20..2026-11-27"`` as (first day, last day)."""
    if not isinstance(text, str):
        return text
    first, _, last = text.partition("..")
    try:
        found = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    except ValueError:
        found = (date.max, date.min)
    if found[0] > found[1]:
        raise ValueError(say('写作 "2026-11-20..2026-11-27"', 'is written like "2026-11-20..2026-11-27"'))
    return found


_SHIFT = re.compile(r"([1-7])(?:-([1-7]))?\s+(\d\d:\d\d)-(\d\d:\d\d)")


def _read_shift(text: object) -> object:
    """``"1-5 09:00-18:00"`` (Monday is 1) as (days, from, to); "24:00" is the end of the day."""
    if not isinstance(text, str):
        return text
    found = _SHIFT.fullmatch(text.strip())
    try:
        if not found:
            raise ValueError
        first, last = int(found[1]), int(found[2] or found[1])
        closes = time.max if found[4] == "24:00" else time.fromisoformat(found[4])
        opens = time.fromisoformat(found[3])
        if first > last or opens >= closes:
            raise ValueError
    except ValueError:
        raise ValueError(say('写作 "1-5 09:00-18:00"', 'is written like "1-5 09:00-18:00"')) from None
    return frozenset(range(first, last + 1)), opens, closes


Away = Annotated[tuple[date, date], BeforeValidator(_read_away)]
Shift = Annotated[tuple[frozenset[int], time, time], BeforeValidator(_read_shift)]


class Person(Strict):
    """Somebody who works with Listener. Roles: agent, supervisor, manager, operator, privacy.

    ``deputy`` stands in on days of leave (``away``) and outside ``shifts``; ``wecom`` is the account in WeCom; ``lead``
    hears first of what is late, before the team's supervisors.
    """

    name: str = Field(min_length=1, max_length=64)
    mail: MailAddress
    role: Literal["agent", "supervisor", "manager", "operator", "privacy"] = "agent"
    team: str = ""
    language: Literal["zh", "en"] = "zh"
    wecom: str = ""
    lead: str = ""
    deputy: str = ""
    away: tuple[Away, ...] = ()
    shifts: tuple[Shift, ...] = ()

    def is_away(self, day: date) -> bool:
        """True on a day of leave."""
        return any(first <= day <= last for first, last in self.away)

    def on_shift(self, now: datetime) -> bool:
        """True within a shift, and always where none is given. ``now`` is in the installation's zone."""
        return not self.shifts or any(
            now.isoweekday() in days and opens <= now.time() < closes for days, opens, closes in self.shifts
        )


class RouteSettings(Strict):
    """Which alerts go to whom: every filled list must contain one of the alert's values; first match wins.

    A problem matches with its beginning (``car`` takes ``car.brake``), a region likewise. ``followers`` is the least
    reach of the author. ``assign = "load"`` gives the case to the one of ``to`` who has the fewest open cases.
    """

    name: str = ""
    topics: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    problems: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    dealers: tuple[str, ...] = ()
    followers: int = Field(default=0, ge=0)
    to: tuple[str, ...] = Field(min_length=1)
    assign: Literal["", "load"] = ""


class OnCall(Strict):
    """Who is on call, by weeks in turn from the week of ``since`` on; a receiver as ``oncall:NAME``."""

    name: str = Field(min_length=1)
    people: tuple[str, ...] = Field(min_length=1)
    since: date

    def on(self, day: date) -> str:
        """The person of that day's week; weeks begin on Monday."""
        monday = self.since - timedelta(days=self.since.weekday())
        return self.people[(day - monday).days // 7 % len(self.people)]


TICKET_NEEDS: Mapping[str, tuple[str, ...]] = {
    "zammad": ("secret", "group", "customer"),
    "chatwoot": ("secret", "account", "inbox"),
    "frappe": ("secret",),
}
"""What an entry of a ticket system has to say, by its kind."""


class NotifierSettings(Strict):
    """One entry of ``notifiers.toml``: a robot in a group, a webhook, a ticket system, or what apprise knows.

    Routes name it as a receiver by ``notifier:NAME``.

    ``address = "GROUP"``: its secret address is the environment variable ``LISTENER_SECRET_GROUP``; ``secret`` likewise
    names the signing secret, for a ticket system its token. ``per_minute`` 0 is the vendor's own limit.
    Of a ticket system: ``group`` works on the tickets, ``customer`` (a mail address) is whose they are, ``account`` and
    ``inbox`` are Chatwoot's numbers, ``solved`` the states in which a ticket is done with (empty: the usual ones).
    """

    name: Name
    kind: Literal["wecom", "dingtalk", "feishu", "slack", "webhook", "zammad", "chatwoot", "frappe", "apprise"]
    address: Annotated[str, Field(pattern="^[A-Z0-9_]+$")]
    secret: Annotated[str, Field(pattern="^[A-Z0-9_]*$")] = ""
    language: Literal["zh", "en"] = "zh"
    per_minute: int = Field(default=0, ge=0)
    group: str = ""
    customer: str = ""
    account: int = Field(default=0, ge=0)
    inbox: int = Field(default=0, ge=0)
    solved: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_complete(self) -> NotifierSettings:
        missing = [name for name in TICKET_NEEDS.get(self.kind, ()) if not getattr(self, name)]
        if missing:
            what = "、".join(missing)
            raise ValueError(say(f"{self.kind} 还需要 {what}", f"{self.kind} needs {', '.join(missing)} too"))
        return self

    @property
    def receiver(self) -> str:
        """How routes name it."""
        return f"{NOTIFIER}{self.name}"


class Notifiers(Strict):
    """``notifiers.toml``."""

    notifiers: tuple[NotifierSettings, ...] = ()


class Routes(Strict):
    """``routes.toml``: the routes in order, the receivers where none matches, and those of source outages.

    A receiver is a person's name, ``team:NAME``, ``oncall:NAME``, ``notifier:NAME`` of notifiers.toml, or ``nearest``:
    the nearest service point that can help and that the complaint is not against.
    """

    default: tuple[str, ...] = Field(min_length=1)
    operators: tuple[str, ...] = ()
    routes: tuple[RouteSettings, ...] = ()
    oncall: tuple[OnCall, ...] = ()


class Deadlines(Strict):
    """The three clocks of one severity. ``business``: they run in working time only."""

    first_contact: Duration
    plan: Duration
    close: Duration
    business: bool = True


WorkingHours = tuple[tuple[time, time], ...]


class OutsideRule(Strict):
    """Within how many workdays (``close = "10d"``) a regulator wants a case of theirs closed.

    ``name`` is the regulator (12315, 12345 …) as a mention's ``outside`` field, its platform or an agent names it;
    ``regions`` are cities by their beginning, empty: any.
    """

    name: str = Field(min_length=1)
    regions: tuple[str, ...] = ()
    close: Duration


class TeamHours(Strict):
    """The hours of a team (班组) that works otherwise than the rest, in its own ``timezone`` where one is given."""

    name: str = Field(min_length=1)
    working_hours: WorkingHours = ()
    timezone: str = ""

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        return check_zone(value) if value else value


class Sla(Strict):
    """``sla.toml``: deadlines by severity (ISO 10002 receipt to close) and the working day.

    A recurrence within ``reopen_within`` of closing reopens the case. The ``repeat_count``-th complaint of one speaker
    within ``repeat_within`` is raised. ``outside`` are regulators' deadlines, ``teams`` hours that differ.
    """

    reopen_within: Duration = timedelta(days=15)
    repeat_count: int = Field(default=3, ge=2)
    repeat_within: Duration = timedelta(days=90)
    outside: tuple[OutsideRule, ...] = (OutsideRule(name="12315", close=timedelta(days=10)),)
    teams: tuple[TeamHours, ...] = ()

    S1: Deadlines = Deadlines.model_validate({"first_contact": "15m", "plan": "2h", "close": "3d", "business": False})
    S2: Deadlines = Deadlines.model_validate({"first_contact": "1h", "plan": "8h", "close": "7d"})
    S3: Deadlines = Deadlines.model_validate({"first_contact": "4h", "plan": "1d", "close": "15d"})
    S4: Deadlines = Deadlines.model_validate({"first_contact": "2d", "plan": "5d", "close": "15d"})
    working_hours: WorkingHours = ((time(9), time(12)), (time(13, 30), time(18)))

    def of(self, severity: Severity) -> Deadlines:
        """The deadlines of one severity."""
        found: Deadlines = getattr(self, severity.value)
        return found


class Holidays(Strict):
    """``holidays.toml``: days that differ from what is announced, or that the library does not know yet."""

    holidays: tuple[date, ...] = ()
    workdays: tuple[date, ...] = ()

    def by_day(self) -> dict[date, bool]:
        """Day to: is it a workday."""
        return dict.fromkeys(self.holidays, False) | dict.fromkeys(self.workdays, True)


class Dealer(Strict):
    """A dealer, shop or service point that mentions may name.

    ``contact`` is the person of people.toml who takes its cases; ``competences`` are problems it can help with (their
    beginnings; empty: any). ``place`` is (latitude, longitude) in degrees.
    """

    name: str = Field(min_length=1)
    code: str = ""
    aliases: tuple[str, ...] = ()
    region: str = ""
    party: Party = Party.DEALER
    contact: str = ""
    competences: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    place: tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]] | None = None


class People(Strict):
    """``people.toml``."""

    people: tuple[Person, ...] = ()


class Dealers(Strict):
    """``dealers.toml``."""

    dealers: tuple[Dealer, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything configured. ``home`` is the folder that holds ``config/``; relative paths start there."""

    home: Path
    config_dir: Path
    installation: Installation
    sources: tuple[SourceSettings, ...] = ()
    topics: tuple[TopicSettings, ...] = ()
    people: tuple[Person, ...] = ()
    notifiers: tuple[NotifierSettings, ...] = ()
    routes: Routes | None = None
    sla: Sla = field(default_factory=Sla)
    holidays: Holidays = field(default_factory=Holidays)
    dealers: tuple[Dealer, ...] = ()
    database_url: str = ""
    mail_password: SecretStr | None = None
    imap_password: SecretStr | None = None
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    fixed_now: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.installation.timezone)

    @property
    def key_file(self) -> Path:
        return self.home / self.installation.key_file

    def source(self, name: str) -> SourceSettings:
        """The source of that name; ``BadInput`` naming the nearest one where there is none."""
        for source in self.sources:
            if source.name == name:
                return source
        near = nearest(name, [source.name for source in self.sources])
        mend = did_you_mean(near) if near else say("见 config/sources/", "see config/sources/")
        what = say(f"没有名为 {name} 的监测来源", f"no source is named {name}")
        raise BadInput(Mistake(str(self.config_dir / "sources"), what, mend))

    def secret(self, name: str) -> str:
        """What ``LISTENER_SECRET_NAME`` holds; "" for no name."""
        return self.secrets[name].get_secret_value() if name else ""

    def person(self, name: str) -> Person:
        """The person of that name; ``BadInput`` where there is none."""
        for person in self.people:
            if person.name == name:
                return person
        near = nearest(name, [person.name for person in self.people])
        mend = did_you_mean(near) if near else say("请加入 people.toml", "add them to people.toml")
        what = say(f"没有名为 {name} 的人员", f"nobody is named {name}")
        raise BadInput(Mistake(str(self.config_dir / "people.toml"), what, mend))


def check_zone(text: str) -> str:
    """``text`` if it names a time zone, else ``ValueError``."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(say("不是时区（如 Asia/Shanghai）", "is not a time zone such as Asia/Shanghai")) from None
    return text


def check_cron(text: str) -> str:
    """``text`` if cronsim reads it (five fields, Sunday is 0 or 7), else ``ValueError``."""
    try:
        CronSim(text, datetime(2026, 1, 1))  # noqa: DTZ001 - only the expression is tried
    except CronSimError as error:
        english = f"is not a cron expression such as '0 8 * * *' ({error})"
        raise ValueError(say(f"不是 cron 表达式（如 '0 8 * * *'）：{error}", english)) from None
    return text
