"""``people.toml``, ``routes.toml``, ``dealers.toml``: who is there, who gets what, who helps where."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from listener.language import say
from listener.model import Party, Severity
from listener.settings.values import (
    MailAddress,
    Strict,
)

MAIL = "mail"
"""The usual way to tell a person."""


TEAM = "team:"
"""A receiver that begins so names a team."""


ONCALL = "oncall:"
"""A receiver that begins so names an on-call list of routes.toml."""


NEAREST = "nearest"
"""The receiver that is the nearest competent service point."""


NOTIFIER = "notifier:"
"""A receiver that begins so names a robot or webhook of notifiers.toml."""


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
    hears first of what is late, before the team's supervisors. ``by`` are the ways in which they are told: ``mail``, or
    the name of an application in WeCom (notifiers.toml, ``wecom_app``), or both.
    """

    name: str = Field(min_length=1, max_length=64)
    mail: MailAddress
    role: Literal["agent", "supervisor", "manager", "operator", "privacy"] = "agent"
    team: str = ""
    language: Literal["zh", "en"] = "zh"
    wecom: str = ""
    by: tuple[str, ...] = Field(default=(MAIL,), min_length=1)
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


class Routes(Strict):
    """``routes.toml``: the routes in order, the receivers where none matches, and those of source outages.

    A receiver is a person's name, ``team:NAME``, ``oncall:NAME``, ``notifier:NAME`` of notifiers.toml, or ``nearest``:
    the nearest service point that can help and that the complaint is not against.
    """

    default: tuple[str, ...] = Field(min_length=1)
    operators: tuple[str, ...] = ()
    routes: tuple[RouteSettings, ...] = ()
    oncall: tuple[OnCall, ...] = ()


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
