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

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from listener.errors import BadInput, Mistake
from listener.files.toml_files import did_you_mean, nearest
from listener.language import say
from listener.settings.deadlines import Deadlines, Holidays, OutsideRule, Sla, TeamHours, WorkingHours
from listener.settings.installation import (
    AlertSettings,
    BackupSettings,
    CrmView,
    EvidenceSettings,
    ImapSettings,
    Installation,
    IntakeSettings,
    JudgeSettings,
    MailSettings,
    NlpSettings,
    RetentionSettings,
    ScheduleSettings,
    SegmentSettings,
    WebSettings,
)
from listener.settings.notifiers import TICKET_NEEDS, WECOM_APP, Notifiers, NotifierSettings
from listener.settings.people import (
    MAIL,
    NEAREST,
    NOTIFIER,
    ONCALL,
    TEAM,
    Away,
    Dealer,
    Dealers,
    OnCall,
    People,
    Person,
    Routes,
    RouteSettings,
    Shift,
)
from listener.settings.sources import SourceSettings, TopicSettings
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
    read_duration,
    read_hours,
    within,
)

__all__ = [
    "MAIL",
    "NEAREST",
    "NOTIFIER",
    "ONCALL",
    "TEAM",
    "TICKET_NEEDS",
    "VIEW",
    "WECOM_APP",
    "AlertSettings",
    "Away",
    "BackupSettings",
    "CrmView",
    "Deadlines",
    "Dealer",
    "Dealers",
    "Duration",
    "EvidenceSettings",
    "Holidays",
    "ImapSettings",
    "Installation",
    "IntakeSettings",
    "JudgeSettings",
    "Keep",
    "MailAddress",
    "MailSettings",
    "Name",
    "NlpSettings",
    "NotifierSettings",
    "Notifiers",
    "OnCall",
    "OutsideRule",
    "People",
    "Person",
    "Personal",
    "RetentionSettings",
    "RouteSettings",
    "Routes",
    "ScheduleSettings",
    "SegmentSettings",
    "Settings",
    "Shift",
    "Sla",
    "SourceSettings",
    "Strict",
    "TeamHours",
    "TopicSettings",
    "WebSettings",
    "WorkingHours",
    "check_cron",
    "check_zone",
    "read_duration",
    "read_hours",
    "within",
]


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

    @property
    def backups(self) -> Path:
        """The folder of the database's copies: ``[backup] folder``, or ``var/backups``."""
        return self.home / (self.installation.backup.folder or "var/backups")

    def source(self, name: str) -> SourceSettings:
        """The source of that name; ``BadInput`` naming the nearest one where there is none."""
        for source in self.sources:
            if source.name == name:
                return source
        near = nearest(name, [source.name for source in self.sources])
        mend = did_you_mean(near) if near else say("见 config/sources/", "see config/sources/")
        what = say(f"没有名为 {name} 的监测来源", f"no source is named {name}")
        raise BadInput(Mistake(str(self.config_dir / "sources"), what, mend))

    def source_title(self, name: str) -> str:
        """What people are shown for a source: its title, else its name (also of one that is configured no more)."""
        return next((source.title for source in self.sources if source.name == name and source.title), name)

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
