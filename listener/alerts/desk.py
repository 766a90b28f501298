"""What delivery knows of its installation: how its messages look, and how fast they go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from listener.alerts.render import Look
from listener.alerts.throttle import USUAL, Pace
from listener.model import Alert, Receiver, Recipient
from listener.replies import DEFAULT, Reply
from listener.settings import SegmentSettings, Sla

__all__ = ["Desk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """How this installation's messages look and how fast they go.

    ``problem_name(code, language)`` words a problem code; ``case_link(number, receiver)`` is the signed address of a
    case's page, "" where the installation has no public address; ``action_link(number, receiver, action)`` likewise;
    ``reply_for(problem)`` is what may be answered.
    ``templates`` is a folder whose files replace the shipped ones; ``per_hour`` messages to one receiver and
    ``per_minute`` mails in all (0: no limit). ``pace`` groups the mails of one case; an outage of one source is told
    once in ``repeat_interval``. ``operators(alert, beside)`` are who learns that a message could not be delivered, by
    another way than the receiver that it was for.
    """

    company: str
    zone: ZoneInfo
    case_link: Callable[[int, str], str] = lambda number, receiver: ""
    action_link: Callable[[int, str, str], str] = lambda number, receiver, action: ""
    reply_for: Callable[[str], Reply] = lambda problem: DEFAULT
    contact: str = ""
    sla: Sla = field(default_factory=Sla)
    templates: Path | None = None
    problem_name: Callable[[str, str], str] = lambda code, language: code
    invitation: Callable[[int, str], str] = lambda number, language: ""
    source_title: Callable[[str], str] = lambda name: name
    per_hour: int = 60
    per_minute: int = 0
    pace: Pace = USUAL
    repeat_interval: timedelta = timedelta(0)
    operators: Callable[[Alert, Receiver], tuple[Recipient, ...]] = lambda alert, beside: ()
    lease: timedelta = timedelta(minutes=10)
    segments: SegmentSettings = field(default_factory=SegmentSettings)

    def look(self, now: datetime, receiver: str) -> Look:
        """What rendering for this receiver needs to know."""
        return Look(
            company=self.company,
            zone=self.zone,
            now=now,
            case_link=lambda number: self.case_link(number, receiver),
            action_link=lambda number, action: self.action_link(number, receiver, action),
            reply_for=self.reply_for,
            contact=self.contact,
            templates=self.templates,
            problem_name=self.problem_name,
            invitation=self.invitation,
            source_title=self.source_title,
        )
